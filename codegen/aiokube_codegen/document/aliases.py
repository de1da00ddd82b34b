"""Definitions that are no classes, and so are written out wherever they are used: all of them must come to an end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .spec import Schema, definition_name, definition_ref, is_class


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A reference in a definition to another one, or to itself."""

    schema: dict[str, Any]
    """The schema that is the reference."""
    place: str
    """Where it is, for reports."""
    depth: int
    """Number of schemas around it in its definition."""

    @property
    def target(self) -> str:
        """Name of the definition that it leads to; empty if it was cut."""
        return definition_name(self.schema.get("$ref", ""))


@dataclass(kw_only=True)
class Reading:
    """References and depth of a definition, noted while it was read."""

    references: list[Reference] = field(default_factory=list)
    depth: int = 0
    """Number of schemas around the innermost one."""


def pass_over_names(definitions: Mapping[str, Schema], references: Iterable[Reference]) -> Iterator[Reference]:
    """Let each reference to a definition that is nothing but a reference lead to where that one leads.

    Yields:
        The references that lead nowhere, however long they are followed.
    """
    ends: dict[str, str | None] = {}
    for reference in references:
        passed: dict[str, None] = {}
        name: str | None = reference.target
        while name is not None and name not in ends and "$ref" in definitions[name]:
            # A name that was passed before leads in a circle.
            passed[name] = None
            target = definition_name(definitions[name]["$ref"])
            name = None if target in passed else target
        end = ends.get(name, name) if name is not None else None
        ends.update(dict.fromkeys(passed, end))
        if end is None:
            yield reference
        else:
            reference.schema["$ref"] = definition_ref(end)


def find_endless(
    definitions: Mapping[str, Schema], readings: Mapping[str, Reading], *, max_depth: int
) -> tuple[list[Reference], list[Reference]]:
    """Find the references without which every definition can be written out.

    Args:
        definitions: All definitions.
        readings: What was seen in each of them.
        max_depth: How many schemas may be around another, with those of aliases.

    Returns:
        The references that lead back to the alias that they are in, and those that lead too deep.
    """
    aliases = {name for name, schema in definitions.items() if not is_class(schema)}
    edges = {name: [one for one in reading.references if one.target in aliases] for name, reading in readings.items()}
    repeating: list[Reference] = []
    too_deep: list[Reference] = []
    depths: dict[str, int] = {}
    for start in definitions:
        # Not by recursion: the way through aliases may be longer than Python's stack.
        way = {start: iter(edges[start])} if start not in depths else {}
        while way:
            name = next(reversed(way))
            for reference in way[name]:
                if reference.target in way:
                    repeating.append(reference)
                elif reference.target not in depths:
                    way[reference.target] = iter(edges[reference.target])
                    break
            else:
                del way[name]
                depths[name] = readings[name].depth
                for reference in edges[name]:
                    depth = reference.depth + 1 + depths.get(reference.target, 0)
                    if depth > max_depth:
                        too_deep.append(reference)
                    else:
                        depths[name] = max(depths[name], depth)
    return repeating, too_deep
