"""The documentation site as it is built: whole, strict, and in a real browser."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.children import run
from tests.support.pages import Pages, accessibility_problems
from tests.unit.test_public_api import public_names

ROOT = Path(__file__).parents[2]
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
BUILD_TIMEOUT = 240  # seconds
pytestmark = pytest.mark.timeout(300)
in_browser = pytest.mark.asyncio(loop_scope="session")


def build(folder: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of the project in a folder."""
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    return run(
        sys.executable, "-m", "mkdocs", "build", "--site-dir", site, cwd=folder, env=environment, timeout=BUILD_TIMEOUT
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of docs/."""
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT, folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_in_the_site_and_in_its_navigation(site: Path) -> None:
    navigation = (site / "index.html").read_text()
    for page in (ROOT / "docs").rglob("*.md"):
        name = page.relative_to(ROOT / "docs").with_suffix(".html")
        assert (site / name).is_file()
        assert f'href="{name}"' in navigation or f'href="{name.parent}/"' in navigation, name


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    for page in site.rglob("*.html"):
        assert not re.findall(r'<(?:script|img|iframe|source)[^>]+src="?(?:https?:)?//', page.read_text()), page
        assert not re.findall(r'<link[^>]+stylesheet[^>]+href="?(?:https?:)?//', page.read_text()), page
    for style in site.rglob("*.css"):
        assert not re.findall(r"url\(['\"]?(?:https?:)?//|@import", style.read_text()), style


def test_the_reference_has_every_public_name_once(site: Path) -> None:
    anchors = [
        anchor
        for page in (site / "api").glob("*.html")
        for anchor in re.findall(r'id="(aiokube[\w.]*)"', page.read_text())
    ]
    assert {name: anchors.count(name) for name in public_names()} == dict.fromkeys(public_names(), 1)


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


def test_a_korean_page_says_so_and_leads_to_korean_pages_only(site: Path) -> None:
    folder = site / "ko" / "from-curl-to-code"
    first, second, last = ((folder / f"{name}.html").read_text() for name in ("index", "server", "document"))
    for page in (first, second, last):
        assert re.findall(r'<(\w+) lang="ko"', page) == ["div", "article"]
    assert [text.count("md-footer__link--prev") for text in (first, second, last)] == [0, 1, 1]
    assert [text.count("md-footer__link--next") for text in (first, second, last)] == [1, 1, 0]
    english = (site / "comparison.html").read_text()
    assert ' lang="ko"' not in english
    assert re.search(r'href="examples/\w+\.html" class="md-footer__link md-footer__link--prev', english)


def test_a_twin_has_what_its_page_only_names(site: Path) -> None:
    controller = (site / "examples" / "controller.md").read_text()
    assert (ROOT / "examples" / "controller.py").read_text().rstrip() in controller
    assert "](compatibility.md)" in (site / "changelog.md").read_text()
    watching = (site / "api" / "watching.md").read_text()
    assert "## `aiokube.Informer`" in watching
    assert "### `changes`" in watching
    assert ":::" not in watching
    errors = (site / "api" / "errors.md").read_text()
    assert "## `aiokube.errors.NotFound`" in errors
    assert "{ #" not in errors


def test_what_leads_nowhere_fails_the_build_and_is_named(tmp_path: Path) -> None:
    # The other pages would only take time.
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("api", "ko", "recipes"))
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    for name in ("CHANGELOG.md", "examples", "src", "website"):
        (tmp_path / name).symlink_to(ROOT / name)
    page = tmp_path / "docs" / "guides" / "client.md"
    page.write_text(
        page.read_text()
        + "\n[a page](gone.md), [an anchor](objects.md#gone), [one here](#gone), [a file](../examples/gone.py),"
        + ' <a href="gone.html">HTML</a>, [an object][aiokube.errors.Gone_],'
        + " [a kind](kind:core/v1/Gone), and [a field](kind:core/v1/Pod#Pod.gone).\n"
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
        "guides/client.html: ../reference/kinds/core/v1/gone.html: no such file",
        "guides/client.html: ../reference/kinds/core/v1/pod.html#Pod.gone: no such anchor",
        "away.md",  # in the navigation, and not there
        "aiokube.errors.Gone_",
    ):
        assert words in done.stderr


class _QuietHandler(SimpleHTTPRequestHandler):
    """Serves files, and logs nothing."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    """The address of the site on a server of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@in_browser
@pytest.mark.parametrize("opened", ["served", "from files"])
async def test_pages_open_without_complaints(pages: Pages, site: Path, served: str, opened: str) -> None:
    address = served if opened == "served" else site.as_uri()
    for folder in sorted({path.parent for path in (ROOT / "docs").rglob("*.md")}):
        name = sorted(folder.glob("*.md"))[0].relative_to(ROOT / "docs").with_suffix(".html")
        page = await pages.open(f"{address}/{name}")
        assert await page.locator("h1").count() == 1


async def _search(pages: Pages, address: str, query: str, last: str) -> list[str]:
    """The first results of a query that is typed.

    Results come while it is typed: those of all of it are there when one has the last word that tells something.
    """
    page = await pages.open(f"{address}/guides/client.html")
    await page.keyboard.press("/")
    await page.keyboard.type(query)
    await page.locator(f'a.md-search-result__link[href*="{last}" i]').first.wait_for()
    links = await page.locator("a.md-search-result__link").all()
    return [re.sub(r"\?[^#]*", "", await link.get_attribute("href") or "") for link in links[:8]]


@in_browser
@pytest.mark.parametrize(
    ("query", "last", "found"),
    [
        ("How do I restart a deployment?", "deployment", "recipes/workloads.html#restart-a-deployment"),
        (
            "What does terminationGracePeriodSeconds mean?",
            "terminationGracePeriodSeconds",
            "pod.html#Pod.spec.terminationGracePeriodSeconds",
        ),
        ("Which rule does the log of a pod need?", "log", "recipes/pods.html#read-the-log-of-a-pod"),
        (
            "read_namespaced_pod_log",
            "read_namespaced_pod_log",
            "migration/methods.html#CoreV1Api.read_namespaced_pod_log",
        ),
        ("RBAC logs", "log", "recipes/pods.html#read-the-log-of-a-pod"),
        ("grace period", "GracePeriod", "pod.html#Pod.spec.terminationGracePeriodSeconds"),
        ("the token file is empty", "empty", "errors/configuration.html#the-token-file--is-empty"),
        ("its certificate is not signed by a trusted CA", "trusted", "errors/connection.html#its-certificate-is-not"),
    ],
)
async def test_the_search_finds_what_is_asked(pages: Pages, served: str, query: str, last: str, found: str) -> None:
    links = await _search(pages, served, query, last)
    assert any(found in link for link in links), links


@in_browser
@pytest.mark.parametrize("query", ["rollout restart", "how to restart", "kubectl rollout restart"])
async def test_a_task_is_found_before_its_errors(pages: Pages, served: str, query: str) -> None:
    links = await _search(pages, served, query, "restart-a-deployment")
    assert links[1].endswith("recipes/workloads.html#restart-a-deployment"), links


@in_browser
async def test_the_reference_leads_back_and_a_search_hit_to_its_row(pages: Pages, served: str) -> None:
    page = await pages.open(f"{served}/reference/kinds/core/v1/pod.html")
    await page.get_by_role("link", name="Documentation").click()
    await page.wait_for_url(f"{served}/index.html")
    page = await pages.open(f"{served}/migration/methods.html#CoreV1Api.read_namespaced_pod_log")
    row = page.locator("tr:target")
    assert "kube.core_v1.pods.log(" in await row.inner_text()
    await row.scroll_into_view_if_needed()
    top = await row.evaluate("row => row.getBoundingClientRect().top")
    header = await page.locator(".md-header").evaluate("header => header.getBoundingClientRect().bottom")
    assert header <= top < 200


@in_browser
async def test_the_search_works_from_files(pages: Pages, site: Path) -> None:
    links = await _search(pages, site.as_uri(), "restart a deployment", "deployment")
    assert links[1].endswith("/recipes/workloads.html#restart-a-deployment")


@in_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", "guides/client", "api/errors", "migration/kubernetes-asyncio", "comparison"])
async def test_pages_fit_a_phone_and_are_accessible(pages: Pages, served: str, name: str, scheme: str) -> None:
    page = await pages.open(f"{served}/{name}.html", color_scheme=scheme, viewport={"width": 390, "height": 844})
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    rules = re.findall(r"^([a-z-]+): ", await accessibility_problems(page), re.MULTILINE)
    # The theme's own menu has two landmarks of one name on a phone.
    assert set(rules) <= {"landmark-unique"}
