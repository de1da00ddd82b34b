"""RBAC rules: what a role grants, and what the requests of a client have needed of it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokube.runtime.http.aiohttp.transport import AiohttpTransport
from aiokube.runtime.http.request import Request, Response
from aiokube.runtime.http.transport import StreamingResponse
from aiokube.runtime.http.websocket import Handshake

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}


class Permission(NamedTuple):
    """A verb on a resource, which is `pods/log` for a subresource."""

    group: str
    resource: str
    verb: str


def granted_by(rules: Iterable[Mapping[str, Any]]) -> set[Permission]:
    """The permissions of the rules of a role."""
    return {
        Permission(*one)
        for rule in rules
        for one in itertools.product(rule["apiGroups"], rule["resources"], rule["verbs"])
    }


class PermissionRecorder(AiohttpTransport):
    """A transport that takes note of what its requests need, apart from what every user may do."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.needed: set[Permission] = set()

    async def send(self, request: Request) -> Response:
        """Send a request. An apply that creates an object needs that permission, too."""
        response = await super().send(request)
        self._note(request, "create" if response.status == 201 else None)
        return response

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[StreamingResponse]:
        """Send a request."""
        self._note(request)
        async with super().stream(request) as response:
            yield response

    @asynccontextmanager
    async def websocket(self, request: Request, **options: Any) -> AsyncIterator[Handshake]:
        """Open a WebSocket, which since Kubernetes 1.35 needs the permission to create, too."""
        self._note(request, "create")
        async with super().websocket(request, **options) as handshake:
            yield handshake

    def _note(self, request: Request, also: str | None = None) -> None:
        if needed := _needed(request):
            self.needed.add(needed)
            if also:
                self.needed.add(needed._replace(verb=also))


def _needed(request: Request) -> Permission | None:
    """The permission that a request needs; None for discovery and for reviews of one's own."""
    match request.path.strip("/").split("/"):
        case ["api", _, *rest]:
            group = ""
        case ["apis", group, _, *rest]:
            pass
        case _:
            return None
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        rest = rest[2:]
    match rest:
        case [resource]:
            named = False
        case [resource, _]:
            named = True
        case [resource, _, *subresource]:
            resource, named = f"{resource}/{subresource[0]}", True
        case _:
            return None
    if resource.startswith("self"):
        return None
    return Permission(group, resource, _verb(request, named=named))


def _verb(request: Request, *, named: bool) -> str:
    if request.method == "GET":
        return "watch" if request.is_watch else "get" if named else "list"
    if request.method == "DELETE":
        return "delete" if named else "deletecollection"
    return _VERBS[request.method]
