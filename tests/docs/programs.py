"""The programs of docs/migration/, each in another client and in aiokube."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tests.docs.pages import DOCS

CLIENTS: Final[Mapping[str, str]] = {
    "kubernetes-asyncio": "kubernetes_asyncio",
    "official-client": "kubernetes",
    "lightkube": "lightkube",
    "kr8s": "kr8s",
}
"""The other client of each page."""

_BLOCK = re.compile(r'^```\w+ title="(.+?)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)


def programs_of(page: str) -> dict[str, str]:
    """The programs of a page, and their output, by title."""
    text = (DOCS / "migration" / f"{page}.md").read_text()
    return {match[1]: match[2] for match in _BLOCK.finditer(text)}
