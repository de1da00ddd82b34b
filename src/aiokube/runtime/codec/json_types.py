"""The types of JSON in words, for errors."""

from typing import Final

# A `bool` is an `int` to Python.
_NAMES: Final[dict[type, str]] = {
    type(None): "null",
    bool: "a boolean",
    int: "an integer",
    float: "a number with a fraction",
    str: "a string",
    list: "a list",
    dict: "a mapping",
}


def json_type(value: object) -> str:
    """Return the type of a value of JSON with its article; Python's name for any other value."""
    return _NAMES.get(type(value), type(value).__name__)
