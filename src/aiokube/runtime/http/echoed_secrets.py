"""Errors of the server that repeat a Secret or a patched object: an API server repeats what it cannot decode."""

from __future__ import annotations

import re
from dataclasses import replace

from ..codec.status import Status

_PATH = re.compile(r"/api/v1/(?:namespaces/[^/]+/)?secrets(?:/|$)")
# An apply: `.stringData.x: expected string, got &value.valueUnstructured{Value:[]interface {}{"hunter2"}}`.
_OF_APPLY = re.compile(r"(: expected [\w ]+, got ).*", re.DOTALL)
# A patch, which repeats the whole object: `patch: Invalid value: "{...}": json: cannot unmarshal array`.
_OF_PATCH = re.compile(r'(Invalid value: )"\{(?:[^"\\]|\\.)*(?:"|$)', re.DOTALL)


def without_secrets(status: Status, path: str) -> Status:
    """Return a failure without the values of a Secret, and the patched object, that its messages may repeat.

    Args:
        status: The failure.
        path: Path of the request.
    """
    is_secret = _PATH.match(path) is not None
    causes = [
        replace(cause, message=_masked(cause.message, is_secret=is_secret, is_of_patch=cause.field_ == "patch"))
        for cause in status.details.causes
    ]
    details = replace(status.details, causes=causes) if causes else status.details
    message = _masked(status.message, is_secret=is_secret, is_of_patch="patch: " in status.message)
    return replace(status, message=message, details=details)


def _masked(text: str, *, is_secret: bool, is_of_patch: bool) -> str:
    if is_secret:
        text = _OF_APPLY.sub(r"\1***", text)
    # An object of another kind is long, and may hold secrets of its own.
    return _OF_PATCH.sub(r"\1***", text) if is_secret or is_of_patch else text
