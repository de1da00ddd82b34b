"""JSON patch (RFC 6902), as github.com/evanphx/json-patch applies it for kube-apiserver."""

from __future__ import annotations

from typing import Any

from ..store import copied

MAX_OPERATIONS = 10_000


class PatchError(Exception):
    """An operation cannot be applied."""


def apply(document: Any, operations: list[Any]) -> Any:
    """Return a document with operations applied; the document itself stays as it is.

    Raises:
        PatchError: An operation is invalid, or what it names does not exist.
    """
    result = copied(document)
    for operation in operations:
        if not isinstance(operation, dict):
            raise PatchError("json: cannot unmarshal into Go value of type jsonpatch.Operation")
        result = _apply_one(result, operation)
    return result


def _apply_one(document: Any, operation: dict[str, Any]) -> Any:
    kind, path = operation.get("op"), operation.get("path")
    if not isinstance(path, str):
        raise PatchError("jsonpatch: operation is missing its path")
    match kind:
        case "add":
            return _add(document, path, copied(_value(operation)))
        case "remove":
            _remove(document, path, kind)
        case "replace":
            return _replace(document, path, copied(_value(operation)))
        case "move":
            source = str(operation.get("from", ""))
            value = _get(document, source, kind)
            _remove(document, source, kind)
            return _add(document, path, value)
        case "copy":
            return _add(document, path, copied(_get(document, str(operation.get("from", "")), kind)))
        case "test":
            _test(document, path, operation.get("value"))
        case _:
            raise PatchError(f"Unexpected kind: {kind}")
    return document


def _value(operation: dict[str, Any]) -> Any:
    if "value" not in operation:
        raise PatchError("jsonpatch: operation is missing its value")
    return operation["value"]


def _tokens(path: str) -> list[str]:
    if path and not path.startswith("/"):
        raise PatchError(f"jsonpatch: path does not begin with a slash: {path}: missing value")
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _parent(document: Any, path: str, kind: str) -> tuple[Any, str]:
    *parents, last = _tokens(path)
    where = document
    for token in parents:
        where = _child(where, token)
        if not isinstance(where, (dict, list)):
            raise PatchError(f'{kind} operation does not apply: doc is missing path: "{path}": missing value')
    return where, last


def _child(where: Any, token: str) -> Any:
    if isinstance(where, dict):
        return where.get(token)
    if isinstance(where, list) and token.isdigit() and int(token) < len(where):
        return where[int(token)]
    return None


def _get(document: Any, path: str, kind: str) -> Any:
    where = document
    for token in _tokens(path):
        if isinstance(where, dict) and token not in where:
            raise PatchError(f'{kind} operation does not apply: doc is missing path: "{path}": missing value')
        where = _child(where, token)
    return where


def _index(token: str, length: int, path: str, kind: str) -> int:
    if not token.isdigit() or int(token) > length:
        raise PatchError(f'{kind} operation does not apply: doc is missing path: "{path}": invalid index referenced')
    return int(token)


def _add(document: Any, path: str, value: Any) -> Any:
    if not path:
        return value
    where, last = _parent(document, path, "add")
    if isinstance(where, list):
        where.insert(len(where) if last == "-" else _index(last, len(where), path, "add"), value)
    else:
        where[last] = value
    return document


def _remove(document: Any, path: str, kind: str) -> None:
    where, last = _parent(document, path, kind)
    if isinstance(where, list):
        del where[_index(last, len(where) - 1, path, kind)]
    elif last not in where:
        raise PatchError(f'remove operation does not apply: doc is missing path: "{path}": missing value')
    else:
        del where[last]


def _replace(document: Any, path: str, value: Any) -> Any:
    if not path:
        return value
    where, last = _parent(document, path, "replace")
    if isinstance(where, list):
        where[_index(last, len(where) - 1, path, "replace")] = value
    else:
        # As in Go's library: a member that is missing is replaced, too.
        where[last] = value
    return document


def _test(document: Any, path: str, value: Any) -> None:
    try:
        found = _get(document, path, "test")
    except PatchError:
        found = None
    if found != value:
        raise PatchError(f"testing value {path} failed: test failed")
