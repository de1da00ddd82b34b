"""The errors that aiokube raises.

AiokubeError
├── ConfigError             the kubeconfig or the pod's environment is unusable
│   └── NotInCluster        this process does not run in a pod
├── InvalidArgument         the value of an argument is invalid
│   ├── InvalidRequest      the arguments do not make a valid request
│   └── AmbiguousResource   several resources have the name
├── UnknownResource         the server serves no such resource, or it has no such verb
├── AbsentValue             an absent list, map or object cannot be changed in place
├── DecodeError             data is not JSON, or does not fit its type
├── ManifestError           some objects of manifests were not applied or deleted
├── ResponseTooLarge        a response is larger than the limit of the client
├── ClientClosed            the client is closed
├── NotSupported            aiokube does not support the call
├── IncompatiblePackage     a generated package has another ABI than aiokube
├── QueueClosed             the work queue is closed and empty
├── LeadershipLost          the lease could not be renewed, or another candidate holds it
├── InformerStopped         the informer was stopped
├── WaitTimeout             a condition was not met in time
├── ObjectDeleted           the object was deleted before a condition was met
├── RolloutError            a rollout failed, or the workload does not allow what was asked for
│   └── ProgressDeadlineExceeded  a Deployment made no progress in time
├── DrainError              pods stand in the way of draining a node
├── StreamError             the peer of a stream failed, or broke its protocol
│   └── CopyError           files could not be copied
├── ConnectionError         there was no response
│   ├── Disconnected        the connection broke before the response was complete
│   ├── TLSError            the TLS handshake failed
│   └── RequestTimeout      there was no response in time
└── ApiError                the server responded with a failure; carries its Status
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
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .public import public

if TYPE_CHECKING:
    from .codec.status import Status, StatusCause
    from .manifests.results import Results

_MOST_LISTED: Final = 20


class AiokubeError(Exception):
    """The base class of all errors of aiokube."""


class ConfigError(AiokubeError):
    """The kubeconfig or the pod's environment is unusable. The message names the file, the entry and the field."""


class NotInCluster(ConfigError):
    """This process does not run in a pod, or the pod has no service account token."""


class InvalidArgument(AiokubeError, ValueError):
    """The value of an argument is invalid; nothing was done."""


class InvalidRequest(InvalidArgument):
    """The arguments do not make a valid request; nothing was sent."""


class AmbiguousResource(InvalidArgument):
    """Several resources that the server serves have this name or kind. The message lists the names that tell them
    apart."""


class UnknownResource(AiokubeError, LookupError):
    """The server serves no resource of this name or kind, and was asked again before this error; or the resource has no
    such verb or subresource."""


class AbsentValue(AiokubeError, TypeError):
    """An absent list, map or object cannot be changed in place. The message says what to assign instead."""


class ReadOnlyObject(AiokubeError, TypeError):
    """An object of a cache cannot be changed: it is shared. Change a copy, which `obj.copy()` makes."""


class DecodeError(AiokubeError, ValueError):
    """Data is not JSON, or does not fit its type. The message names the path in the data."""


class ManifestError(AiokubeError):
    """Some objects of a source could not be applied or deleted; all others were. The message lists the failures.

    Attributes:
        results: The result of every object.
    """

    def __init__(self, results: Results) -> None:
        super().__init__(results)
        self.results = results

    def __str__(self) -> str:
        failures = self.results.failures
        lines = (f"{one.place}: {one}" if one.place else str(one) for one in failures)
        return "\n  ".join([f"{len(failures)} of {len(self.results)} objects failed:", *lines])


class ResponseTooLarge(AiokubeError):
    """The response is larger than `max_response_bytes` of the client. The server has carried out the request."""


class ClientClosed(AiokubeError):
    """The client was closed before or during the request."""


class NotSupported(AiokubeError):
    """This version of aiokube does not support the call."""


class IncompatiblePackage(AiokubeError, ImportError):
    """A generated package has another ABI than this version of aiokube; generate it again."""


class StreamError(AiokubeError):
    """The peer of a stream reported a failure, broke the protocol, or closed the stream without an exit status."""

    def __str__(self) -> str:
        return printable(super().__str__())


class CopyError(StreamError):
    """Files could not be copied, or the received archive contains entries that must not be extracted."""


class QueueClosed(AiokubeError):
    """The work queue is closed and empty."""


class LeadershipLost(AiokubeError):
    """The lease could not be renewed in time, or another candidate holds it. The work was cancelled."""


class InformerStopped(AiokubeError):
    """The informer was stopped; create a new one."""


class WaitTimeout(AiokubeError, builtins.TimeoutError):
    """A condition was not met in time. The message describes the last state seen, without data that may be secret.

    Attributes:
        last: The object as it was seen last, such as a `Pod`. None if it did not exist, was undecodable or not seen,
            and if several objects were waited for.
    """

    def __init__(self, message: str, last: Any = None) -> None:
        super().__init__(message)
        self.last = last


class ObjectDeleted(AiokubeError):
    """The object was deleted while `wait_for` waited for another condition."""


class RolloutError(AiokubeError):
    """A rollout failed, or the workload does not allow what was asked for, such as restarting a paused Deployment."""


class ProgressDeadlineExceeded(RolloutError):
    """A Deployment made no progress for `progressDeadlineSeconds`. The message has the reason that it reports."""


class DrainError(AiokubeError):
    """Pods stand in the way of draining a node. The node stays cordoned.

    The message lists the first twenty.

    Attributes:
        pods: The reason for each pod, by `namespace/name`.
    """

    def __init__(self, message: str, pods: Mapping[str, str]) -> None:
        super().__init__(message, pods)
        self.pods: dict[str, str] = dict(pods)

    def __str__(self) -> str:
        return printable(f"{self.args[0]}: {first_of([f'{pod}: {reason}' for pod, reason in self.pods.items()])}")


class ConnectionError(AiokubeError, builtins.ConnectionError):
    """There was no response: the server could not be reached, or the connection broke."""


class Disconnected(ConnectionError):
    """The connection broke before the response was complete. The server may have executed the request."""


class TLSError(ConnectionError):
    """The TLS handshake failed. The message names the failed check and the setting that may help."""


class RequestTimeout(ConnectionError, builtins.TimeoutError):
    """There was no response within the timeout."""


# What API servers say about a path of a known group, and of an unknown one.
_OF_UNKNOWN_PATHS: Final = ("the server could not find the requested resource", "404 page not found")
# A path that the target of a proxy serves, or does not.
_OF_TARGETS: Final = re.compile(r"/(nodes|pods|services)/[^/]+/proxy(/|$)")
_UNSERVED: Final = (
    "; the server does not serve this resource, or no longer: `await kube.resources()` lists what it serves, and "
    "`aiokube generate` makes the client for it"
)


class ApiError(AiokubeError):
    """The server responded with a failure.

    Attributes:
        status: The decoded `Status`; made from the code and the text of the response if the server sent none.
        method: HTTP method of the request.
        path: Path of the request.
    """

    def __init__(self, status: Status, *, method: str = "", path: str = "") -> None:
        if not hasattr(status, "code"):
            raise InvalidArgument(f"status is a {type(status).__name__}; pass a Status, such as Status(code=404)")
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
        """The machine-readable reason, such as `NotFound`; empty if unknown."""
        return self.status.reason

    @property
    def message(self) -> str:
        """The message of the server; unlike in the text of the error, its control characters are not escaped."""
        return self.status.message

    @property
    def causes(self) -> list[StatusCause]:
        """The causes of the failure, for example one per invalid field."""
        return self.status.details.causes

    @property
    def retry_after(self) -> int | None:
        """Delay in seconds that the server requests before a retry; None without such a request."""
        return self.status.details.retry_after_seconds or None

    def __str__(self) -> str:
        what = " ".join(str(part) for part in (self.code, self.reason) if part)
        where = f" ({self.method} {self.path})" if self.path else ""
        return printable(f"{what}: {self.message or 'the server sent no message'}{where}")

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.status, self.method, self.path))


def _rebuild(cls: type[ApiError], status: Status, method: str, path: str) -> ApiError:
    return cls(status, method=method, path=path)


class BadRequest(ApiError):
    """400: the request is malformed."""


class Unauthorized(ApiError):
    """401: the credentials are missing, wrong or expired."""


class Forbidden(ApiError):
    """403: the user is not allowed to do this."""


class NotFound(ApiError):
    """404: the object does not exist, or the server does not serve the resource at all."""

    @property
    def is_unserved(self) -> bool:
        """True if the server does not serve the path: the resource is missing, and not an object of it."""
        if self.status.details.name or _OF_TARGETS.search(self.path):
            return False
        texts = (self.message, *(cause.message for cause in self.causes))
        return any(text in texts for text in _OF_UNKNOWN_PATHS)

    def __str__(self) -> str:
        return super().__str__() + (_UNSERVED if self.is_unserved else "")


class MethodNotAllowed(ApiError):
    """405: the resource does not support this verb."""


class NotAcceptable(ApiError):
    """406: the server cannot respond in the requested content type."""


class AlreadyExists(ApiError):
    """409 on create: the name is taken."""


class Conflict(ApiError):
    """409: the object has changed since it was read. Read it again and repeat the change."""


class FieldConflict(NamedTuple):
    """A field that a server-side apply sets and another field manager owns."""

    manager: str
    field: str
    message: str


class ApplyConflict(Conflict):
    """409 on server-side apply: other field managers own fields to which the apply gives other values.

    Leave the fields out, use the same values, or take the fields over with `force=True`.
    """

    @property
    def conflicts(self) -> list[FieldConflict]:
        """The fields in conflict, with the managers that own them."""
        return [
            FieldConflict(manager=_quoted(cause.message), field=cause.field_, message=cause.message)
            for cause in self.causes
            if cause.reason == "FieldManagerConflict"
        ]

    @property
    def managers(self) -> list[str]:
        """The other field managers, without duplicates."""
        return list(dict.fromkeys(conflict.manager for conflict in self.conflicts))


class Gone(ApiError):
    """410: the requested state is no longer available. Restart a list or watch without a resource version."""


class Expired(Gone):
    """410: the resource version or the continue token is too old."""


class RequestEntityTooLarge(ApiError):
    """413: the object exceeds the size limit of the server."""


class UnsupportedMediaType(ApiError):
    """415: the server does not accept this content type, such as a strategic merge patch of a custom resource."""


class Invalid(ApiError):
    """422: the object is invalid; `causes` names the fields."""


class TooManyRequests(ApiError):
    """429: the server is overloaded or limits the rate of requests; see `retry_after`."""


class InternalError(ApiError):
    """500: the server failed."""


class ServiceUnavailable(ApiError):
    """503: the server, or a backend of it, is not ready."""


class ServerTimeout(ApiError):
    """504, or 500 with the reason ServerTimeout: the server could not complete the request in time."""


def printable(text: str) -> str:
    """Escape the unprintable characters of a text from a server: they could forge log lines or control a terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def first_of(parts: Sequence[str]) -> str:
    """Return the first twenty parts of a message and the number of the rest: a message has a limit, a cluster none."""
    rest = [f"and {len(parts) - _MOST_LISTED} more"] if len(parts) > _MOST_LISTED else []
    return "; ".join([*parts[:_MOST_LISTED], *rest])


def _quoted(text: str) -> str:
    """Return the first part of a text in double quotes, as in `conflict with "kubectl" using apps/v1`."""
    parts = text.split('"')
    return parts[1] if len(parts) > 2 else text


# Tracebacks and pickles name the public module.
for _name, _value in list(globals().items()):
    if isinstance(_value, type) and _value.__module__ == __name__:
        public("aiokube.errors")(_value)
