"""Typed access to the mappings of a kubeconfig; a wrong type is an error that names its location."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..arguments import is_unicode
from ..errors import ConfigError
from . import validation

_SECRET = frozenset({"token", "password", "client-key-data", "config", "args", "value"})


class Fields:
    """A mapping and its location in the document.

    A field that is absent or null has the empty value of its type, as in Go.
    """

    def __init__(self, value: object, place: str) -> None:
        if value is not None and not isinstance(value, Mapping):
            raise ConfigError(f"{place}: must be a mapping, not {_kind(value)}")
        self._values: Mapping[object, object] = {} if value is None else value
        self.place = place

    def error(self, key: str, problem: str) -> ConfigError:
        """Return the error of a field."""
        return ConfigError(f"{self.place}: {key}: {problem}")

    def text(self, key: str) -> str:
        """Return a string."""
        return self._text(key, key, self._values.get(key))

    def _text(self, key: str, where: str, value: object) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            shown = "" if key in _SECRET or isinstance(value, (Mapping, list, tuple)) else f" ({value!r:.60})"
            raise self.error(where, f"must be a string, not {_kind(value)}{shown}; put it in quotes")
        if not is_unicode(value):
            raise self.error(where, "contains a lone surrogate, which cannot be encoded; remove it")
        return value

    def flag(self, key: str) -> bool:
        """Return a boolean."""
        value = self._values.get(key)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise self.error(key, f"must be true or false, without quotes, not {_kind(value)} ({value!r:.60})")
        return value

    def data(self, key: str) -> bytes:
        """Decode base64; line breaks are ignored."""
        return validation.base64_data(self.text(key), f"{self.place}: {key}")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings."""
        return tuple(self._text(key, f"{key}[{index}]", item) for index, item in enumerate(self._list(key)))

    def text_map(self, key: str) -> dict[str, str]:
        """Return a mapping of strings to strings."""
        inner = Fields(self._values.get(key), f"{self.place}: {key}")
        return {name: self._text(key, f"{key}.{name}", value) for name, value in inner.items()}

    def texts_map(self, key: str) -> dict[str, tuple[str, ...]]:
        """Return a mapping of strings to lists of strings."""
        inner = Fields(self._values.get(key), f"{self.place}: {key}")
        return {name: inner.texts(name) for name, _ in inner.items()}

    def mapping(self, key: str) -> Fields | None:
        """Return a mapping; None if it is absent or null."""
        value = self._values.get(key)
        return None if value is None else Fields(value, f"{self.place}: {key}")

    def mappings(self, key: str) -> Iterator[Fields]:
        """Iterate over a list of mappings."""
        for index, item in enumerate(self._list(key)):
            yield Fields(item, f"{self.place}: {key}[{index}]")

    def named(self, key: str, content: str) -> dict[str, tuple[str, object]]:
        """Return a list of `{name: ..., <content>: ...}` as a dict from each name to its location and content.

        Raises:
            ConfigError: A name occurs twice.
        """
        entries: dict[str, tuple[str, object]] = {}
        for item in self.mappings(key):
            name = item.text("name")
            place = f'{item.place} "{name}"'
            if name in entries:
                raise ConfigError(f"{place}: the name is taken by {entries[name][0]}; rename or remove one of them")
            entries[name] = (place, item._values.get(content))
        return entries

    def items(self) -> Iterator[tuple[str, object]]:
        """Iterate over the keys and values."""
        for key, value in self._values.items():
            if not isinstance(key, str) or not is_unicode(key):
                raise ConfigError(f"{self.place}: the key {key!r:.60} must be a string; put it in quotes")
            yield key, value

    def _list(self, key: str) -> list[object] | tuple[object, ...]:
        value = self._values.get(key)
        if value is None:
            return ()
        if not isinstance(value, (list, tuple)):
            raise self.error(key, f"must be a list, not {_kind(value)}")
        return value


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    return type(value).__name__
