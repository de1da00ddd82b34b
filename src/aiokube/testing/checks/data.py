"""Config maps and secrets: their keys, their size, and what types of secrets need."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from ..failures import Cause
from ..store import Object
from .causes import invalid, required

_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_KEY_PROBLEM = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
    "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
_MAX_KEY = 253
_MAX_SIZE = 1024 * 1024
_ACCOUNT = "kubernetes.io/service-account.name"
# The keys that the secrets of a type need.
_NEEDED = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
}


def key_problem(key: str) -> str:
    """Return the problem of a key of a config map or a secret; empty if there is none."""
    if len(key) > _MAX_KEY:
        return f"must be no more than {_MAX_KEY} characters"
    if not _KEY.fullmatch(key):
        return _KEY_PROBLEM
    if key in (".", ".."):
        return f"must not be '{key}'"
    return "must not start with '..'" if key.startswith("..") else ""


def config_map_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with a config map."""
    data, binary = obj.get("data") or {}, obj.get("binaryData") or {}
    for field, found in (("data", data), ("binaryData", binary)):
        for key in found:
            if problem := key_problem(key):
                yield invalid(f"{field}[{key}]", key, problem)
            if field == "data" and key in binary:
                yield invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
    size = sum(len(value.encode()) for value in data.values()) + sum(map(_decoded_size, binary.values()))
    yield from _size_causes(size, "[]")


def secret_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with a secret."""
    data, type_ = obj.get("data") or {}, obj.get("type") or ""
    for key in data:
        if problem := key_problem(key):
            yield invalid(f"data[{key}]", key, problem)
    yield from _size_causes(sum(map(_decoded_size, data.values())), "data")
    for key in _NEEDED.get(type_, ()):
        if key not in data or (type_ == "kubernetes.io/ssh-auth" and not data[key]):
            yield required(f"data[{key}]")
        elif type_.startswith("kubernetes.io/docker") and (problem := _json_problem(data[key])):
            yield invalid(f"data[{key}]", "<secret contents redacted>", problem)
    if type_ == "kubernetes.io/basic-auth" and not {"username", "password"} & set(data):
        yield required("data[username]")
        yield required("data[password]")
    if type_ == "kubernetes.io/service-account-token":
        annotations: dict[str, Any] = obj["metadata"].get("annotations") or {}
        if not annotations.get(_ACCOUNT):
            yield required(f"metadata.annotations[{_ACCOUNT}]")


def _size_causes(size: int, path: str) -> Iterator[Cause]:
    if size > _MAX_SIZE:
        yield Cause("FieldValueTooLong", f"Too long: may not be more than {_MAX_SIZE} bytes", path)


def _decoded_size(value: str) -> int:
    """Return the number of bytes of base64."""
    return len(value) // 4 * 3 - value[-2:].count("=")


def _json_problem(value: str) -> str:
    """Return why a value is no JSON object."""
    try:
        found = json.loads(base64.b64decode(value))
    except ValueError as error:
        is_cut = isinstance(error, json.JSONDecodeError) and error.pos >= len(error.doc.rstrip())
        return "unexpected end of JSON input" if is_cut else "invalid character in JSON input"
    return "" if isinstance(found, dict) or found is None else "json: cannot unmarshal into a map"
