"""An API server that has nothing but Leases, in memory, and a network to it that fails as a test wants it to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from aiokube.errors import Disconnected
from aiokube.runtime.client import BaseClient
from aiokube.runtime.http.request import Request, Response
from aiokube.runtime.http.transport import StreamingResponse
from aiokube.runtime.http.websocket import Handshake


class LeaseServer:
    """Reads, creates and replaces Leases as an API server does."""

    def __init__(self) -> None:
        self.leases: dict[str, dict[str, Any]] = {}
        """The objects, by path."""
        self.calls: list[str] = []
        """The method of each request, in the order they were carried out."""
        self._version = 0

    @property
    def spec(self) -> dict[str, Any]:
        """What the only lease says."""
        (lease,) = self.leases.values()
        spec: dict[str, Any] = lease["spec"]
        return spec

    def put(self, path: str, lease: dict[str, Any]) -> dict[str, Any]:
        """Store an object, as a new version unless it is what is there already."""
        old = self.leases.get(path)
        if old is None or _with_version(lease, 0) != _with_version(old, 0):
            self._version += 1
            self.leases[path] = _with_version(lease, self._version)
        return self.leases[path]

    def handle(self, request: Request) -> Response:
        """Carry a request out."""
        self.calls.append(request.method)
        lease = json.loads(request.body) if isinstance(request.body, bytes) else {}
        if request.method == "POST":
            path = f"{request.path}/{lease['metadata']['name']}"
            return failure(409, "AlreadyExists") if path in self.leases else _answer(201, self.put(path, lease))
        if request.path not in self.leases:
            return failure(404, "NotFound")
        stored = self.leases[request.path]
        if request.method == "PUT":
            if lease["metadata"]["resourceVersion"] != stored["metadata"]["resourceVersion"]:
                return failure(409, "Conflict")
            stored = self.put(request.path, lease)
        return _answer(200, stored)


def _with_version(lease: dict[str, Any], version: int) -> dict[str, Any]:
    return {**lease, "metadata": {**lease["metadata"], "resourceVersion": str(version)}}


def failure(code: int, reason: str) -> Response:
    """An answer that says no."""
    return _answer(code, {"kind": "Status", "status": "Failure", "reason": reason, "code": code, "message": reason})


def _answer(code: int, body: dict[str, Any]) -> Response:
    return Response(status=code, headers={"Content-Type": "application/json"}, body=json.dumps(body).encode())


class End(Enum):
    """How a request ends."""

    ANSWERED = auto()
    UNHEARD = auto()
    """It never reaches the server, and the client waits."""
    UNANSWERED = auto()
    """It is carried out, and the client waits for ever."""
    BROKEN = auto()
    """It is carried out, and the connection breaks before the answer."""
    FAILED = auto()
    """The server answers 500 and has not carried it out."""


@dataclass(frozen=True)
class Fate:
    """What becomes of one request."""

    end: End = End.ANSWERED
    there: float = 0.0
    """Seconds until the server carries it out, even if the client has given up by then."""
    back: float = 0.0
    """Seconds from then until the client knows."""


class LeaseNetwork:
    """The way from one client to the server.

    Args:
        server: the other end.
        fates: what becomes of each request; those past its end are answered at once.
        watch: called whenever something happens.
    """

    def __init__(
        self, server: LeaseServer, fates: Iterable[Fate] = (), watch: Callable[[], None] = lambda: None
    ) -> None:
        self.server = server
        self.fates = iter(fates)
        self._watch = watch
        self._under_way: set[asyncio.Task[Response]] = set()

    def client(self) -> BaseClient:
        """A client that takes this way."""
        return BaseClient(transport=self, namespace="default")

    async def send(self, request: Request) -> Response:
        fate = next(self.fates, Fate())
        self._watch()
        if fate.end is End.UNHEARD:
            await asyncio.Event().wait()
        # A task of its own: that the client gives up doesn't stop a request that is under way.
        task = asyncio.create_task(self._carry_out(request, fate))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        response = await asyncio.shield(task)
        self._watch()
        if fate.end is End.UNANSWERED:
            await asyncio.Event().wait()
        await asyncio.sleep(fate.back)
        if fate.end is End.BROKEN:
            raise Disconnected(f"{request.method} {request.path}: the response was interrupted")
        self._watch()
        return response

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[StreamingResponse]:
        raise AssertionError(f"a lease has nothing to stream: {request}")
        yield

    @asynccontextmanager
    async def websocket(
        self, request: Request, *, protocols: Sequence[str], max_message_size: int
    ) -> AsyncIterator[Handshake]:
        raise AssertionError(f"a lease has no WebSocket: {request}")
        yield

    async def close(self) -> None:
        """There is nothing to close."""

    async def _carry_out(self, request: Request, fate: Fate) -> Response:
        await asyncio.sleep(fate.there)
        return failure(500, "InternalError") if fate.end is End.FAILED else self.server.handle(request)
