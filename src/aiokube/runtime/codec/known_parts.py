"""Parts of objects that are known by their raw JSON, until they do not recur any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

Read = Callable[[bytes | bytearray], Any]
"""Function that reads a JSON text."""

_MAX_BYTES: Final = 1 << 19
"""Raw JSON of known parts, in each of the two generations."""
_ENTRY_BYTES: Final = 200
"""Bytes of an entry besides its JSON."""


class Known:
    """The known parts, in two generations: those that nobody asked for while one filled up are forgotten."""

    def __init__(self) -> None:
        self._tables: list[tuple[dict[Any, Any], dict[Any, Any]]] = []
        self._size = 0

    def table(self) -> tuple[dict[Any, Any], dict[Any, Any]]:
        """Return a new pair of generations, the younger one first."""
        self._tables.append(({}, {}))
        return self._tables[-1]

    def grow(self, size: int) -> None:
        """Count an entry of the younger generation."""
        self._size += size + _ENTRY_BYTES
        if self._size > _MAX_BYTES:
            self._size = 0
            for young, old in self._tables:
                old.clear()
                old.update(young)
                young.clear()


class Part:
    """The parts of one type, by their raw JSON.

    Attributes:
        find: Returns a part that came a short time ago; else None.
        read: Returns a part, known or not.
    """

    def __init__(
        self, young: dict[Any, Any], old: dict[Any, Any], grow: Callable[[int], None], reader: Callable[[], Read]
    ) -> None:
        find_old = old.get
        read_new: Read | None = None

        def read(data: Any) -> Any:
            nonlocal read_new
            found = find_old(data)
            if found is None:
                # Most types of parts never occur.
                read_new = read_new or reader()
                found = read_new(data)
            young[data] = found
            grow(len(data))
            return found

        self.find: Callable[[Any], Any] = young.get
        self.read: Callable[[Any], Any] = read

    def get(self, data: Any) -> Any:
        """Return a part."""
        found = self.find(data)
        return self.read(data) if found is None else found
