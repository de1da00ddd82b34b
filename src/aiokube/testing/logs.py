"""The logs of containers, by the ids of the containers: a container that is started again has a new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Line:
    """A line of a log."""

    time: datetime
    text: bytes
    """The line, with its line break."""

    @property
    def timestamp(self) -> bytes:
        """The time in nanoseconds, as a log has it."""
        return self.time.strftime("%Y-%m-%dT%H:%M:%S.%f000Z").encode()


class Logs:
    """The logs of all containers."""

    def __init__(self) -> None:
        self._lines: dict[str, list[Line]] = {}
        self._listeners: dict[str, set[Callable[[], None]]] = {}

    def lines(self, container_id: str) -> list[Line]:
        """Return the lines of a container, oldest first."""
        return self._lines.get(container_id, [])

    def add(self, container_id: str, line: Line) -> None:
        """Add a line."""
        self._lines.setdefault(container_id, []).append(line)
        for listener in list(self._listeners.get(container_id, ())):
            listener()

    def subscribe(self, container_id: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Call a listener for each line of a container; return what ends that."""
        listeners = self._listeners.setdefault(container_id, set())
        listeners.add(listener)
        return lambda: listeners.discard(listener)
