"""The patterns of the schemas of a definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..failures import Cause, not_implemented, quoted
from ..regular.errors import ExpressionError, ExpressionUnsupported
from ..regular.program import compiled


def pattern_causes(schema: Mapping[str, Any], where: str) -> Iterator[Cause]:
    """Return the patterns of a schema that are no regular expressions.

    Args:
        schema: The schema of a version.
        where: Its path.

    Raises:
        Failure: A pattern uses something that is not known here.
    """
    # As kube-apiserver sorts them.
    for path, text in sorted(_patterns(schema, where)):
        try:
            compiled(text)
        except ExpressionUnsupported as error:
            raise not_implemented(f"{error} ({path})") from None
        except ExpressionError as error:
            problem = f"must be a valid regular expression, but isn't: {error}"
            yield Cause("FieldValueInvalid", f"Invalid value: {quoted(text)}: {problem}", path)


def _patterns(schema: Any, where: str) -> Iterator[tuple[str, str]]:
    """Return the patterns of a schema, and of what is in it, by their paths."""
    # Both may also be of types that no schema is of; others say that.
    if not isinstance(schema, Mapping):
        return
    if isinstance(text := schema.get("pattern"), str):
        yield f"{where}.pattern", text
    for name in ("items", "additionalProperties", "not"):
        yield from _patterns(schema.get(name), f"{where}.{name}")
    for name, one in (schema.get("properties") or {}).items():
        yield from _patterns(one, f"{where}.properties[{name}]")
    for name in ("allOf", "anyOf", "oneOf"):
        for index, one in enumerate(schema.get(name) or ()):
            yield from _patterns(one, f"{where}.{name}[{index}]")
