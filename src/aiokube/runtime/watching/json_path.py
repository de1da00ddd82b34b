"""The part of JSONPath that conditions of `kubectl wait` are written in."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, Final

from ..errors import InvalidArgument

PREFIX: Final = "jsonpath="

_QUOTED: Final = r"""(?: '[^']*' | "[^"]*" )"""
_STEP: Final = re.compile(
    rf"""
    \.\. (?P<deep> [\w-]+ )                                 # ..name
    | \. (?P<name> (?: \\. | [^.\[\]\\{{}}*\s] )+ )         # .name, .a\.b
    | (?P<all> \.\* | \[ \* \] )                            # .*, [*]
    | \[ (?P<slice> -?\d* : -?\d* (?: : \d* )? ) \]         # [0:2], [-1:]
    | \[ (?P<choices> (?: -?\d+ | {_QUOTED} ) (?: \s*,\s* (?: -?\d+ | {_QUOTED} ) )* ) \]  # [0], ['a'], [0,2]
    | \[ \? \( \s* @ (?P<field> (?: \. [\w-]+ )* ) \s*
        (?: (?P<operator> == | != | <= | >= | < | > ) \s* (?P<value> {_QUOTED} | [^\s)]+ ) \s* )?
      \) \]                                                 # [?(@.type=="Ready")], [?(@.ready)]
    """,
    re.VERBOSE,
)
_CHOICE: Final = re.compile(rf"-?\d+ | {_QUOTED}", re.VERBOSE)
_FORM: Final = re.compile(
    r"(?: \{ (?P<path> .* ) \} | (?P<bare> (?: [^={}] | == )+ ) ) (?: = (?P<value> .* ) )?", re.X | re.S
)
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MARKS: Final = "'\""

Step = Callable[[Any], Iterable[Any]]


class JsonPathCondition:
    """A condition such as `{.status.phase}=Running`; without a value, that the place exists.

    Args:
        text: The path, with or without braces, and perhaps `=` and the value, with or without quotes.

    Raises:
        InvalidArgument: It is no such condition.
    """

    def __init__(self, text: str) -> None:
        form = _FORM.fullmatch(text)
        if form is None:
            raise InvalidArgument(
                f"condition is {PREFIX + text!r:.200}; write it as 'jsonpath={{.status.phase}}=Running'"
            )
        self.path: str = form["path"] or form["bare"] or ""
        self.wanted: str | None = None if form["value"] is None else form["value"].strip(_MARKS).strip()
        if self.wanted == "":
            raise InvalidArgument(f"condition is {PREFIX + text!r:.200}, with nothing after '='; add the value")
        self._steps = _steps(self.path)

    def values(self, manifest: Any) -> list[Any]:
        """Return what is at the path."""
        return _walk(manifest, self._steps)

    def is_met_by(self, manifest: Any) -> bool:
        """Return whether an object has the value.

        Raises:
            InvalidArgument: The path leads to several values, or a value is wanted of an object or list, or compared
                with one of another type.
        """
        found = self.values(manifest)
        if len(found) > 1:
            raise InvalidArgument(f"condition: {{{self.path}}} leads to {len(found)} values; it must lead to one")
        if self.wanted is None:
            return bool(found)
        if any(isinstance(value, (Mapping, list)) for value in found):
            raise InvalidArgument(f"condition: {{{self.path}}} leads to an object or a list; it must lead to one value")
        return [_text(value).strip() for value in found] == [self.wanted]


@lru_cache(maxsize=64)
def json_path_condition(condition: str) -> JsonPathCondition:
    """Return a condition of `wait_for` that begins with `PREFIX`."""
    return JsonPathCondition(condition.removeprefix(PREFIX))


def _steps(path: str) -> list[Step]:
    steps: list[Step] = []
    at = 0
    path = path.removeprefix("$")
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
        return _children
    if match["deep"]:
        return partial(_descendants, match["deep"])
    if match["slice"]:
        bounds = slice(*(int(part) if part else None for part in match["slice"].split(":")))
        return lambda value: _items(value)[bounds]
    if match["choices"]:
        return partial(_chosen, _CHOICE.findall(match["choices"]))
    if match["field"] is not None:
        return partial(_filtered, match["field"], match["operator"], match["value"])
    name = re.sub(r"\\(.)", r"\1", match["name"])
    return partial(_named, name)


def _walk(value: Any, steps: Iterable[Step]) -> list[Any]:
    found = [value]
    for step in steps:
        found = [inner for one in found for inner in step(one)]
    return found


def _named(name: str, value: Any) -> list[Any]:
    return [value[name]] if isinstance(value, Mapping) and value.get(name) is not None else []


def _chosen(choices: Iterable[str], value: Any) -> Iterator[Any]:
    for choice in choices:
        if choice[0] in _MARKS:
            yield from _named(choice[1:-1], value)
        else:
            at, items = int(choice), _items(value)
            # What is not there yet is waited for, where kubectl gives up.
            yield from items[at : at + 1 or None] if -len(items) <= at else ()


def _children(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, Mapping) else _items(value)


def _descendants(name: str, value: Any) -> Iterator[Any]:
    yield from _named(name, value)
    for child in _children(value):
        yield from _descendants(name, child)


def _filtered(field: str, comparison: str | None, literal: str | None, value: Any) -> Iterator[Any]:
    steps = _steps(field) if field else []
    for one in _items(value):
        found = _walk(one, steps)
        if found and (literal is None or comparison is None or _compares(found[0], comparison, _literal(literal))):
            yield one


def _compares(value: Any, comparison: str, wanted: Any) -> bool:
    is_number = [isinstance(one, (int, float)) and not isinstance(one, bool) for one in (value, wanted)]
    if type(value) is not type(wanted) and not all(is_number):
        raise InvalidArgument(f"condition: {value!r:.80} cannot be compared with {wanted!r:.80}, of another type")
    return _COMPARISONS[comparison](value, wanted)


def _literal(text: str) -> Any:
    """Return a string in quotes, a boolean, or a number.

    Raises:
        InvalidArgument: It is something else.
    """
    if text[0] in _MARKS:
        return text[1:-1]
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        raise InvalidArgument(f"condition: {text!r:.80} is no number, true or false; put a text into quotes") from None


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)
