"""An API server for Leases in memory, a network with scripted failures, and candidates for tests of leader election."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any

from aiokube.errors import Disconnected
from aiokube.runtime.base_client import BaseClient
from aiokube.runtime.controllers.leader_election import LeaderElector
from aiokube.runtime.http.request import Request, Response
from aiokube.runtime.http.transport import StreamingResponse
from aiokube.runtime.http.websocket import Handshake

from .virtual import now

PATH = "/apis/coordination.k8s.io/v1/namespaces/default/leases/service"


class LeaseServer:
    """Serves GET, POST and PUT of Leases as an API server does."""

    def __init__(self) -> None:
        self.leases: dict[str, dict[str, Any]] = {}
        """The stored objects, by path."""
        self.calls: list[str] = []
        """The methods of all requests, in the order of their execution."""
        self._version = 0

    @property
    def spec(self) -> dict[str, Any]:
        """The spec of the only lease."""
        (lease,) = self.leases.values()
        spec: dict[str, Any] = lease["spec"]
        return spec

    def put(self, path: str, lease: dict[str, Any]) -> dict[str, Any]:
        """Store an object, under a new version if it differs from the stored one."""
        old = self.leases.get(path)
        if old is None or _with_version(lease, 0) != _with_version(old, 0):
            self._version += 1
            self.leases[path] = _with_version(lease, self._version)
        return self.leases[path]

    def handle(self, request: Request) -> Response:
        """Execute a request."""
        self.calls.append(request.method)
        lease = json.loads(request.body) if isinstance(request.body, bytes) else {}
        if request.method == "POST":
            path = f"{request.path}/{lease['metadata']['name']}"
            return failure(409, "AlreadyExists") if path in self.leases else _response(201, self.put(path, lease))
        if request.path not in self.leases:
            return failure(404, "NotFound")
        stored = self.leases[request.path]
        if request.method == "PUT":
            if lease["metadata"]["resourceVersion"] != stored["metadata"]["resourceVersion"]:
                return failure(409, "Conflict")
            stored = self.put(request.path, lease)
        return _response(200, stored)


def _with_version(lease: dict[str, Any], version: int) -> dict[str, Any]:
    return {**lease, "metadata": {**lease["metadata"], "resourceVersion": str(version)}}


def failure(code: int, reason: str) -> Response:
    """Return a response with an error status."""
    return _response(code, {"kind": "Status", "status": "Failure", "reason": reason, "code": code, "message": reason})


def _response(code: int, body: dict[str, Any]) -> Response:
    return Response(status=code, headers={"Content-Type": "application/json"}, body=json.dumps(body).encode())


class Outcome(Enum):
    """The outcome of a request."""

    OK = auto()
    """The server executes the request, and its response arrives."""
    LOST = auto()
    """The request does not reach the server, and the client waits forever."""
    NO_RESPONSE = auto()
    """The server executes the request, and the client waits forever."""
    BROKEN = auto()
    """The server executes the request, and the connection breaks before the response."""
    FAILED = auto()
    """The server responds with 500 without executing the request."""


@dataclass(frozen=True)
class Delivery:
    """The delivery of one request."""

    outcome: Outcome = Outcome.OK
    request_delay: float = 0.0
    """Seconds until the server executes the request, even if the client has given up by then."""
    response_delay: float = 0.0
    """Seconds from the execution until the client receives the response."""


class LeaseNetwork:
    """The network between one client and the server.

    Args:
        server: The server.
        deliveries: The delivery of each request. Further requests are delivered without delay.
        on_step: Called on each request and response.
    """

    def __init__(
        self, server: LeaseServer, deliveries: Iterable[Delivery] = (), on_step: Callable[[], None] = lambda: None
    ) -> None:
        self.server = server
        self.deliveries = iter(deliveries)
        self._on_step = on_step
        self._in_flight: set[asyncio.Task[Response]] = set()

    def client(self) -> BaseClient:
        """Return a client that uses this network."""
        return BaseClient(transport=self, namespace="default")

    async def send(self, request: Request) -> Response:
        delivery = next(self.deliveries, Delivery())
        self._on_step()
        if delivery.outcome is Outcome.LOST:
            await asyncio.Event().wait()
        # In its own task: a request in flight is executed even if the client has given up.
        task = asyncio.create_task(self._execute(request, delivery))
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)
        response = await asyncio.shield(task)
        self._on_step()
        if delivery.outcome is Outcome.NO_RESPONSE:
            await asyncio.Event().wait()
        await asyncio.sleep(delivery.response_delay)
        if delivery.outcome is Outcome.BROKEN:
            raise Disconnected(f"{request.method} {request.path}: the response was interrupted")
        self._on_step()
        return response

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[StreamingResponse]:
        raise AssertionError(f"leases cannot be streamed: {request}")
        yield

    @asynccontextmanager
    async def websocket(
        self, request: Request, *, protocols: Sequence[str], max_message_size: int
    ) -> AsyncIterator[Handshake]:
        raise AssertionError(f"leases have no WebSocket: {request}")
        yield

    async def close(self) -> None:
        """Do nothing; a network holds no resources."""

    async def _execute(self, request: Request, delivery: Delivery) -> Response:
        await asyncio.sleep(delivery.request_delay)
        return failure(500, "InternalError") if delivery.outcome is Outcome.FAILED else self.server.handle(request)


def elector(network: LeaseNetwork, identity: str = "me", **options: Any) -> LeaderElector:
    """Return a candidate for the lease at `PATH`, on virtual time."""
    return LeaderElector(network.client(), "service", identity=identity, clock=now, **options)


def lease(**spec: object) -> dict[str, Any]:
    """Return a Lease with a spec."""
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "service", "labels": {"app": "web"}},
        "spec": spec,
    }


def held_by(holder: str, *, age: timedelta = timedelta(0), **spec: object) -> dict[str, Any]:
    """Return a Lease as a leader with the default durations writes it."""
    text = (datetime.now(UTC) - age).isoformat(timespec="microseconds").replace("+00:00", "Z")
    defaults = {"leaseDurationSeconds": 15, "acquireTime": text, "renewTime": text, "leaseTransitions": 4}
    return lease(holderIdentity=holder, **{**defaults, **spec})


async def forever() -> None:
    """Wait until cancelled."""
    await asyncio.Event().wait()
