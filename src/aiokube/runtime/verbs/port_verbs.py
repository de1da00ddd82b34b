"""The verbs on ports of pods: connections and local listeners.

Each takes the path template of the subresource, the name of the object, and its namespace; None stands for the default
namespace of the client. `query` holds query parameters by their names in the API.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from ..arguments import types
from ..streams.port_connection import open_port
from ..streams.port_forwarder import PortForwarder, open_port_forwarder
from ..streams.port_target import Target, TargetFinder
from .base import ResourceBase


class PortVerbs(ResourceBase):
    """The verbs of `Resource` on ports of pods."""

    def _open_port(
        self, path: str, port: int | str, *, name: str, namespace: str | None = None
    ) -> AbstractAsyncContextManager[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """Open one connection to a port.

        Args:
            path: Path of the `portforward` subresource.
            port: Number or name of the port.
            name: Name of the pod, or `TYPE/NAME`.
            namespace: Namespace of the pod.
        """
        return self._to_target(path, port, name, namespace)

    def _port_forward(
        self,
        path: str,
        port: int | str,
        *,
        name: str,
        namespace: str | None = None,
        local_port: int = 0,
        address: str = "127.0.0.1",
        on_error: Callable[[Exception], object] | None = None,
    ) -> AbstractAsyncContextManager[PortForwarder]:
        """Listen on a local port, and forward each connection as `_open_port` does.

        Args:
            path: Path of the `portforward` subresource.
            port: Number or name of the port.
            name: Name of the pod, or `TYPE/NAME`.
            namespace: Namespace of the pod.
            local_port: Local port; 0 takes any free one.
            address: Local address.
            on_error: Called with the error of each failed connection; None logs it.
        """
        types.callback(on_error, "on_error")
        finder = TargetFinder(self._client, self._namespace(namespace), name, port)
        connect = partial(self._to_port, path, namespace)
        return open_port_forwarder(finder, connect, local_port=local_port, address=address, on_error=on_error)

    @asynccontextmanager
    async def _to_target(
        self, path: str, port: int | str, name: str, namespace: str | None
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        target = await TargetFinder(self._client, self._namespace(namespace), name, port).find()
        async with self._to_port(path, namespace, target) as streams:
            yield streams

    def _to_port(
        self, path: str, namespace: str | None, target: Target
    ) -> AbstractAsyncContextManager[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        request = self._stream_request(path, {"ports": target.port}, target.pod, namespace)
        return open_port(self._client, request, f"port {target.port} of {target.pod}", target.port)
