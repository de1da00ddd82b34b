"""Failures: the class of the error for a `Status`, and those that are worth another attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import (
    AlreadyExists,
    ApiError,
    ApplyConflict,
    BadRequest,
    Conflict,
    ConnectionError,
    Expired,
    Forbidden,
    Gone,
    InternalError,
    Invalid,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    RequestEntityTooLarge,
    ServerTimeout,
    ServiceUnavailable,
    TLSError,
    TooManyRequests,
    Unauthorized,
    UnsupportedMediaType,
)

if TYPE_CHECKING:
    from .codec.status import Status

BY_REASON: dict[str, type[ApiError]] = {
    "BadRequest": BadRequest,
    "Unauthorized": Unauthorized,
    "Forbidden": Forbidden,
    "NotFound": NotFound,
    "MethodNotAllowed": MethodNotAllowed,
    "NotAcceptable": NotAcceptable,
    "AlreadyExists": AlreadyExists,
    "Conflict": Conflict,
    "Gone": Gone,
    "Expired": Expired,
    "RequestEntityTooLarge": RequestEntityTooLarge,
    "UnsupportedMediaType": UnsupportedMediaType,
    "Invalid": Invalid,
    "TooManyRequests": TooManyRequests,
    "InternalError": InternalError,
    "ServiceUnavailable": ServiceUnavailable,
    "ServerTimeout": ServerTimeout,
    "Timeout": ServerTimeout,
}

BY_CODE: dict[int, type[ApiError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    406: NotAcceptable,
    409: Conflict,
    410: Gone,
    413: RequestEntityTooLarge,
    415: UnsupportedMediaType,
    422: Invalid,
    429: TooManyRequests,
    500: InternalError,
    503: ServiceUnavailable,
    504: ServerTimeout,
}


def api_error(status: Status, *, method: str = "", path: str = "") -> ApiError:
    """Return the error for a Status. Its reason selects the class, or its code if the reason is unknown."""
    cls = BY_REASON.get(status.reason) or BY_CODE.get(status.code, ApiError)
    if cls is Conflict and any(cause.reason == "FieldManagerConflict" for cause in status.details.causes):
        cls = ApplyConflict
    return cls(status, method=method, path=path)


def is_transient(error: BaseException) -> bool:
    """Return True if the same request may succeed later: the connection or the server failed.

    A 401, a TLS failure and all errors that the request itself causes are permanent.
    """
    if isinstance(error, ApiError):
        return is_transient_code(error.code)
    return isinstance(error, ConnectionError) and not isinstance(error, TLSError)


def is_transient_code(code: int) -> bool:
    """Return True for the HTTP status codes of transient failures: 429 and 5xx."""
    return code == 429 or code >= 500
