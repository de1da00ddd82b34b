"""Label and field selectors as query parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ..errors import InvalidRequest

Selector = str | Mapping[str, str] | Sequence[str]
"""A selector as text, a dict of names with the values that they must equal, or a list of texts that must all match."""

_ARGUMENTS: Final = {"labelSelector": "label_selector", "fieldSelector": "field_selector"}
"""The names of the arguments that carry these query parameters."""

SELECTORS: Final = tuple(_ARGUMENTS)

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9./_-]*[A-Za-z0-9])?")
# An empty value is valid.
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?")
_EMPTY = "{}: is empty, which would select everything; pass None to select everything"
_SPECIAL = re.compile(r"[\\,=]")


def selector_text(name: str, selector: object) -> str:
    """Return a selector as text.

    Args:
        name: Name of the query parameter, or of an argument with a label selector.
        selector: The selector.

    Raises:
        InvalidRequest: The selector has another type, contains something that is not a selector, or is empty, since
            that would select everything.
    """
    name = _ARGUMENTS.get(name, name)
    if isinstance(selector, str):
        if not selector.strip():
            raise InvalidRequest(_EMPTY.format(name))
        return selector
    if isinstance(selector, Mapping):
        requirements = [_requirement(name, key, value) for key, value in selector.items()]
    elif isinstance(selector, (list, tuple)):
        requirements = [_checked(name, text) for text in selector]
    else:
        raise InvalidRequest(
            f"{name}: must be a string, a dict of strings or a list of strings, not {type(selector).__name__}"
        )
    if not requirements:
        raise InvalidRequest(_EMPTY.format(name))
    return ",".join(requirements)


def field_requirement(field: str, value: str) -> str:
    """Return the text of a field selector for one field, with its value escaped."""
    escaped = _SPECIAL.sub(r"\\\g<0>", value)
    return f"{field}={escaped}"


def _requirement(name: str, key: object, value: object) -> str:
    if not (isinstance(key, str) and _NAME.fullmatch(key) and isinstance(value, str)):
        raise InvalidRequest(f"{name}: {key!r}: {value!r} is invalid; use a name and the string that it must equal")
    if name == "field_selector":
        return field_requirement(key, value)
    if not _LABEL_VALUE.fullmatch(value):
        raise InvalidRequest(f"{name}: {value!r} is not a valid label value")
    return f"{key}={value}"


def _checked(name: str, text: object) -> str:
    if not isinstance(text, str) or not text.strip():
        raise InvalidRequest(f"{name}: {text!r} in the list is invalid; use strings such as 'app=web'")
    return text
