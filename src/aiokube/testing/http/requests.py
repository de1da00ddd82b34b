"""The requests that a cluster has received, for assertions of tests."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, overload

import msgspec

from ...runtime.errors import InvalidArgument
from ...runtime.public import public
from ..protobuf.envelope import PROTOBUF, decode

# The docstring of a method of a client names the calls that it stands for.
_CALL = re.compile(r"^\s*(GET|POST|PUT|PATCH|DELETE) (/\S+)$", re.MULTILINE)
_APPLY = "application/apply-patch+yaml"

KEPT = 10_000
KEPT_SIZE = 64 << 20

_LONGEST_PATH = 200


@public("aiokube.testing")
@dataclass(frozen=True, kw_only=True)
class ReceivedRequest:
    """A request that a cluster has received."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    verb: str = ""
    """The verb of the API: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`; empty
    for other paths, such as discovery."""
    group: str = ""
    version: str = ""
    resource: str = ""
    """The plural, such as `pods`."""
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    status: int = 0
    """The HTTP status of the response; 0 while there is none, or if the connection was broken."""
    message: str = ""
    """The message of the response, if the API server has refused the request."""
    user: str = ""
    """Whose request it is, such as `system:serviceaccount:NAMESPACE:NAME`: that of the token, or the one whom that
    acts as; empty if the token is not valid."""
    at: float = 0.0
    """When it was received, in seconds of the cluster's clock, to compare requests by."""

    @property
    def is_apply(self) -> bool:
        """True for a server-side apply."""
        return self.method == "PATCH" and self.headers.get("Content-Type", "").startswith(_APPLY)

    def json(self) -> Any:
        """Decode the body: JSON, or the protobuf of client-go and kubectl, as JSON data.

        Raises:
            ValueError: It is neither.
        """
        if self.headers.get("Content-Type", "").startswith(PROTOBUF):
            return decode(self.body, "", "")
        return msgspec.json.decode(self.body)

    def __str__(self) -> str:
        """Name the request: `GET /api/v1/pods`."""
        return f"{self.method} {self.path}"


@public("aiokube.testing")
class ReceivedRequests(Sequence[ReceivedRequest]):
    """The requests that a cluster has received, oldest first: the last 10,000, or fewer if their bodies have more than
    64 MiB.
    """

    def __init__(self) -> None:
        self._requests: list[ReceivedRequest] = []
        self._first = 0
        self._size = 0

    def last_lines(self, count: int) -> list[str]:
        """Return a line for each of the last requests: `GET /api/v1/pods (watch) 200`.

        Nothing else, since queries, headers and bodies may be secret.

        Args:
            count: The most of them; a line before them says how many there are beside them.
        """
        earlier = max(len(self._requests) - count, 0)
        lines = [f"... {earlier} earlier"] if earlier else []
        for request in self._requests[earlier:]:
            path = request.path.encode("unicode_escape").decode()[:_LONGEST_PATH]
            watch = " (watch)" if request.verb == "watch" else ""
            lines.append(f"{request.method} {path}{watch} {request.status or 'no response'}")
        return lines

    def clear(self) -> None:
        """Forget all requests."""
        self._forget(len(self._requests))

    def _forget(self, count: int) -> None:
        self._size -= sum(len(request.body) for request in self._requests[:count])
        del self._requests[:count]
        self._first += count

    def of(self, method: Callable[..., object]) -> list[ReceivedRequest]:
        """Return the requests that a method of a client stands for.

        Args:
            method: A method with one call, such as `kube.core_v1.pods.patch` or `kube.core_v1.pods.evict`.

        Raises:
            InvalidArgument: It is not the method of a client, or stands for several calls, as `informer` and `edit` do.
        """
        calls = _CALL.findall(getattr(method, "__doc__", None) or "")
        if not calls:
            raise InvalidArgument(
                f"method: {getattr(method, '__name__', method)!r} stands for no single call; pass a method such as "
                "kube.core_v1.pods.patch, or select requests by their attributes"
            )
        patterns = [(verb, _pattern(template)) for verb, template in calls]
        name = getattr(method, "__name__", "")
        return [
            request
            for request in self._requests
            if any(request.method == verb and pattern.fullmatch(request.path) for verb, pattern in patterns)
            and (request.verb == "watch") == (name == "watch")
            and request.is_apply == name.startswith("apply")
        ]

    @overload
    def __getitem__(self, index: int) -> ReceivedRequest: ...
    @overload
    def __getitem__(self, index: slice) -> list[ReceivedRequest]: ...
    def __getitem__(self, index: int | slice) -> ReceivedRequest | list[ReceivedRequest]:
        """Return a request, or some."""
        return self._requests[index]

    def __len__(self) -> int:
        """Return the number of requests."""
        return len(self._requests)

    def __iter__(self) -> Iterator[ReceivedRequest]:
        """Return the requests, oldest first."""
        return iter(self._requests)

    def __repr__(self) -> str:
        """Show the number of requests, and the last ones."""
        last = ", ".join(str(request) for request in self._requests[-3:])
        return f"<{len(self._requests)} requests: ... {last}>" if last else "<0 requests>"


class Recorder(ReceivedRequests):
    """Records requests.

    Args:
        kept: How many are remembered.
        kept_size: Bytes of the bodies that are remembered.
    """

    def __init__(self, *, kept: int = KEPT, kept_size: int = KEPT_SIZE) -> None:
        super().__init__()
        self._kept = kept
        self._kept_size = kept_size

    def add(self, request: ReceivedRequest) -> int:
        """Record a request; return its number."""
        self._requests.append(request)
        self._size += len(request.body)
        while len(self._requests) > self._kept or (self._size > self._kept_size and len(self._requests) > 1):
            self._forget(1)
        return self._first + len(self._requests) - 1

    def answered(self, number: int, status: int, message: str = "") -> None:
        """Record the status of the response to a request, and the message of a failure."""
        index = number - self._first
        if 0 <= index < len(self._requests):
            self._requests[index] = replace(self._requests[index], status=status, message=message)


def _pattern(template: str) -> re.Pattern[str]:
    """Return a pattern of the paths that a template stands for."""
    parts = re.split(r"\{[^}]*\}", template)
    return re.compile("[^/]+".join(re.escape(part) for part in parts))
