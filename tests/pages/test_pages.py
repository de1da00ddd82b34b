"""The pages of the reference in a browser: links, accessibility, small screens, paper, copying."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.support.pages import Pages, accessibility_problems, ready_to_search

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

START = "index.html"
POD = "kinds/core/v1/pod.html"
PROBE = f"{POD}#Pod.spec.containers[].livenessProbe"
LIST = f"{POD}#kube.core_v1.pods.list"
CRON_TAB = "kinds/stable.example.com/v1/crontab.html"
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}


def at(folder: Path, address: str) -> str:
    path, _, fragment = address.partition("#")
    return f"{(folder / path).as_uri()}#{fragment}"


@pytest.mark.parametrize("scripts", [False, True], ids=["no scripts", "scripts"])
@pytest.mark.parametrize(
    "fragment",
    [
        "Pod.spec.containers[].livenessProbe",
        "Pod.metadata.ownerReferences[].blockOwnerDeletion",
        "kube.core_v1.pods.list",
        "kube.core_v1.pods.logs",
    ],
)
async def test_a_link_opens_what_it_leads_to(pages: Pages, reference: Path, fragment: str, scripts: bool) -> None:
    page = await pages.open(at(reference, f"{POD}#{fragment}"), java_script_enabled=scripts)
    target = page.locator(f"id={fragment}")
    await expect(target).to_be_in_viewport()
    box = await target.bounding_box()
    head = await page.locator("header").first.bounding_box()
    assert box is not None and head is not None
    assert box["y"] >= head["y"] + head["height"], "the head of the page covers it"


async def test_without_scripts_everything_can_be_read(pages: Pages, reference: Path) -> None:
    page = await pages.open(at(reference, POD), java_script_enabled=False)
    await page.locator("id=Pod.spec").locator("summary").first.press("Enter")
    await expect(page.locator("id=Pod.spec.containers")).to_be_visible()
    await expect(page.get_by_role("combobox")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_the_start_page(pages: Pages, reference: Path, scheme: str) -> None:
    page = await pages.open(at(reference, START), color_scheme=scheme)
    assert not await accessibility_problems(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_a_kind(pages: Pages, reference: Path, scheme: str) -> None:
    page = await pages.open(at(reference, PROBE), color_scheme=scheme)
    await page.locator("id=kube.core_v1.pods.list").locator("summary").click()
    assert not await accessibility_problems(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_a_custom_resource(pages: Pages, custom: Path, scheme: str) -> None:
    page = await pages.open(at(custom, CRON_TAB), color_scheme=scheme)
    assert not await accessibility_problems(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_the_search(pages: Pages, reference: Path, scheme: str) -> None:
    page = await pages.open(at(reference, START), color_scheme=scheme)
    await ready_to_search(page)
    # Hits of every type.
    for text in ("pod", "scale", "networking"):
        await page.get_by_role("combobox").fill(text)
        await expect(page.get_by_role("option").first).to_be_visible()
        assert not await accessibility_problems(page)


@pytest.mark.parametrize("address", [START, POD, PROBE, LIST])
async def test_a_phone_scrolls_in_one_direction(pages: Pages, reference: Path, address: str) -> None:
    page = await pages.open(at(reference, address), **PHONE)
    assert await overhang(page) == 0
    await page.get_by_role("combobox").fill("containers.livenessProbe.terminationGracePeriodSeconds")
    await expect(page.get_by_role("option").first).to_be_visible()
    assert await overhang(page) == 0


async def overhang(page: Page) -> int:
    """The pixels by which a page is wider than its screen."""
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


async def test_paper_has_the_text_and_no_controls(pages: Pages, reference: Path) -> None:
    page = await pages.open(at(reference, LIST))
    await page.emulate_media(media="print")
    await expect(page.get_by_role("heading", name="Pod", exact=True)).to_be_visible()
    await expect(page.get_by_role("combobox")).to_be_hidden()
    await expect(page.locator(".copy").first).to_be_hidden()
    # All four tabs of the open method.
    for code in await page.locator("id=kube.core_v1.pods.list").locator("pre[title]").all():
        await expect(code).to_be_visible()
    assert (await page.pdf()).startswith(b"%PDF")


async def test_paths_and_programs_are_copied(pages: Pages, reference: Path) -> None:
    page = await pages.open(at(reference, PROBE), permissions=["clipboard-read", "clipboard-write"])
    field = page.locator("id=Pod.spec.containers[].livenessProbe")
    copied = []
    for button in await field.get_by_role("button", name="Copy: path").all():
        if await button.is_visible():
            await button.click()
            await expect(button).to_have_class("copy copied")
            copied.append(await page.evaluate("navigator.clipboard.readText()"))
    assert copied[:3] == [
        "spec.containers[].livenessProbe",
        "pod.spec.containers[0].liveness_probe",
        "/spec/containers/0/livenessProbe",
    ]
    await page.goto(at(reference, LIST))
    method = page.locator("id=kube.core_v1.pods.list")
    await method.locator("pre:visible + .copy").click()
    program = await page.evaluate("navigator.clipboard.readText()")
    assert program == await method.locator("pre:visible").inner_text()
    assert "kube.core_v1.pods.list(" in program
