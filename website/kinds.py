"""The pages that `aiokube reference` makes of the shipped API, as a part of the site.

A page links to them by kind, `[Pod](kind:core/v1/Pod)`, and the search of the site finds them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from aiokube_codegen.document.load import load
from aiokube_codegen.document.shipped import shipped_source
from aiokube_codegen.reference.build import build_catalog
from aiokube_codegen.reference.pages import Pages
from aiokube_codegen.reference.writer import write_pages
from website import rows

FOLDER: Final = "reference"
_LINK: Final = re.compile(r"\[(?P<text>[^]]+)\]\(kind:(?P<path>[\w./-]*)(?P<anchor>#[^)]*)?\)")
# Fields in deeper places are found by the search of the reference itself.
_FIELD_DEPTH: Final = 2
_HEADING: Final = re.compile(r"<h1[^>]*>([^<]+)</h1>")
_ANCHOR: Final = re.compile(r'\bid="?([\w.]+)')
# Every kind has the same ones: they are found once.
_COMMON: Final = "metadata."
_COMMON_OF: Final = "Pod"


def write_reference(site: Path) -> None:
    """Make the pages of all kinds in a site, with a link back to it.

    Raises:
        CodegenError: They cannot be written.
    """
    pages = Pages(build_catalog(load(shipped_source())), documentation="../index.html")
    write_pages(pages.files(), site / FOLDER)


def link_kinds(markdown: str, page: str, *, html: bool) -> str:
    """Return the text of a page with its links to kinds as relative ones.

    Args:
        markdown: The text. `kind:` alone is the start page of the reference.
        page: The path of the page in the site.
        html: True to write HTML, since MkDocs looks for the target of a Markdown link among its own pages.
    """
    up = "../" * page.count("/")

    def link(match: re.Match[str]) -> str:
        path = f"kinds/{match['path'].lower()}.html" if match["path"] else "index.html"
        target = f"{up}{FOLDER}/{path}{match['anchor'] or ''}"
        return f'<a href="{target}">{match["text"]}</a>' if html else f"[{match['text']}]({target})"

    return _LINK.sub(link, markdown)


def add_to_search(site: Path) -> None:
    """Let the search of a site find the kinds, their fields of the first levels, their methods, and rows of methods.

    Args:
        site: The folder of the site, with the search index that MkDocs has written.
    """
    path = site / "search" / "search_index.json"
    index = json.loads(path.read_text())
    table = Path(rows.PAGE).with_suffix(".html")
    index["docs"] = [entry for entry in index["docs"] if not entry["location"].startswith(f"{table}#")]
    index["docs"] += rows.entries((site / table).read_text(), table.as_posix())
    for page in sorted((site / FOLDER / "kinds").rglob("*.html")):
        index["docs"] += _entries(page.read_text(), page.relative_to(site).as_posix())
    text = json.dumps(index, separators=(",", ":"))
    path.write_text(text)
    # The same for pages that are opened from files.
    path.with_suffix(".js").write_text(f"var __index = {text}")


def _entries(html: str, location: str) -> list[dict[str, object]]:
    """The entries of a kind's page in the search. Pages that explain come before it."""
    heading = _HEADING.search(html)
    if heading is None:
        raise ValueError(f"{location} has no heading")
    kind, version = heading[1], location.removeprefix(f"{FOLDER}/kinds/").rpartition("/")[0]
    found = [
        (location, f"{kind} ({version})", "The fields and methods of the kind, and the RBAC rules that they need.")
    ]
    for anchor in dict.fromkeys(_ANCHOR.findall(html)):
        name = anchor.removeprefix(f"{kind}.")
        if name != anchor and name.count(".") < _FIELD_DEPTH:
            if kind == _COMMON_OF or not name.startswith(_COMMON):
                found.append((f"{location}#{anchor}", name.rpartition(".")[2], anchor))
        elif anchor.startswith("kube."):
            found.append(
                (f"{location}#{anchor}", anchor, f"Method of {kind}, in Python, kubectl and curl, with its RBAC rule.")
            )
    return [{"location": where, "title": title, "text": text, "boost": 0.3} for where, title, text in found]
