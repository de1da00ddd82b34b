"""A command in a container, as `asyncio.subprocess` has it: exec and attach over `v5.channel.k8s.io`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import (
    AiokubeError,
    BadRequest,
    Forbidden,
    InternalError,
    InvalidRequest,
    RequestTimeout,
    StreamError,
    Unauthorized,
)
from ..http.request import Request
from ..http.websocket import WebSocket
from ..public import public
from .channel import Channels
from .exit_code import exit_code
from .keepalive import Connection

if TYPE_CHECKING:
    from ..client import BaseClient

STREAM_PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
"""The subprotocols of exec and attach, the best one first."""

_STDIN, _STDOUT, _STDERR, _ERROR, _RESIZE = range(5)

# Bytes. Servers cut output into 32 KiB.
_MAX_MESSAGE = 1 << 20
_MAX_STATUS = 1 << 18

# What servers have been seen to answer when they don't like the list of subprotocols.
_REFUSALS = (BadRequest, Unauthorized, InternalError)


@public("aiokube.streams")
class Process:
    """A command that runs in a container.

    Read `stdout` and `stderr` while it runs: a command whose output nobody reads stops, as one behind a full pipe does,
    and `wait` with it. `communicate` reads both.
    """

    stdin: asyncio.StreamWriter | None
    """What the command reads; None when `stdin` was not asked for. Closing it needs `v5.channel.k8s.io`."""
    stdout: asyncio.StreamReader | None
    """What it writes; None when `stdout` was not asked for."""
    stderr: asyncio.StreamReader | None
    """What it writes to standard error; None when it was not asked for, and with a terminal, which has one output."""

    def __init__(self, channels: Channels, path: str, *, stdin: bool, stdout: bool, stderr: bool, tty: bool) -> None:
        self._channels = channels
        self._path = path
        self._tty = tty
        self._status = b""
        self._told = False
        self._returncode: int | None = None
        self._failure: Exception | None = None
        self.stdin = channels.streams(_STDIN)[1] if stdin else None
        self.stdout = channels.reader(_STDOUT) if stdout else None
        self.stderr = channels.reader(_STDERR) if stderr else None
        self._resizes = channels.streams(_RESIZE)[1]
        self._ended = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    @property
    def returncode(self) -> int | None:
        """The exit code; None while the command runs, and when nobody knows it."""
        return self._returncode

    @property
    def subprotocol(self) -> str:
        """The subprotocol that the server chose."""
        return self._channels.connection.subprotocol or ""

    async def wait(self) -> int:
        """Wait for the end of the command.

        Returns:
            The exit code.

        Raises:
            ApiError: the command could not be run, or broke off.
            StreamError: it ended without a word on how it went.
            ConnectionError: the connection broke.
        """
        await self._ended.wait()
        if self._failure is not None:
            raise self._failure
        assert self._returncode is not None
        return self._returncode

    async def communicate(self, input: bytes | None = None) -> tuple[bytes, bytes]:
        """Send input and its end, read all output, and wait for the end of the command.

        Args:
            input: what the command reads; needs `stdin`.

        Returns:
            What it wrote to standard output and to standard error.

        Raises:
            NotSupported: there is input, and the server speaks no more than v4, which cannot tell the command where its
                input ends.
            ApiError: the command could not be run, or broke off.
            StreamError: it ended without a word on how it went.
            ConnectionError: the connection broke.
        """
        if input is not None and self.stdin is None:
            raise InvalidRequest("there is input, and stdin is not connected: ask for it with stdin=True")
        if self.stdin is not None:
            if input and self.stdin.can_write_eof():
                self.stdin.write(input)
            self.stdin.close()
        stdout, stderr = await asyncio.gather(_read(self.stdout), _read(self.stderr))
        await self.wait()
        return stdout, stderr

    def resize(self, width: int, height: int) -> None:
        """Tell the terminal of the command its size.

        Args:
            width: in columns.
            height: in rows.

        Raises:
            InvalidRequest: the command has no terminal, or the size is none.
        """
        if not self._tty:
            raise InvalidRequest("the command has no terminal that could be resized: ask for one with tty=True")
        if not (0 < width <= 0xFFFF and 0 < height <= 0xFFFF):
            raise InvalidRequest(f"a terminal of {width} x {height} does not exist: each is 1 to 65535")
        self._resizes.write(json.dumps({"Width": width, "Height": height}).encode())

    async def stop(self) -> None:
        """Close the connection. What the command does then is up to the container runtime."""
        self._end(StreamError(f"{self._channels.what}: it was left before it ended"))
        try:
            # While somebody receives, the other side's goodbye can be waited for.
            await self._channels.connection.close()
        finally:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        failure: Exception | None = None
        try:
            await self._channels.run(self._take)
            self._returncode = exit_code(self._status, what=self._channels.what, path=self._path)
        except Exception as error:
            failure = error
        self._end(failure)

    def _end(self, failure: Exception | None) -> None:
        if self._ended.is_set():
            return
        self._failure = failure
        # Output is read to its end when the other side has told how it went; a stream that broke has no end.
        self._channels.lose(None if self._told else failure)
        self._ended.set()

    def _take(self, number: int, payload: bytes) -> bytes | None:
        if number != _ERROR:
            return payload
        if self._told:
            return b""
        self._status += payload
        if len(self._status) > _MAX_STATUS:
            raise StreamError(f"{self._channels.what}: it ended with a Status of more than {_MAX_STATUS} bytes")
        try:
            json.loads(self._status)
        except ValueError:
            return b""
        self._told = True
        return None


@public("aiokube.streams")
@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How a command went."""

    returncode: int
    """The exit code."""
    stdout: bytes = field(repr=False)
    """What it wrote."""
    stderr: bytes = field(repr=False)
    """What it wrote to standard error."""


@asynccontextmanager
async def open_process(
    client: BaseClient,
    request: Request,
    what: str,
    *,
    stdin: bool,
    stdout: bool,
    stderr: bool,
    tty: bool,
    protocols: Sequence[str],
) -> AsyncIterator[Process]:
    """Start a command, or join one."""
    async with AsyncExitStack() as stack:
        websocket = await negotiate(stack, client, request, what, protocols)
        connection = await stack.enter_async_context(Connection(websocket, what))
        channels = Channels(connection, what, half_close=connection.subprotocol == STREAM_PROTOCOLS[0])
        process = Process(channels, request.path, stdin=stdin, stdout=stdout, stderr=stderr, tty=tty)
        stack.push_async_callback(process.stop)
        yield process


async def run_process(
    opened: AbstractAsyncContextManager[Process],
    what: str,
    input: bytes | None,
    timeout: float | None,
) -> Completed:
    """Start a command, give it its input, and wait for its end."""
    limit = asyncio.timeout(timeout)
    try:
        async with limit, opened as process:
            stdout, stderr = await process.communicate(input)
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise RequestTimeout(f"{what}: it did not end within {timeout:g} s, and may still run") from error
    assert process.returncode is not None
    return Completed(returncode=process.returncode, stdout=stdout, stderr=stderr)


async def negotiate(
    stack: AsyncExitStack, client: BaseClient, request: Request, what: str, protocols: Sequence[str]
) -> WebSocket:
    """Open a WebSocket that speaks one of the subprotocols; it is closed with the stack.

    Some servers refuse a list of two: they are asked once more, for the last of it alone.
    """
    if not protocols:
        raise InvalidRequest(f"protocols is empty: a stream speaks one of {', '.join(STREAM_PROTOCOLS)}")
    try:
        websocket = await _offer(stack, client, request, protocols)
        if websocket.subprotocol is None and len(protocols) > 1:
            await websocket.close()
            websocket = await _offer(stack, client, request, protocols[-1:])
    except _REFUSALS as refusal:
        if len(protocols) < 2:
            raise
        try:
            websocket = await _offer(stack, client, request, protocols[-1:])
        except AiokubeError:
            raise refusal from None
    except Forbidden as error:
        subresource = request.template.rpartition("/")[2]
        error.add_note(
            f"a stream needs the verbs `get` and, since Kubernetes 1.35, `create` on pods/{subresource}: "
            "look at the user's Role"
        )
        raise
    if websocket.subprotocol is None:
        raise StreamError(f"{what}: the server speaks none of {', '.join(protocols)}")
    return websocket


async def _offer(stack: AsyncExitStack, client: BaseClient, request: Request, protocols: Sequence[str]) -> WebSocket:
    opened = client.websocket(request, protocols=protocols, max_message_size=_MAX_MESSAGE)
    return await stack.enter_async_context(opened)


async def _read(stream: asyncio.StreamReader | None) -> bytes:
    return b"" if stream is None else await stream.read()
