"""The streams of `Api`: commands, ports and proxies, of the resources that have them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Literal

from ...secret import hides_arguments
from ...streams.channel import MAX_LINE
from ...streams.copy_result import Copied, CopyProgress
from ...streams.port_forwarder import PortForwarder
from ...streams.process import STREAM_PROTOCOLS, Completed, Process
from ...streams.service_proxy import ProxyResponse, ProxyWebSocket
from .base import ApiBase, ObjectT


class StreamingVerbs(ApiBase[ObjectT]):
    """The streams of `Api`, with the names and meanings of the methods of pods, services and nodes.

    All raise `UnknownResource` where the resource has no such subresource: few but pods have.
    """

    @asynccontextmanager
    async def exec(
        self,
        name: str,
        command: str | Sequence[str],
        *,
        namespace: str | None = None,
        container: str | None = None,
        stderr: bool | None = None,
        stdin: bool | None = None,
        stdout: bool | None = None,
        tty: bool | None = None,
        protocols: Sequence[str] = STREAM_PROTOCOLS,
        max_line: int = MAX_LINE,
    ) -> AsyncIterator[Process]:
        """Run a command in a container and talk to it, as `exec` of pods does. Enter it with `async with`."""
        path, _ = await self._object(subresource="exec")
        query = {"container": container, "stderr": stderr, "stdin": stdin, "stdout": stdout, "tty": tty}
        opened = self._exec(
            path, query, command, name=name, namespace=namespace, protocols=protocols, max_line=max_line
        )
        async with opened as process:
            yield process

    @asynccontextmanager
    async def attach(
        self,
        name: str,
        *,
        namespace: str | None = None,
        container: str | None = None,
        stderr: bool | None = None,
        stdin: bool | None = None,
        stdout: bool | None = None,
        tty: bool | None = None,
        protocols: Sequence[str] = STREAM_PROTOCOLS,
        max_line: int = MAX_LINE,
    ) -> AsyncIterator[Process]:
        """Talk to the main process of a container, as `attach` of pods does. Enter it with `async with`."""
        path, _ = await self._object(subresource="attach")
        query = {"container": container, "stderr": stderr, "stdin": stdin, "stdout": stdout, "tty": tty}
        opened = self._attach(path, query, name=name, namespace=namespace, protocols=protocols, max_line=max_line)
        async with opened as process:
            yield process

    @hides_arguments
    async def run(
        self,
        name: str,
        command: str | Sequence[str],
        *,
        namespace: str | None = None,
        container: str | None = None,
        input: bytes | str | None = None,
        timeout: float | None = None,
    ) -> Completed:
        """Run a command in a container and wait for it to end, as `run` of pods does."""
        path, _ = await self._object(subresource="exec")
        query = {"container": container}
        return await self._run(path, query, command, name=name, namespace=namespace, input=input, timeout=timeout)

    async def copy_to(
        self,
        name: str,
        source: str | os.PathLike[str],
        target: str,
        *,
        namespace: str | None = None,
        container: str | None = None,
        progress: Callable[[CopyProgress], object] | None = None,
    ) -> Copied:
        """Copy a file or folder into a container, as `copy_to` of pods does."""
        path, _ = await self._object(subresource="exec")
        return await self._copy_to(
            path, {"container": container}, source, target, name=name, namespace=namespace, progress=progress
        )

    async def copy_from(
        self,
        name: str,
        source: str,
        target: str | os.PathLike[str],
        *,
        namespace: str | None = None,
        container: str | None = None,
        progress: Callable[[CopyProgress], object] | None = None,
        follow_links: bool = False,
        max_bytes: int | None = 1 << 34,
        max_files: int | None = 1_000_000,
    ) -> Copied:
        """Copy a file or folder out of a container, as `copy_from` of pods does."""
        path, _ = await self._object(subresource="exec")
        return await self._copy_from(
            path,
            {"container": container},
            source,
            target,
            name=name,
            namespace=namespace,
            progress=progress,
            follow_links=follow_links,
            max_bytes=max_bytes,
            max_files=max_files,
        )

    @asynccontextmanager
    async def port_forward(
        self,
        name: str,
        port: int | str,
        *,
        namespace: str | None = None,
        local_port: int = 0,
        address: str = "127.0.0.1",
        on_error: Callable[[Exception], object] | None = None,
    ) -> AsyncIterator[PortForwarder]:
        """Listen on a local port and forward connections, as `port_forward` of pods does. Use it by `async with`."""
        path, _ = await self._object(subresource="portforward")
        opened = self._port_forward(
            path, port, name=name, namespace=namespace, local_port=local_port, address=address, on_error=on_error
        )
        async with opened as forwarder:
            yield forwarder

    @asynccontextmanager
    async def open_port(
        self, name: str, port: int | str, *, namespace: str | None = None
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """Connect to a port, as `open_port` of pods does. Enter it with `async with`."""
        path, _ = await self._object(subresource="portforward")
        async with self._open_port(path, port, name=name, namespace=namespace) as connection:
            yield connection

    @asynccontextmanager
    async def proxy(
        self,
        name: str,
        path: str | None = None,
        *,
        method: Literal["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH"] = "GET",
        namespace: str | None = None,
        port: int | str | None = None,
        scheme: Literal["http", "https"] | None = None,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterable[bytes] | None = None,
    ) -> AsyncIterator[ProxyResponse]:
        """Send an HTTP request through the API server, as `proxy` of services does. Enter it with `async with`."""
        of, _ = await self._object(subresource="proxy")
        opened = self._proxy(
            of,
            f"{of}/{{path}}",
            method=method,
            name=name,
            namespace=namespace,
            path_suffix=path,
            port=port,
            scheme=scheme,
            query=query,
            headers=headers,
            body=body,
        )
        async with opened as response:
            yield response

    @asynccontextmanager
    async def proxy_websocket(
        self,
        name: str,
        path: str | None = None,
        *,
        namespace: str | None = None,
        port: int | str | None = None,
        scheme: Literal["http", "https"] | None = None,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        subprotocols: Sequence[str] = (),
    ) -> AsyncIterator[ProxyWebSocket]:
        """Open a WebSocket through the API server, as `proxy_websocket` of services does. Enter it by `async with`."""
        of, _ = await self._object(subresource="proxy")
        opened = self._proxy_websocket(
            of,
            f"{of}/{{path}}",
            name=name,
            namespace=namespace,
            path_suffix=path,
            port=port,
            scheme=scheme,
            query=query,
            headers=headers,
            subprotocols=subprotocols,
        )
        async with opened as websocket:
            yield websocket

    @asynccontextmanager
    async def websocket(
        self,
        name: str,
        subresource: str,
        *,
        namespace: str | None = None,
        query: Mapping[str, object] | None = None,
        subprotocols: Sequence[str] = (),
    ) -> AsyncIterator[ProxyWebSocket]:
        """Open the WebSocket that a subresource is, such as the `console` of a virtual machine.

        Args:
            name: Name of the object.
            subresource: Name of the subresource.
            namespace: Default: the namespace of the client.
            query: Query parameters.
            subprotocols: Subprotocols to offer, in order of preference.

        Raises:
            ApiError: The server refused the WebSocket.
        """
        path, _ = await self._object(subresource=subresource)
        opened: AbstractAsyncContextManager[Any] = self._websocket(
            path, {"name": name}, query or {}, subprotocols=subprotocols, namespace=namespace
        )
        async with opened as websocket:
            yield websocket
