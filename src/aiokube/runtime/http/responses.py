"""What an answer means: the error of a failure, or the model of a success."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from ..codec.gc_pause import LARGE_BODY, gc_paused
from ..codec.model import decode
from ..codec.status import Status, StatusCause, StatusDetails
from ..errors import ApiError, DecodeError, api_error
from .request import Request, Response, retry_after

T = TypeVar("T")

MAX_ERROR_BODY = 1 << 16
"""Bytes of the body of a refused stream that are read for its Status."""

# client-go's limit on the part of an unexpected answer that goes into a message.
_MAX_TEXT = 2048

_REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    409: "Conflict",
    415: "UnsupportedMediaType",
    422: "Invalid",
    429: "TooManyRequests",
    503: "ServiceUnavailable",
    504: "Timeout",
}


# A proxy's text must not speak to the terminal that shows it.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class _Peek(msgspec.Struct, rename="camel"):
    kind: object = None
    api_version: object = "v1"


def decode_response(request: Request, response: Response, response_type: type[T]) -> T:
    """Read a success as a model.

    Raises:
        DecodeError: the body is empty or does not fit.
    """
    if not response.body:
        raise DecodeError(f"{request}: expected {response_type.__name__}, and the answer is empty")
    try:
        with gc_paused(len(response.body)):
            answer = decode(response.body, response_type)
            if len(response.body) >= LARGE_BODY:
                _detach_raw(answer)
    except DecodeError as error:
        raise DecodeError(f"{request}: {error}") from error
    return answer


def _detach_raw(answer: Any) -> None:
    """Copy the raw JSON that the items of a list point to, so that they don't keep the whole body in memory.

    Objects that were made alike have the same managed fields: one copy serves them all.
    """
    copies: dict[bytes, msgspec.Raw] = {}
    for item in getattr(answer, "items", ()):
        for entry in getattr(getattr(item, "metadata", None), "managed_fields", ()):
            if isinstance(entry.fields_v1, msgspec.Raw):
                text = bytes(entry.fields_v1)
                entry.fields_v1 = copies.setdefault(text, msgspec.Raw(text))


def decode_object_or_status(request: Request, response: Response, response_type: type[T]) -> T | Status:
    """Read a success that is the object itself or a `Status`, whichever the server sent.

    Raises:
        DecodeError: the body is empty or fits neither.
    """
    if is_status(response.body):
        return decode_response(request, response, Status)
    return decode_response(request, response, response_type)


def is_status(body: bytes | bytearray) -> bool:
    """Whether a body is a `Status` of the API itself; a CRD's kind may be called so, too."""
    try:
        peek = msgspec.json.decode(body, type=_Peek)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return peek.kind == "Status" and peek.api_version == "v1"


def error_from_response(request: Request, status: int, headers: Mapping[str, str], body: bytes | bytearray) -> ApiError:
    """Make the error of an answer whose code is no success, from its `Status` or from what else it holds."""
    content_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    found = _status(body) if is_status(body) else None
    if found is None or found.status == "Success":
        found = _synthesize_status(request.method, status, headers, body, content_type)
    found.code = found.code or status
    found.details.retry_after_seconds = found.details.retry_after_seconds or retry_after(headers) or 0
    return api_error(found, method=request.method, path=request.path)


def _status(body: bytes | bytearray) -> Status | None:
    try:
        return decode(body, Status)
    except DecodeError:
        # Not a Status after all: a proxy's own JSON, or one that was cut off. Its text is reported instead.
        return None


def _synthesize_status(
    method: str, code: int, headers: Mapping[str, str], body: bytes | bytearray, content_type: str
) -> Status:
    text = _readable(body, content_type)
    if 300 <= code < 400:
        message = f"the server redirects to {headers.get('Location', 'nowhere')!r}, and redirects are not followed"
    elif text:
        message = f"the server answered {code} with {content_type or 'no content type'}: {text}"
    else:
        message = f"the server answered {code} and said nothing more"
    reason = _REASONS.get(code, "InternalError" if code >= 500 else "")
    if code == 409 and method == "POST":
        reason = "AlreadyExists"
    cause = StatusCause(reason="UnexpectedServerResponse", message=text)
    return Status(status="Failure", message=message, reason=reason, details=StatusDetails(causes=[cause]), code=code)


def _readable(body: bytes | bytearray, content_type: str) -> str:
    if not (content_type.startswith("text/") or content_type.endswith("json") or not content_type):
        return ""
    text = body[: 8 * _MAX_TEXT].decode("utf-8", "replace")
    if content_type == "text/html":
        text = re.sub(r"(?s)<(script|style)\b.*?(?:</\1>|\Z)|<[^<>]*>", " ", text)
    text = " ".join(_CONTROL.sub(" ", text).split())
    return text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + "..."
