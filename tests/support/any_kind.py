"""A server whose objects are of any kind: discovery, and a function that responds to everything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiokube import Client
from aiokube.runtime.http.request import Request, Response
from tests.support.recording import RecordingTransport

SETTINGS: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
CRON: dict[str, Any] = {"apiVersion": "x.io/v1", "kind": "Cron", "metadata": {"name": "nightly"}}
DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "crons.x.io"},
    "spec": {"group": "x.io", "names": {"kind": "Cron"}, "versions": [{"name": "v1"}]},
}


def served(group: str, plural: str, kind: str, *, namespaced: bool = True) -> dict[str, Any]:
    """A group of one resource, in aggregated discovery."""
    resource = {
        "resource": plural,
        "responseKind": {"kind": kind},
        "scope": "Namespaced" if namespaced else "Cluster",
        "verbs": ["get", "list", "watch", "patch", "delete"],
    }
    return {"metadata": {"name": group} if group else {}, "versions": [{"version": "v1", "resources": [resource]}]}


def groups(*items: dict[str, Any]) -> Response:
    return answer({"kind": "APIGroupDiscoveryList", "items": items})


def answer(data: object, status: int = 200) -> Response:
    return Response(status=status, headers={"Content-Type": "application/json"}, body=json.dumps(data).encode())


def failure(code: int, reason: str, **details: str) -> Response:
    return answer(
        {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code, "details": details},
        code,
    )


def success(uid: str = "u") -> Response:
    """The answer to a DELETE after which the object is gone."""
    return answer({"kind": "Status", "apiVersion": "v1", "status": "Success", "details": {"uid": uid}})


def stored(request: Request, version: str = "1") -> Response:
    """The object of a PATCH, as a server would store it."""
    assert isinstance(request.body, bytes)
    data = json.loads(request.body)
    return answer({**data, "metadata": {**data["metadata"], "uid": "u", "resourceVersion": version}})


class Server(RecordingTransport):
    """A server with discovery, which responds to all else by a function."""

    def __init__(self, respond: Callable[[Request], Response]) -> None:
        super().__init__()
        self.respond = respond
        self.broken: Exception | None = None
        """The error of each discovery from now on."""
        self.groups: list[dict[str, Any]] = [
            served("apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition", namespaced=False)
        ]

    async def send(self, request: Request) -> Response:
        await super().send(request)
        if self.broken is not None and request.path in ("/api", "/apis"):
            raise self.broken
        if request.path == "/api":
            kinds = {"configmaps": "ConfigMap", "pods": "Pod", "secrets": "Secret"}
            return groups(*(served("", plural, kind) for plural, kind in kinds.items()))
        return groups(*self.groups) if request.path == "/apis" else self.respond(request)


def client(respond: Callable[[Request], Response], kind: type[Server] = Server) -> tuple[Client, Server]:
    server = kind(respond)
    return Client(transport=server, field_manager="ci"), server
