"""From a body to an object: fields that the schema does not have are dropped and reported, wrong types refused."""

from __future__ import annotations

import codecs
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .base64_text import NotBase64, canonical_base64
from .go import is_left_out
from .node import Node
from .surrogates import without_surrogates
from .values import InvalidValue, canonical_quantity, canonical_time

_OF_OBJECTS = ("apiVersion", "kind", "metadata")
_JSON_NAMES = {str: "string", bool: "bool", int: "number", float: "number", dict: "object", list: "array"}


_REPLACES = "aiokube.testing.replace"
"""How bytes are read that are no UTF-8: Go replaces each of them."""


def _replaced(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "\ufffd" * (error.end - error.start), error.end


codecs.register_error(_REPLACES, _replaced)


# Its type says nothing in the document.
_SCHEMA_OR = ".JSONSchemaPropsOr"


class _Repeated(dict[str, Any]):
    """A JSON object with keys that are repeated."""

    def __init__(self, pairs: list[tuple[str, Any]], repeated: list[str]) -> None:
        super().__init__(pairs)
        self.repeated = repeated


def parse_json(body: bytes) -> Any:
    """Parse JSON, and remember repeated keys; the last value counts.

    Raises:
        ValueError: It is not JSON; `NumberTooLarge`, if it has a number that no float64 is.
    """
    text = without_surrogates(body).decode(errors=_REPLACES)
    if text.startswith("\ufeff"):
        raise ValueError("invalid character 'ï' looking for beginning of value")
    return json.loads(text, object_pairs_hook=_object, parse_float=_float, parse_constant=_refuse_constant)


class NumberTooLarge(ValueError):
    """A number is beyond float64."""


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise NumberTooLarge(text)
    return value


def repeated_fields(value: Any) -> list[str]:
    """Return the keys that JSON repeats, in the server's words."""
    decoder = _Decoder()
    decoder.find_repeated(value, "")
    return decoder.problems


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    seen: set[str] = set()
    repeated = [key for key, _ in pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
    return _Repeated(pairs, repeated)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"invalid character {name[0]!r} looking for beginning of value")


@dataclass
class Decoded:
    """An object as its schema has it."""

    obj: dict[str, Any]
    problems: list[str] = field(default_factory=list)
    """Unknown and repeated fields, in the server's words."""


class WrongType(Exception):
    """A value has another type than its field."""

    def __init__(self, value: Any, struct: Node, path: str, node: Node) -> None:
        self.where: str = f".{path}"
        self.expected: str = {"list": "list", "map": "map", "struct": "map"}.get(node.kind, node.kind)
        self.found: str = f"&value.valueUnstructured{{Value:{value!r}}}"
        name = _JSON_NAMES.get(type(value), "null")
        where = f"Go struct field {struct.go_name}.{_without_indexes(path)} of type" if path else "Go value of type"
        # Go's decoder shows a number that does not fit.
        shown = f"number {value}" if name == "number" and node.kind == "integer" else name
        super().__init__(f"json: cannot unmarshal {shown} into {where} {node.go_type}")

    def inside(self, path: str, value: Any) -> WrongType:
        """Return the error with the place of the value in which it was found."""
        self.where = f".{path}{self.where}".rstrip(".")
        return self.about(path, value, str(self))

    def about(self, path: str, value: Any, problem: str) -> WrongType:
        """Return the error in the words for a part of a custom resource."""
        shown = json.dumps(value, separators=(",", ":"), sort_keys=True)
        Exception.__init__(self, f"{path}: Invalid value: {shown}: {problem}")
        return self


_TEXT = Node({"type": "string"}, {})


def decode(value: Any, node: Node, *, keeps_empty: bool = False, keeps_nulls: bool = False) -> Decoded:
    """Return an object without unknown fields and nulls, and with values as Go writes them.

    Args:
        value: The object.
        node: Its schema.
        keeps_empty: Keep values as they are, and those that Go leaves out.
        keeps_nulls: Keep the nulls of a custom resource, as an apply does.

    Raises:
        WrongType: A value has another type than its field.
        InvalidValue: A quantity or a time is none.
    """
    decoder = _Decoder(keeps_empty=keeps_empty, keeps_nulls=keeps_nulls)
    obj = decoder.custom(value, node) if node.custom else decoder.struct(value, node, "")
    return Decoded(obj, decoder.problems)


class _Decoder:
    def __init__(self, *, keeps_empty: bool = False, keeps_nulls: bool = False) -> None:
        self.problems: list[str] = []
        self._keeps_empty = keeps_empty
        self._keeps_nulls = keeps_nulls
        self._metadata: Node | None = None
        """The schema of metadata, of objects inside a custom resource, too."""

    def custom(self, value: dict[str, Any], node: Node) -> dict[str, Any]:
        """A custom resource: types are left to validation, but for those of the metadata."""
        found: dict[str, Any] = {}
        metadata = value.get("metadata")
        self._metadata = node.field("metadata")
        self.find_repeated(value, "")
        if metadata is not None and (schema := node.field("metadata")) is not None:
            inner = _Decoder(keeps_empty=self._keeps_empty)
            found["metadata"] = inner.struct(metadata, schema, "")
            self.problems += [problem.replace(' field "', ' field "metadata.') for problem in inner.problems]
        found |= self._pruned({name: child for name, child in value.items() if name != "metadata"}, node, "")
        return found

    def find_repeated(self, value: Any, path: str) -> None:
        if isinstance(value, _Repeated):
            self.problems += [f'duplicate field "{_join(path, key)}"' for key in value.repeated]
        if isinstance(value, dict):
            for key, child in value.items():
                self.find_repeated(child, _join(path, key))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.find_repeated(item, f"{path}[{index}]")

    def _pruned(self, value: Any, node: Node, path: str) -> Any:
        """Return a value without unknown fields, and without nulls where they mean nothing."""
        if isinstance(value, list):
            return [self._pruned(item, node.items, f"{path}[{index}]") for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return _number(value)
        found: dict[str, Any] = {}
        for key, child in value.items():
            schema = node.field(key)
            where = _join(path, key)
            if schema is None and node.kind == "map":
                schema = node.values
            if node.is_embedded and key == "metadata":
                found |= self._embedded_metadata(child, where)
            elif node.is_embedded and key in _OF_OBJECTS and not isinstance(child, (str, type(None))):
                raise WrongType(child, node, where, _TEXT).about(where, child, "must be a string")
            elif schema is None and (node.keeps_unknown or (node.is_embedded and key in _OF_OBJECTS)):
                found[key] = _numbers(child)
            elif schema is None:
                self.problems.append(f'unknown field "{where}"')
            elif child is not None or schema.nullable or self._keeps_nulls:
                found[key] = self._pruned(child, schema, where)
        return found

    def _embedded_metadata(self, value: Any, path: str) -> dict[str, Any]:
        """Return the metadata of an object inside a custom resource, as its field; nothing for a null.

        Raises:
            WrongType: It is no metadata.
        """
        if value is None or self._metadata is None:
            return {}
        inner = _Decoder(keeps_empty=self._keeps_empty)
        try:
            found = inner.struct(value, self._metadata, "")
        except WrongType as error:
            raise error.inside(path, value) from None
        self.problems += [problem.replace(' field "', f' field "{path}.') for problem in inner.problems]
        return {"metadata": found}

    def struct(self, value: Any, node: Node, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise WrongType(value, node, path, node)
        if isinstance(value, _Repeated):
            self.problems += [f'duplicate field "{_join(path, key)}"' for key in value.repeated]
        found: dict[str, Any] = {}
        for key, child in value.items():
            schema = node.field(key)
            if schema is None:
                if node.keeps_unknown:
                    found[key] = _plain(child)
                else:
                    self.problems.append(f'unknown field "{_join(path, key)}"')
            elif child is None and self._keeps_empty:
                found[key] = None
            elif child is not None:
                decoded = self.value(child, schema, _join(path, key), node)
                if (
                    self._keeps_empty
                    or not _is_left_out(decoded, schema, node, key)
                    or _is_owned(decoded, node, key, path)
                ):
                    found[key] = decoded
        return found

    def value(self, value: Any, node: Node, path: str, struct: Node) -> Any:
        match node.kind:
            case "struct":
                if not isinstance(value, dict):
                    raise WrongType(value, struct, path, node)
                return self.struct(value, node, path)
            case "map":
                return self._map(value, node, path, struct)
            case "list":
                if not isinstance(value, list):
                    raise WrongType(value, struct, path, node)
                items = node.items
                return [self._item(item, items, f"{path}[{index}]", struct) for index, item in enumerate(value)]
            case "any" if _SCHEMA_OR in node.name and not self._keeps_empty:
                return self._schema_or(value, node, path, struct)
            case "any":
                return _plain(value)
        if node.kind == "quantity" and not self._keeps_empty:
            return self._quantity(value, in_milli=False)
        if not _fits(value, node):
            raise WrongType(value, struct, path, node)
        return value if self._keeps_empty else self._canonical(value, node)

    def _schema_or(self, value: Any, node: Node, path: str, struct: Node) -> Any:
        """Return a part of the schema in a definition, or what may be in its place, which Go reads by itself."""
        _, _, other = node.name.partition(_SCHEMA_OR)
        if isinstance(value, dict):
            return _Decoder().struct(value, struct, path)
        if isinstance(value, bool) and other == "Bool":
            return value
        if not isinstance(value, list) or other == "Bool":
            raise InvalidValue("boolean or JSON schema expected" if other == "Bool" else "JSON schema or list expected")
        for index, item in enumerate(value):
            wanted = str if other == "StringArray" else dict
            if not isinstance(item, wanted):
                raise WrongType(item, struct, f"{path}[{index}]", struct)
        return _plain(value)

    def _item(self, item: Any, node: Node, path: str, struct: Node) -> Any:
        """Return an item of a list, for which Go takes null as its zero."""
        if item is None and not self._keeps_empty and node.kind in ("struct", "string"):
            item = {} if node.kind == "struct" else ""
        return self.value(item, node, path, struct)

    def _quantity(self, value: Any, *, in_milli: bool) -> Any:
        """Return a quantity as Go writes it; whatever is none is refused as one."""
        is_one = isinstance(value, (str, int, float)) and not isinstance(value, bool)
        return canonical_quantity(value if is_one else "x", in_milli=in_milli)

    def _canonical(self, value: Any, node: Node) -> Any:
        """Return a time, or bytes, as Go writes them."""
        if node.raw.get("format") == "byte":
            try:
                return canonical_base64(value)
            except NotBase64 as error:
                raise InvalidValue(str(error)) from None
        if node.name.endswith((".Time", ".MicroTime")):
            return canonical_time(value, micro=node.name.endswith(".MicroTime"))
        return value

    def _map(self, value: Any, node: Node, path: str, struct: Node) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise WrongType(value, struct, path, node)
        if isinstance(value, _Repeated):
            self.problems += [f'duplicate field "{_join(path, key)}"' for key in value.repeated]
        values = node.values
        zero: Any = {"string": "", "struct": {}}.get(values.kind)
        is_deep = values.kind in ("struct", "list", "map", "any")
        return {
            # Go names the field of the map, and not the entry.
            key: zero
            if child is None
            else self._quantity(child, in_milli=".core.v1." in struct.name)
            if values.kind == "quantity" and not self._keeps_empty
            else self.value(child, values, _join(path, key) if is_deep else path, struct)
            for key, child in value.items()
        }


def _fits(value: Any, node: Node) -> bool:
    match node.kind:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            if isinstance(value, bool) or not isinstance(value, int):
                return False
            limit = 1 << (31 if node.raw.get("format") == "int32" else 63)
            return -limit <= value < limit
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case "quantity" if isinstance(value, (int, float)):
            return not isinstance(value, bool)
        case "int-or-string":
            return isinstance(value, (int, str)) and not isinstance(value, bool)
    return isinstance(value, str)


def _is_owned(value: Any, struct: Node, name: str, path: str) -> bool:
    """Return True for an empty list of an object that Go writes as null, which its manager owns all the same."""
    field = struct.go_fields.get(name)
    return value == [] and not path and field is not None and field.is_always_written


def _is_left_out(value: Any, schema: Node, struct: Node, name: str) -> bool:
    """Return True for what Go's `omitempty` leaves out, and for empty lists and maps, which are null at most."""
    if schema.custom:
        return False
    if schema.kind in ("list", "map") and not value:
        return True
    if (field := struct.go_fields.get(name)) is not None:
        return is_left_out(field, value)
    # Zeros and false may be behind a pointer, and stay.
    return schema.kind == "string" and value == "" and not schema.has_default and name not in struct.required


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _numbers(value: Any) -> Any:
    """Return a copy of a value with numbers as Go writes them."""
    if isinstance(value, dict):
        return {key: _numbers(child) for key, child in value.items()}
    return [_numbers(item) for item in value] if isinstance(value, list) else _number(value)


def _number(value: Any) -> Any:
    """Return a whole number without a fraction, as Go writes it."""
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53
    return int(value) if is_whole else value


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _without_indexes(path: str) -> str:
    return "".join(_outside_brackets(path))


def _outside_brackets(path: str) -> Iterator[str]:
    depth = 0
    for character in path:
        depth += character == "["
        if not depth:
            yield character
        depth -= character == "]"
