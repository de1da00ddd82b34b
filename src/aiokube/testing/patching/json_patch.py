"""JSON patch (RFC 6902), as github.com/evanphx/json-patch applies it for kube-apiserver."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from ..store import copied

MAX_OPERATIONS = 10_000

_INDEX = re.compile(r"[+-]?[0-9]{1,18}")
_JSON_NAMES = {str: "string", bool: "bool", int: "number", float: "number", list: "array"}
_FIELDS = ("op", "path", "from")
# Go's encoder writes these in the texts that a test compares.
_ESCAPED = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"})


class PatchError(Exception):
    """An operation cannot be applied."""


class NoOperation(Exception):
    """An operation, or a field of one, has another type."""


def json_name(value: Any) -> str:
    """Return the kind of a JSON value, as Go names it."""
    return "object" if isinstance(value, dict) else _JSON_NAMES[type(value)]


def check(operations: list[Any], *, is_checked: bool) -> list[str]:
    """Return the unknown fields of operations, in the server's words.

    Args:
        operations: The operations.
        is_checked: Their fields are checked, too.

    Raises:
        NoOperation: One of them has another type.
    """
    problems: list[str] = []
    for place, operation in enumerate(operations):
        if operation is None:
            continue
        if not isinstance(operation, dict):
            where = "error decoding patch: {} handlers.jsonPatchOp" if is_checked else "{} jsonpatch.Operation"
            raise NoOperation(where.format(f"json: cannot unmarshal {json_name(operation)} into Go value of type"))
        for name, value in operation.items() if is_checked else ():
            if name in _FIELDS and value is not None and not isinstance(value, str):
                where = f"Go struct field jsonPatchOp.{name} of type string"
                raise NoOperation(f"error decoding patch: json: cannot unmarshal {json_name(value)} into {where}")
            if name not in (*_FIELDS, "value"):
                problems.append(f'unknown field "[{place}].{name}"')
    return problems


def apply(document: Any, operations: list[Any], body: bytes) -> Any:
    """Return a document with operations applied; the document itself stays as it is.

    Args:
        document: The document.
        operations: The operations.
        body: Their JSON: a test compares numbers and texts as they are written.

    Raises:
        PatchError: An operation is invalid, or what it names does not exist.
    """
    result = copied(document)
    written: list[dict[str, msgspec.Raw] | None] | None = None
    for place, operation in enumerate(operations):
        if not isinstance(operation, dict):
            raise PatchError("unexpected kind: unknown")
        if operation.get("op") != "test":
            result = _apply_one(result, operation)
            continue
        try:
            if written is None:
                written = msgspec.json.decode(body, type=list[dict[str, msgspec.Raw] | None])
            _test(result, _path(operation, "path"), (written[place] or {}).get("value"))
        except msgspec.DecodeError as error:
            # Another operation is none, or a text is no Unicode.
            raise PatchError(str(error)) from None
    return result


def _apply_one(document: Any, operation: dict[str, Any]) -> Any:
    kind, value = operation.get("op"), copied(operation.get("value"))
    match kind:
        case "add":
            _add(document, _path(operation, "path"), value)
        case "remove":
            _remove(document, _path(operation, "path"))
        case "replace" if not _path(operation, "path"):
            if not isinstance(value, (dict, list)):
                raise PatchError("replace operation value must be object or array")
            return value
        case "replace":
            _replace(document, _path(operation, "path"), value)
        case "move":
            value = _get(document, source := _path(operation, "from"))
            _remove(document, source)
            _add(document, _path(operation, "path"), value)
        case "copy":
            value = copied(_get(document, _path(operation, "from")))
            _add(document, _path(operation, "path"), value)
        case _:
            raise PatchError(f"unexpected kind: {kind}")
    return document


def _path(operation: dict[str, Any], name: str) -> str:
    path = operation.get(name)
    if not isinstance(path, str):
        raise PatchError(f"operation missing {name} field")
    return path


def _parent(document: Any, path: str) -> tuple[Any, str]:
    # As in Go: whatever is before the first slash is ignored, and the whole document has no parent.
    tokens = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
    if not tokens:
        raise PatchError(f"doc is missing path: {path}")
    where = document
    for token in tokens[:-1]:
        where = _child(where, token)
        if not isinstance(where, (dict, list)):
            raise PatchError(f"doc is missing path: {path}")
    return where, tokens[-1]


def _child(where: Any, token: str) -> Any:
    """Return an entry; None for one of an object that is missing."""
    return where.get(token) if isinstance(where, dict) else where[_index(token, len(where))]


def _get(document: Any, path: str) -> Any:
    return _child(*_parent(document, path))


def _index(token: str, length: int) -> int:
    """Return an index below a length, from the end if it is negative."""
    if not _INDEX.fullmatch(token) or not -length <= int(token) < length:
        raise PatchError(f"invalid index referenced: {token}")
    return int(token) % length


def _add(document: Any, path: str, value: Any) -> None:
    where, last = _parent(document, path)
    if isinstance(where, dict):
        where[last] = value
    else:
        where.insert(len(where) if last == "-" else _index(last, len(where) + 1), value)


def _remove(document: Any, path: str) -> None:
    where, last = _parent(document, path)
    if isinstance(where, list):
        del where[_index(last, len(where))]
    elif last not in where:
        raise PatchError(f"unable to remove nonexistent key: {last}")
    else:
        del where[last]


def _replace(document: Any, path: str, value: Any) -> None:
    where, last = _parent(document, path)
    # As in Go: a member that is missing is replaced, too.
    where[last if isinstance(where, dict) else _index(last, len(where))] = value


def _test(document: Any, path: str, value: msgspec.Raw | None) -> None:
    found = _get(document, path) if path else document
    if value is None and found is None:
        return
    if value is None or not _is_equal(found, bytes(value)):
        raise PatchError(f"testing value {path} failed: test failed")


def _is_equal(found: Any, written: bytes) -> bool:
    """Return True if JSON describes a value: objects whatever their order, numbers and texts as Go writes them."""
    if isinstance(found, dict):
        if not written.startswith(b"{"):
            return False
        fields = msgspec.json.decode(written, type=dict[str, msgspec.Raw])
        return fields.keys() == found.keys() and all(_is_equal(found[name], bytes(fields[name])) for name in fields)
    if isinstance(found, list):
        if not written.startswith(b"["):
            return False
        items = msgspec.json.decode(written, type=list[msgspec.Raw])
        return len(items) == len(found) and all(
            _is_equal(one, bytes(other)) for one, other in zip(found, items, strict=True)
        )
    return msgspec.json.encode(found).decode().translate(_ESCAPED).encode() == written
