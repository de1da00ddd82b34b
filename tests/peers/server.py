"""A small API server over TLS, on 127.0.0.1, whose ConfigMaps a check may have misbehave."""

from __future__ import annotations

import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from tests.support.tls import Authority

Handler = Callable[[web.Request], Awaitable[web.StreamResponse | None]]
"""Answers a request for a ConfigMap, or leaves it to the server, by None."""

_CONFIG_MAPS: Final = "/api/v1/namespaces/default/configmaps"
_RESOURCES: Final = (("configmaps", "ConfigMap"), ("pods", "Pod"), ("secrets", "Secret"))
_VERBS: Final = ["create", "delete", "get", "list", "patch", "update", "watch"]
PASSWORD: Final = "aHVudGVyMjI="
"""The content of the Secret, as it is sent."""


def config_map(name: str, version: int = 10, **more: Any) -> dict[str, Any]:
    """Return a ConfigMap."""
    metadata = {"name": name, "namespace": "default", "uid": f"uid-{name}", "resourceVersion": str(version)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {**metadata, **more.pop("metadata", {})}, **more}


def listed(*items: Mapping[str, Any], **metadata: Any) -> web.Response:
    """Return a list of ConfigMaps."""
    metadata = {"resourceVersion": "10", **metadata}
    return web.json_response({"apiVersion": "v1", "kind": "ConfigMapList", "metadata": metadata, "items": items})


def failed(
    code: int, reason: str, *, headers: Mapping[str, str] | None = None, metadata: Mapping[str, str] | None = None
) -> web.Response:
    """Return a Status that reports a failure."""
    status = {"apiVersion": "v1", "kind": "Status", "metadata": metadata or {}, "status": "Failure", "code": code}
    return web.json_response({**status, "reason": reason, "message": reason}, status=code, headers=headers)


async def events(request: web.Request, *lines: Mapping[str, Any]) -> web.StreamResponse:
    """Answer a watch by some events, and end it."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for line in lines:
        await response.write(json.dumps(line).encode() + b"\n")
    await response.write_eof()
    return response


@dataclass
class PeerServer:
    """The server. `handler` answers what concerns ConfigMaps; all else is answered as a server of three kinds does.

    async with PeerServer(folder, handler) as server:
        kubeconfig = server.kubeconfig({"token": "secret"})
    """

    folder: Path
    handler: Handler
    requests: list[web.Request] = field(default_factory=list)
    """Those for ConfigMaps, in their order."""

    async def __aenter__(self) -> Self:
        self._authority = Authority()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        context: ssl.SSLContext = self._authority.server_context()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        self.url = f"https://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    def kubeconfig(self, user: Mapping[str, Any] | None = None, *, ca: bool = True) -> Path:
        """Write a kubeconfig.

        Args:
            user: The content of its user entry.
            ca: Name the authority that has issued the certificate of the server.
        """
        authority, path = self.folder / "ca.crt", self.folder / "config"
        authority.write_bytes(self._authority.pem)
        cluster = {"server": self.url, **({"certificate-authority": str(authority)} if ca else {})}
        context = {"cluster": "main", "user": "main", "namespace": "default"}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "main",
            "contexts": [{"name": "main", "context": context}],
            "clusters": [{"name": "main", "cluster": cluster}],
            "users": [{"name": "main", "user": user or {}}],
        }
        path.write_text(json.dumps(content))
        return path

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith(_CONFIG_MAPS):
            self.requests.append(request)
            await request.read()
            return await self.handler(request) or listed()
        aggregated = "apidiscovery" in request.headers.get("Accept", "")
        documents = _AGGREGATED if aggregated and request.path in _AGGREGATED else _DOCUMENTS
        found = documents.get(request.path.rstrip("/"))
        return failed(404, "NotFound") if found is None else web.json_response(found)


_SECRET: Final = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "settings", "namespace": "default", "resourceVersion": "10"},
    "data": {"password": PASSWORD},
}
_AGGREGATED: Final[Mapping[str, object]] = {
    path: {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }
    for path, items in {
        "/apis": [],
        "/api": [
            {
                "metadata": {"name": ""},
                "versions": [
                    {
                        "version": "v1",
                        "resources": [
                            {
                                "resource": name,
                                "responseKind": {"group": "", "version": "", "kind": kind},
                                "scope": "Namespaced",
                                "singularResource": kind.lower(),
                                "verbs": _VERBS,
                            }
                            for name, kind in _RESOURCES
                        ],
                    }
                ],
            }
        ],
    }.items()
}
_DOCUMENTS: Final[Mapping[str, object]] = {
    "/apis/authentication.k8s.io/v1/selfsubjectreviews": {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "SelfSubjectReview",
        "status": {"userInfo": {"username": "somebody"}},
    },
    "/version": {"major": "1", "minor": "37", "gitVersion": "v1.37.2"},
    "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [
            {"name": name, "singularName": kind.lower(), "namespaced": True, "kind": kind, "verbs": _VERBS}
            for name, kind in _RESOURCES
        ],
    },
    "/api/v1/namespaces/default/secrets/settings": _SECRET,
    "/api/v1/namespaces/default/secrets": {
        "kind": "SecretList",
        "apiVersion": "v1",
        "metadata": {"resourceVersion": "10"},
        "items": [_SECRET],
    },
}
