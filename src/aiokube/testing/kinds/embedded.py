"""Objects inside custom resources (`x-kubernetes-embedded-resource`): version, kind, and metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..failures import Cause
from ..names import dns1035_problem
from ..schema.node import Node
from ..store import Object


def embedded_causes(
    value: Any, node: Node, metadata_causes: Callable[[Object], Iterable[Cause]], path: str = ""
) -> Iterator[Cause]:
    """Return what is wrong with the objects in a value.

    Args:
        value: The value.
        node: Its schema.
        metadata_causes: Return what is wrong with metadata.
        path: Path of the value.
    """
    if isinstance(value, dict):
        if node.is_embedded:
            yield from _object(value, metadata_causes, path)
        for name in sorted(value):
            schema = node.field(name)
            if schema is not None:
                yield from embedded_causes(value[name], schema, metadata_causes, f"{path}.{name}" if path else name)
            elif node.kind == "map":
                yield from embedded_causes(value[name], node.values, metadata_causes, f"{path}[{name}]")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from embedded_causes(item, node.items, metadata_causes, f"{path}[{index}]")


def _object(value: Object, metadata_causes: Callable[[Object], Iterable[Cause]], path: str) -> Iterator[Cause]:
    for name in ("apiVersion", "kind"):
        where, text = f"{path}.{name}", value.get(name)
        if name not in value:
            yield Cause("FieldValueRequired", "Required value", where)
        elif not isinstance(text, str):
            yield _invalid(text, "must be a string", where)
        elif not text:
            yield _invalid(text, "must not be empty", where)
        elif name == "apiVersion" and text.count("/") > 1:
            yield _invalid(text, f"unexpected GroupVersion string: {text}", where)
        elif name == "kind" and (problem := dns1035_problem(text.lower())):
            yield _invalid(text, f"may have mixed case, but should otherwise match: {problem}", where)
    metadata = value.get("metadata")
    if isinstance(metadata, dict):
        for cause in metadata_causes({**metadata, "name": metadata.get("name") or "fakename"}):
            yield Cause(cause.reason, cause.message, f"{path}.{cause.field}")


def _invalid(value: object, problem: str, field: str) -> Cause:
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    return Cause("FieldValueInvalid", f"Invalid value: {shown}: {problem}", field)
