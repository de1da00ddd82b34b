"""Every error that aiokube raises.

AiokubeError
├── ConfigError             the kubeconfig or the pod's environment cannot be used
│   └── NotInCluster        this process runs in no pod
├── InvalidArgument         an argument that the call cannot work with
│   └── InvalidRequest      a request that must not be sent
├── DecodeError             data that is not what its type says
├── ClientClosed            a request on a closed client
├── NotSupported            a call that this version cannot make
├── IncompatiblePackage     a generated package speaks another ABI than this version of aiokube
├── QueueClosed             a work queue whose time is over
├── LeadershipLost          the lease could not be renewed, or is another's
├── InformerStopped         an informer whose time is over
├── WaitTimeout             what was waited for did not happen in time
├── StreamError             the other side of a stream failed, or broke its protocol
│   └── CopyError           files could not be copied, or must not be
├── ConnectionError         no answer came
│   ├── Disconnected        the connection broke before the answer was complete
│   ├── TLSError            the server's certificate was not accepted
│   └── RequestTimeout      no answer came in time
└── ApiError                the server said no; carries its Status
    ├── BadRequest          400
    ├── Unauthorized        401
    ├── Forbidden           403
    ├── NotFound            404
    ├── MethodNotAllowed    405
    ├── NotAcceptable       406
    ├── AlreadyExists       409, on create
    ├── Conflict            409
    │   └── ApplyConflict   fields belong to other managers
    ├── Gone                410
    │   └── Expired         the resource version or continue token is too old
    ├── RequestEntityTooLarge 413
    ├── UnsupportedMediaType  415
    ├── Invalid             422
    ├── TooManyRequests     429
    ├── InternalError       500
    ├── ServiceUnavailable  503
    └── ServerTimeout       504, or 500 with the reason ServerTimeout
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, NamedTuple

from .public import public

if TYPE_CHECKING:
    from .codec.status import Status, StatusCause


class AiokubeError(Exception):
    """The base of every error that aiokube raises."""


class ConfigError(AiokubeError):
    """The kubeconfig or the pod's environment cannot be used; says which file, entry and field, and the way out."""


class NotInCluster(ConfigError):
    """This process runs in no pod, or in one without a service account token."""


class InvalidArgument(AiokubeError, ValueError):
    """An argument has a value that the call cannot work with; nothing was done."""


class InvalidRequest(InvalidArgument):
    """The arguments would make a request that means something else, or nothing; nothing was sent."""


class DecodeError(AiokubeError, ValueError):
    """Data is not JSON, or does not fit the type it was read as; names the place."""


class ClientClosed(AiokubeError):
    """The client was closed before, or while, this request was made."""


class NotSupported(AiokubeError):
    """The call exists in the API, and this version of aiokube cannot make it."""


class IncompatiblePackage(AiokubeError, ImportError):
    """A generated package was made for another ABI than this version of aiokube speaks; generate it again."""


class StreamError(AiokubeError):
    """The other side of a stream reported a failure, broke the protocol, or left without saying how it went."""


class CopyError(StreamError):
    """Files could not be copied, or the archive that came holds what must not be written."""


class QueueClosed(AiokubeError):
    """The work queue is closed, and all that was in it has been handed out."""


class LeadershipLost(AiokubeError):
    """The lease could not be renewed in time, or is another's by now; the work that was going on has been cancelled."""


class InformerStopped(AiokubeError):
    """The informer has ended; make a new one."""


class WaitTimeout(AiokubeError, builtins.TimeoutError):
    """What was waited for did not happen in the time that was given; says what was seen last."""


class ConnectionError(AiokubeError, builtins.ConnectionError):
    """No answer came: the server could not be reached, or the connection broke."""


class Disconnected(ConnectionError):
    """The connection broke before the answer was complete; whether the server has acted is not known."""


class TLSError(ConnectionError):
    """The TLS handshake failed; says which check failed and which setting would help."""


class RequestTimeout(ConnectionError, builtins.TimeoutError):
    """No answer came within the time that was given."""


class ApiError(AiokubeError):
    """The server answered with a failure.

    Attributes:
        status: the decoded `Status`; made from the answer's code and text when the server sent none.
        method: the HTTP method of the request.
        path: the path of the request.
    """

    def __init__(self, status: Status, *, method: str = "", path: str = "") -> None:
        super().__init__(status, method, path)
        self.status = status
        self.method = method
        self.path = path

    @property
    def code(self) -> int:
        """The HTTP status code."""
        return self.status.code

    @property
    def reason(self) -> str:
        """The machine-readable reason, such as `NotFound`; empty when unknown."""
        return self.status.reason

    @property
    def message(self) -> str:
        """What the server said."""
        return self.status.message

    @property
    def causes(self) -> list[StatusCause]:
        """The reasons behind the failure, field by field."""
        return self.status.details.causes

    @property
    def retry_after(self) -> int | None:
        """Seconds that the server asks to wait before trying again; None when it doesn't."""
        return self.status.details.retry_after_seconds or None

    def __str__(self) -> str:
        what = " ".join(str(part) for part in (self.code, self.reason) if part)
        where = f" ({self.method} {self.path})" if self.path else ""
        return f"{what}: {self.message or 'the server gave no message'}{where}"

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.status, self.method, self.path))


def _rebuild(cls: type[ApiError], status: Status, method: str, path: str) -> ApiError:
    return cls(status, method=method, path=path)


class BadRequest(ApiError):
    """400: the server cannot make sense of the request."""


class Unauthorized(ApiError):
    """401: the credentials are missing, wrong or expired."""


class Forbidden(ApiError):
    """403: the user is known and may not do this."""


class NotFound(ApiError):
    """404: there is no such object, or no such resource on this server."""


class MethodNotAllowed(ApiError):
    """405: the resource doesn't offer this verb."""


class NotAcceptable(ApiError):
    """406: the server cannot answer in the form that was asked for."""


class AlreadyExists(ApiError):
    """409 on create: the name is taken."""


class Conflict(ApiError):
    """409: the object has changed since it was read; read it again and repeat the change."""


class FieldConflict(NamedTuple):
    """A field that a server-side apply would take from another manager."""

    manager: str
    field: str
    message: str


class ApplyConflict(Conflict):
    """409 on server-side apply: other field managers own fields that the applied object sets otherwise.

    Leave the fields out, agree on their values, or take them over with `force=True`.
    """

    @property
    def conflicts(self) -> list[FieldConflict]:
        """Every field in conflict, with the manager that owns it."""
        return [
            FieldConflict(manager=_quoted(cause.message), field=cause.field_, message=cause.message)
            for cause in self.causes
            if cause.reason == "FieldManagerConflict"
        ]

    @property
    def managers(self) -> list[str]:
        """The other field managers, each once."""
        return list(dict.fromkeys(conflict.manager for conflict in self.conflicts))


class Gone(ApiError):
    """410: what was asked for is no longer there; for a list or watch, start again without a resource version."""


class Expired(Gone):
    """410: the resource version or the continue token is too old."""


class RequestEntityTooLarge(ApiError):
    """413: the object is larger than the server takes."""


class UnsupportedMediaType(ApiError):
    """415: the server doesn't take this content type, such as a strategic merge patch on a custom resource."""


class Invalid(ApiError):
    """422: the object is not valid; `causes` names the fields."""


class TooManyRequests(ApiError):
    """429: the server sheds load; `retry_after` says how long to wait."""


class InternalError(ApiError):
    """500: the server failed."""


class ServiceUnavailable(ApiError):
    """503: the server, or one behind it, is not ready."""


class ServerTimeout(ApiError):
    """504, or 500 with the reason ServerTimeout: the server could not finish in time."""


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


def printable(text: str) -> str:
    """Escape the unprintable characters of a text from a server: they could forge log lines or control a terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def api_error(status: Status, *, method: str = "", path: str = "") -> ApiError:
    """Make the error whose class fits a Status: by its reason, and by its code only when the reason is not known."""
    cls = BY_REASON.get(status.reason) or BY_CODE.get(status.code, ApiError)
    if cls is Conflict and any(cause.reason == "FieldManagerConflict" for cause in status.details.causes):
        cls = ApplyConflict
    return cls(status, method=method, path=path)


def is_transient(error: BaseException) -> bool:
    """Return True if the server, or the connection to it, is in trouble, so that the same request may succeed later.

    A 401, a refused certificate and everything that the request itself is to blame for are not transient.
    """
    if isinstance(error, ApiError):
        return is_transient_code(error.code)
    return isinstance(error, ConnectionError) and not isinstance(error, TLSError)


def is_transient_code(code: int) -> bool:
    """Return True for the HTTP status codes of a server in trouble: 429 and 5xx."""
    return code == 429 or code >= 500


def _quoted(text: str) -> str:
    """The first part of a text that stands in double quotes, as in `conflict with "kubectl" using apps/v1`."""
    parts = text.split('"')
    return parts[1] if len(parts) > 2 else text


# Users import the errors from the public module, and read its name in tracebacks.
for _name, _value in list(globals().items()):
    if isinstance(_value, type) and _value.__module__ == __name__:
        public("aiokube.errors")(_value)
