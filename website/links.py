"""Find the links of a built site that lead nowhere: a missing file, or a missing anchor in one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

# The attributes of HTML that name another resource.
_LINKS: Final = ("href", "src")


@dataclass
class _Page(HTMLParser):
    """The anchors of a page, and the links on it."""

    text: str
    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" or (name == "name" and tag == "a"):
                self.anchors.add(value or "")
            elif name in _LINKS and value:
                self.links.append(value)


def broken_links(site: Path, *, checked: str | None = None) -> list[str]:
    """Return a line for each link of the HTML pages of a folder whose file or anchor does not exist in it.

    Links to other hosts are not followed.

    Args:
        site: The folder of a built site.
        checked: A folder in it whose own links have been checked.
    """
    root = site.resolve()
    page_of = cache(lambda path: _Page(path.read_text()))
    paths = [path for path in sorted(root.rglob("*.html")) if path.relative_to(root).parts[0] != checked]
    # The page for paths that do not exist is served below any of them: its links begin at the root.
    return [
        f"{path.relative_to(root)}: {link}: {problem}"
        for path in paths
        for link in dict.fromkeys(page_of(path).links)
        if (problem := _problem(link, root if path.name == "404.html" else path, root, page_of))
    ]


def _problem(link: str, path: Path, root: Path, page_of: Callable[[Path], _Page]) -> str | None:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    name = unquote(parts.path)
    folder = root if name.startswith("/") else path.parent
    target = (folder / name.lstrip("/")).resolve() if name else path
    if target.is_dir():
        target /= "index.html"
    if not target.is_relative_to(root):
        return "outside of the site"
    if not target.is_file():
        return "no such file"
    if parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in page_of(target).anchors:
        return "no such anchor"
    return None
