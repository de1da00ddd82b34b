"""The Markdown twin of each page, for programs that read text, and `llms.txt`, the list of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page

# What a page names instead of having it: `--8<-- "path"`, and `::: aiokube.Name` with its options below.
_SNIPPET: Final = re.compile(r'^--8<-- "(?P<path>[^"]+)"$', re.MULTILINE)
_OBJECT: Final = re.compile(r"^::: (?P<name>[\w.]+)\n(?P<options>(?:    .*\n?)*)", re.MULTILINE)
# What Markdown has no words for: attributes of headings and paragraphs, and HTML around Markdown.
_DECORATION: Final = re.compile(r"[ \n]*\{ ?[.#][^}\n]*\}|</?(?:div|span)\b[^>]*>")
_FENCE: Final = re.compile(r"(^```.*?^```)", re.MULTILINE | re.DOTALL)

Collect = Callable[[str], Any]
"""Finds the griffe object of a dotted name."""


def twin_of(markdown: str, root: Path, collect: Collect) -> str:
    """Return the text of a page as plain Markdown, with everything that the page only names.

    Args:
        markdown: The source of the page, without its front matter.
        root: The folder that the paths of snippets begin in.
        collect: Finds the object of a dotted name.
    """
    parts = _FENCE.split(markdown)
    parts[::2] = [_DECORATION.sub("", part) for part in parts[::2]]
    text = _SNIPPET.sub(lambda match: (root / match["path"]).read_text().rstrip(), "".join(parts))
    return (
        _OBJECT.sub(
            lambda match: _described(collect(match["name"]), match["name"], match["options"]) + "\n", text
        ).strip()
        + "\n"
    )


def llms_txt(title: str, description: str, nav: Navigation, twins: dict[str, str]) -> str:
    """Return the text of `llms.txt`: every page by section, with its first sentence.

    Args:
        title: The name of the site.
        description: A sentence on it.
        nav: Its navigation.
        twins: The twin of each page, by its path.
    """
    lines = [f"# {title}", "", f"> {description}"]
    sections: dict[str, list[Any]] = {title: [item for item in nav.items if isinstance(item, Page)]}
    sections |= {item.title: item.children for item in nav.items if isinstance(item, Section)}
    for heading, items in sections.items():
        lines += ["", f"## {heading}", ""]
        for page in _pages(items):
            path = page.file.src_uri
            lines.append(f"- [{page.title}]({path}): {_first_sentence(twins[path])}")
    return "\n".join(lines) + "\n"


def _pages(items: list[Any]) -> Iterator[Page]:
    for item in items:
        if isinstance(item, Page):
            yield item
        elif isinstance(item, Section):
            yield from _pages(item.children)


def _first_sentence(text: str) -> str:
    """The first sentence below the title, without its links."""
    paragraphs = (part.strip() for part in _FENCE.sub("", text).split("\n\n"))
    first = next(part for part in paragraphs if part and not part.startswith(("#", "|")))
    plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", " ".join(first.split()))
    return re.split(r"(?<=[.:])\s", plain, maxsplit=1)[0]


def _described(found: Any, path: str, options: str, level: int = 2) -> str:
    """An object of the API as Markdown: its signature, its docstring, and its members.

    Args:
        found: The object, as griffe knows it.
        path: The name that it is imported by.
        options: Those of the page, as text.
        level: The level of its heading.
    """
    target = found.final_target if found.is_alias else found
    docstring = target.docstring.value if target.docstring else ""
    if target.is_module:
        members = [_described(target.members[name], f"{path}.{name}", "") for name in target.exports]
        return "\n\n".join([docstring, *members])
    signature = _signature(target)
    parts = [f"{'#' * level} `{path}`", f"```python\n{signature}\n```" if signature else "", docstring]
    if "members: false" not in options:
        members = target.all_members if "inherited_members: true" in options else target.members
        parts += [
            _described(member, name, "", level + 1)
            for name, member in members.items()
            if not name.startswith("_") and not member.is_module
        ]
    return "\n\n".join(filter(None, parts))


def _signature(found: Any) -> str:
    if found.is_class or found.is_function:
        return str(found.signature())
    annotation = f": {found.annotation}" if found.annotation else ""
    value = f" = {found.value}" if found.value else ""
    return f"{found.name}{annotation}{value}"
