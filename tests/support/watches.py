"""Helpers for tests of watches of ConfigMaps."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from aiokube import WatchEvent
from aiokube.models import core_v1

Events = AsyncGenerator[WatchEvent[core_v1.ConfigMap], None]
Summary = tuple[str, str]
"""The type of an event, and the name of its object."""


async def take(events: Events, count: int) -> list[Summary]:
    """Return the next events."""
    return [_summary(await anext(events)) for _ in range(count)]


async def collect(events: Events, received: list[Summary]) -> None:
    """Append all events to a list until the watch ends."""
    async for event in events:
        received.append(_summary(event))


def _summary(event: WatchEvent[core_v1.ConfigMap]) -> Summary:
    return event.type, event.object.metadata.name
