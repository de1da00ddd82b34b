"""The pages about errors: a section for each class, with the messages of the source."""

from __future__ import annotations

import re
from pathlib import Path

from aiokube import errors
from tests.docs.messages import CLASSES, messages
from tests.docs.pages import DOCS, sections_of

FOLDER = DOCS / "operating" / "errors"
INDEX = FOLDER / "index.md"
PAGES = [FOLDER / f"{name}.md" for name in ("server", "connection", "configuration", "arguments", "data", "work")]

# Those of the server have its messages, and these no own ones; the base is on the start page.
LISTED = sorted(messages())
CLASSES_WITH_SECTION = CLASSES - {"AiokubeError"}

TABLE = re.compile(r"^\| class \|.*\n(?:\|.*\n)+", re.MULTILINE)
_SECTION = re.compile(r"^## (\w+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_LIST = re.compile(r"^(Messages|Other messages):\n(?:\n#### .*\n)*", re.MULTILINE)
_MESSAGE = re.compile(r"^#### (.*)$", re.MULTILINE)


def table() -> str:
    """The table of the start page."""
    rows = [
        f"| [{section.title}]({page.name}#{section.title.lower()}) | {_summary(section.title)} |\n"
        for page in PAGES
        for section in sections_of(page)
    ]
    return "".join(["| class | the error is about |\n", "|---|---|\n", *sorted(rows)])


def _summary(name: str) -> str:
    """The first sentence of the docstring of a class."""
    text = " ".join((getattr(errors, name).__doc__ or "").split())
    return re.split(r"(?<=[^.])\.(?: |$)", text)[0]


def with_messages(text: str) -> str:
    """The text of a page in which the lists of messages are those of the source."""
    return _SECTION.sub(_with_list, text)


def explained_in(page: Path) -> dict[str, set[str]]:
    """By class, the headings above the list of its messages: those that have a text of their own."""
    return {section[1]: _explained(section) for section in _SECTION.finditer(page.read_text())}


def headings_of(name: str) -> set[str]:
    """The headings of all messages of a class."""
    return {_code(text) for text in messages()[name]}


def listed_in(page: Path) -> set[str]:
    """The classes whose messages are listed in a page."""
    return {section[1] for section in _SECTION.finditer(page.read_text()) if _LIST.search(section[2])}


def _with_list(section: re.Match[str]) -> str:
    """A heading for each message: the search of the site takes each for a part of its own, and it has an address."""
    explained = _explained(section)
    headings = [f"\n#### {_code(text)}\n" for text in messages().get(section[1], []) if _code(text) not in explained]
    return _LIST.sub(lambda title: f"{title[1]}:\n{''.join(headings)}", section[0])


def _explained(section: re.Match[str]) -> set[str]:
    found = _LIST.search(section[2])
    return set(_MESSAGE.findall(section[2], 0, found.start())) if found else set()


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"
