"""Prints changes: as text, as Markdown, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from .changes import Change
from .page import Page

_NOTHING: Final = "Nothing changes for code that uses the client."


def as_text(page: Page) -> str:
    """Print a page for a terminal."""
    lines = [f"from  {page.old}", f"to    {page.new}", ""]
    for section in page.sections:
        first, *rest = section.counts
        lines += [f"{section.title:12}{first}", *(f"{'':12}{count}" for count in rest)]
    for section in page.sections:
        lines += ["", section.title.upper(), *section.meanings]
        for heading, kinds in section.entries.items():
            lines += ["", heading]
            for kind, entries in kinds.items():
                lines += [f"  {kind}"] if kind else []
                lines += [f"    {entry.replace('`', '')}" for entry in entries]
    return "\n".join(lines if page.sections else [*lines, _NOTHING]) + "\n"


def as_markdown(page: Page) -> str:
    """Print a page as Markdown."""
    lines = ["# Changes for code that uses the client", "", f"From {page.old} to {page.new}.", ""]
    lines += [f"- **{section.title}:** {', '.join(section.counts)}" for section in page.sections]
    for section in page.sections:
        lines += ["", f"## {section.title}"]
        lines += ["", *(f"- {meaning}" for meaning in section.meanings)] if section.meanings else []
        for heading, kinds in section.entries.items():
            lines += ["", f"### {heading}"]
            for kind, entries in kinds.items():
                lines += ["", f"**{kind}**"] if kind else []
                lines += ["", *(f"- {entry}" for entry in entries)]
    return "\n".join(lines if page.sections else [*lines, _NOTHING]) + "\n"


def as_json(changes: Sequence[Change], *, old: str, new: str) -> str:
    """Print every change as an object.

    Args:
        changes: The changes.
        old: What they start from, in words.
        new: What they lead to.
    """
    document = {
        "old": old,
        "new": new,
        "breaking": sum(change.breaking for change in changes),
        "changes": [asdict(change) for change in changes],
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"
