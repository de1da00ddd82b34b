"""The part of JSONPath that conditions of `kubectl wait` are written in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from ..errors import InvalidArgument

PREFIX: Final = "jsonpath="

_STEP: Final = re.compile(
    r"""
    \. (?P<name> (?: \\. | [^.\[\]\\{}*] )+ )            # .name, .a\.b
    | (?P<all> \.\* | \[ \* \] )                         # .*, [*]
    | \[ (?P<index> -? \d+ ) \]                          # [0]
    | \[ (?P<quote> ['"] ) (?P<key> .+? ) (?P=quote) \]  # ['name']
    | \[ \? \( @ \. (?P<field> [\w.-]+ ) \s* == \s* (?P<mark> ['"] ) (?P<value> .*? ) (?P=mark) \) \]
    """,
    re.VERBOSE,
)
_FORM: Final = re.compile(r"\{(?P<path>.*)\}(?:=(?P<value>.*))?", re.DOTALL)

Step = Callable[[Any], Iterable[Any]]


class JsonPathCondition:
    """A condition such as `{.status.phase}=Running`; without a value, that the place exists.

    Args:
        text: The path in braces, and perhaps `=` and the value.

    Raises:
        InvalidArgument: It is no such condition.
    """

    def __init__(self, text: str) -> None:
        form = _FORM.fullmatch(text)
        if form is None:
            raise InvalidArgument(
                f"condition is {PREFIX + text!r:.200}; write it as 'jsonpath={{.status.phase}}=Running'"
            )
        self.path: str = form["path"]
        self.wanted: str | None = form["value"]
        self._steps = _steps(self.path)

    def values(self, manifest: Any) -> list[Any]:
        """Return what is at the path."""
        return _walk(manifest, self._steps)

    def is_met_by(self, manifest: Any) -> bool:
        """Return whether an object has the value.

        Raises:
            InvalidArgument: The path leads to several values.
        """
        found = self.values(manifest)
        if len(found) > 1:
            raise InvalidArgument(f"condition: {{{self.path}}} leads to {len(found)} values; it must lead to one")
        if self.wanted is None:
            return bool(found)
        return [_text(value) for value in found] == [self.wanted]


@lru_cache(maxsize=64)
def json_path_condition(condition: str) -> JsonPathCondition:
    """Return a condition of `wait_for` that begins with `PREFIX`."""
    return JsonPathCondition(condition.removeprefix(PREFIX))


def _steps(path: str) -> list[Step]:
    steps: list[Step] = []
    at = 0
    path = path if path.startswith((".", "[")) else f".{path}"
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise InvalidArgument(f"condition: {{{path}}} cannot be read from {path[at:]!r} on")
        steps.append(_step(match))
        at = match.end()
    return steps


def _step(match: re.Match[str]) -> Step:
    if match["all"]:
        return lambda value: value.values() if isinstance(value, Mapping) else _items(value)
    if match["index"]:
        return lambda value: _items(value)[int(match["index"]) :][:1]
    if match["field"]:
        steps, wanted = _steps(match["field"]), match["value"]
        return lambda value: [one for one in _items(value) if [_text(found) for found in _walk(one, steps)] == [wanted]]
    name = match["key"] or re.sub(r"\\(.)", r"\1", match["name"])
    return lambda value: [value[name]] if isinstance(value, Mapping) and value.get(name) is not None else []


def _walk(value: Any, steps: Iterable[Step]) -> list[Any]:
    found = [value]
    for step in steps:
        found = [inner for one in found for inner in step(one)]
    return found


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
