"""Problems of plain JSON data that does not fit a class, each with its path."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import NODEFAULT, inspect
from msgspec.inspect import (
    AnyType,
    BoolType,
    BytesType,
    CustomType,
    DateTimeType,
    DictType,
    FloatType,
    IntType,
    ListType,
    NoneType,
    RawType,
    StrType,
    StructType,
    Type,
    UnionType,
)

from ..errors import DecodeError, printable
from .json_types import json_type
from .open_types import is_open
from .scalars import Quantity, decode_base64, is_exact_integer, read_time
from .zero_values import fields_of, structure, takes_null, type_info

_MAX_LISTED = 100
_MAX_PATH = 500  # characters

# The end of a path with a key that contains a value.
_CUT = ':..."]'

_Enclosing = tuple[StructType, ...]

_EXPECTED: dict[type[Type], str] = {
    StrType: "a string",
    IntType: "an integer",
    FloatType: "a number",
    BoolType: "true or false",
    BytesType: "base64",
    DateTimeType: "a time",
    ListType: "a list",
    DictType: "a mapping",
    StructType: "a mapping",
    NoneType: "null",
}


def check_manifest(data: Any, cls: type[Any], *, is_partial: bool = False) -> None:
    """Check a manifest that a person wrote, as strictly as the server does with strict field validation.

    Args:
        data: Plain JSON data.
        cls: Class that it is to be read as.
        is_partial: True to allow that required fields are missing, as in a manifest to apply.

    Raises:
        DecodeError: Fields are unknown or missing, or values have the wrong type; lists all of them.
    """
    try:
        problems = find_problems(data, cls, strict=True, is_partial=is_partial)
    except RecursionError as error:
        raise DecodeError(f"{title(data, cls)}: nested too deep: {error}") from error
    if problems:
        raise DecodeError(f"{title(data, cls)}: {in_words(problems)}")


def find_problems(data: Any, cls: type[Any], *, strict: bool, is_partial: bool = False) -> list[str]:
    """List the problems of plain JSON data.

    Args:
        data: Plain JSON data.
        cls: Class that it is to be read as.
        strict: True to report unknown and missing fields, wrong kinds, and nulls where a value belongs.
        is_partial: True to not report missing fields.
    """
    finder = _Finder(strict, needs_required=strict and not is_partial)
    finder.visit(data, type_info(cls), "", ())
    return finder.problems


def in_words(problems: list[str]) -> str:
    """The problems as one text, of one line if there is only one."""
    if len(problems) == 1:
        return problems[0]
    more = [f"... and {len(problems) - _MAX_LISTED} more"] if len(problems) > _MAX_LISTED else []
    return "\n  ".join([f"{len(problems)} problems", *problems[:_MAX_LISTED], *more])


def title(data: Any, cls: object) -> str:
    """The class, and the namespace and name if the data has them: `Pod shop/web`."""
    name = getattr(cls, "__name__", str(cls))
    key = _key(data)
    return f"{name} {key}" if key else name


def _without_value(key: str) -> str:
    """A key without what follows a colon: YAML takes `{password:hunter2}` for a key whose value is null."""
    before, colon, _ = key.partition(":")
    return f"{before}:..." if colon else key


def _key(data: Any) -> str:
    metadata = data.get("metadata") if isinstance(data, Mapping) else None
    if not isinstance(metadata, Mapping):
        return ""
    names = (metadata.get("namespace"), metadata.get("name"))
    if not (isinstance(names[1], str) and names[1]):
        return ""
    return "/".join(printable(name[:253]) for name in names if name and isinstance(name, str))


class _Finder:
    """Walks through plain data along the types of a class, and collects problems."""

    def __init__(self, strict: bool, *, needs_required: bool) -> None:
        self.problems: list[str] = []
        self._strict = strict
        self._needs_required = needs_required

    def _report(self, path: str, problem: str) -> None:
        place = path.removeprefix(".").replace(": .", ": ").removesuffix(": ")
        if len(place) > _MAX_PATH:
            place = f"{place[: _MAX_PATH // 2]} ... {place[-_MAX_PATH // 2 :]}"
        self.problems.append(f"{place}: {problem}" if place else problem)

    def _report_type(self, path: str, kind: Type, value: Any) -> None:
        hint = ""
        if self._strict and isinstance(kind, StrType) and isinstance(value, (bool, int, float)):
            hint = "; put it in quotes"
            # The value may be secret, and YAML has more booleans than it seems.
            hint += ": YAML reads y, yes, on, n, no and off as booleans, too" if isinstance(value, bool) else ""
        if self._strict and isinstance(kind, (IntType, FloatType, BoolType)) and isinstance(value, str):
            hint = "; write it without quotes"
        if self._strict and value is None and path.endswith(_CUT):
            hint = "; put a space after the colon"
        self._report(path, f"expected {_expected(kind)}, got {json_type(value)}{hint}")

    def visit(self, value: Any, kind: Type, path: str, enclosing: _Enclosing) -> None:
        kind = structure(kind)
        if isinstance(kind, (AnyType, RawType)):
            return
        if isinstance(kind, UnionType):
            self._visit_union(value, kind, path, enclosing)
        elif isinstance(kind, StructType) and isinstance(value, dict):
            self._visit_struct(value, kind, path, enclosing)
        elif isinstance(kind, ListType) and isinstance(value, list):
            for index, item in enumerate(value):
                key = _key(item) if isinstance(structure(kind.item_type), StructType) else ""
                place = f"{path}[{index}] ({key}): " if key else f"{path}[{index}]"
                self.visit(item, kind.item_type, place, enclosing)
        elif isinstance(kind, DictType) and isinstance(value, dict):
            for key, item in value.items():
                shown = _without_value(key) if item is None else key
                self.visit(
                    item, kind.value_type, f"{path}[{printable(json.dumps(shown, ensure_ascii=False)[:80])}]", enclosing
                )
        elif not _fits(value, kind):
            self._report_type(path, kind, value)
        elif problem := _problem_of_scalar(value, kind, strict=self._strict):
            self._report(path, problem)

    def _visit_union(self, value: Any, kind: UnionType, path: str, enclosing: _Enclosing) -> None:
        fitting = [member for member in kind.types if _fits(value, member)]
        if fitting:
            self.visit(value, fitting[0], path, enclosing)
            return
        members = [member for member in kind.types if not isinstance(member, NoneType)]
        # An integer is a number.
        members = [member for member in members if isinstance(member, FloatType)] or members
        self._report_type(path, members[0] if len(members) == 1 else kind, value)

    def _visit_struct(self, value: dict[str, Any], kind: StructType, path: str, enclosing: _Enclosing) -> None:
        fields = fields_of(kind)
        if self._strict and (problem := _problem_of_kind(value, fields)):
            # Fields of another kind say nothing.
            self._report(path, problem)
            return
        inside = (*enclosing, kind)
        for name, item in value.items():
            field = fields.get(name)
            place = f"{path}.{name if field else printable(name[:80])}"
            if field is None:
                if self._strict and not is_open(kind.cls):
                    nearest = _nearest(name, kind, enclosing)
                    self._report(place, f"unknown field; {nearest}?" if nearest else "unknown field")
            elif item is None and not takes_null(field.type):
                if self._needs_required and not may_be_null(field):
                    self._report(place, f"null, but the field is required; write {_expected(field.type)}")
            elif may_lack_fields(name, fields):
                outer, self._needs_required = self._needs_required, False
                self.visit(item, field.type, place, inside)
                self._needs_required = outer
            else:
                self.visit(item, field.type, place, inside)
        if self._needs_required:
            for name, field in fields.items():
                if field.required and name not in value:
                    self._report(f"{path}.{name}", "missing, but required")


def _problem_of_kind(value: dict[str, Any], fields: Mapping[str, inspect.Field]) -> str | None:
    """The problem of the apiVersion and kind of a mapping; None if they are right, or left out."""
    found, expected = {}, {}
    for name in ("apiVersion", "kind"):
        factory = fields[name].default_factory if name in fields else NODEFAULT
        if factory is NODEFAULT:
            return None
        expected[name] = factory()
        found[name] = expected[name] if value.get(name) is None else value[name]
    if found == expected or not all(isinstance(text, str) for text in found.values()):
        return None
    problem = other_kind((expected["apiVersion"], expected["kind"]), (found["apiVersion"], found["kind"]))
    is_list = found["kind"] in ("List", f"{expected['kind']}List")
    return f"{problem}; read its items with load_all()" if is_list else problem


def other_kind(expected: tuple[str, str], found: tuple[str | None, str | None]) -> str:
    """The problem of an apiVersion and kind that are not those of a class."""
    version, kind = (printable((text or "")[:80]) for text in found)
    return f"expected {expected[1]} of {expected[0]}, got {kind or 'no kind'} of {version or 'no apiVersion'}"


def _problem_of_scalar(value: Any, kind: Type, *, strict: bool) -> str | None:
    """The problem of a value that has the JSON type of its kind; None if it has none."""
    try:
        if _is_bytes(kind):
            decode_base64(value)
        elif _is_time(kind):
            read_time(value)
        elif strict and isinstance(kind, CustomType):
            Quantity(str(value))
        elif strict and isinstance(kind, IntType):
            _check_range(value)
    except ValueError as error:
        return str(error)
    return None


def _check_range(value: int) -> None:
    if not is_exact_integer(value):
        raise ValueError("larger than 64 bits: the server would store another number")


def _fits(value: Any, kind: Type) -> bool:
    """Return True if a value has the JSON type that a kind is written as."""
    kind = structure(kind)
    match kind:
        case AnyType() | RawType():
            return True
        case NoneType():
            return value is None
        case StrType() | BytesType() | DateTimeType():
            return isinstance(value, str)
        case BoolType():
            return isinstance(value, bool)
        case IntType():
            return isinstance(value, int) and not isinstance(value, bool)
        case FloatType():
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case ListType():
            return isinstance(value, list)
        case DictType() | StructType():
            return isinstance(value, dict)
        case UnionType():
            return any(_fits(value, member) for member in kind.types)
        case CustomType():
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            return isinstance(value, str) or (number and kind.cls is Quantity)
        case _:
            return True


def _expected(kind: Type) -> str:
    kind = structure(kind)
    if isinstance(kind, UnionType):
        return " or ".join(_expected(member) for member in kind.types if not isinstance(member, NoneType))
    if isinstance(kind, CustomType):
        return "a quantity" if kind.cls is Quantity else "a time" if _is_time(kind) else "base64"
    return _EXPECTED.get(type(kind), "another type")


def may_be_null(field: inspect.Field) -> bool:
    """Return True if a manifest may have null for a field, which is the same as its absence unless null is a value."""
    return not field.required or takes_null(field.type) or _is_written_as_null(field.type)


def may_lack_fields(name: str, fields: Mapping[str, inspect.Field]) -> bool:
    """Return True if what a field has may lack required fields: a status in a manifest, which servers ignore."""
    return name == "status" and "apiVersion" in fields


def _is_written_as_null(kind: Type) -> bool:
    """Return True if programs in Go write the zero value as null: manifests made by `kubectl create --dry-run` do."""
    kind = structure(kind)
    return _is_time(kind) or _is_bytes(kind) or isinstance(kind, (ListType, DictType))


def _is_time(kind: Type) -> bool:
    return isinstance(kind, DateTimeType) or (isinstance(kind, CustomType) and issubclass(kind.cls, datetime))


def _is_bytes(kind: Type) -> bool:
    return isinstance(kind, BytesType) or (isinstance(kind, CustomType) and issubclass(kind.cls, bytes))


def _nearest(name: str, kind: StructType, enclosing: _Enclosing) -> str | None:
    """The known field that was probably meant: of this mapping, of one inside it, or of one around it."""
    fields = fields_of(kind)
    spellings = {
        text.lower(): field.encode_name for field in fields.values() for text in (field.encode_name, field.name)
    }
    if name.lower() in spellings:
        return spellings[name.lower()]
    for field in fields.values():
        if any(name in fields_of(struct) for struct in _structs(field.type)):
            return f"{field.encode_name}.{name}"
    for around in reversed(enclosing):
        if name in fields_of(around):
            return f"{name} of the {around.cls.__name__} around it"
    import difflib  # for mistakes only

    close = difflib.get_close_matches(name.lower(), spellings, n=1, cutoff=0.7)
    return spellings[close[0]] if close else None


def _structs(kind: Type) -> list[StructType]:
    members = kind.types if isinstance(kind, UnionType) else (kind,)
    return [struct for struct in map(structure, members) if isinstance(struct, StructType)]
