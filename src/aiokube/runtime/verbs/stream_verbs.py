"""The streaming verbs of pods, services and nodes, as generated methods call them.

Each takes the path template of the subresource, the name of the object, and its namespace; None stands for the default
namespace of the client. `query` holds query parameters by their names in the API.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypedDict

from ..arguments import types
from ..errors import InvalidRequest
from ..http.request import JSON, Request, build
from ..secret import Hidden
from ..streams.channel import MAX_LINE
from ..streams.log import MAX_LOG_LINE, LogLine, LogLines, containers_of, merge, read_log, rfc3339
from ..streams.port_connection import open_port
from ..streams.port_forwarder import PortForwarder, open_port_forwarder
from ..streams.port_target import PodFinder, Target, TargetFinder
from ..streams.process import STREAM_PROTOCOLS, Completed, Process, checked_input, open_process, run_process
from ..streams.service_proxy import ProxyResponse, ProxyWebSocket, open_proxy, open_proxy_websocket, proxied_name
from .base import ResourceBase

if TYPE_CHECKING:
    import asyncio

    from ..streams.copy_result import Copied, CopyProgress

Query = Mapping[str, object]


class _Streams(TypedDict):
    stdin: bool
    stdout: bool
    stderr: bool
    tty: bool


class StreamVerbs(ResourceBase):
    """The streaming verbs of `Resource`."""

    def _exec(
        self,
        path: str,
        query: Query,
        command: str | Sequence[str],
        *,
        name: str,
        namespace: str | None = None,
        protocols: Sequence[str] = STREAM_PROTOCOLS,
        max_line: int = MAX_LINE,
    ) -> AbstractAsyncContextManager[Process]:
        """Start a command in a container.

        Args:
            path: Path of the `exec` subresource.
            query: Its query parameters, without `command`.
            command: A program, or a list of a program and its arguments.
            name: Name of the pod.
            namespace: Namespace of the pod.
            protocols: Subprotocols to offer, the preferred one first.
            max_line: Maximum size of a line of the output in bytes.

        Raises:
            InvalidRequest: The command is empty or a command line, or the streams are contradictory.
        """
        if isinstance(command, str) and len(words := command.split()) > 1:
            raise InvalidRequest(
                f"command is {command!r}; a text is one program, not a command line: pass a list, such as {words!r}"
            )
        argv = (command,) if isinstance(command, str) else types.texts(command, "command")
        if not argv or not argv[0]:
            raise InvalidRequest("command is empty; pass a program and its arguments")
        query = {**query, "command": argv}
        return self._attach(path, query, name=name, namespace=namespace, protocols=protocols, max_line=max_line)

    def _attach(
        self,
        path: str,
        query: Query,
        *,
        name: str,
        namespace: str | None = None,
        protocols: Sequence[str] = STREAM_PROTOCOLS,
        max_line: int = MAX_LINE,
    ) -> AbstractAsyncContextManager[Process]:
        """Attach to the running program of a container.

        Args:
            path: Path of the `attach` subresource.
            query: Its query parameters.
            name: Name of the pod.
            namespace: Namespace of the pod.
            protocols: Subprotocols to offer, the preferred one first.
            max_line: Maximum size of a line of the output in bytes.

        Raises:
            InvalidRequest: The streams are contradictory.
        """
        streams = _requested_streams(query)
        protocols = types.texts(protocols, "protocols")
        if types.instance(max_line, int, "an integer", "max_line") < 1:
            raise InvalidRequest(f"max_line is {max_line}; it must be 1 or more")

        def attach(pod: str) -> AbstractAsyncContextManager[Process]:
            request = self._stream_request(path, {**query, **streams}, pod, namespace)
            what = _stream_name(path, pod)
            return open_process(self._client, request, what, protocols=protocols, max_line=max_line, **streams)

        finder = PodFinder(self._client, self._namespace(namespace), name)
        return self._of_workload(finder, attach) if finder.has_choice else attach(name)

    async def _run(
        self,
        path: str,
        query: Query,
        command: str | Sequence[str],
        *,
        name: str,
        namespace: str | None = None,
        input: bytes | str | None = None,
        timeout: float | None = None,
    ) -> Completed:
        """Run a command in a container to its end; the path is that of the `exec` subresource.

        Args:
            path: Path of the `exec` subresource.
            query: Its query parameters, without `command` and `stdin`.
            command: A program, or a list of a program and its arguments.
            name: Name of the pod.
            namespace: Namespace of the pod.
            input: The standard input, a string as UTF-8; None leaves it unconnected.
            timeout: Timeout of the whole call in seconds; None disables it.
        """
        data = None if input is None else checked_input(input.encode() if isinstance(input, str) else input)
        types.seconds(timeout, "timeout")
        opened = self._exec(path, {**query, "stdin": data is not None}, command, name=name, namespace=namespace)
        # A traceback must not show them.
        del command, input
        return await run_process(opened, _stream_name(path, name), data, timeout)

    async def _copy_to(
        self,
        path: str,
        query: Query,
        source: str | os.PathLike[str],
        target: str,
        *,
        name: str,
        namespace: str | None = None,
        progress: Callable[[CopyProgress], object] | None = None,
    ) -> Copied:
        """Copy a local file or folder into a container, through `exec` of its tar.

        Args:
            path: Path of the `exec` subresource.
            query: Its query parameters, without `command`.
            source: Local path.
            target: File or folder in the container.
            name: Name of the pod.
            namespace: Namespace of the pod.
            progress: Called after each piece of content.
        """
        from ..streams.copy import copy_to

        name = await PodFinder(self._client, self._namespace(namespace), name).find_name()

        def run(*command: str, stdin: bool = False) -> AbstractAsyncContextManager[Process]:
            streams = {"stdin": stdin, "stdout": False}
            return self._exec(path, {**query, **streams}, command, name=name, namespace=namespace)

        return await copy_to(run, source, target, progress)

    async def _copy_from(
        self,
        path: str,
        query: Query,
        source: str,
        target: str | os.PathLike[str],
        *,
        name: str,
        namespace: str | None = None,
        progress: Callable[[CopyProgress], object] | None = None,
        follow_links: bool = False,
        max_bytes: int | None = None,
        max_files: int | None = None,
    ) -> Copied:
        """Copy a file or folder from a container, through `exec` of its tar.

        Args:
            path: Path of the `exec` subresource.
            query: Its query parameters, without `command`.
            source: File or folder in the container.
            target: Local path.
            name: Name of the pod.
            namespace: Namespace of the pod.
            progress: Called after each piece of content.
            follow_links: Copy what links point to.
            max_bytes: Maximum content in bytes; None sets no limit.
            max_files: Maximum number of files and folders; None sets no limit.
        """
        from ..streams.copy import copy_from

        name = await PodFinder(self._client, self._namespace(namespace), name).find_name()

        def run(*command: str) -> AbstractAsyncContextManager[Process]:
            return self._exec(path, query, command, name=name, namespace=namespace)

        return await copy_from(
            run, source, target, progress, follow_links=follow_links, max_bytes=max_bytes, max_files=max_files
        )

    async def _log(self, path: str, query: Query, *, name: str, namespace: str | None = None) -> str:
        """Read the log of one container as text.

        Args:
            path: Path of the `log` subresource.
            query: Its query parameters.
            name: Name of the pod.
            namespace: Namespace of the pod.
        """
        return await read_log(self._client, self._stream_request(path, query, name, namespace))

    def _log_lines(
        self,
        path: str,
        query: Query,
        *,
        name: str,
        namespace: str | None = None,
        since_time: datetime | None = None,
        max_line: int | None = MAX_LOG_LINE,
    ) -> LogLines:
        """Read the log of one container line by line.

        Args:
            path: Path of the `log` subresource.
            query: Its query parameters, without `sinceTime`.
            name: Name of the pod.
            namespace: Namespace of the pod.
            since_time: Time of the oldest line.
            max_line: Maximum size of a line in bytes; None sets no limit.
        """
        if max_line is not None:
            types.instance(max_line, int, "an integer", "max_line")
        since = None if since_time is None else rfc3339(since_time, "since_time")
        request = self._stream_request(path, {**query, "sinceTime": since}, name, namespace)
        return LogLines(self._client, request, _stream_name(path, name), max_line)

    async def _all_log_lines(
        self,
        path: str,
        query: Query,
        *,
        name: str,
        namespace: str | None = None,
        since_time: datetime | None = None,
        max_line: int | None = MAX_LOG_LINE,
    ) -> AsyncGenerator[LogLine, None]:
        """Read the logs of all containers of a pod.

        Args:
            path: Path of the `log` subresource.
            query: Its query parameters, without `container` and `sinceTime`.
            name: Name of the pod.
            namespace: Namespace of the pod.
            since_time: Time of the oldest line.
            max_line: Maximum size of a line in bytes; None sets no limit.
        """
        pod = self._stream_request(path.rpartition("/")[0], {}, name, namespace, accept=JSON)
        logs = {
            container: self._log_lines(
                path,
                {**query, "container": container},
                name=name,
                namespace=namespace,
                since_time=since_time,
                max_line=max_line,
            )
            for container in await containers_of(self._client, pod)
        }
        async for line in merge(name, logs):
            yield line

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

    def _proxy(
        self,
        path: str,
        suffixed_path: str | None,
        *,
        method: str,
        name: str,
        namespace: str | None = None,
        path_suffix: str | None = None,
        port: int | str | None = None,
        scheme: str | None = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterable[bytes] | None = None,
    ) -> AbstractAsyncContextManager[ProxyResponse]:
        """Send an HTTP request to the object through the API server.

        Args:
            path: Path of the `proxy` subresource.
            suffixed_path: The same with `{path}` at its end; None if the API has none.
            method: HTTP method.
            name: Name of the object.
            namespace: Namespace of the object, if it has one.
            path_suffix: Path at the target; None requests its root.
            port: Number or name of the port of the target.
            scheme: `http` or `https`.
            query: Query parameters for the target.
            headers: Request headers.
            body: Request body; an iterable is streamed.
        """
        request = self._proxy_request(method, path, suffixed_path, query, name, namespace, path_suffix, port, scheme)
        return open_proxy(self._client, request, headers=Hidden(headers), body=body)

    def _proxy_websocket(
        self,
        path: str,
        suffixed_path: str | None,
        *,
        name: str,
        namespace: str | None = None,
        path_suffix: str | None = None,
        port: int | str | None = None,
        scheme: str | None = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        subprotocols: Sequence[str] = (),
    ) -> AbstractAsyncContextManager[ProxyWebSocket]:
        """Open a WebSocket to the object through the API server.

        Args:
            path: Path of the `proxy` subresource.
            suffixed_path: The same with `{path}` at its end; None if the API has none.
            name: Name of the object.
            namespace: Namespace of the object, if it has one.
            path_suffix: Path at the target; None requests its root.
            port: Number or name of the port of the target.
            scheme: `http` or `https`.
            query: Query parameters for the target.
            headers: Request headers.
            subprotocols: Subprotocols to offer.
        """
        request = self._proxy_request("GET", path, suffixed_path, query, name, namespace, path_suffix, port, scheme)
        what = f"WebSocket to {name}"
        subprotocols = types.texts(subprotocols, "subprotocols")
        return open_proxy_websocket(self._client, request, what, headers=Hidden(headers), subprotocols=subprotocols)

    def _websocket(
        self,
        path: str,
        values: Mapping[str, str | int],
        query: Query,
        *,
        subprotocols: Sequence[str] = (),
        namespace: str | None = None,
    ) -> AbstractAsyncContextManager[ProxyWebSocket]:
        """GET a WebSocket that a subresource is, such as the console of a virtual machine.

        Args:
            path: Path template.
            values: Values for the braces of the path, apart from `{namespace}`.
            query: Query parameters.
            subprotocols: Subprotocols to offer, in order of preference.
            namespace: Value of `{namespace}`. Default: that of the client.

        Raises:
            ApiError: The server refused the WebSocket.
        """
        request = build("GET", path, self._filled(path, values, namespace), query, accept="*/*")
        what = _stream_name(path.partition("/{name}/")[2] or path, str(values.get("name", "")))
        return open_proxy_websocket(self._client, request, what, headers=Hidden(None), subprotocols=subprotocols)

    @asynccontextmanager
    async def _of_workload(
        self, finder: PodFinder, attach: Callable[[str], AbstractAsyncContextManager[Process]]
    ) -> AsyncIterator[Process]:
        async with attach(await finder.find_name()) as process:
            yield process

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

    def _proxy_request(
        self,
        method: str,
        path: str,
        suffixed_path: str | None,
        query: Query | None,
        name: str,
        namespace: str | None,
        path_suffix: str | None,
        port: int | str | None,
        scheme: str | None,
    ) -> Request:
        values = self._path_values(path, name=proxied_name(name, port, scheme), namespace=namespace)
        template = path
        if path_suffix is not None and suffixed_path is not None:
            template, values["path"] = suffixed_path, path_suffix.removeprefix("/")
        return build(method, template, values, query or {}, accept="*/*")

    def _stream_request(
        self, path: str, query: Query, name: str, namespace: str | None, *, accept: str = "*/*"
    ) -> Request:
        return build("GET", path, self._path_values(path, name=name, namespace=namespace), query, accept=accept)


def _requested_streams(query: Query) -> _Streams:
    stdin, stdout, stderr, tty = (query.get(key) for key in ("stdin", "stdout", "stderr", "tty"))
    if tty and stderr:
        raise InvalidRequest("tty and stderr are both true; the only output of a terminal is stdout")
    streams = _Streams(
        stdin=bool(stdin), stdout=stdout is not False, stderr=not tty and stderr is not False, tty=bool(tty)
    )
    if not (streams["stdin"] or streams["stdout"] or streams["stderr"]):
        raise InvalidRequest("stdin, stdout and stderr are all false; at least one must be true")
    return streams


def _stream_name(path: str, name: str) -> str:
    return f"{path.rpartition('/')[2]} in {name}"
