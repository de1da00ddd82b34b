"""Checks of the types of arguments. The errors name the argument and not its value, which may be secret."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar

from .errors import AiokubeError, InvalidArgument

T = TypeVar("T")


def kind_of(value: object) -> str:
    """Return the type of a value in an error."""
    return "None" if value is None else type(value).__name__


def is_unicode(value: str) -> bool:
    """Return True if a string can be encoded, which a lone surrogate cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


class Types:
    """Checks of types, each of which takes the value and its name, and returns the value.

    Args:
        error: The class of their errors.
    """

    def __init__(self, error: type[AiokubeError]) -> None:
        self._error = error

    def instance(self, value: T, kind: type | tuple[type, ...], expected: str, place: str) -> T:
        """Check that an argument is an instance of a class, or of one of several."""
        # True is an int, and neither a number nor a text for anyone who passes one.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self._error(f"{place}: must be {expected}, not {kind_of(value)}")
        return value

    def flag(self, value: T, place: str) -> T:
        """Check that an argument is a boolean."""
        return self.instance(value, bool, "True or False", place)

    def whole(self, value: object, place: str, least: int) -> None:
        """Check that an argument is an integer, and not below a least one."""
        self.instance(value, int, "an integer", place)
        if isinstance(value, int) and value < least:
            raise self._error(f"{place}: must be {least} or more, not {value}")

    def number(self, value: T, place: str) -> T:
        """Check that an argument is a number, which may be infinite or NaN."""
        return self._finite_as_float(self.instance(value, (int, float), "a number", place), place)

    def seconds(self, value: T, place: str) -> T:
        """Check that an argument is a number of seconds, or None."""
        if value is not None:
            self._finite_as_float(self.instance(value, (int, float), "a number of seconds", place), place)
        # Only NaN differs from itself.
        if value != value:
            raise self._error(f"{place}: must be a number of seconds, not NaN")
        return value

    def timeout(self, value: float | None, place: str) -> float | None:
        """Check that an argument is a number of seconds that is not negative, or None."""
        self.seconds(value, place)
        if value is not None and value < 0:
            raise self._error(f"{place}: must be 0 seconds or more, or None for no limit, not {value:g}")
        return value

    def function(self, value: T, place: str) -> T:
        """Check that an argument can be called."""
        if not callable(value):
            raise self._error(f"{place}: must be a function, not {kind_of(value)}")
        return value

    def callback(self, value: T, place: str) -> T:
        """Check that an argument is a function whose result nobody waits for, or None."""
        if inspect.iscoroutinefunction(value):
            raise self._error(f"{place} is an async function; pass a regular one")
        return value if value is None else self.function(value, place)

    def functions(self, values: object, place: str) -> None:
        """Check that an argument is a mapping of strings to functions."""
        for key, value in self._mapping(values, place).items():
            self.function(value, f"{place}[{key!r:.80}]")

    def unicode_text(self, value: str, place: str) -> str:
        """Check that a string can be encoded."""
        if not is_unicode(value):
            raise self._error(f"{place}: contains a lone surrogate, which cannot be encoded; remove it")
        return value

    def text(self, value: T, place: str) -> T:
        """Check that an argument is a string that can be encoded, or None."""
        if value is not None:
            self.unicode_text(str(self.instance(value, str, "a string", place)), place)
        return value

    def texts(self, values: object, place: str) -> tuple[str, ...]:
        """Check that an argument is a list or tuple of strings; a string is not one of its characters."""
        if not isinstance(values, (list, tuple)):
            raise self._error(f"{place}: must be a list or tuple of strings, not {kind_of(values)}")
        return tuple(self._text(value, f"{place}[{index}]") for index, value in enumerate(values))

    def text_map(self, values: object, place: str) -> dict[str, str]:
        """Check that an argument is a mapping of strings to strings."""
        return {key: self._text(value, f"{place}[{key!r:.80}]") for key, value in self._mapping(values, place).items()}

    def texts_map(self, values: object, place: str) -> dict[str, tuple[str, ...]]:
        """Check that an argument is a mapping of strings to lists or tuples of strings."""
        return {key: self.texts(value, f"{place}[{key!r:.80}]") for key, value in self._mapping(values, place).items()}

    def path(self, value: object, place: str) -> Path:
        """Return a path that is given as a `str` or a path object."""
        path = os.fspath(value) if isinstance(value, os.PathLike) else value
        if not isinstance(path, str):
            raise self._error(f"{place}: must be a path, not {kind_of(value)}")
        # An empty path is the current folder for `Path`, and nothing for anyone who passes one.
        if not path:
            raise self._error(f"{place}: is empty; pass a path")
        try:
            is_valid = b"\0" not in os.fsencode(path)
        except UnicodeEncodeError:
            is_valid = False
        if not is_valid:
            raise self._error(f"{place}: {path!r:.80} is not a path: it contains a NUL character or a lone surrogate")
        return Path(path)

    def _finite_as_float(self, value: T, place: str) -> T:
        """Check that a number can be converted to a float; some integers are too large."""
        try:
            float(value)  # type: ignore[arg-type] # its type has been checked
        except OverflowError:
            raise self._error(f"{place}: must be a number below 10^308") from None
        return value

    def _text(self, value: object, place: str) -> str:
        if not isinstance(value, str):
            raise self._error(f"{place}: must be a string, not {kind_of(value)}")
        return value

    def _mapping(self, values: object, place: str) -> Mapping[str, object]:
        if not isinstance(values, Mapping) or not all(isinstance(key, str) for key in values):
            raise self._error(f"{place}: must be a mapping with strings as keys, not {kind_of(values)}")
        return values


types: Final = Types(InvalidArgument)
"""The checks of arguments of methods."""
