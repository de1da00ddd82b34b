"""Log lines, yielded as they arrive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from ..errors import InvalidRequest
from ..public import public

if TYPE_CHECKING:
    from ..client import BaseClient
    from ..http.request import Request


@public("aiokube.streams")
@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the log of one container."""

    container: str
    """The name of the container."""
    text: str
    """The line, without its newline."""


@public("aiokube.streams")
class LogLines(AsyncIterator[str]):
    """The lines of a log as text, without their newlines; invalid UTF-8 is replaced.

    `raw` yields bytes instead. A line may have any length. The iteration ends with the log. Leaving the loop or calling
    `aclose` closes the connection.
    """

    def __init__(self, client: BaseClient, request: Request) -> None:
        self._lines = _lines(client, request)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        return (await anext(self._lines)).decode("utf-8", "replace")

    @property
    def raw(self) -> AsyncIterator[bytes]:
        """The lines as bytes."""
        return self._lines

    async def aclose(self) -> None:
        """End the iteration and close the connection."""
        await self._lines.aclose()


async def _lines(client: BaseClient, request: Request) -> AsyncGenerator[bytes, None]:
    pending: list[bytes] = []
    async with client.stream(request) as chunks:
        async for chunk in chunks:
            head, *rest = chunk.split(b"\n")
            pending.append(head)
            for part in rest:
                yield b"".join(pending)
                pending = [part]
    if last := b"".join(pending):
        yield last


async def merge(sources: Mapping[str, LogLines]) -> AsyncGenerator[LogLine, None]:
    """Yield the lines of several containers as they arrive; the first failure ends all of them.

    Raises:
        ApiError: The server refused one of the logs.
        ConnectionError: The connection of one log broke.
    """
    # The queue holds one line per container: a slow consumer slows the streams down, and memory stays flat.
    queue: asyncio.Queue[LogLine | Exception | None] = asyncio.Queue(max(1, len(sources)))

    async def read(container: str, lines: LogLines) -> None:
        try:
            async with aclosing(lines):
                async for line in lines:
                    await queue.put(LogLine(container, line))
        except Exception as error:
            await queue.put(error)
        else:
            await queue.put(None)

    tasks = [asyncio.create_task(read(name, lines)) for name, lines in sources.items()]
    running = len(tasks)
    try:
        while running:
            item = await queue.get()
            if isinstance(item, Exception):
                raise item
            if item is None:
                running -= 1
            else:
                yield item
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def containers_of(pod: Mapping[str, Any]) -> list[str]:
    """Return the names of all containers of a pod, in the order in which they start."""
    spec = pod.get("spec") or {}
    kinds = ("initContainers", "containers", "ephemeralContainers")
    return [str(container["name"]) for kind in kinds for container in spec.get(kind) or ()]


def rfc3339(value: datetime, name: str) -> str:
    """Format a time for the API.

    Args:
        value: A time with a time zone.
        name: Name of the parameter in error messages.

    Raises:
        InvalidRequest: The time has no time zone.
    """
    if value.tzinfo is None:
        raise InvalidRequest(f"{name} is {value!r}, without a time zone; add one, such as datetime.UTC")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
