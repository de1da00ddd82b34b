"""Faults on purpose, as methods of FakeCluster, and what it stores behind the back of its API."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from aiohttp import web

from ..runtime.arguments import types
from ..runtime.errors import InvalidArgument
from .api.resources import Resource
from .failures import expired
from .headers import check_headers
from .http.faults import Answer, Fault, Selection, calling, dropping, failing, hanging, responding, throttling
from .http.server import Server
from .rendering import JSON, encode, whole
from .store import Key
from .verbs.state import State

_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")


def _check_code(code: int, least: int, what: str) -> None:
    if isinstance(code, bool) or not isinstance(code, int) or not least <= code <= 599:
        raise InvalidArgument(f"code: must be the status of a {what}, {least} to 599, not {code!r}")


def _check_seconds(seconds: float) -> None:
    if not 0 <= types.number(seconds, "seconds") < math.inf:
        raise InvalidArgument(f"seconds: must be 0 or more, and finite, not {seconds!r}")


def _check_no_code(count: int | None) -> None:
    if isinstance(count, int) and 200 <= count <= 599:
        raise InvalidArgument(f"count: {count} reads as a status; write code={count}, or None for all requests")


class ClusterFaults:
    """The methods of a cluster that disturb its clients."""

    _state: State
    _server: Server

    # the next requests

    def throttle(
        self,
        count: int | None = 1,
        *,
        retry_after: int | None = 1,
        verbs: tuple[str, ...] = (),
        resource: str = "",
        user: str = "",
    ) -> Fault:
        """Answer the next requests with 429 Too Many Requests.

        Args:
            count: How many; None for all until `heal`.
            retry_after: Seconds in the header `Retry-After`; None leaves it out.
            verbs: Only requests of these verbs of the API, such as `list`. Default: all.
            resource: Only requests for this collection, such as `deployments.apps`. Default: all.
            user: Only requests of this user, such as `system:serviceaccount:NAMESPACE:NAME`. Default: all.

        Raises:
            InvalidArgument: A value is invalid.
        """
        if retry_after is not None:
            types.whole(retry_after, "retry_after", 0)
        return self._add(throttling(retry_after), count, verbs=verbs, resource=resource, user=user)

    def fail(
        self,
        count: int | None = 1,
        code: int = 500,
        *,
        reason: str = "",
        message: str = "",
        verbs: tuple[str, ...] = (),
        resource: str = "",
        user: str = "",
    ) -> Fault:
        """Answer the next requests with a failure.

        Args:
            count: How many; None for all until `heal`.
            code: HTTP status, 400 to 599.
            reason: Reason of the Status, such as `AlreadyExists`. Default: that of the code; `Conflict` for 409.
            message: Message of the Status.
            verbs: Only requests of these verbs of the API, such as `list`. Default: all.
            resource: Only requests for this collection, such as `deployments.apps`. Default: all.
            user: Only requests of this user, such as `system:serviceaccount:NAMESPACE:NAME`. Default: all.

        Raises:
            InvalidArgument: A value is invalid.
        """
        _check_no_code(count)
        _check_code(code, 400, "failure")
        types.text(types.instance(reason, str, "a string", "reason"), "reason")
        types.text(types.instance(message, str, "a string", "message"), "message")
        return self._add(failing(code, reason, message), count, verbs=verbs, resource=resource, user=user)

    def respond(
        self,
        count: int | None = 1,
        body: bytes = b"",
        *,
        code: int = 200,
        headers: Mapping[str, str] | None = None,
        verbs: tuple[str, ...] = (),
        resource: str = "",
        user: str = "",
    ) -> Fault:
        """Answer the next requests with given bytes, as proxies do: with HTML, or with half a line of a watch.

        Args:
            count: How many; None for all until `heal`.
            body: The body.
            code: HTTP status, 200 to 599.
            headers: The headers. Default: those of JSON.
            verbs: Only requests of these verbs of the API, such as `watch`. Default: all.
            resource: Only requests for this collection, such as `deployments.apps`. Default: all.
            user: Only requests of this user, such as `system:serviceaccount:NAMESPACE:NAME`. Default: all.

        Raises:
            InvalidArgument: A value is invalid.
        """
        _check_no_code(count)
        _check_code(code, 200, "response")
        types.instance(body, bytes, "bytes", "body")
        answer = responding(code, {"Content-Type": JSON, **check_headers(headers or {})}, body)
        return self._add(answer, count, verbs=verbs, resource=resource, user=user)

    def drop(self, count: int | None = 1, *, verbs: tuple[str, ...] = (), resource: str = "", user: str = "") -> Fault:
        """Break the connections of the next requests, without an answer.

        Args:
            count: How many; None for all until `heal`.
            verbs: Only requests of these verbs of the API, such as `list`. Default: all.
            resource: Only requests for this collection, such as `deployments.apps`. Default: all.
            user: Only requests of this user, such as `system:serviceaccount:NAMESPACE:NAME`. Default: all.

        Raises:
            InvalidArgument: A value is invalid.
        """
        return self._add(dropping, count, verbs=verbs, resource=resource, user=user)

    def hang(self, count: int | None = 1, *, verbs: tuple[str, ...] = (), resource: str = "", user: str = "") -> Fault:
        """Do not answer the next requests, for as long as their clients wait.

        Args:
            count: How many; None for all until `heal`.
            verbs: Only requests of these verbs of the API, such as `list`. Default: all.
            resource: Only requests for this collection, such as `deployments.apps`. Default: all.
            user: Only requests of this user, such as `system:serviceaccount:NAMESPACE:NAME`. Default: all.

        Raises:
            InvalidArgument: A value is invalid.
        """
        return self._add(hanging, count, verbs=verbs, resource=resource, user=user)

    def intercept(
        self,
        answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse | None]],
        count: int | None = 1,
        *,
        verbs: tuple[str, ...] = (),
        resource: str = "",
        user: str = "",
    ) -> Fault:
        """Let a function of the test answer the next requests.

        Args:
            answer: Async function that gets a request of aiohttp, and returns a response of aiohttp; or None for the
                usual answer. What it raises is a failure with code 500 that names it.
            count: How many; None for all until `heal`.
            verbs: Only requests of these verbs of the API, such as `list`. Default: all.
            resource: Only requests for this collection, such as `deployments.apps`. Default: all.
            user: Only requests of this user, such as `system:serviceaccount:NAMESPACE:NAME`. Default: all.

        Raises:
            InvalidArgument: A value is invalid.
        """
        return self._add(calling(answer), count, verbs=verbs, resource=resource, user=user)

    def _add(self, answer: Answer, count: int | None, *, verbs: tuple[str, ...], resource: str, user: str) -> Fault:
        if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
            raise InvalidArgument(f"count: must be 1 or more, or None for all, not {count!r}")
        if not isinstance(verbs, (tuple, list, set, frozenset)) or any(verb not in _VERBS for verb in verbs):
            raise InvalidArgument(f"verbs: must be a tuple of some of {', '.join(_VERBS)}, not {verbs!r}")
        types.instance(user, str, "a string", "user")
        if types.instance(resource, str, "a string", "resource"):
            self._served(resource)
        return self._server.faults.add(answer, count, Selection(frozenset(verbs), resource, user))

    # the network

    def latency(self, seconds: float) -> None:
        """Let every answer take longer, from now on.

        Args:
            seconds: How much longer; 0 ends it.

        Raises:
            InvalidArgument: It is negative, or not finite.
        """
        _check_seconds(seconds)
        self._server.faults.latency = seconds

    def partition(self) -> None:
        """Let requests arrive and no answer come back, until `heal`. Open watches stay open, and are silent."""
        self._server.faults.partition()

    @contextlib.contextmanager
    def partitioned(self) -> Iterator[None]:
        """A partition for the time of a block, which ends with `heal`."""
        self.partition()
        try:
            yield
        finally:
            self.heal()

    def heal(self) -> None:
        """End a partition, latency, `expire_pages`, and all faults of requests that are still to come."""
        self._server.faults.clear()
        self._state.pages_expire = False

    # watches

    def drop_watches(self) -> None:
        """Break the connections of all open watches."""
        for watch in list(self._server.watches):
            watch.drop()

    def end_watches(self) -> None:
        """End all open watches, as their timeouts do."""
        for watch in list(self._server.watches):
            watch.end()

    def silence_watches(self) -> None:
        """Let the open watches say nothing any more, and not end, as if a firewall had forgotten their connections."""
        for watch in list(self._server.watches):
            watch.silence()

    def bookmark(self) -> None:
        """Send a bookmark to the open watches that have asked for bookmarks."""
        for watch in list(self._server.watches):
            watch.bookmark()

    def send(self, data: bytes) -> None:
        """Send bytes to all open watches as they are: an event that no server sends, half a line, or none at all.

        Raises:
            InvalidArgument: They are no bytes.
        """
        types.instance(data, bytes, "bytes", "data")
        for watch in list(self._server.watches):
            watch.send(data)

    # the history

    def compact(self) -> None:
        """Forget the history, as etcd does every five minutes: watches from an older resource version and the next
        pages of lists get 410 Expired. Open watches go on.

        Without it, the last 20,000 changes are remembered, or fewer if they have more than 64 MiB."""
        self._state.store.compact()

    def expire(self) -> None:
        """Forget the history, and end all open watches with an ERROR event of code 410."""
        self.compact()
        version = self._state.store.revision
        for watch in list(self._server.watches):
            watch.fail(expired(f"too old resource version: {version} ({version})"))

    def expire_pages(self) -> None:
        """Let every continue token be expired when it is used, until `heal`. The answer has one that goes on in the
        present state, as that of a real server."""
        self._state.pages_expire = True

    # objects, behind the back of the API

    def objects(self, resource: str, *, namespace: str = "") -> list[dict[str, Any]]:
        """Return the objects of a collection as they are stored, without a request.

        Args:
            resource: The collection, such as `configmaps` or `deployments.apps`.
            namespace: Only those of this namespace; empty for all.

        Raises:
            InvalidArgument: There is no such collection.
        """
        served = self._served(resource)
        return [whole(served, record.obj) for _, record in self._state.store.records(resource, namespace=namespace)]

    def odd_object(self, resource: str, name: str, obj: dict[str, Any], *, namespace: str = "") -> dict[str, Any]:
        """Store an object as it is, without any check, such as one that no client can decode; return what is stored.

        Args:
            resource: The collection, such as `configmaps` or `deployments.apps`.
            name: Name of the object.
            obj: The object, without `apiVersion` and `kind`.
            namespace: Its namespace; empty for an object of the cluster.

        Raises:
            InvalidArgument: There is no such collection, or the object is not JSON data.
        """
        served = self._served(resource)
        types.instance(name, str, "a string", "name")
        types.instance(obj, dict, "a dict", "obj")
        try:
            encode(obj)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise InvalidArgument(f"obj: not JSON data: {error}") from error
        metadata = {"name": name, **({"namespace": namespace} if namespace else {}), "uid": f"odd-{name}"}
        sent = obj.get("metadata") or {}
        record = self._state.store.put(resource, Key(namespace, name), {**obj, "metadata": {**metadata, **sent}})
        return whole(served, record.obj)

    def lose_object(self, resource: str, name: str, *, namespace: str = "") -> None:
        """Delete an object at once, whatever its finalizers say, as if its key were deleted in etcd.

        Args:
            resource: The collection, such as `configmaps` or `deployments.apps`.
            name: Name of the object.
            namespace: Its namespace; empty for an object of the cluster.

        Raises:
            InvalidArgument: There is no such collection, or no such object.
        """
        self._served(resource)
        if self._state.store.get(resource, Key(namespace, name)) is None:
            raise InvalidArgument(f"name: there is no {name!r} among the {resource} of namespace {namespace!r}")
        self._state.store.remove(resource, Key(namespace, name))

    def _served(self, resource: str) -> Resource:
        served = self._state.catalog.served_versions(resource) if isinstance(resource, str) else ()
        if not served:
            raise InvalidArgument(
                f"resource: {resource!r} is not served; use the plural and the group, as deployments.apps"
            )
        return served[0]

    # time

    def advance(self, seconds: float) -> None:
        """Move the cluster's time on: timestamps, timeouts of watches, grace periods of pods.

        Args:
            seconds: How far.

        Raises:
            InvalidArgument: It is negative or not finite, or leads beyond the year 9000.
        """
        _check_seconds(seconds)
        if not self._state.clock.has_in(seconds):
            raise InvalidArgument(f"seconds: must not lead beyond the year 9000, as {seconds!r} does")
        self._state.clock.advance(seconds)
