"""aiokube as `make bench` drives it, and the floor: clients that receive the same bytes and do not decode them."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from aiokube import Client, Config
from aiokube.models import apps_v1, core_v1
from aiokube.runtime.http.tls import TLSContexts

_PODS = "/api/v1/namespaces/default/pods"
_SMALL = "/api/v1/namespaces/default/configmaps/small"
_CLASSES = (core_v1.Pod, core_v1.ConfigMap, core_v1.Secret, apps_v1.Deployment)


class Aiokube:
    """A client with the methods of the generated package."""

    async def connect(self, kubeconfig: str, stack: AsyncExitStack) -> None:
        self._kube = await stack.enter_async_context(Client(kubeconfig=kubeconfig))
        await self._kube.core_v1.pods.list(namespace="default", limit=1)

    async def list(self) -> Sequence[object]:
        return (await self._kube.core_v1.pods.list(namespace="default")).items

    async def watch(self, version: str) -> AsyncIterator[object]:
        async for event in self._kube.core_v1.pods.watch(namespace="default", resource_version=version):
            yield event.object.metadata.name

    async def get(self) -> None:
        await self._kube.core_v1.config_maps.get("small")

    def informer(self, resource: str, namespace: str = "default") -> Any:
        """Return an informer of a resource, written as `group/version/plural`: a typed one where there is a class."""
        group, _, plural = resource.split("/")
        for cls in _CLASSES:
            if plural == f"{cls.__name__.lower()}s":
                return self._kube.api(cls).informer(namespace=namespace)
        return self._kube.api(f"{plural}.{group}").informer(namespace=namespace)


class Aiohttp:
    """Plain aiohttp."""

    async def connect(self, kubeconfig: str, stack: AsyncExitStack) -> None:
        config = Config.load(kubeconfig=kubeconfig)
        context, _ = TLSContexts(config).current(None)
        self._server = config.server
        connector = aiohttp.TCPConnector(limit=0, ssl=context)
        self._session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        await self.list_path(f"{_PODS}?limit=1")

    async def list_path(self, path: str) -> bytes:
        async with self._session.get(self._server + path) as response:
            return await response.read()

    async def list(self) -> Sequence[object]:
        return await self.list_path(_PODS)

    async def watch(self, version: str) -> AsyncIterator[object]:
        url = f"{self._server}{_PODS}?watch=true&resourceVersion={version}"
        async with self._session.get(url) as response:
            async for chunk in response.content.iter_any():
                for _ in range(chunk.count(b"\n")):
                    yield None

    async def get(self) -> None:
        await self.list_path(_SMALL)


class TLSSocket:
    """A socket without an event loop, which only counts the lines of a watch."""

    async def connect(self, kubeconfig: str, stack: AsyncExitStack) -> None:
        self._config = Config.load(kubeconfig=kubeconfig)

    async def watch(self, version: str) -> AsyncIterator[object]:
        context, _ = TLSContexts(self._config).current(None)
        server = urlsplit(self._config.server)
        path = f"{_PODS}?watch=true&resourceVersion={version}"
        with (
            socket.create_connection((server.hostname, server.port)) as plain,
            context.wrap_socket(plain, server_hostname=server.hostname) as connection,
        ):
            # HTTP/1.0 has no chunked encoding: only lines follow the head.
            connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(1)
            while chunk := connection.recv(1 << 18):
                for _ in range(chunk.count(b"\n")):
                    yield None
