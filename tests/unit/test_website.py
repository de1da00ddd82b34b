"""The documentation site: a page, a link or an anchor that leads nowhere fails its build."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.children import run
from tests.unit.test_public_api import public_names
from website.flow import draw
from website.links import broken_links

ROOT = Path(__file__).parents[2]
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))


def build(folder: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of the project in a folder."""
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(folder)}
    return run(sys.executable, "-m", "mkdocs", "build", "--site-dir", site, cwd=folder, env=environment)


def write(folder: Path, **pages: str) -> Path:
    """Write HTML pages, and return their folder."""
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text)
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of docs/."""
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT, folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_every_page_is_in_the_site_and_in_its_navigation(site: Path) -> None:
    navigation = (site / "index.html").read_text()
    for page in (ROOT / "docs").rglob("*.md"):
        name = page.relative_to(ROOT / "docs").with_suffix(".html")
        assert (site / name).is_file()
        assert f'href="{name}"' in navigation or f'href="{name.parent}/"' in navigation, name


@pytest.mark.slow
def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    for page in site.rglob("*.html"):
        assert not re.findall(r'<(?:script|img|iframe|source)[^>]+src="?(?:https?:)?//', page.read_text()), page
        assert not re.findall(r'<link[^>]+stylesheet[^>]+href="?(?:https?:)?//', page.read_text()), page
    for style in site.rglob("*.css"):
        assert not re.findall(r"url\(['\"]?(?:https?:)?//|@import", style.read_text()), style


@pytest.mark.slow
def test_the_reference_has_every_public_name_once(site: Path) -> None:
    anchors = [
        anchor
        for page in (site / "api").glob("*.html")
        for anchor in re.findall(r'id="(aiokube[\w.]*)"', page.read_text())
    ]
    assert {name: anchors.count(name) for name in public_names()} == dict.fromkeys(public_names(), 1)


@pytest.mark.slow
def test_every_page_has_a_twin_in_markdown_that_llms_txt_lists(site: Path) -> None:
    listed = re.findall(r"^- \[[^]]+\]\(([^)]+)\): \S", (site / "llms.txt").read_text(), re.MULTILINE)
    pages = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    assert sorted(listed) == sorted(pages)
    for page in pages:
        text = (site / page).read_text()
        assert text.startswith("# ")
        for link in re.findall(r"\]\((?!https?:)([\w./-]+)", _CODE.sub("", text)):
            assert (site / page).parent.joinpath(link).is_file(), f"{page}: {link}"
        assert f'type="text/markdown" href="{Path(page).name}"' in (site / page).with_suffix(".html").read_text()


@pytest.mark.slow
def test_a_twin_has_what_its_page_only_names(site: Path) -> None:
    controller = (site / "examples" / "controller.md").read_text()
    assert (ROOT / "examples" / "controller.py").read_text().rstrip() in controller
    watching = (site / "api" / "watching.md").read_text()
    assert "## `aiokube.Informer`" in watching
    assert "### `changes`" in watching
    assert ":::" not in watching
    errors = (site / "api" / "errors.md").read_text()
    assert "## `aiokube.errors.NotFound`" in errors
    assert "{ #" not in errors


@pytest.mark.slow
def test_what_leads_nowhere_fails_the_build_and_is_named(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    for folder in ("examples", "src", "website"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    page = tmp_path / "docs" / "guides" / "client.md"
    page.write_text(
        page.read_text()
        + "\n[a page](gone.md), [an anchor](objects.md#gone), [one here](#gone), [a file](../examples/gone.py),"
        + ' <a href="gone.html">HTML</a>, and [an object][aiokube.errors.Gone_].\n'
    )
    (tmp_path / "docs" / "guides" / ".nav.yml").write_text("nav: [client.md, objects.md, away.md]\n")

    done = build(tmp_path, tmp_path / "site")

    assert done.returncode == 1
    for words in (
        "'gone.md'",
        "'objects.md#gone'",
        "'#gone'",
        "'../examples/gone.py'",
        "guides/client.html: gone.html: no such file",
        "away.md",  # in the navigation, and not there
        "aiokube.errors.Gone_",
    ):
        assert words in done.stderr


def test_links_inside_of_a_site_are_followed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    write(tmp_path / "folder", index='<a href="../start.html#top">up</a><a href="%C3%A9.html">é</a>', é="<p>")
    write(
        tmp_path,
        start='<h1 id="top"><a href="folder/">a folder</a><a href="#top">here</a><a href="#%74op">here</a>'
        '<a href="https://example.com/gone">elsewhere</a><a href="mailto:a@example.com">mail</a>'
        '<img src="/start.html">',
    )
    assert broken_links(tmp_path) == []


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ('<a href="gone.html">', "gone.html: no such file"),
        ('<img src="gone.svg">', "gone.svg: no such file"),
        ('<link href="gone.css">', "gone.css: no such file"),
        ('<a href="#gone">', "#gone: no such anchor"),
        ('<a href="start.html#gone">', "start.html#gone: no such anchor"),
        ('<a href="/gone.html">', "/gone.html: no such file"),
        ('<a href="../start.html">', "../start.html: outside of the site"),
        ('<a href=".">', ".: no such file"),
    ],
)
def test_a_broken_link_is_named_with_its_page(tmp_path: Path, link: str, problem: str) -> None:
    assert broken_links(write(tmp_path, start=link)) == [f"start.html: {problem}"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_has_a_page_that_a_guide_links_to_and_a_test_that_runs_it(example: str) -> None:
    page = ROOT / "docs" / "examples" / f"{example}.md"
    assert f'--8<-- "examples/{example}.py"' in page.read_text()
    assert f"({example}.md)" in (page.parent / "index.md").read_text()
    linked = [path for path in (ROOT / "docs").rglob("*.md") if path.parent != page.parent]
    assert [path for path in linked if f"examples/{example}.md" in path.read_text()]
    tests = [path.read_text() for path in (ROOT / "tests" / "e2e").glob("test_*.py")]
    assert [text for text in tests if f'"{example}.py"' in text or f"from examples import {example}" in text]


def test_a_picture_has_a_box_for_each_name_and_an_arrow_for_each_arrow() -> None:
    svg = draw("a -> b <- c\n  | v\na -> <d> | c\n")
    assert svg.count("<rect") == 4  # `a` and `c` are tall ones
    assert re.findall(r">([^<>]+)</text>", svg) == ["a", "b", "c", "&lt;d&gt;"]
    assert svg.count("<path") == 4
    heights = re.findall(r'height="(\d+)" rx', svg)
    assert heights == ["98", "34", "98", "34"]
    assert 'aria-label="a -&gt; b &lt;- c; | v; a -&gt; &lt;d&gt; | c"' in svg


def test_arrows_of_a_picture_point_where_the_text_points() -> None:
    right, left = (re.findall(r'<path d="M(\d+) \d+L(\d+) ', draw(text)) for text in ("a -> b", "a <- b"))
    assert [int(start) < int(end) for start, end in right] == [True]
    assert [int(start) > int(end) for start, end in left] == [True]
