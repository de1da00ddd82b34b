"""Checks of the types of arguments, whose errors name the argument and its value."""

from __future__ import annotations

from collections.abc import Mapping

from .errors import InvalidArgument


def check_whole_number(name: str, value: object, *, hint: str) -> None:
    """Check that an argument is an integer of at least 1.

    Args:
        name: Name of the argument.
        value: Its value.
        hint: The way out, such as `use at least 1`.

    Raises:
        InvalidArgument: It is not.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidArgument(f"{name} is {value!r:.80}; {hint}")


def check_seconds(name: str, value: object) -> None:
    """Check that an argument is a number of seconds, or None.

    Raises:
        InvalidArgument: It is not.
    """
    if value is not None and (not isinstance(value, (int, float)) or isinstance(value, bool) or value != value):
        raise InvalidArgument(f"{name} is {value!r:.80}; use a number of seconds")


def check_function(name: str, value: object) -> None:
    """Check that an argument can be called.

    Raises:
        InvalidArgument: It cannot.
    """
    if not callable(value):
        raise InvalidArgument(f"{name} is {value!r:.80}; pass a function")


def check_functions(name: str, value: object) -> None:
    """Check that an argument is a mapping of names to functions.

    Raises:
        InvalidArgument: It is not.
    """
    if not isinstance(value, Mapping):
        raise InvalidArgument(f"{name} is {value!r:.80}; pass a dict of names and functions")
    for key, function in value.items():
        check_function(f"{name}[{key!r:.80}]", function)
