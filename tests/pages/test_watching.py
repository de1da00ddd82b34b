"""The watch over the pages of tests: what it has to notice, and that a quiet page passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pages import Pages, accessibility_problems

pytestmark = pytest.mark.asyncio(loop_scope="session")


def page_of(folder: Path, body: str) -> str:
    path = folder / "page.html"
    path.write_text(f"<!doctype html><html lang=en><title>A page</title><body>{body}</body></html>")
    return path.as_uri()


async def test_a_quiet_page_has_no_complaints(pages: Pages, tmp_path: Path) -> None:
    page = await pages.open(page_of(tmp_path, "<main><h1>Quiet</h1></main><script>console.log('said')</script>"))
    assert await page.title() == "A page"
    assert not await accessibility_problems(page)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("<script>console.error('oh no')</script>", "console: oh no"),
        ("<script>throw new Error('thrown')</script>", "exception: thrown"),
        ("<script>Promise.reject(new Error('rejected'))</script>", "exception: rejected"),
        ("<img alt='' src='http://192.0.2.1/pixel.png'>", "request to another host: http://192.0.2.1/pixel.png"),
        ("<link rel=stylesheet href='https://fonts.example/x.css'>", "request to another host: https://fonts.example"),
    ],
)
async def test_what_a_page_must_not_do_is_noticed(pages: Pages, tmp_path: Path, body: str, complaint: str) -> None:
    await pages.open(page_of(tmp_path, body))
    await pages.close()
    assert any(found.startswith(complaint) for found in pages.complaints), pages.complaints
    pages.complaints.clear()


async def test_axe_names_what_it_finds(pages: Pages, tmp_path: Path) -> None:
    page = await pages.open(page_of(tmp_path, "<main><h1>Loud</h1><img src='data:,'></main>"))
    assert "image-alt" in await accessibility_problems(page)


async def test_a_page_without_scripts_is_watched_too(pages: Pages, tmp_path: Path) -> None:
    page = await pages.open(page_of(tmp_path, "<script>document.title = 'run'</script>"), java_script_enabled=False)
    assert await page.title() == "A page"
