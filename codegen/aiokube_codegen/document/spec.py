"""An OpenAPI document as everything after reads it, in the shape of version 2.0, and the vocabulary of its schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import quote, unquote

from ..skipped import Skipped

Schema: TypeAlias = Mapping[str, Any]

DEFINITIONS: Final = "#/definitions/"
COMPONENTS: Final = "#/components/schemas/"
"""The place of definitions in OpenAPI 3."""

TYPE_KEY: Final = "x-aiokube-type"
"""Key of a schema by which a fixup names a type; a CRD may use any `format`, but not this key."""

GVK: Final = "x-kubernetes-group-version-kind"
PRESERVE: Final = "x-kubernetes-preserve-unknown-fields"

# These keys hold data, not schemas: a `$ref` below them is a value like any other.
_DATA: Final = ("default", "example", "examples", "enum")
_OF_EVERY_KIND: Final = frozenset({"apiVersion", "kind", "metadata"})
_UNSPEAKABLE: Final = re.compile(r'["\\\x00-\x1f\ud800-\udfff]')


@dataclass(frozen=True, kw_only=True)
class Spec:
    """An OpenAPI 2.0 document whose schemas have the right form, and refer to definitions that exist."""

    document: Mapping[str, Any]
    origin: str
    """Path or URL, for messages."""
    group_versions: frozenset[tuple[str, str]]
    """Groups and versions that are served, those that were not chosen among them."""
    version: str = ""
    """Kubernetes version, such as `v1.37.2`; empty if unknown."""
    problems: tuple[Skipped, ...] = ()
    """Parts that were left out or typed as Any."""

    @property
    def definitions(self) -> Mapping[str, Schema]:
        """Schemas by name, such as `io.k8s.api.core.v1.Pod`."""
        return self._section("definitions")

    @property
    def paths(self) -> Mapping[str, Mapping[str, Any]]:
        """Operations by path and method."""
        return self._section("paths")

    @property
    def title(self) -> str:
        """The origin, with the version of Kubernetes if it is known."""
        return f"{self.origin} (Kubernetes {self.version})" if self.version else self.origin

    def _section(self, name: str) -> Mapping[str, Any]:
        section: Mapping[str, Any] = self.document.get(name, {})
        return section


def definition_name(ref: str) -> str:
    """Name of the definition that a `#/definitions/...` reference names."""
    return ref_name(ref, COMPONENTS if ref.startswith(COMPONENTS) else DEFINITIONS)


def ref_name(ref: str, prefix: str) -> str:
    """Name that a reference has after a prefix, without escapes."""
    return unquote(ref.removeprefix(prefix)).replace("~1", "/").replace("~0", "~")


def definition_ref(name: str) -> str:
    """Reference to a definition."""
    return DEFINITIONS + quote(name.replace("~", "~0").replace("/", "~1"), safe="~")


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
    """True for a kind without properties: a CRD that keeps unknown fields at its root, and declares none.

    Version 2.0 publishes nothing of it; in version 3, the server adds the fields that every kind has.
    """
    if len(schema.get(GVK, ())) != 1 or schema.get("type", "object") != "object":
        return False
    if any(schema.get(key) for key in ("additionalProperties", "$ref", "allOf", TYPE_KEY)):
        return False
    properties = schema.get("properties") or {}
    return not properties or (bool(schema.get(PRESERVE)) and properties.keys() <= _OF_EVERY_KIND)


def is_open(schema: Schema) -> bool:
    """True if an object with fields keeps others, too."""
    return bool(schema.get(PRESERVE)) or len(speakable_fields(schema)) < len(schema.get("properties", ()))


def speakable_fields(schema: Schema) -> list[str]:
    """Names of the fields that msgspec accepts: it refuses quotes, backslashes, controls and lone surrogates."""
    return [name for name in schema.get("properties", ()) if not _UNSPEAKABLE.search(name)]


def references(node: object) -> Iterator[str]:
    """Yield every `$ref` at or below a node, in no particular order."""
    pending = [node]
    while pending:
        one = pending.pop()
        if isinstance(one, list):
            pending.extend(one)
        elif isinstance(one, dict):
            for key, value in one.items():
                if key == "$ref" and isinstance(value, str):
                    yield value
                elif key == "properties" and isinstance(value, dict):
                    # The keys are names of fields: `default` or `$ref` is a name like any other.
                    pending.extend(value.values())
                elif key not in _DATA and not key.startswith("x-"):
                    pending.append(value)
