"""Decoding of responses: a model for a success, an error for a failure."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from ..codec.depth import decode_deep
from ..codec.gc_pause import LARGE_BODY, gc_paused
from ..codec.model import decode
from ..codec.status import Status, StatusCause, StatusDetails
from ..errors import ApiError, DecodeError
from ..failures import api_error
from ..secret import forget_frames
from .echoes import without_echoes
from .request import Request, Response, retry_after

T = TypeVar("T")

MAX_ERROR_BODY = 1 << 20
"""Bytes that are read from the body of a failure, for its Status."""

# Characters of an unexpected response that an error contains; the limit of client-go.
_MAX_TEXT = 2048

REASONS = {
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
"""Reasons of failures by their code."""

# The text of a proxy must not control the terminal on which it is printed.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class _Peek(msgspec.Struct, rename="camel"):
    kind: object = None
    api_version: object = "v1"


_peeks = msgspec.json.Decoder(_Peek)


def decode_response(request: Request, response: Response, response_type: type[T]) -> T:
    """Decode a successful response as a model.

    Raises:
        ApiError: The body is a `Status` of a failure, whatever the code of the response.
        DecodeError: The body is empty or does not match the type.
    """
    if not response.body:
        raise DecodeError(f"{request}: expected {response_type.__name__}, but the response is empty{request.outcome}")
    handled = sys.exception()
    try:
        with gc_paused(len(response.body)):
            decoded = decode(response.body, response_type)
            if len(response.body) >= LARGE_BODY:
                detach_raw(getattr(decoded, "items", ()) or (), {})
    except DecodeError as error:
        # They hold the body, which may be a Secret.
        forget_frames(error, handled)
        failure = _failure(request, response)
        raise failure or DecodeError(f"{request}: {error}{request.outcome}") from error
    # A class that takes any kind takes a Status, too, and so does one without a kind.
    if getattr(decoded, "kind", "Status") == "Status" and (failure := _failure(request, response)) is not None:
        raise failure
    return decoded


def detach_raw(items: Iterable[Any], copies: dict[bytes, msgspec.Raw]) -> None:
    """Copy the raw JSON of the items of a list, which would keep the whole body in memory.

    Items with equal managed fields, which are common, share one copy.
    """
    for item in items:
        for entry in getattr(getattr(item, "metadata", None), "managed_fields", ()):
            if isinstance(entry.fields_v1, msgspec.Raw):
                text = bytes(entry.fields_v1)
                entry.fields_v1 = copies.setdefault(text, msgspec.Raw(text))


def decode_object_or_status(
    request: Request,
    response: Response,
    response_type: type[T],
    decode_object: Callable[[Request, Response, type[T]], T] = decode_response,
) -> T | Status:
    """Decode a successful response as a model or as a `Status`, depending on its kind.

    Args:
        request: The request.
        response: Its response.
        response_type: Class of the model.
        decode_object: Decodes the model.

    Raises:
        ApiError: The body is a `Status` of a failure, whatever the code of the response.
        DecodeError: The body is empty or does not match the type.
    """
    if is_status(response.body):
        return decode_response(request, response, Status)
    return decode_object(request, response, response_type)


def is_status(body: bytes | bytearray) -> bool:
    """Return whether a body is a `Status` of v1, rather than a custom resource of that kind."""
    try:
        peek = decode_deep(_peeks.decode, body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return peek.kind == "Status" and peek.api_version == "v1"


def _failure(request: Request, response: Response) -> ApiError | None:
    """Return the error of a response with the code of a success and the `Status` of a failure."""
    found = _status(response.body) if is_status(response.body) else None
    if found is None or found.status != "Failure":
        return None
    return error_from_response(request, response.status, response.headers, response.body)


def error_from_response(request: Request, status: int, headers: Mapping[str, str], body: bytes | bytearray) -> ApiError:
    """Return the error for an unsuccessful response, from its `Status`, or else from its code and text."""
    content_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    found = _status(body) if is_status(body) else None
    if found is None or found.status == "Success":
        found = _synthesize_status(request.method, status, headers, body, content_type)
    found.code = found.code or status
    if not found.details.retry_after_seconds:
        found.details = replace(found.details, retry_after_seconds=retry_after(headers) or 0)
    return api_error(without_echoes(found, request.path), method=request.method, path=request.path)


def _status(body: bytes | bytearray) -> Status | None:
    try:
        return decode(body, Status)
    except DecodeError:
        # Truncated, or JSON of a proxy; the error contains its text instead.
        return None


def _synthesize_status(
    method: str, code: int, headers: Mapping[str, str], body: bytes | bytearray, content_type: str
) -> Status:
    text = _readable(body, content_type)
    if 300 <= code < 400:
        message = f"the server redirects to {headers.get('Location', 'nowhere')!r}; redirects are not followed"
    elif text:
        message = f"the server responded with {code} and {content_type or 'no content type'}: {text}"
    else:
        message = f"the server responded with {code} and no text"
    reason = REASONS.get(code, "InternalError" if code >= 500 else "")
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
