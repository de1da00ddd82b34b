"""Byte streams multiplexed over one WebSocket: each message begins with a channel number (`*.channel.k8s.io`)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from ..errors import ClientClosed, Disconnected, NotSupported, StreamError
from .keepalive import Connection

_CHUNK = 1 << 15  # bytes
_HIGH_WATER = 1 << 16  # bytes
_LOW_WATER = 1 << 14  # bytes

MAX_LINE = 1 << 16
"""Default of the maximum size of a line in bytes, as in asyncio."""

_CLOSE = 255
"""The channel whose messages close other channels (v5)."""

_NORMAL = (0, 1000, 1005)
"""The close codes of a normal end; 1005 and 0 stand for a close frame without a code."""

_LINGER = 1.0
"""Seconds to wait for the close frame after the message that ends a stream."""

FLUSH_TIMEOUT = 5.0
"""Seconds to wait, when a stream is closed, for the peer to accept what was written."""


class Channel(asyncio.Transport):
    """One channel as an asyncio transport, so that `StreamReader` and `StreamWriter` work on it.

    Args:
        channels: The channels of the WebSocket.
        number: The channel number.
        protocol: The protocol that receives the bytes.
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
        """Queue bytes to be sent."""
        if self._closing or not data:
            return
        self._buffered += len(data)
        self._channels.enqueue(self, bytes(data))
        if self._buffered > _HIGH_WATER and not self._paused:
            self._paused = True
            self._protocol.pause_writing()

    def can_write_eof(self) -> bool:
        """Return True if the subprotocol can close one channel."""
        return self._channels.half_close

    def write_eof(self) -> None:
        """Close the channel for writing, after what was written.

        Raises:
            NotSupported: The subprotocol cannot close one channel.
        """
        if not self._channels.half_close:
            raise NotSupported(
                f"{self._channels.what}: stdin cannot be closed over {self._channels.connection.subprotocol}; "
                "send input that ends the command, or leave the `async with`"
            )
        self.close()

    def close(self) -> None:
        """Close the channel, after what was written.

        Raises:
            NotSupported: The subprotocol cannot close one channel.
        """
        if self._closing:
            return
        if not self._channels.can_close:
            self.write_eof()
        self._closing = True
        self._channels.enqueue(self, None)

    def abort(self) -> None:
        """Close the channel at once."""
        self._closing = True
        self.terminate(None)

    def is_closing(self) -> bool:
        """Return True if the channel is closed or closing."""
        return self._closing

    def pause_reading(self) -> None:
        """Stop delivering received bytes; once buffers are full, the peer stops sending."""
        self._flowing.clear()

    def resume_reading(self) -> None:
        """Deliver received bytes again."""
        self._flowing.set()

    def get_write_buffer_size(self) -> int:
        """Return the number of bytes written and not yet sent."""
        return self._buffered

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return the subprotocol that the server chose for `subprotocol`, and `default` for any other name."""
        return self._channels.connection.subprotocol if name == "subprotocol" else default

    async def feed(self, data: bytes) -> None:
        """Deliver received bytes, once the reader accepts them."""
        await self._flowing.wait()
        if not self._lost and not self._ended:
            self._protocol.data_received(data)

    def feed_eof(self) -> None:
        """Signal the end of the channel to its reader."""
        if not self._lost and not self._ended:
            self._ended = True
            self._protocol.eof_received()

    def sent(self, size: int) -> None:
        """Subtract sent bytes from the write buffer, and resume a paused writer."""
        self._buffered -= size
        if self._paused and self._buffered <= _LOW_WATER:
            self._paused = False
            self._protocol.resume_writing()

    def terminate(self, error: Exception | None) -> None:
        """End the channel for its reader and its writer; later calls do nothing."""
        self._closing = True
        self._flowing.set()
        if not self._lost:
            self._lost = True
            self._protocol.connection_lost(error)


class _EndOfStream(StreamError, asyncio.IncompleteReadError):
    """The end of a stream before what was to be read; also the error that asyncio's own streams raise then."""

    def __init__(self, message: str, partial: bytes, expected: int | None) -> None:
        Exception.__init__(self, message)
        self.partial = partial
        self.expected = expected

    def __reduce__(self) -> tuple[type[_EndOfStream], tuple[str, bytes, int | None]]:
        return _EndOfStream, (self.args[0], self.partial, self.expected)


class _Reader(asyncio.StreamReader):
    """A reader whose errors, such as that for a line that is too long, are those of a stream.

    What it holds can still be read after an error.
    """

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(limit)
        self._what = what
        self._max_line = limit

    async def readuntil(self, separator: bytes = b"\n") -> bytes:  # type: ignore[override] # of bytes alone, as in 3.11
        """Read up to a separator; `readline` does so too.

        Raises:
            StreamError: The line is longer than the limit, or the stream ended before the separator.
        """
        try:
            return await super().readuntil(separator)
        except asyncio.IncompleteReadError as error:
            raise self._ended_early(error) from None
        except asyncio.LimitOverrunError:
            raise StreamError(
                f"{self._what}: a line of more than {self._max_line} bytes; raise max_line, or use `read`"
            ) from None

    async def readexactly(self, n: int) -> bytes:
        """Read a number of bytes.

        Raises:
            StreamError: The stream ended before; it is an `asyncio.IncompleteReadError`, too.
        """
        try:
            return await super().readexactly(n)
        except asyncio.IncompleteReadError as error:
            raise self._ended_early(error) from None

    def _ended_early(self, error: asyncio.IncompleteReadError) -> _EndOfStream:
        wanted = "the separator" if error.expected is None else f"{error.expected} bytes"
        message = f"{self._what}: the stream ended after {len(error.partial)} bytes, before {wanted}"
        return _EndOfStream(message, error.partial, error.expected)


class _Writer(asyncio.StreamWriter):
    """A writer whose error, when the other side has closed the stream, is that of a stream."""

    def __init__(
        self,
        channel: Channel,
        protocol: asyncio.StreamReaderProtocol,
        reader: asyncio.StreamReader,
        loop: asyncio.AbstractEventLoop,
        what: str,
    ) -> None:
        super().__init__(channel, protocol, reader, loop)
        self._what = what

    async def drain(self) -> None:
        """Wait until more can be written.

        Raises:
            Disconnected: The other side has closed the stream.
            AiokubeError: The stream has failed.
        """
        try:
            await super().drain()
        except ConnectionResetError as error:
            raise Disconnected(f"{self._what}: the other side has closed the stream") from error


class Channels:
    """The channels of one WebSocket.

    Args:
        connection: The WebSocket.
        what: Name of the stream in error messages: `exec in web-0`.
        half_close: The subprotocol can close one channel (v5).
        closes_all: Without a half-close, closing a channel for writing closes the WebSocket.
        max_line: Maximum size of a line in bytes, and half of what a reader holds before the peer has to wait.
    """

    def __init__(
        self,
        connection: Connection,
        what: str,
        *,
        half_close: bool = False,
        closes_all: bool = False,
        max_line: int = MAX_LINE,
    ) -> None:
        self._max_line = max_line
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
        reader = _Reader(self.what, self._max_line)
        self._channels[number] = Channel(self, number, asyncio.StreamReaderProtocol(reader))
        return reader

    def streams(self, number: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a channel for reading and writing."""
        reader = _Reader(self.what, self._max_line)
        protocol = asyncio.StreamReaderProtocol(reader)
        channel = self._channels[number] = Channel(self, number, protocol)
        return reader, _Writer(channel, protocol, reader, asyncio.get_running_loop(), self.what)

    def enqueue(self, channel: Channel, data: bytes | None) -> None:
        """Queue bytes for a channel; None closes it."""
        self._outgoing.append((channel, data))
        self._waiting.set()

    async def run(self, on_message: Callable[[int, bytes], bytes | None]) -> None:
        """Send and receive until the peer closes the WebSocket.

        Args:
            on_message: Called with the channel number and payload of each message. The bytes that it returns go to the
                reader of the channel. None marks the last message that matters: from then on, only a close frame is
                waited for.

        Raises:
            ConnectionError: The connection broke.
            StreamError: The peer violated the protocol, or closed the WebSocket with a code other than 1000.
        """
        try:
            async with asyncio.TaskGroup() as group:
                pump = group.create_task(self._pump())
                await self._receive(on_message)
                # A pump that is closing the connection finishes that itself, after the last write.
                if not self._closed:
                    pump.cancel()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from errors.exceptions[0].__cause__

    def terminate(self, error: Exception | None) -> None:
        """End every channel for its reader and its writer."""
        for channel in self._channels.values():
            channel.terminate(error)

    async def _receive(self, on_message: Callable[[int, bytes], bytes | None]) -> None:
        finished = False
        while True:
            try:
                async with asyncio.timeout(_LINGER if finished else None):
                    frame = await self.connection.receive()
            except (ConnectionError, ClientClosed, TimeoutError):
                if finished or self._closed:
                    return
                raise
            if frame.kind == "close":
                if frame.code not in _NORMAL and not finished:
                    reason = f": {frame.data.decode('utf-8', 'replace')}" if frame.data else ""
                    raise StreamError(f"{self.what}: the server closed the stream with code {frame.code}{reason}")
                return
            if frame.kind == "text":
                raise StreamError(f"{self.what}: protocol error: the server sent a text message")
            # Servers announce a channel with an empty message.
            if not frame.data:
                continue
            number, payload = frame.data[0], frame.data[1:]
            if number == _CLOSE and self.half_close:
                if payload and payload[0] in self._channels:
                    self._channels[payload[0]].feed_eof()
                continue
            data = on_message(number, payload)
            if data is None:
                finished = True
            elif data and number in self._channels:
                await self._channels[number].feed(data)

    async def _pump(self) -> None:
        try:
            await self._send_outgoing()
        except (ConnectionError, ClientClosed):
            # The peer may have sent its reason before it left: `_receive` still gets that, or the same error.
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
                    # Let `_receive` run between two messages.
                    await asyncio.sleep(0)
            elif self.half_close:
                await self.connection.send(bytes([_CLOSE, channel.number]))
            else:
                self._closed = True
                await self.connection.close(timeout=FLUSH_TIMEOUT)
                # The peer may have failed at the same time. 1006 stands for a peer that did not respond in time.
                if (code := self.connection.close_code) is not None and code not in (*_NORMAL, 1006):
                    raise StreamError(f"{self.what}: the server closed the stream with code {code}")
                return
