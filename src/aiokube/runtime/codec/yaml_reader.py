"""A YAML reader with kubectl's interpretation of scalars, and with limits of size and depth.

Tags are rejected, so the result consists of strings, numbers, booleans, None, lists and dicts.
"""

from __future__ import annotations

import base64
import codecs
import math
import re
from collections.abc import Callable, Iterator
from typing import TypeVar, cast

import yaml
from yaml import events as yaml_events

from ..errors import ConfigError
from .absent import ABSENT_DICT, ABSENT_LIST, WritableDict, WritableList

MAX_BYTES = 10 * 1024 * 1024
"""Maximum size of a single document."""
MAX_BYTES_OF_ALL = 100 * 1024 * 1024
"""Maximum size of a text of many documents, such as the objects of a whole cluster."""
MAX_VALUES = 1_000_000
"""Maximum number of values in a single document after expanding aliases, and of values by aliases in many."""
MAX_DEPTH = 100
"""Maximum number of levels below the root."""

T = TypeVar("T")
Node = yaml_events.ScalarEvent | yaml_events.SequenceStartEvent | yaml_events.MappingStartEvent

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING = "tag:yaml.org,2002:str"
_BINARY = "tag:yaml.org,2002:binary"
_HARMLESS_TAGS = frozenset({"!", _STRING, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})
_TRUE = frozenset({"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})
_FALSE = frozenset({"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_NOT_FINITE = re.compile(r"\.(nan|NaN|NAN)|[-+]?\.(inf|Inf|INF)")
_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0(?:[oO][0-7]+|[0-7]*)|[1-9][0-9]*)")
_TAB = re.compile(r" *\t")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

# PyYAML goes by the exact class of a value: these let a user dump a part of a model.
for _representer in (yaml.representer.SafeRepresenter, yaml.representer.Representer):
    for _list in (type(ABSENT_LIST), WritableList):
        _representer.add_representer(_list, yaml.representer.SafeRepresenter.represent_list)
    for _dict in (type(ABSENT_DICT), WritableDict):
        _representer.add_representer(_dict, yaml.representer.SafeRepresenter.represent_dict)

# Nothing else may begin with `---` in the first column, not even a line of a text.
_SEPARATOR = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
# A line that is not empty, a comment or a directive.
_CONTENT = re.compile(r"^\s*(?!\.\.\.\s)[^\s#%]", re.MULTILINE)

_LATER_MARK = re.compile(r"^(---[^\n]*\n)\ufeff", re.MULTILINE)

# The value may be a secret whose quotes are missing, so errors show only its line.
_ADVICE = "put a value that begins with {} in quotes"


def parse(data: bytes, *, origin: str) -> object:
    """Parse the first YAML document, like kubectl; JSON is YAML, too.

    Args:
        data: Text in UTF-8, or in UTF-16 with a byte order mark; at most 10 MiB.
        origin: Source of the data, for errors.

    Returns:
        The value of the document; None if there is no document.

    Raises:
        ConfigError: The data is not YAML; or it contains a tag, a repeated key, an alias to a node that contains it,
            more than 1,000,000 values after expanding aliases, or more than 100 levels.
    """
    return _read(data, origin, lambda composer: next((value for _, value in composer.documents()), None))


def parse_all(data: bytes, *, origin: str) -> list[tuple[int, object]]:
    """Read every YAML document. Those of a whole cluster are large, so that only aliases count as values.

    Args:
        data: Text as for `parse`, at most 100 MiB.
        origin: File, for messages.

    Returns:
        The line on which each document begins, and its value; None for an empty document.

    Raises:
        ConfigError: As for `parse`.
    """
    return _read(data, origin, lambda composer: list(composer.documents()), of_all=True)


def document_at(text: str, line: int) -> int:
    """Return the number of the document that a line is in, counted from 1 without those that are empty."""
    before = "\n".join(text.splitlines()[:line])
    return max(1, sum(1 for part in _SEPARATOR.split(before) if _CONTENT.search(part)))


def _read(data: bytes, origin: str, read: Callable[[_Composer], T], *, of_all: bool = False) -> T:
    max_bytes = MAX_BYTES_OF_ALL if of_all else MAX_BYTES
    if len(data) > max_bytes:
        raise ConfigError(f"{origin}: larger than {max_bytes} bytes; is this the right file?")
    text = ""

    def place(line: int) -> str:
        return f"document {document_at(text, line)}, line {line}" if of_all else f"line {line}"

    # The errors of PyYAML and of the codecs contain parts of the file, possibly secrets, so they must not be chained.
    try:
        text = _decode(data)
        events = yaml.parse(text, Loader=_LOADER)
        return read(_Composer(events, origin, place, counts_all=not of_all))
    except yaml.MarkedYAMLError as error:
        at = f"{place(error.problem_mark.line + 1)}: " if error.problem_mark else ""
        # The pure-Python PyYAML shows the handle, which may be a secret whose quotes are missing.
        problem = re.sub(r"(tag handle) '.*", r"\1", str(error.problem))
        if error.problem_mark and _TAB.match(text, error.problem_mark.index - error.problem_mark.column):
            problem = "the indentation has a tab; indent with spaces"
        if "nesting depth" in problem:
            # libyaml 0.2.6 has a limit of its own, and it parses ahead.
            problem = f"nested deeper than {MAX_DEPTH} levels"
        raise ConfigError(f"{origin}: not valid YAML: {at}{problem}") from None
    except yaml.reader.ReaderError as error:
        # The position is one of bytes or of characters, by the parser.
        found = yaml.reader.Reader.NON_PRINTABLE.search(text)
        line = len(text[: found.end()].splitlines()) if found else 1
        raise ConfigError(f"{origin}: not valid YAML: {place(line)}: {error.reason}") from None
    except UnicodeDecodeError as error:
        text = data[: error.start].decode(error.encoding, "replace") + "?"
        line = len(text.splitlines())
        raise ConfigError(f"{origin}: not {error.encoding} text: {place(line)}; save it as UTF-8") from None
    except UnicodeEncodeError as error:
        raise ConfigError(f"{origin}: not {error.encoding} text; save it as UTF-8") from None


def _decode(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    text = data.decode()
    # The parser skips the byte order mark of the first document only; files that are joined have more.
    return _LATER_MARK.sub(r"\1", text) if "\ufeff" in text else text


class _Composer:
    """Builds values from parser events, which allows checking every limit before it is exceeded."""

    def __init__(
        self, events: Iterator[yaml_events.Event], origin: str, place: Callable[[int], str], *, counts_all: bool
    ) -> None:
        self._events = events
        self._origin = origin
        self._place = place
        self._counts_all = counts_all
        self._values = 0
        self._values_of_aliases = 0
        self._anchors: dict[str, tuple[object, int] | None] = {}

    def documents(self) -> Iterator[tuple[int, object]]:
        for event in self._events:
            if isinstance(event, yaml_events.DocumentStartEvent):
                self._anchors.clear()
                root = next(self._events)
                yield _line(root), self._value(root, 0)

    def _error(self, event: yaml_events.Event, problem: str) -> ConfigError:
        return ConfigError(f"{self._origin}: {self._place(_line(event))}: {problem}")

    def _count(self, event: yaml_events.Event, values: int, *, of_alias: bool = False) -> None:
        self._values += values
        self._values_of_aliases += values if of_alias else 0
        if (self._values if self._counts_all else self._values_of_aliases) > MAX_VALUES:
            raise self._error(event, f"more than {MAX_VALUES} values after expanding aliases; is this the right file?")

    def _value(self, event: yaml_events.Event, depth: int) -> object:
        if isinstance(event, yaml_events.AliasEvent):
            return self._alias(event)
        if depth > MAX_DEPTH:
            raise self._error(event, f"nested deeper than {MAX_DEPTH} levels")
        node = cast("Node", event)  # no other event can occur here
        is_binary = node.tag == _BINARY and isinstance(node, yaml_events.ScalarEvent)
        if node.tag is not None and node.tag not in _HARMLESS_TAGS and not is_binary:
            raise self._error(node, f"a tag is not allowed; {_ADVICE.format('!')}")
        before = self._values
        self._count(node, 1)
        if node.anchor is not None:
            self._anchors[node.anchor] = None
        value: object
        if isinstance(node, yaml_events.MappingStartEvent):
            value = self._mapping(depth, in_flow=bool(node.flow_style))
        elif isinstance(node, yaml_events.ScalarEvent):
            value = self._binary(node) if is_binary else self._scalar(node)
        else:
            value = self._sequence(depth)
        if node.anchor is not None:
            self._anchors[node.anchor] = (value, self._values - before)
        return value

    def _binary(self, event: yaml_events.ScalarEvent) -> str:
        """Return the text of a scalar in base64, which is how PyYAML writes bytes; kubectl reads it as a string."""
        try:
            return base64.b64decode("".join(event.value.splitlines()), validate=True).decode()
        except ValueError:
            raise self._error(event, "a value with the tag !!binary is not text in base64") from None

    def _alias(self, event: yaml_events.AliasEvent) -> object:
        if event.anchor not in self._anchors:
            raise self._error(event, f"an alias refers to an undefined anchor; {_ADVICE.format('*')}")
        anchored = self._anchors[event.anchor]
        if anchored is None:
            raise self._error(event, "an alias refers to a node that contains it; remove it")
        value, size = anchored
        self._count(event, size, of_alias=True)
        return value

    def _sequence(self, depth: int) -> list[object]:
        values: list[object] = []
        while not isinstance(event := next(self._events), yaml_events.SequenceEndEvent):
            values.append(self._value(event, depth + 1))
        return values

    def _mapping(self, depth: int, *, in_flow: bool) -> dict[str, object]:
        values: dict[str, object] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := next(self._events), yaml_events.MappingEndEvent):
            if isinstance(event, yaml_events.ScalarEvent) and _is_plain(event) and event.value == "<<":
                # In kubectl, a merge overrides the keys above it.
                values.update(self._merged(event, self._value(next(self._events), depth + 1)))
                continue
            key = self._key(event, self._value(event, depth + 1))
            line = _line(event)
            if key in lines:
                # A secret that begins with a brace, and whose quotes are missing, is parsed as keys.
                is_quoted = isinstance(event, yaml_events.ScalarEvent) and not _is_plain(event)
                what = f"the key {key!r}" if is_quoted or not in_flow else "a key"
                raise self._error(event, f"{what} is repeated, first on line {lines[key]}; remove one of them")
            lines[key] = line
            values[key] = self._value(next(self._events), depth + 1)
        return values

    def _merged(self, event: yaml_events.Event, value: object) -> dict[str, object]:
        merged: dict[str, object] = {}
        for source in reversed(value) if isinstance(value, list) else [value]:
            if not isinstance(source, dict):
                raise self._error(event, "a merge (<<) needs a mapping or a list of mappings")
            merged.update(source)
        return merged

    def _key(self, event: yaml_events.Event, key: object) -> str:
        if isinstance(key, str):
            return key
        if isinstance(key, bool):
            return "true" if key else "false"
        if isinstance(key, (int, float)):
            return str(key)
        raise self._error(event, "a key must be a string; put it in quotes")

    def _scalar(self, event: yaml_events.ScalarEvent) -> object:
        text: str = event.value
        text.encode()  # raises for a lone surrogate, which the pure-Python PyYAML accepts
        if not _is_plain(event):
            return text
        if text in _NULL:
            return None
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        if _NOT_FINITE.fullmatch(text):
            raise self._error(
                event, "infinity and NaN cannot be represented in JSON; put the value in quotes if it is a string"
            )
        return _number(text)


def _is_plain(event: yaml_events.ScalarEvent) -> bool:
    """Return whether a scalar has neither quotes nor a tag, so that its text determines its type."""
    return not event.style and event.tag is None


def _line(event: yaml_events.Event) -> int:
    return 1 + (event.start_mark.line if event.start_mark else 0)


def _number(text: str) -> object:
    """Return the number that kubectl reads from a plain scalar, or the text if it is not a number."""
    digits = text if text.startswith(".") else text.replace("_", "") if text[0] in "+-0123456789" else ""
    if _INTEGER.fullmatch(digits) and len(digits) <= 66:
        sign, magnitude = (digits[0], digits[1:]) if digits[0] in "+-" else ("", digits)
        octal = len(magnitude) > 1 and magnitude[0] == "0" and magnitude[1].isdigit()
        integer = int(sign + magnitude, 8) if octal else int(sign + magnitude, 0)
        if -(2**63) <= integer < 2**64:
            return integer
    if _FLOAT.fullmatch(digits):
        number = float(digits)
        return whole_or_float(number) if math.isfinite(number) else text
    return text


def whole_or_float(number: float) -> int | float:
    """Return a whole number of 64 bits as an integer, as Go writes it: Helm prints `1e+06` and `2.0`."""
    return int(number) if number.is_integer() and -(2**63) <= number < 2**64 else number
