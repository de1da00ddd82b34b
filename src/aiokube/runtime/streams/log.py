"""Log lines, yielded as they arrive."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from ..arguments import types
from ..errors import BadRequest, ClientClosed, ConnectionError, InvalidRequest, StreamError, printable
from ..http.responses import decode_response
from ..public import public
from .default_container import with_default_container
from .pod import Pod

if TYPE_CHECKING:
    from ..client import HttpClient
    from ..http.request import Request

_log = logging.getLogger("aiokube.streams")

MAX_LOG_LINE = 1 << 24
"""Default maximum size of a line in bytes."""


@public("aiokube.streams")
@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the log of one container."""

    container: str
    """The name of the container."""
    text: str
    """The line, without its line break."""
    pod: str
    """The name of the pod."""


@public("aiokube.streams")
class LogLines(AsyncIterator[str]):
    """The lines of a log as text, without their line breaks (LF, or CR LF of a terminal); invalid UTF-8 is replaced.

    `raw` yields bytes instead, without LF. The iteration ends with the log. When the connection breaks, or when the
    client is closed, what has arrived of the last line comes before the error. Leaving the loop or calling `aclose`
    closes the connection.
    """

    def __init__(self, client: HttpClient, request: Request, what: str, max_line: int | None) -> None:
        self._lines = _lines(client, request, what, max_line)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        return line_text(await anext(self._lines))

    @property
    def raw(self) -> AsyncIterator[bytes]:
        """The lines as bytes."""
        return self._lines

    async def aclose(self) -> None:
        """End the iteration and close the connection."""
        await self._lines.aclose()


def line_text(line: bytes) -> str:
    """Return a line as text, without the CR of a terminal; invalid UTF-8 is replaced."""
    return line.decode("utf-8", "replace").removesuffix("\r")


class LineSplitter:
    """Splits a response into lines, without their LF.

    Args:
        what: Name of the response in errors.
        max_line: Maximum size of a line in bytes; None sets no limit.
    """

    def __init__(self, what: str, max_line: int | None) -> None:
        self._what = what
        self._max_line = max_line
        self._pending: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the lines that end in a chunk.

        Raises:
            StreamError: A line is too long.
        """
        *complete, rest = chunk.split(b"\n")
        for part in complete:
            self._check(self._size + len(part))
            line = b"".join([*self._pending, part])
            self._pending, self._size = [], 0
            yield line
        self._pending.append(rest)
        self._size += len(rest)
        self._check(self._size)

    @property
    def rest(self) -> bytes:
        """The part of a line that has not ended."""
        return b"".join(self._pending)

    def _check(self, size: int) -> None:
        if self._max_line is not None and size > self._max_line:
            raise StreamError(f"{self._what}: a line of more than {self._max_line} bytes; raise max_line")


async def _lines(client: HttpClient, request: Request, what: str, max_line: int | None) -> AsyncGenerator[bytes, None]:
    splitter = LineSplitter(what, max_line)
    try:
        async with AsyncExitStack() as stack:
            async for chunk in await _open(stack, client, request):
                for line in splitter.feed(chunk):
                    yield line
    except (ConnectionError, ClientClosed):
        if splitter.rest:
            yield splitter.rest
        raise
    if splitter.rest:
        yield splitter.rest


async def _open(stack: AsyncExitStack, client: HttpClient, request: Request) -> AsyncIterator[bytes]:
    try:
        return await stack.enter_async_context(client.stream(request))
    except BadRequest as refusal:
        request = await with_default_container(client, request, refusal)
    return await stack.enter_async_context(client.stream(request))


async def read_log(client: HttpClient, request: Request) -> str:
    """Read a log as text."""
    try:
        response = await client.send(request)
    except BadRequest as refusal:
        response = await client.send(await with_default_container(client, request, refusal))
    return response.text()


async def containers_of(client: HttpClient, request: Request) -> list[str]:
    """Return the names of all containers of a pod, in the order in which they start.

    Raises:
        NotFound: The pod does not exist.
        DecodeError: The response does not fit.
    """
    pod = decode_response(request, await client.send(request), Pod)
    return [container.name for container in pod.containers()]


async def merge(
    pod: str,
    sources: Mapping[str, Callable[[], LogLines]],
    has_started: Callable[[str], Awaitable[bool]] | None = None,
) -> AsyncGenerator[LogLine, None]:
    """Yield the lines of several containers of a pod as they arrive.

    A container whose log the server refuses, such as one that is waiting to start, is left out with a warning, unless
    all are refused. Any other failure ends all of them.

    Args:
        pod: Name of the pod.
        sources: Functions that open the log of each container, by name.
        has_started: Waits until a container has started, and returns False if it never will. None: do not wait for
            containers.

    Raises:
        ApiError: The server refused the logs.
        ConnectionError: The connection of one log broke.
        StreamError: A line of one log was too long.
    """
    # The queue holds one line per container: a slow consumer slows the streams down, and memory stays flat.
    queue: asyncio.Queue[LogLine | Exception | None] = asyncio.Queue(max(1, len(sources)))

    async def read(container: str, open_log: Callable[[], LogLines]) -> bool:
        has_lines = False
        async with aclosing(open_log()) as lines:
            async for line in lines:
                has_lines = True
                await queue.put(LogLine(container, line, pod))
        return has_lines

    async def read_once_started(container: str, open_log: Callable[[], LogLines]) -> None:
        refusal: BadRequest | None = None
        try:
            try:
                is_read = await read(container, open_log)
            except BadRequest as error:
                refusal, is_read = error, False
            # The log of a pod that has no node yet is empty.
            if not is_read and has_started is not None and await has_started(container):
                await read(container, open_log)
            elif refusal is not None:
                raise refusal
        except Exception as error:
            await queue.put(error)
        else:
            await queue.put(None)

    tasks = [asyncio.create_task(read_once_started(name, open_log)) for name, open_log in sources.items()]
    running = len(tasks)
    refused: list[BadRequest] = []
    try:
        while running:
            item = await queue.get()
            if isinstance(item, LogLine):
                yield item
                continue
            if isinstance(item, BadRequest):
                _log.warning("a log is left out: %s", printable(item.message))
                refused.append(item)
            elif item is not None:
                raise item
            running -= 1
        if refused and len(refused) == len(tasks):
            raise refused[0]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def rfc3339(value: datetime, name: str) -> str:
    """Format a time for the API.

    Args:
        value: A time with a time zone.
        name: Name of the parameter in error messages.

    Raises:
        InvalidRequest: The time has no time zone.
    """
    types.instance(value, datetime, "a datetime", name)
    if value.tzinfo is None:
        raise InvalidRequest(f"{name} is {value!r}, without a time zone; add one, such as datetime.UTC")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
