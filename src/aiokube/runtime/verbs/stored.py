"""Checks of changes that the path of a method does not store, which servers ignore without a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ..errors import InvalidRequest
from .bodies import Body
from .json_patch import place

_STORED_BY: Final = {"status": "status", "scale": "spec"}
"""The part of an object that a subresource stores."""
_SET_BY_SERVERS: Final = {
    ("metadata", name) for name in ("creationTimestamp", "generation", "resourceVersion", "selfLink")
}
"""Fields whose other values servers ignore. Those of other fields of the metadata they refuse."""
_NO_PARTS: Final = frozenset({"apiVersion", "kind", "metadata"})


def check_is_stored(changes: Iterable[Sequence[str]], verb: str, path: str, what: str, *, has_status: bool) -> None:
    """Check that a path stores everything that is to be changed.

    Args:
        changes: Places that are to be changed, in parts: `("status", "phase")`.
        verb: The method without the suffix of a subresource: `edit`.
        path: Template of the path, with `{name}` in it.
        what: Kind and name of the object, for messages.
        has_status: The resource has a status subresource, so that its own path does not store the status.

    Raises:
        InvalidRequest: A change would be lost.
    """
    subresource = path.rpartition("{name}")[2].removeprefix("/")
    for change in changes:
        if not _is_stored(change, subresource, has_status=has_status):
            method = f"{verb}_{subresource}" if subresource else verb
            other = f"{verb}_status" if subresource != "status" and change[0] == "status" else verb
            raise InvalidRequest(f"{what}: {'.'.join(change)} is not stored by {method}; change it with {other}")


def check_is_settable(operations: Iterable[Mapping[str, Any]], what: str) -> None:
    """Check that the operations of a JSON patch set no field that the server sets itself. Removing one is harmless.

    Raises:
        InvalidRequest: A change would be lost.
    """
    for operation in operations:
        change = place(operation)
        if operation["op"] != "remove" and tuple(change) in _SET_BY_SERVERS:
            raise InvalidRequest(f"{what}: {'.'.join(change)} is set by the server; leave it as it is")


def check_apply(body: Body, path: str, what: str, *, has_status: bool) -> None:
    """Check that a path stores a part of what is to be applied: objects and manifests that were read have others, too.

    Raises:
        InvalidRequest: It is a manifest all of which would be lost.
    """
    subresource = path.rpartition("{name}")[2].removeprefix("/")
    parts = changes_of(body)
    if not any(_is_stored(part, subresource, has_status=has_status) for part in parts):
        check_is_stored(parts, "apply", path, what, has_status=has_status)


def _is_stored(change: Sequence[str], subresource: str, *, has_status: bool) -> bool:
    first = change[0] if change else ""
    if subresource:
        return first == _STORED_BY.get(subresource, first)
    return not (has_status and first == "status")


def changes_of(body: object) -> Sequence[Sequence[str]]:
    """Return the places that a manifest or a patch changes, without metadata; none for an object."""
    if isinstance(body, Mapping):
        return [(name,) for name in body if name not in _NO_PARTS]
    if isinstance(body, (list, tuple)):
        places = (place(one) for one in body if _is_change(one))
        return [parts for parts in places if parts and parts[0] not in _NO_PARTS]
    return ()


def _is_change(operation: Any) -> bool:
    # Anything else is for the server to refuse.
    return isinstance(operation, Mapping) and operation.get("op") != "test" and isinstance(operation.get("path"), str)
