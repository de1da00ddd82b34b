"""Failures without the objects that servers repeat in their texts: these are long, and some of them are Secrets."""

from __future__ import annotations

import re
from dataclasses import replace

from ..codec.status import Status, StatusCause

_SECRETS = re.compile(r"/api/v1/(?:namespaces/[^/]+/)?secrets(?:/|$)")

# The texts of these reasons are made of names.
_OF_NAMES = frozenset(
    {
        *("Unauthorized", "Forbidden", "NotFound", "MethodNotAllowed", "NotAcceptable", "UnsupportedMediaType"),
        *("AlreadyExists", "Conflict", "Gone", "Expired", "RequestEntityTooLarge"),
        *("TooManyRequests", "ServiceUnavailable", "ServerTimeout", "Timeout"),
    }
)
# So are these texts.
_WITHOUT_VALUES = re.compile(
    r"(?:Secret in version |the server rejected our request |failed to convert new object |admission webhook "
    r"|Internal error occurred: failed calling webhook ).*",
    re.DOTALL,
)
# The field of a patch that cannot be read, whose value is the whole object.
_PATCH = "patch"
# An apply: `.stringData.x: expected string, got &value.valueUnstructured{Value:[]interface {}{"hunter2"}}`.
_OF_APPLY = re.compile(r"(failed to create typed patch object .*?: expected [\w ]+, got ).*()", re.DOTALL)
# A patch: `patch: Invalid value: "{...}": json: cannot unmarshal array into Go struct field Secret.stringData`.
_OF_PATCH = re.compile(r'((?: "" is invalid: patch: )?Invalid value: )"(?:[^"\\]|\\.)*(?:"|$)(.*)', re.DOTALL)
_WITH_OBJECT = re.compile(
    r'( "" is invalid: patch: Invalid value: |Invalid value: )"\{(?:[^"\\]|\\.)*(?:"|$)(.*)', re.DOTALL
)
_LEFT_OUT = "the text of the server is left out, as it may repeat values of the Secret"


def without_echoes(status: Status, path: str) -> Status:
    """Return a failure without the object of a patch, and without any value of a Secret that its texts may repeat.

    Args:
        status: The failure.
        path: Path of the request.
    """
    causes = status.details.causes
    if status.reason in _OF_NAMES or _is_of_fields(status.reason, causes):
        return status
    masked = _without_values if _SECRETS.match(path) else _without_object
    shown = [replace(cause, message=masked(cause.message)) for cause in causes]
    details = replace(status.details, causes=shown) if causes else status.details
    return replace(status, message=masked(status.message), details=details)


def _is_of_fields(reason: str, causes: list[StatusCause]) -> bool:
    """Return True if fields are invalid. The server repeats the values of names and types, and none of data."""
    return reason == "Invalid" and bool(causes) and all(cause.field_ not in ("", _PATCH) for cause in causes)


def _without_object(text: str) -> str:
    found = _WITH_OBJECT.fullmatch(text)
    return f"{found[1]}***{found[2]}" if found else text


def _without_values(text: str) -> str:
    if _WITHOUT_VALUES.fullmatch(text):
        return text
    for pattern in (_OF_APPLY, _OF_PATCH):
        if found := pattern.fullmatch(text):
            return f"{found[1]}***{found[2]}"
    return _LEFT_OUT
