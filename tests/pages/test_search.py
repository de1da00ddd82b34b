"""The search of the reference: what it finds first, by keyboard and by mouse, from a file and from a server."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.pages.queries import QUERIES
from tests.support.pages import Pages, ready_to_search, served

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

_HITS = """
(queries) => Object.fromEntries(queries.map((query) => [query, aiokubeSearch.find(query)]))
"""


@pytest_asyncio.fixture(loop_scope="session")
async def start(pages: Pages, reference: Path) -> Page:
    """The start page, with a search that is ready."""
    page = await pages.open((reference / "index.html").as_uri())
    await ready_to_search(page)
    return page


async def test_the_first_hit_is_what_a_reader_means(start: Page) -> None:
    found = await start.evaluate(_HITS, list(QUERIES))
    first = {query: _title(hits[0]) if hits else "nothing" for query, hits in found.items()}
    assert first == QUERIES


def _title(hit: dict[str, str]) -> str:
    name = hit["title"] if hit["type"] in ("kind", "type", "group") else hit["path"]
    return f"{hit['type']} {name}"


async def test_each_hit_leads_to_a_place_that_exists(start: Page, reference: Path) -> None:
    found = await start.evaluate(_HITS, [*QUERIES, "a", "spec.", "s.s.s", "get", "x"])
    addresses = {hit["url"] for hits in found.values() for hit in hits}
    assert len(addresses) > 500
    texts: dict[str, str] = {}
    for address in addresses:
        parts = urlsplit(address)
        text = texts.setdefault(parts.path, (reference / parts.path).read_text())
        if parts.fragment:
            assert f'id="{unquote(parts.fragment)}"' in text, address


async def test_each_field_is_found_once(start: Page) -> None:
    found = await start.evaluate(_HITS, ["livenessProbe", "image", "name", "spec"])
    for query, hits in found.items():
        places = [hit["url"] for hit in hits]
        assert len(places) == len(set(places)), query


async def test_nothing_is_found_for_what_nothing_is_like(start: Page) -> None:
    await start.get_by_role("combobox").fill("qqqqxzzzq")
    await expect(start.get_by_role("status")).to_have_text("Nothing is like “qqqqxzzzq”.")
    await expect(start.get_by_role("option")).to_have_count(0)


async def test_the_keyboard_is_enough(start: Page, reference: Path) -> None:
    search, options = start.get_by_role("combobox"), start.get_by_role("option")
    await start.locator("body").press("/")
    await expect(search).to_be_focused()
    await start.keyboard.type("replicas")
    await expect(search).to_have_attribute("aria-expanded", "true")
    await expect(search).to_have_attribute("aria-activedescendant", "hit-0")
    await start.keyboard.press("ArrowDown")
    await expect(search).to_have_attribute("aria-activedescendant", "hit-1")
    await expect(start.locator("#hit-1")).to_have_attribute("aria-selected", "true")
    await start.keyboard.press("ArrowUp")
    await start.keyboard.press("ArrowUp")
    last = f"hit-{await options.count() - 1}"
    await expect(search).to_have_attribute("aria-activedescendant", last)
    await expect(start.locator(f"#{last}")).to_be_in_viewport()
    await start.keyboard.press("Escape")
    await expect(search).to_have_attribute("aria-expanded", "false")
    await expect(start.get_by_role("listbox")).to_be_hidden()
    await start.keyboard.press("ArrowDown")
    await start.keyboard.press("Enter")
    target = start.locator("id=Deployment.spec.replicas")
    await expect(target).to_be_in_viewport()
    assert start.url == (reference / "kinds/apps/v1/deployment.html").as_uri() + "#Deployment.spec.replicas"


async def test_a_slash_is_typed_into_the_search(start: Page) -> None:
    search = start.get_by_role("combobox")
    await search.press("/")
    await expect(search).to_have_value("/")


async def test_a_hit_on_the_same_page_opens_its_place(pages: Pages, reference: Path) -> None:
    page = await pages.open((reference / "kinds/core/v1/pod.html").as_uri())
    await page.get_by_role("combobox").fill("spec.containers.livenessProbe")
    target = page.locator("id=Pod.spec.containers[].livenessProbe")
    await expect(target).to_be_hidden()
    await page.get_by_role("option").first.click()
    await expect(target).to_be_in_viewport()
    await expect(page.get_by_role("listbox")).to_be_hidden()


async def test_the_search_works_below_any_path(pages: Pages, reference: Path, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "my api").symlink_to(reference, target_is_directory=True)
    with served(tmp_path) as address:
        page = await pages.open(f"{address}/docs/my%20api/kinds/core/v1/pod.html")
        await page.get_by_role("combobox").fill("deployment")
        await page.get_by_role("option").first.click()
        await page.wait_for_url(f"{address}/docs/my%20api/kinds/apps/v1/deployment.html")
        assert await page.get_by_role("heading", level=1).inner_text() == "Deployment"


async def test_an_index_that_is_away_is_said(pages: Pages, reference: Path, tmp_path: Path) -> None:
    for name in ("index.html", "reference.js", "reference.css"):
        shutil.copy(reference / name, tmp_path)
    page = await pages.open((tmp_path / "index.html").as_uri())
    await page.get_by_role("combobox").fill("pod")
    await expect(page.get_by_role("status")).to_have_text("The search does not work: search/kinds.js cannot be loaded.")
    assert pages.complaints == ["console: Failed to load resource: net::ERR_FILE_NOT_FOUND"]
    pages.complaints.clear()
