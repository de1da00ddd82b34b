"""The part of JSONPath that printer columns of custom resources are written in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

Step = Callable[[Any], Iterator[Any]]

_STEP = re.compile(
    r"""
    \.? \[ \? \( \s* @ (?P<left> [^=!<>)]*? ) \s* (?: (?P<operator> [=!]=|[<>]=? ) \s* (?P<right> .+? ) \s* )? \) \]
    | \.? \[ ' (?P<key> [^'\]]* ) ' \]
    | \.? \[ \s* (?P<index> -?\d+ ) \s* \]
    | \.? \[ \s* (?P<from> -?\d+ )? \s* : \s* (?P<to> -?\d+ )? \s* \]
    | (?P<all> \. \* | \.? \[ \s* \* \s* \] )
    | \. (?P<name> (?: \\. | [^.\[\]\\*\s(){},:] )+ )
    """,
    re.VERBOSE | re.ASCII,
)


class UnknownPath(Exception):
    """A path that is written in another part of JSONPath."""


class NoResult(Exception):
    """A path that does not fit the object."""


class JsonPath:
    """A path such as `.status.conditions[?(@.type=="Ready")].status`.

    Args:
        text: The path.

    Raises:
        UnknownPath: It is written in another part of JSONPath.
    """

    def __init__(self, text: str) -> None:
        self._steps: list[Step] = []
        at = len(text) if text == "." else 0
        while at < len(text):
            match = _STEP.match(text, at)
            if match is None:
                raise UnknownPath(text[at:])
            self._steps.append(_step(match))
            at = match.end()

    def first(self, obj: Any) -> Any:
        """Return the first value at the path.

        Raises:
            NoResult: There is none.
        """
        found = self.all(obj)
        if not found:
            raise NoResult
        return found[0]

    def all(self, obj: Any) -> list[Any]:
        """Return the values at the path.

        Raises:
            NoResult: The path does not fit the object.
        """
        found = [obj]
        for step in self._steps:
            found = [inner for one in found for inner in step(one)]
        return found


def _step(match: re.Match[str]) -> Step:
    if match["left"] is not None:
        return _filter(match)
    if match["all"]:
        return lambda value: iter(value.values() if isinstance(value, dict) else _items(value))
    if match["index"]:
        index = int(match["index"])
        return lambda value: _slice(value, index, index + 1 or None, strict=True)
    if match["key"] is not None:
        # What is quoted is a path of its own: dots in it have to be escaped.
        path = JsonPath(f".{match['key']}")
        return lambda value: iter(path.all(value))
    if match["name"] is None:
        first, last = match["from"], match["to"]
        return lambda value: _slice(value, int(first or 0), int(last) if last else None)
    name = re.sub(r"\\(.)", r"\1", match["name"])
    return lambda value: iter([value[name]] if isinstance(value, dict) and name in value else [])


def _slice(value: Any, first: int, last: int | None, *, strict: bool = False) -> Iterator[Any]:
    if value is None:
        return iter(())
    items = _items(value)
    if strict and not -len(items) <= first < len(items):
        raise NoResult
    return iter(items[first:last])


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise NoResult
    return value


def _filter(match: re.Match[str]) -> Step:
    path, operator = JsonPath(match["left"]), match["operator"]
    if operator is None:
        return lambda value: (one for one in _items(value) if path.all(one))
    wanted = _literal(match["right"])

    def step(value: Any) -> Iterator[Any]:
        for one in _items(value):
            found = path.all(one)
            if len(found) > 1:
                raise NoResult
            if found and _compare(found[0], operator, wanted):
                yield one

    return step


def _literal(text: str) -> Any:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        raise UnknownPath(text) from None


def _compare(left: Any, operator: str, right: Any) -> bool:
    # Values of different types cannot be compared, and the whole path has no result.
    if type(left) is not type(right):
        raise NoResult
    match operator:
        case "==":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case ">":
            return bool(left > right)
        case "<=":
            return bool(left <= right)
    return bool(left >= right)
