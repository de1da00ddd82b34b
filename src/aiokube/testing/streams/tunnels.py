"""port-forward as kubectl does it: any number of connections, in SPDY that is tunnelled through one WebSocket."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial

from .channels import CHUNK, Socket
from .connections import serve_connection
from .sessions import PortConnection, PortFunction
from .spdy import DATA, GOAWAY, PING, RST_STREAM, SYN_STREAM, Frame, Framer

TUNNEL = "SPDY/3.1+portforward.k8s.io"
"""The subprotocol."""


@dataclass
class _Pair:
    """The two streams of a connection."""

    port: int = 0
    streams: dict[str, int] = field(default_factory=dict)
    connection: PortConnection | None = None
    has_ended: bool = False


class Tunnel:
    """The connections of one client to the ports of a pod.

    Args:
        pod: Name of the pod.
        namespace: Its namespace.
        function: The function of the test.
        socket: The WebSocket.
    """

    def __init__(self, pod: str, namespace: str, function: PortFunction, socket: Socket) -> None:
        self._pod = pod
        self._namespace = namespace
        self._function = function
        self._socket = socket
        self._framer = Framer()
        self._pairs: dict[str, _Pair] = {}
        self._requests: dict[int, str] = {}
        """The request of a connection, by each of its streams."""

    async def run(self) -> None:
        """Serve the connections until the client leaves."""
        async with asyncio.TaskGroup() as group:
            tasks: set[asyncio.Task[None]] = set()
            while (message := await self._socket.receive()) is not None:
                for frame in self._framer.feed(message):
                    if (pair := await self._take(frame)) is not None:
                        tasks.add(group.create_task(self._serve(pair)))
            for task in tasks:
                task.cancel()

    async def _take(self, frame: Frame) -> _Pair | None:
        """Take a frame; return a connection that it has completed."""
        if frame.type == SYN_STREAM:
            return await self._open(frame)
        if frame.type == PING:
            await self._socket.send_message(self._framer.pong(frame.stream))
        elif frame.type in (DATA, RST_STREAM):
            self._feed(frame)
        elif frame.type == GOAWAY:
            await self._socket.close()
        return None

    async def _open(self, frame: Frame) -> _Pair | None:
        headers = frame.headers
        request = headers.get("requestid", "")
        pair = self._pairs.setdefault(request, _Pair())
        pair.port = int(headers.get("port", "0"))
        pair.streams[headers.get("streamtype", "")] = frame.stream
        self._requests[frame.stream] = request
        await self._socket.send_message(self._framer.reply(frame.stream))
        if set(pair.streams) < {"data", "error"}:
            return None
        send = partial(self._send, pair.streams["data"])
        pair.connection = PortConnection(pod=self._pod, namespace=self._namespace, port=pair.port, send=send)
        return pair

    def _feed(self, frame: Frame) -> None:
        pair = self._pairs.get(self._requests.get(frame.stream, ""))
        if pair is None or pair.connection is None or frame.stream != pair.streams["data"] or pair.has_ended:
            return
        pair.connection.reader.feed_data(frame.data)
        if frame.is_last or frame.type == RST_STREAM:
            pair.has_ended = True
            pair.connection.reader.feed_eof()

    async def _serve(self, pair: _Pair) -> None:
        assert pair.connection is not None
        await serve_connection(pair.connection, self._function, partial(self._send, pair.streams["error"]))
        for stream in pair.streams.values():
            await self._socket.send_message(self._framer.data(stream, b"", is_last=True))
            self._requests.pop(stream, None)

    async def _send(self, stream: int, data: bytes) -> None:
        for start in range(0, len(data), CHUNK):
            await self._socket.send_message(self._framer.data(stream, data[start : start + CHUNK]))
