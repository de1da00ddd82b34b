"""Commands in containers, modelled on `asyncio.subprocess`: exec and attach over `v5.channel.k8s.io`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..arguments import kind_of
from ..codec.depth import shallow
from ..errors import (
    AiokubeError,
    BadRequest,
    Forbidden,
    InternalError,
    InvalidArgument,
    InvalidRequest,
    RequestTimeout,
    StreamError,
    Unauthorized,
)
from ..http.request import Request
from ..http.websocket import WebSocket
from ..public import public
from ..secret import SecretBytes, hides_arguments
from .channel import Channels
from .default_container import lacks_container, with_default_container
from .exit_code import exit_code
from .keepalive import Connection

if TYPE_CHECKING:
    from ..client import HttpClient

STREAM_PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
"""The subprotocols of exec and attach, the preferred one first."""

_STDIN, _STDOUT, _STDERR, _ERROR, _RESIZE = range(5)

_MAX_MESSAGE = 1 << 20  # bytes; servers split output into messages of 32 KiB
_MAX_STATUS = 1 << 18  # bytes
_MAX_STATUS_MESSAGES = 32
"""Messages that a Status may come in. Servers send one; each is tried, so that the work stays linear."""

# The responses of servers that refuse a list of two subprotocols.
_REFUSALS = (BadRequest, Unauthorized, InternalError)


@public("aiokube.streams")
class Process:
    """A running command in a container.

    Read `stdout` and `stderr` while it runs: a command blocks when its output is not read, as with a full pipe, and
    `wait` with it. `communicate` reads both.
    """

    stdin: asyncio.StreamWriter | None
    """Standard input; None unless `stdin` was requested. Closing it needs `v5.channel.k8s.io`. After the end of the
    command, `drain` raises `Disconnected`."""
    stdout: asyncio.StreamReader | None
    """Standard output; None unless `stdout` was requested."""
    stderr: asyncio.StreamReader | None
    """Standard error; None unless `stderr` was requested. With a terminal, it is part of `stdout`."""

    def __init__(self, channels: Channels, path: str, *, stdin: bool, stdout: bool, stderr: bool, tty: bool) -> None:
        self._channels = channels
        self._path = path
        self._tty = tty
        self._status = b""
        self._status_messages = 0
        self._has_status = False
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
        """The exit code; None while the command runs, or if it is unknown."""
        return self._returncode

    @property
    def subprotocol(self) -> str:
        """The subprotocol that the server chose."""
        return self._channels.connection.subprotocol or ""

    async def wait(self) -> int:
        """Wait until the command ends.

        Returns:
            The exit code.

        Raises:
            ApiError: The command could not be run, or was interrupted.
            StreamError: The stream ended without an exit code.
            ConnectionError: The connection broke.
        """
        await self._ended.wait()
        if self._failure is not None:
            raise self._failure
        assert self._returncode is not None
        return self._returncode

    async def communicate(self, input: bytes | None = None) -> tuple[bytes, bytes]:
        """Send the input and close stdin, read all output, and wait until the command ends.

        Args:
            input: The standard input; needs `stdin=True`.

        Returns:
            The standard output and the standard error.

        Raises:
            InvalidRequest: There is input, and `stdin` was not requested.
            NotSupported: Stdin is connected, and the server supports only v4, which cannot close it.
            ApiError: The command could not be run, or was interrupted.
            StreamError: The stream ended without an exit code.
            ConnectionError: The connection broke.
        """
        input = None if input is None else checked_input(input)
        if input is not None and self.stdin is None:
            raise InvalidRequest("input cannot be sent, because stdin is not connected; pass stdin=True")
        if self.stdin is not None:
            if input and self.stdin.can_write_eof():
                self.stdin.write(input)
            self.stdin.close()
        stdout, stderr = await asyncio.gather(_read(self.stdout), _read(self.stderr))
        await self.wait()
        return stdout, stderr

    def resize(self, width: int, height: int) -> None:
        """Resize the terminal of the command.

        Args:
            width: Width in columns, 1 to 65535.
            height: Height in rows, 1 to 65535.

        Raises:
            InvalidRequest: The command has no terminal, or the size is out of range.
        """
        if not self._tty:
            raise InvalidRequest("the command has no terminal to resize; pass tty=True")
        if not (0 < width <= 0xFFFF and 0 < height <= 0xFFFF):
            raise InvalidRequest(f"the terminal size is {width} x {height}; each must be 1 to 65535")
        self._resizes.write(json.dumps({"Width": width, "Height": height}).encode())

    async def stop(self) -> None:
        """Close the connection; whether the command stops is up to the container runtime."""
        self._end(StreamError(f"{self._channels.what}: the stream was closed before the command ended"))
        try:
            # `_task` is still receiving, so that close() can wait for the close frame of the server.
            await self._channels.connection.close()
        finally:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        failure: Exception | None = None
        try:
            await self._channels.run(self._on_message)
            self._returncode = exit_code(self._status, what=self._channels.what, path=self._path)
        except Exception as error:
            failure = error
        self._end(failure)

    def _end(self, failure: Exception | None) -> None:
        if self._ended.is_set():
            return
        self._failure = failure
        # After a Status, output is complete, and readers get EOF; readers of a broken stream get its error.
        self._channels.terminate(None if self._has_status else failure)
        self._ended.set()

    def _on_message(self, number: int, payload: bytes) -> bytes | None:
        if number != _ERROR:
            return payload
        if self._has_status or not payload:
            return b""
        self._status += payload
        self._status_messages += 1
        if len(self._status) > _MAX_STATUS or self._status_messages > _MAX_STATUS_MESSAGES:
            raise StreamError(
                f"{self._channels.what}: the stream ended with a Status of more than {_MAX_STATUS} bytes "
                f"or {_MAX_STATUS_MESSAGES} messages"
            )
        try:
            json.loads(shallow(self._status))
        except (ValueError, RecursionError):
            # A Status that is incomplete, or invalid: `exit_code` raises the error once the stream has ended.
            return b""
        self._has_status = True
        return None


@public("aiokube.streams")
@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The result of a command."""

    returncode: int
    """The exit code."""
    stdout: bytes = field(repr=False)
    """The standard output."""
    stderr: bytes = field(repr=False)
    """The standard error."""


@asynccontextmanager
async def open_process(
    client: HttpClient,
    request: Request,
    what: str,
    *,
    stdin: bool,
    stdout: bool,
    stderr: bool,
    tty: bool,
    protocols: Sequence[str],
    max_line: int,
) -> AsyncIterator[Process]:
    """Open an exec or attach stream, and yield its command."""
    async with AsyncExitStack() as stack:
        try:
            websocket = await negotiate(stack, client, request, what, protocols)
        except BadRequest as refusal:
            request = await with_default_container(client, request, refusal)
            websocket = await negotiate(stack, client, request, what, protocols)
        connection = await stack.enter_async_context(Connection(websocket, what))
        half_close = connection.subprotocol == STREAM_PROTOCOLS[0]
        channels = Channels(connection, what, half_close=half_close, max_line=max_line)
        process = Process(channels, request.path, stdin=stdin, stdout=stdout, stderr=stderr, tty=tty)
        stack.push_async_callback(process.stop)
        yield process


@hides_arguments
def checked_input(value: object) -> SecretBytes:
    """Check the standard input of a command, and return it with a redacted repr.

    Raises:
        InvalidArgument: It is not bytes.
    """
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise InvalidArgument(f"input: must be bytes, not {kind_of(value)}")
    return SecretBytes(value)


async def run_process(
    opened: AbstractAsyncContextManager[Process],
    what: str,
    input: bytes | None,
    timeout: float | None,
) -> Completed:
    """Run a command to its end.

    Args:
        opened: The command, not yet started.
        what: Name of the stream in error messages: `exec in web-0`.
        input: The standard input; None if it is not connected.
        timeout: Timeout of the whole call in seconds; None disables it.

    Raises:
        RequestTimeout: The command did not end in time.
    """
    limit = asyncio.timeout(timeout)
    try:
        async with limit, opened as process:
            stdout, stderr = await process.communicate(input)
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise RequestTimeout(f"{what}: not finished after {timeout:g} s; the command may still be running") from error
    assert process.returncode is not None
    return Completed(returncode=process.returncode, stdout=stdout, stderr=stderr)


async def negotiate(
    stack: AsyncExitStack, client: HttpClient, request: Request, what: str, protocols: Sequence[str]
) -> WebSocket:
    """Open a WebSocket with one of the subprotocols; the stack closes it.

    Some servers refuse a list of subprotocols. They get a second request, with the last subprotocol alone.

    Raises:
        InvalidRequest: There are no subprotocols.
        ApiError: The server refused the WebSocket.
        StreamError: The server supports none of the subprotocols.
        ConnectionError: The server could not be reached.
    """
    if not protocols:
        raise InvalidRequest(f"protocols is empty; pass at least one of {', '.join(STREAM_PROTOCOLS)}")
    try:
        websocket = await _offer(stack, client, request, protocols)
        if websocket.subprotocol is None and len(protocols) > 1:
            await websocket.close()
            websocket = await _offer(stack, client, request, protocols[-1:])
    except _REFUSALS as refusal:
        if len(protocols) < 2 or lacks_container(refusal):
            raise
        try:
            websocket = await _offer(stack, client, request, protocols[-1:])
        except AiokubeError:
            raise refusal from None
    except Forbidden as error:
        subresource = request.template.rpartition("/")[2]
        error.add_note(
            f"streams need the verbs `get` and, since Kubernetes 1.35, `create` on pods/{subresource}; "
            "check the roles of the user"
        )
        raise
    if websocket.subprotocol is None:
        raise StreamError(f"{what}: the server supports none of the subprotocols {', '.join(protocols)}")
    return websocket


async def _offer(stack: AsyncExitStack, client: HttpClient, request: Request, protocols: Sequence[str]) -> WebSocket:
    opened = client.websocket(request, protocols=protocols, max_message_size=_MAX_MESSAGE)
    return await stack.enter_async_context(opened)


async def _read(stream: asyncio.StreamReader | None) -> bytes:
    return b"" if stream is None else await stream.read()
