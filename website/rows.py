"""The tables of methods in docs/migration/: long names break between words, and rows have addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

FOLDER: Final = "migration/"
PAGE: Final = f"{FOLDER}methods.md"
"""The page of all methods. Their names are found by the search; on the others stand some of them as examples."""

_CELL: Final = re.compile(r"(?<=<td><code>)[^<]+")
# A place where a name may break: behind a dot, an underscore or an opening parenthesis.
_BREAK: Final = re.compile(r"(?<=[._(])(?=\w)")
_CLASS_OR_ROW: Final = re.compile(r"<h2[^>]*>(?P<cls>\w+)|<tr>\s*<td><code>(?P<method>\w+)</code>")
_ROW: Final = re.compile(r'<tr id="(?P<id>\w+\.(?P<method>\w+))">\s*<td>.*?</td>\s*<td><code>(?P<call>.*?)</code>')


def with_anchors(html: str) -> str:
    """Return the page of all methods with an anchor for each row: `CoreV1Api.read_namespaced_pod_log`."""
    cls = ""

    def anchored(match: re.Match[str]) -> str:
        nonlocal cls
        if match["cls"]:
            cls = match["cls"]
            return match[0]
        return match[0].replace("<tr>", f'<tr id="{cls}.{match["method"]}">', 1)

    return _CLASS_OR_ROW.sub(anchored, html)


def with_breaks(html: str) -> str:
    """Return a page with places in the names of its tables where a line may break."""
    return _CELL.sub(lambda match: _BREAK.sub("<wbr>", match[0]), html)


def entries(html: str, location: str) -> Iterator[dict[str, object]]:
    """Yield what the search finds of the page of all methods: each row.

    Args:
        html: The page.
        location: Its path in the site.
    """
    for match in _ROW.finditer(html):
        call = match["call"].replace("<wbr>", "")
        cls = match["id"].partition(".")[0]
        yield {
            "location": f"{location}#{match['id']}",
            "title": match["method"],
            "text": f"<p><code>{call}</code>, for {cls}.</p>",
        }
