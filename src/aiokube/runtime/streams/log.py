"""Logs line by line, as they are written."""

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
    """A line of one of several containers."""

    container: str
    """The name of the container."""
    text: str
    """The line without its end."""


@public("aiokube.streams")
class LogLines(AsyncIterator[str]):
    """The lines of a log as text, without their ends; bytes that are not UTF-8 are replaced.

    `raw` gives them as bytes instead. A line may be of any length. The iteration ends where the log ends; it stops, and
    its connection is closed, when the loop over it is left or `aclose` is called.
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
        """Stop, and close the connection."""
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
    """The lines of several containers in the order in which they come; one that fails ends all.

    Raises:
        ApiError: the server refused one of the logs.
        ConnectionError: the connection of one broke.
    """
    # One line each may wait: a reader that is slow slows the containers' streams down, not the memory up.
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
    """The names of all containers of a pod, in the order in which they start."""
    spec = pod.get("spec") or {}
    kinds = ("initContainers", "containers", "ephemeralContainers")
    return [str(one["name"]) for kind in kinds for one in spec.get(kind) or ()]


def rfc3339(value: datetime, name: str) -> str:
    """A time as the API wants it.

    Raises:
        InvalidRequest: the time has no zone.
    """
    if value.tzinfo is None:
        raise InvalidRequest(f"{name} is {value!r}, in no time zone: give it one, such as datetime.UTC")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
