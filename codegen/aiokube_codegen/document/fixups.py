"""Named corrections of single definitions that the document gets wrong or leaves unsaid.

A correction that does not match is skipped: the cluster may be older, or its document right by now. A test sees that
each one still matches the document of the shipped client.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .spec import TYPE_KEY, Schema

_BUILT_IN: Final = ("io.k8s.api.", "io.k8s.apimachinery.", "io.k8s.apiextensions-apiserver.", "io.k8s.kube-aggregator.")
META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1"


@dataclass(frozen=True, kw_only=True)
class Fixup:
    """A correction of one definition."""

    definition: str
    reason: str
    matches: Callable[[Schema], bool]
    correct: Callable[[Schema], Schema]

    @property
    def name(self) -> str:
        """Last part of the definition's name."""
        return self.definition.rpartition(".")[2]


def _says(*expected: Mapping[str, Any]) -> Callable[[Schema], bool]:
    """Match a schema that says exactly one of these, whatever its description: OpenAPI 2.0 and 3.0 differ."""
    return lambda schema: {key: value for key, value in schema.items() if key != "description"} in expected


def _as(type: str) -> Callable[[Schema], Schema]:
    return lambda schema: {**schema, TYPE_KEY: type}


def _untyped(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key not in ("type", "oneOf")}


_TRANSITION: Final = "lastTransitionTime"


def _verbatim_time(schema: Schema) -> Schema:
    return {"type": "string", "description": schema.get("description", ""), TYPE_KEY: "verbatim-date-time"}


FIXUPS: Final = (
    Fixup(
        definition="io.k8s.apimachinery.pkg.util.intstr.IntOrString",
        reason="declared as a string, but the API server sends and accepts numbers as well",
        matches=_says(
            {"type": "string", "format": "int-or-string"},
            {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
        ),
        correct=lambda schema: {**_untyped(schema), "x-kubernetes-int-or-string": True},
    ),
    Fixup(
        definition="io.k8s.apimachinery.pkg.api.resource.Quantity",
        reason="not distinguished from other strings, but two texts can mean the same amount",
        matches=_says({"type": "string"}, {"oneOf": [{"type": "string"}, {"type": "number"}]}),
        correct=_as("quantity"),
    ),
    Fixup(
        definition=f"{META}.MicroTime",
        reason="declared as a date-time, but the API server requires exactly six fractional digits",
        matches=_says({"type": "string", "format": "date-time"}),
        correct=_as("micro-time"),
    ),
    Fixup(
        definition=f"{META}.FieldsV1",
        reason="its keys are read by server-side apply alone, so that it is kept as raw JSON",
        matches=_says({"type": "object"}),
        correct=_as("raw"),
    ),
    Fixup(
        definition=f"{META}.Patch",
        reason="declared as an object, but a JSON patch is a list",
        matches=_says({"type": "object"}),
        correct=_untyped,
    ),
    Fixup(
        definition=f"{META}.Condition",
        reason="also the conditions of custom resources, whose times the API server keeps as they are",
        matches=lambda schema: "$ref" in schema.get("properties", {}).get(_TRANSITION, {}),
        correct=lambda schema: {
            **schema,
            "properties": {**schema["properties"], _TRANSITION: _verbatim_time(schema["properties"][_TRANSITION])},
        },
    ),
    Fixup(
        definition="io.k8s.apimachinery.pkg.runtime.RawExtension",
        reason="declared as an object without fields, but holds any JSON",
        matches=_says({"type": "object"}),
        correct=_untyped,
    ),
)


def is_built_in(definition: str) -> bool:
    """True if a definition is of Kubernetes itself; custom resources of `*.k8s.io` groups have names much like it."""
    return definition.startswith(_BUILT_IN)


def drop_zero_defaults(definitions: Mapping[str, Schema]) -> dict[str, Schema]:
    """Drop the defaults of built-in fields that are Go's zero values: no server fills them in."""
    return {name: _drop_zero_defaults(schema) if is_built_in(name) else schema for name, schema in definitions.items()}


def _drop_zero_defaults(schema: Schema) -> Schema:
    if not any(_has_zero_default(child) for child in schema.get("properties", {}).values()):
        return schema
    properties = {
        name: {key: value for key, value in child.items() if key != "default"} if _has_zero_default(child) else child
        for name, child in schema["properties"].items()
    }
    return {**schema, "properties": properties}


def _has_zero_default(schema: Schema) -> bool:
    return "default" in schema and not schema["default"]


def mark_verbatim(definitions: Mapping[str, Schema]) -> dict[str, Schema]:
    """Mark the times and bytes of custom resources, whose text the server keeps as it is."""
    return {name: schema if is_built_in(name) else _mark_verbatim(schema) for name, schema in definitions.items()}


def _mark_verbatim(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    marked = dict(schema)
    if schema.get("type") == "string" and schema.get("format") in ("byte", "date-time"):
        marked.setdefault(TYPE_KEY, f"verbatim-{schema['format']}")
    for key in ("items", "additionalProperties"):
        if key in schema:
            marked[key] = _mark_verbatim(schema[key])
    if "properties" in schema:
        marked["properties"] = {name: _mark_verbatim(child) for name, child in schema["properties"].items()}
    if "allOf" in schema:
        marked["allOf"] = [_mark_verbatim(child) for child in schema["allOf"]]
    return marked


def apply_fixups(definitions: Mapping[str, Schema]) -> tuple[dict[str, Schema], list[str]]:
    """Correct a document's definitions.

    Returns:
        The corrected definitions, and the names of the corrections that matched.
    """
    corrected = dict(definitions)
    applied = []
    for fixup in FIXUPS:
        schema = corrected.get(fixup.definition)
        if schema is not None and fixup.matches(schema):
            corrected[fixup.definition] = fixup.correct(schema)
            applied.append(fixup.name)
    return corrected, applied
