"""Errors of the server that repeat values of a Secret: an API server repeats what it cannot decode."""

from __future__ import annotations

import re
from dataclasses import replace

from ..codec.status import Status

_PATH = re.compile(r"/api/v1/(?:namespaces/[^/]+/)?secrets(?:/|$)")
# An apply: `.stringData.x: expected string, got &value.valueUnstructured{Value:[]interface {}{"hunter2"}}`.
_OF_APPLY = re.compile(r"(: expected [\w ]+, got ).*", re.DOTALL)
# A patch, which repeats the whole object: `patch: Invalid value: "{...}": json: cannot unmarshal array`.
_OF_PATCH = re.compile(r'(Invalid value: )"\{.*"', re.DOTALL)


def without_secrets(status: Status, path: str) -> Status:
    """Return a failure without the values of a Secret that its messages may repeat.

    Args:
        status: The failure.
        path: Path of the request.
    """
    if not _PATH.match(path):
        return status
    causes = [replace(cause, message=_masked(cause.message)) for cause in status.details.causes]
    details = replace(status.details, causes=causes) if causes else status.details
    return replace(status, message=_masked(status.message), details=details)


def _masked(text: str) -> str:
    return _OF_PATCH.sub(r"\1***", _OF_APPLY.sub(r"\1***", text))
