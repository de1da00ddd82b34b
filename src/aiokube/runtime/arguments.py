"""Checks of the types of arguments, whose errors name the argument and its value."""

from __future__ import annotations

from collections.abc import Mapping

from .errors import InvalidArgument


def check_number(name: str, value: object) -> None:
    """Check that an argument is a number, which may be infinite or NaN.

    Raises:
        InvalidArgument: It is not.
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise InvalidArgument(f"{name} is {value!r:.80}; use a number of seconds")


def check_seconds(name: str, value: object) -> None:
    """Check that an argument is a number of seconds, or None.

    Raises:
        InvalidArgument: It is not.
    """
    if value is None:
        return
    check_number(name, value)
    # Only NaN differs from itself.
    if value != value:
        raise InvalidArgument(f"{name} is {value!r}; use a number of seconds")


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
