"""Several byte streams over one WebSocket: each message begins with the number of its channel."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from ..errors import ClientClosed, NotSupported, StreamError
from .keepalive import Connection

# Bytes.
_CHUNK = 1 << 15
_HIGH_WATER = 1 << 16
_LOW_WATER = 1 << 14

_CLOSE = 255

# Seconds that the other side has to say goodbye after the message that ends a stream.
_LINGER = 1.0

# Seconds that what was written has to be taken when a stream is closed.
FLUSH_TIMEOUT = 5.0


class Channel(asyncio.Transport):
    """One stream, as a transport: asyncio's own `StreamReader` and `StreamWriter` work on it.

    Args:
        channels: where it belongs.
        number: which it is.
        protocol: what gets the bytes that come.
    """

    def __init__(self, channels: Channels, number: int, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self.number = number
        self._channels = channels
        self._protocol = protocol
        self._buffered = 0
        self._closing = False
        self._lost = False
        self._ended = False
        self._paused = False
        self._flowing = asyncio.Event()
        self._flowing.set()
        protocol.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Send bytes, some time soon."""
        if self._closing or not data:
            return
        self._buffered += len(data)
        self._channels.enqueue(self, bytes(data))
        if self._buffered > _HIGH_WATER and not self._paused:
            self._paused = True
            self._protocol.pause_writing()

    def can_write_eof(self) -> bool:
        """Whether the other side can be told that nothing more comes."""
        return self._channels.half_close

    def write_eof(self) -> None:
        """Tell the other side that nothing more comes, after what was written.

        Raises:
            NotSupported: the server speaks a protocol that cannot tell.
        """
        if not self._channels.half_close:
            raise NotSupported(
                f"{self._channels.what}: the server speaks {self._channels.connection.subprotocol}, in which the input "
                "of a program cannot be closed: send what makes the program end, or leave the `async with`"
            )
        self.close()

    def close(self) -> None:
        """Send what was written, and close.

        Raises:
            NotSupported: the server speaks a protocol that cannot tell.
        """
        if self._closing:
            return
        if not self._channels.can_close:
            self.write_eof()
        self._closing = True
        self._channels.enqueue(self, None)

    def abort(self) -> None:
        """Close at once."""
        self._closing = True
        self.lose(None)

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._closing

    def pause_reading(self) -> None:
        """Hold back what comes, and in the end the other side."""
        self._flowing.clear()

    def resume_reading(self) -> None:
        """Let it come again."""
        self._flowing.set()

    def get_write_buffer_size(self) -> int:
        """Bytes that were written and not sent yet."""
        return self._buffered

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """`subprotocol`: the one that the server chose."""
        return self._channels.connection.subprotocol if name == "subprotocol" else default

    async def feed(self, data: bytes) -> None:
        """Pass on what has come, when its reader wants it."""
        await self._flowing.wait()
        if not self._lost and not self._ended:
            self._protocol.data_received(data)

    def feed_eof(self) -> None:
        """Tell the reader that nothing more comes."""
        if not self._lost and not self._ended:
            self._ended = True
            self._protocol.eof_received()

    def sent(self, size: int) -> None:
        """Learn that bytes were sent."""
        self._buffered -= size
        if self._paused and self._buffered <= _LOW_WATER:
            self._paused = False
            self._protocol.resume_writing()

    def lose(self, error: Exception | None) -> None:
        """Tell reader and writer that it is over, once."""
        self._closing = True
        self._flowing.set()
        if not self._lost:
            self._lost = True
            self._protocol.connection_lost(error)


class Channels:
    """The channels of one WebSocket.

    Args:
        connection: the WebSocket.
        what: what it is, for errors: `exec in web-0`.
        half_close: whether the protocol can close one channel (v5).
        closes_all: whether closing a channel for writing closes the WebSocket, for want of a half-close.
    """

    def __init__(
        self, connection: Connection, what: str, *, half_close: bool = False, closes_all: bool = False
    ) -> None:
        self.connection = connection
        self.what = what
        self.half_close = half_close
        self.can_close: bool = half_close or closes_all
        self._channels: dict[int, Channel] = {}
        self._outgoing: deque[tuple[Channel, bytes | None]] = deque()
        self._waiting = asyncio.Event()
        self._closed = False

    def reader(self, number: int) -> asyncio.StreamReader:
        """Open a channel for reading."""
        reader = asyncio.StreamReader()
        self._channels[number] = Channel(self, number, asyncio.StreamReaderProtocol(reader))
        return reader

    def streams(self, number: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a channel for reading and writing."""
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        channel = self._channels[number] = Channel(self, number, protocol)
        return reader, asyncio.StreamWriter(channel, protocol, reader, asyncio.get_running_loop())

    def enqueue(self, channel: Channel, data: bytes | None) -> None:
        """Have bytes sent on a channel; None closes it."""
        self._outgoing.append((channel, data))
        self._waiting.set()

    async def run(self, take: Callable[[int, bytes], bytes | None]) -> None:
        """Carry bytes both ways until the other side says goodbye.

        Args:
            take: called with each channel number and payload; what it returns goes to the channel's reader. None says
                that this was the last message that matters: a goodbye is only waited for.

        Raises:
            ConnectionError: the connection broke.
            StreamError: the other side broke the protocol, or left with another code than 1000.
        """
        try:
            async with asyncio.TaskGroup() as group:
                pump = group.create_task(self._pump())
                await self._receive(take)
                # What closes the connection is the pump, after all that was written.
                if not self._closed:
                    pump.cancel()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from errors.exceptions[0].__cause__

    def lose(self, error: Exception | None) -> None:
        """Tell every reader and writer that it is over."""
        for channel in self._channels.values():
            channel.lose(error)

    async def _receive(self, take: Callable[[int, bytes], bytes | None]) -> None:
        over = False
        while True:
            try:
                async with asyncio.timeout(_LINGER if over else None):
                    frame = await self.connection.receive()
            except (ConnectionError, ClientClosed, TimeoutError):
                if over or self._closed:
                    return
                raise
            if frame.kind == "close":
                if frame.code not in (0, 1000, 1005) and not over:
                    reason = f": {frame.data.decode('utf-8', 'replace')}" if frame.data else ""
                    raise StreamError(f"{self.what}: the server closed the stream with code {frame.code}{reason}")
                return
            if frame.kind == "text":
                raise StreamError(f"{self.what}: the server sent text, where the protocol has bytes only")
            # Servers say with an empty message that a channel is there.
            if not frame.data:
                continue
            number, payload = frame.data[0], frame.data[1:]
            if number == _CLOSE and self.half_close:
                if payload and payload[0] in self._channels:
                    self._channels[payload[0]].feed_eof()
                continue
            data = take(number, payload)
            if data is None:
                over = True
            elif data and number in self._channels:
                await self._channels[number].feed(data)

    async def _pump(self) -> None:
        try:
            await self._send_outgoing()
        except (ConnectionError, ClientClosed):
            # Whoever leaves may have said why: what the other side sent last is still to be received, or else its end.
            return

    async def _send_outgoing(self) -> None:
        while True:
            while not self._outgoing:
                self._waiting.clear()
                await self._waiting.wait()
            channel, data = self._outgoing.popleft()
            if data is not None:
                for start in range(0, len(data), _CHUNK):
                    part = data[start : start + _CHUNK]
                    await self.connection.send(bytes([channel.number]) + part)
                    channel.sent(len(part))
                    # Between two of them, what has come is received.
                    await asyncio.sleep(0)
            elif self.half_close:
                await self.connection.send(bytes([_CLOSE, channel.number]))
            else:
                self._closed = True
                await self.connection.close(timeout=FLUSH_TIMEOUT)
                return
