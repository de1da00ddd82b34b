"""Go's structs behind the definitions of an OpenAPI document: what they always write, and which fields are pointers.

The document says neither; the table of protobuf messages does.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ..protobuf.table import Field, message, table

_TIMES = ("meta.v1.Time", "meta.v1.MicroTime")
_ZEROS: dict[str, Any] = {
    "string": "",
    "bool": False,
    "int32": 0,
    "int64": 0,
    "double": 0,
    "resource.Quantity": "0",
    "intstr.IntOrString": 0,
    **dict.fromkeys(_TIMES),
}


@cache
def fields_of(definition: str) -> Mapping[str, Field]:
    """Return the fields of a struct, by their names in JSON; none, if its definition is not known.

    Args:
        definition: Such as `io.k8s.api.core.v1.Pod`.
    """
    return _fields(".".join(definition.split(".")[-3:])) or _fields(".".join(definition.split(".")[-2:]))


def _fields(name: str) -> dict[str, Field]:
    if name not in table().messages:
        return {}
    found: dict[str, Field] = {}
    for field in message(name).fields:
        if field.name:
            found[field.name] = field
        elif field.is_message and field.shape == "value":
            found |= _fields(field.type)
    return found


def written_zero(field: Field) -> tuple[bool, Any]:
    """Return whether Go writes a field that is not set, if it is no struct, and what it writes."""
    if not field.is_always_written or field.shape == "pointer":
        return False, None
    if field.shape in ("list", "map"):
        return True, None
    return field.type in _ZEROS, _ZEROS.get(field.type)


def is_left_out(field: Field, value: Any) -> bool:
    """Return True for a value that Go does not write: a zero, an empty text, list or map."""
    if field.is_always_written or field.shape == "pointer":
        return False
    return value in ("", 0, [], {}) and not (field.is_message and field.shape == "value")
