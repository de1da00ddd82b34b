"""The hooks of MkDocs: pages of all kinds, Markdown twins of the others, `llms.txt`, and no link that leads nowhere."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from website import rows
from website.kinds import FOLDER, add_to_search, link_kinds, write_reference
from website.links import broken_links
from website.twins import llms_txt, twin_of

# Below the logger of MkDocs, whose warnings fail a strict build.
_log = logging.getLogger("mkdocs.hooks.aiokube")

# Tables of Markdown; those of mkdocstrings have classes.
_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)

# Whoever searches has a task or an error: pages of one answer come before long ones, which have each word somewhere.
_BOOSTS = {"recipes/": 2, "operating/errors/": 0.75, "examples/": 0.5, "ko/": 0.2}

# A page that stands in the root of the project, whose links begin there.
_ROOT_PAGE: Final = re.compile(r'^--8<-- "(\w+\.md)"$', re.MULTILINE)

_KOREAN: Final = "ko/"
# The text of a page and its table of contents; what the theme puts around them stays English.
_IN_LANGUAGE: Final = re.compile(
    r'<(?:article(?= class="md-content__inner)|div(?= class="md-sidebar md-sidebar--secondary))'
)

_twins: dict[str, str] = {}
_navigations: list[Navigation] = []
_commands: list[str] = []


def on_startup(command: str, dirty: bool) -> None:
    """Keep what MkDocs was asked to do: to serve while somebody writes, or to build."""
    _commands[:] = [command]


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> None:
    """Keep the navigation of this build, and let no page lead on to one in another language.

    A server builds many times.
    """
    _twins.clear()
    _navigations[:] = [nav]
    for translated in (False, True):
        pages = [page for page in nav.pages if page.file.src_uri.startswith(_KOREAN) == translated]
        for before, page, after in zip([None, *pages], pages, [*pages[1:], None], strict=False):
            page.previous_page, page.next_page = before, after


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Make the twin of a page, and its links to kinds, and give it its weight in the search."""
    for prefix, boost in _BOOSTS.items():
        if page.file.src_uri.startswith(prefix):
            page.meta["search"] = {"boost": boost}
    handler = config.plugins["mkdocstrings"].get_handler("python")  # type: ignore[attr-defined]

    def collect(name: str) -> Any:
        return handler.collect(name, handler.get_options({}))

    path = page.file.src_uri
    root = Path(config.config_file_path).parent
    markdown = _ROOT_PAGE.sub(lambda match: (root / match[1]).read_text().replace("](docs/", "]("), markdown)
    _twins[path] = twin_of(link_kinds(markdown, path, html=False), root, collect)
    return link_kinds(markdown, path, html=True)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let a keyboard scroll the tables that are wider than a phone; give the rows of methods addresses."""
    path = page.file.src_uri
    if path == rows.PAGE:
        html = rows.with_anchors(html)
    if path.startswith(rows.FOLDER):
        html = rows.with_breaks(html)
    return _TABLE.sub(r'<div class="wide" role="group" aria-label="Table" tabindex="0">\g<0></div>', html)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Tell screen readers what the theme does not: the name of the dialog of the search, and the language of a page."""
    if page.file.src_uri.startswith(_KOREAN):
        output = _IN_LANGUAGE.sub(r'\g<0> lang="ko"', output)
    return output.replace('role="dialog"', 'role="dialog" aria-label="Search"')


def on_post_build(config: MkDocsConfig) -> None:
    """Write what MkDocs has no pages for, and warn of each link whose file or anchor does not exist.

    While somebody writes, the pages of all kinds would take some seconds of each build: links to them lead nowhere.
    """
    site = Path(config.site_dir)
    if "serve" not in _commands:
        write_reference(site)
        add_to_search(site)
    for path, text in _twins.items():
        (site / path).write_text(text)
    index = llms_txt(config.site_name, config.site_description or "", _navigations[0], _twins)
    (site / "llms.txt").write_text(index)
    for problem in broken_links(site, checked=FOLDER):
        if "serve" in _commands and f"/{FOLDER}/" in problem:
            continue
        _log.warning("broken link: %s", problem)
