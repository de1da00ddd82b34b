"""The OpenAPI document as a cluster serves it: parsing, checks, and references."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

from ..errors import SpecError

Schema: TypeAlias = Mapping[str, Any]

DEFINITIONS: Final = "#/definitions/"

TYPE_KEY: Final = "x-aiokube-type"
"""Key of a schema by which a fixup names a type; a CRD may use any `format`, but not this key."""

GVK: Final = "x-kubernetes-group-version-kind"
PRESERVE: Final = "x-kubernetes-preserve-unknown-fields"

# These keys hold data, not schemas: a `$ref` below them is a value like any other.
_DATA: Final = ("default", "example", "examples", "enum")
_MAX_DEPTH: Final = 200
_UNSPEAKABLE: Final = re.compile(r'["\\\x00-\x1f]')
_SCHEMA_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "properties": dict,
    "required": list,
    "enum": list,
    "description": str,
    "items": dict,
    "additionalProperties": (dict, bool),
    "allOf": list,
    "format": str,
    "x-kubernetes-group-version-kind": list,
}


@dataclass(frozen=True, kw_only=True)
class Spec:
    """An OpenAPI 2.0 document whose references all resolve."""

    document: Mapping[str, Any]
    origin: str
    """Path or URL, for messages."""

    @property
    def definitions(self) -> Mapping[str, Schema]:
        """Schemas by name, such as `io.k8s.api.core.v1.Pod`."""
        return self._section("definitions")

    @property
    def paths(self) -> Mapping[str, Mapping[str, Any]]:
        """Operations by path and method."""
        return self._section("paths")

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """Parameters that operations share, by name."""
        return self._section("parameters")

    @property
    def version(self) -> str:
        """`info.version` as served; empty if absent."""
        return str(self.document.get("info", {}).get("version", ""))

    def resolve(self, ref: str) -> Mapping[str, Any]:
        """Resolve a `$ref` of this document.

        Args:
            ref: Reference: `#/definitions/<name>`, `#/parameters/<name>` or another JSON pointer into the document.

        Raises:
            SpecError: The reference does not resolve.
        """
        target: object = self.document
        if not ref.startswith("#/"):
            raise SpecError(f"{self.origin}: the reference {ref!r} points outside of the document")
        for part in ref[2:].split("/"):
            key = _unescape(part)
            if not isinstance(target, dict) or key not in target:
                raise SpecError(f"{self.origin}: the reference {ref!r} does not resolve")
            target = target[key]
        if not isinstance(target, dict):
            raise SpecError(f"{self.origin}: the reference {ref!r} points to something other than an object")
        return target

    def _section(self, name: str) -> Mapping[str, Any]:
        section: Mapping[str, Any] = self.document.get(name, {})
        return section


def load_spec(data: bytes, *, origin: str) -> Spec:
    """Parse an OpenAPI 2.0 document and check that a package can be generated from it.

    Args:
        data: Document as served at `/openapi/v2`, in JSON.
        origin: Path or URL of the document, for messages.

    Raises:
        SpecError: The data is not such a document, or a reference in it does not resolve or leads back to itself.
    """
    document = _parse(data, origin)
    _check_kind(document, origin)
    spec = Spec(document=document, origin=origin)
    _check_shape(spec)
    _check_references(spec)
    _check_aliases(spec)
    return spec


def definition_name(ref: str) -> str:
    """Name of the definition that a `#/definitions/...` reference names."""
    return _unescape(ref.removeprefix(DEFINITIONS))


def is_class(schema: Schema) -> bool:
    """True if a definition becomes a class; all others are written out where they are used."""
    if schema.get("properties"):
        return bool(speakable_fields(schema))
    if is_dynamic(schema):
        return True
    return (
        schema.get("type") == "object"
        and schema.get("additionalProperties", False) is False
        and not any(schema.get(key) for key in ("format", TYPE_KEY, PRESERVE, GVK))
    )


def is_dynamic(schema: Schema) -> bool:
    """True for a kind without properties: a CRD that keeps unknown fields at its root, and declares none."""
    return (
        len(schema.get(GVK, ())) == 1
        and schema.get("type", "object") == "object"
        and not any(schema.get(key) for key in ("properties", "additionalProperties", "$ref", "allOf", TYPE_KEY))
    )


def is_open(schema: Schema) -> bool:
    """True if an object with fields keeps others, too."""
    return bool(schema.get(PRESERVE)) or len(speakable_fields(schema)) < len(schema.get("properties", ()))


def speakable_fields(schema: Schema) -> list[str]:
    """Names of the fields that msgspec accepts: it refuses quotes, backslashes and control characters."""
    return [name for name in schema.get("properties", ()) if not _UNSPEAKABLE.search(name)]


def references(node: object, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yield every `$ref` at or below a node, with its JSON pointer."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from references(item, f"{pointer}/{index}")
        return
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        here = f"{pointer}/{_escape(key)}"
        if key == "$ref" and isinstance(value, str):
            yield value, here
        elif key == "properties" and isinstance(value, dict):
            # The keys are names of fields: `default` or `$ref` is a name like any other.
            for name, schema in value.items():
                yield from references(schema, f"{here}/{_escape(name)}")
        elif key not in _DATA and not key.startswith("x-"):
            yield from references(value, here)


def _parse(data: bytes, origin: str) -> dict[str, Any]:
    if not data.strip():
        raise SpecError(f"{origin}: the document is empty")
    if data.startswith(b"\x1f\x8b"):
        raise SpecError(f"{origin}: the document is compressed: unpack it with gunzip first")
    if data.lstrip().startswith((b"swagger:", b"openapi:", b"---", b"#")):
        raise SpecError(f"{origin}: the document is YAML: request JSON from the API server (Accept: application/json)")
    if data.lstrip()[:1] == b"<":
        raise SpecError(
            f"{origin}: this is HTML or XML, not an OpenAPI document: request /openapi/v2 from the API server"
        )
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SpecError(
            f"{origin}: byte {error.start} is not UTF-8: request JSON from the API server (Accept: application/json)"
        ) from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        # JSON reports an unfinished string where it starts, anything else unfinished where the text ends.
        if error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string"):
            raise SpecError(
                f"{origin}: the document is cut off after {len(data)} bytes ({place}): fetch it again"
            ) from error
        raise SpecError(f"{origin}: not JSON: {error.msg} at {place}") from error
    except RecursionError as error:
        raise SpecError(f"{origin}: the document is nested too deeply to be read") from error
    if not isinstance(document, dict):
        raise SpecError(f"{origin}: an OpenAPI document is a JSON object, but this is {_kind(document)}")
    return document


def _check_kind(document: Mapping[str, Any], origin: str) -> None:
    if document.get("swagger") == "2.0":
        return
    if "openapi" in document:
        found = f"this is OpenAPI {document['openapi']}: use the document that the API server serves at /openapi/v2"
    elif document.get("kind") == "Status":
        found = f"the server responded with an error instead: {document.get('message') or document.get('reason')}"
    elif "kind" in document:
        found = f"this is a Kubernetes {document['kind']}, not an OpenAPI document"
    elif "swagger" in document:
        found = f'its version is {document["swagger"]!r}, but only "2.0" can be read'
    else:
        found = 'this is not an OpenAPI document: it has no `swagger: "2.0"`'
    raise SpecError(f"{origin}: {found}")


def _check_shape(spec: Spec) -> None:
    for name in ("info", "definitions", "paths", "parameters"):
        section = spec.document.get(name, {})
        if not isinstance(section, dict):
            raise SpecError(f"{spec.origin}: /{name} is {_kind(section)}, but must be an object")
        if name == "info":
            continue
        for key, value in section.items():
            if not isinstance(value, dict):
                raise SpecError(f"{spec.origin}: /{name}/{_escape(key)} is {_kind(value)}, but must be an object")
    for name, schema in spec.definitions.items():
        check_schema(schema, f"/definitions/{_escape(name)}", spec.origin)


def check_schema(schema: Mapping[str, Any], pointer: str, origin: str, *, depth: int = 0) -> None:
    """Check that a class can be made of a schema and the schemas inside it.

    Args:
        schema: The schema.
        pointer: JSON pointer of the schema, for messages.
        origin: Path or URL of the document, for messages.
        depth: Number of schemas around it.

    Raises:
        SpecError: Its structure is wrong, it refers to something other than a definition, or it is nested too deeply.
    """
    if depth > _MAX_DEPTH:
        raise SpecError(f"{origin}: {pointer[:80]}... is nested deeper than {_MAX_DEPTH} schemas")
    if "$ref" in schema and not (isinstance(schema["$ref"], str) and schema["$ref"].startswith(DEFINITIONS)):
        raise SpecError(
            f"{origin}: {pointer}/$ref is {schema['$ref']!r}, but a schema may only refer to {DEFINITIONS}<name>"
        )
    for key, expected in _SCHEMA_TYPES.items():
        if key in schema and not isinstance(schema[key], expected):
            raise SpecError(f"{origin}: {pointer}/{key} is {_kind(schema[key])}, which is not allowed there")
    for index, name in enumerate(schema.get("required", ())):
        if not isinstance(name, str):
            raise SpecError(f"{origin}: {pointer}/required/{index} is {_kind(name)}, but must be the name of a field")
    children = [(f"properties/{_escape(name)}", child) for name, child in schema.get("properties", {}).items()]
    children += [(key, schema[key]) for key in ("items", "additionalProperties") if key in schema]
    children += [(f"allOf/{index}", child) for index, child in enumerate(schema.get("allOf", ()))]
    for place, child in children:
        if isinstance(child, bool) and place == "additionalProperties":
            continue
        if not isinstance(child, dict):
            raise SpecError(f"{origin}: {pointer}/{place} is {_kind(child)}, but must be a schema")
        check_schema(child, f"{pointer}/{place}", origin, depth=depth + 1)


def _check_references(spec: Spec) -> None:
    known: set[str] = set()
    for ref, pointer in references(spec.document):
        if ref in known:
            continue
        try:
            spec.resolve(ref)
        except SpecError as error:
            raise SpecError(f"{error} (at {pointer})") from None
        if ref.startswith(DEFINITIONS) and definition_name(ref) not in spec.definitions:
            raise SpecError(f"{spec.origin}: the reference {ref!r} points inside a definition (at {pointer})")
        known.add(ref)


def _check_aliases(spec: Spec) -> None:
    """Refuse definitions that only refer to each other: no class can be made of them."""
    definitions = spec.definitions
    aliases = {
        name: [definition_name(ref) for ref, _ in references(schema) if ref.startswith(DEFINITIONS)]
        for name, schema in definitions.items()
        if not is_class(schema)
    }
    done: set[str] = set()

    def visit(name: str, chain: tuple[str, ...]) -> None:
        if name in chain:
            cycle = " -> ".join((*chain[chain.index(name) :], name))
            raise SpecError(f"{spec.origin}: these definitions only refer to each other: {cycle}")
        if name in done or name not in aliases:
            return
        for target in aliases[name]:
            visit(target, (*chain, name))
        done.add(name)

    for name in aliases:
        visit(name, ())


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _unescape(part: str) -> str:
    return unquote(part).replace("~1", "/").replace("~0", "~")


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
