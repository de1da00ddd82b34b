"""CustomResourceDefinitions that are refused: their schemas, and the rest of their specs."""

from __future__ import annotations

from typing import Any

from .api import GROUP, Api
from .test_custom import DEFINITIONS

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
EMBEDDED = "x-kubernetes-embedded-resource"
KEEPS = "x-kubernetes-preserve-unknown-fields"


def objects(**properties: Any) -> Json:
    """Return a schema of objects."""
    return {"type": "object", "properties": properties}


def keyed(*keys: str, **items: Any) -> Json:
    """Return a schema of a list by keys."""
    more = {"x-kubernetes-list-map-keys": list(keys)} if keys else {}
    return {"type": "array", "x-kubernetes-list-type": "map", **more, "items": {"type": "object", **items}}


def ruled(**rule: Any) -> Json:
    """Return a schema with a rule."""
    return {**objects(x=TEXT), "x-kubernetes-validations": [{"rule": "true", **rule}]}


FIELDS: list[Json] = [
    {"type": "array"},
    {"type": "nope"},
    {},
    {"type": "null"},
    {"$ref": "#/x"},
    {"type": "array", "items": [TEXT]},
    {"type": "array", "items": {}},
    {"type": "string", "default": 5},
    {"type": "object", "default": {"zz": 1}},
    {**objects(x=TEXT), "default": {"x": 5}},
    {**objects(x={"type": "integer", "maximum": 3, "default": 5})},
    {"type": "array", "uniqueItems": True, "items": TEXT},
    {"type": "object", "properties": {"x": TEXT}, "additionalProperties": TEXT},
    {"type": "object", "properties": {"x": TEXT}, "additionalProperties": False},
    keyed(),
    keyed("z"),
    keyed("k", properties={"k": TEXT}),
    keyed("k", properties={"k": {**TEXT, "nullable": True}}, required=["k"]),
    keyed("k", properties={"k": objects()}, required=["k"]),
    keyed("k", "k", properties={"k": TEXT}, required=["k"]),
    {**keyed("k", properties={"k": TEXT}, required=["k"]), "items": TEXT},
    keyed("k", properties={"k": TEXT}, required=["k"], nullable=True),
    {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "object"}},
    {"type": "array", "x-kubernetes-list-type": "nope", "items": TEXT},
    {"type": "array", "x-kubernetes-list-map-keys": ["a"], "items": TEXT},
    {"type": "string", "x-kubernetes-list-type": "set"},
    {"type": "string", "x-kubernetes-map-type": "atomic"},
    {"type": "object", "x-kubernetes-map-type": "nope"},
    {"type": "object", KEEPS: False},
    {"type": "string", "oneOf": [{"type": "string"}]},
    {"type": "string", "anyOf": [{"description": "x", "default": "x"}]},
    {**objects(x=TEXT), "not": {"additionalProperties": TEXT}},
    {**objects(x=TEXT), "allOf": [{"properties": {"metadata": {"minLength": 1}}}]},
    {"type": "string", EMBEDDED: True},
    {"type": "object", EMBEDDED: True},
    {"type": "object", EMBEDDED: True, KEEPS: True, "additionalProperties": TEXT},
    {**objects(kind={"type": "integer"}), EMBEDDED: True},
    {**objects(metadata={"type": "string"}), EMBEDDED: True},
    {"x-kubernetes-int-or-string": True, KEEPS: True},
    {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "number"}]},
    {"type": "object", "definitions": {"a": TEXT}},
    {"type": "object", "patternProperties": {"a": TEXT}},
    {KEEPS: True, "x-kubernetes-validations": [{"rule": "self.x == 1"}]},
    ruled(fieldPath=".nope"),
    ruled(fieldPath=" "),
    ruled(reason="Nope"),
    ruled(message=" "),
    ruled(message="a\nb"),
    ruled(messageExpression=" "),
    ruled(rule="true ||\nfalse"),
    ruled(rule="9223372036854775808 > 1"),
]
"""Of a field of a resource."""

VALID: list[Json] = [
    {"type": "array", "x-kubernetes-list-type": "set", "items": TEXT},
    {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "array", "items": TEXT}},
    {"type": "string", "format": "nope"},
    {"type": "integer", "format": "uint"},
    {"type": "boolean", "format": "int32"},
    {"type": "string", "format": "date-time"},
    {"type": "number", "format": "double"},
    keyed("k", properties={"k": {**TEXT, "default": "x"}}),
    {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
    {
        "x-kubernetes-int-or-string": True,
        "allOf": [{"anyOf": [{"type": "integer"}, {"type": "string"}]}, {"pattern": "^1"}],
    },
    {"type": "object", "additionalProperties": True, "properties": {"x": TEXT}},
    {**objects(x=TEXT, y=TEXT), "oneOf": [{"required": ["x"]}, {"properties": {"y": {"minLength": 1}}}]},
    {**objects(x={"type": "integer", "default": 3}), "default": {}},
    {**objects(spec=objects(), metadata={"type": "object"}), EMBEDDED: True},
    ruled(rule="true\n"),
    ruled(fieldPath=".x", reason="FieldValueForbidden", message="a"),
    {"type": "object", KEEPS: True, "default": {"any": [1, {"b": None}]}},
]
"""Fields that are not refused."""

ROOTS: list[Json] = [
    {"type": "array", "items": TEXT},
    {"type": "object", "additionalProperties": TEXT},
    {"type": "object", "nullable": True},
    objects(metadata=objects(name=TEXT, labels={"type": "object"})),
    objects(metadata={"type": "string"}),
    objects(metadata={**objects(name={**TEXT, "default": "x"})}),
    objects(kind={"type": "integer"}),
    objects(kind={"type": "string", "default": "x"}),
    {"type": "object", "anyOf": [{"properties": {"a": {"minLength": 1}}}]},
]
"""Of a resource."""


def definition(schema: Json, names: Json | None = None, version: Json | None = None, **spec: Any) -> Json:
    """Return a definition."""
    one = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, **(version or {})}
    spec = {"group": GROUP, "scope": "Namespaced", "versions": [one], **spec}
    named = {"plural": "gizmos", "kind": "Gizmo", **(names or {})}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{named['plural']}.{spec['group']}"},
        "spec": {**spec, "names": named},
    }


def scaled(**scale: str) -> Json:
    """Return a version with a scale."""
    return {"subresources": {"scale": scale}}


def column(**column: Any) -> Json:
    """Return a version with a column."""
    return {"additionalPrinterColumns": [column]}


def selecting(*paths: str) -> Json:
    """Return a version with selectable fields."""
    return {"selectableFields": [{"jsonPath": path} for path in paths]}


OBJECT = objects(a=TEXT, b={"type": "object"})
SECOND: Json = {"name": "v2", "served": True, "storage": False, "schema": {"openAPIV3Schema": objects(a=TEXT)}}
HOOK: Json = {"clientConfig": {"url": "https://127.0.0.1:1/x"}, "conversionReviewVersions": ["v1"]}
SPECS: list[Json] = [
    definition(OBJECT, {"kind": "gi zmo"}),
    definition(OBJECT, {"kind": "Gizmo", "listKind": "Gizmo"}),
    definition(OBJECT, {"singular": "A"}),
    definition(OBJECT, {"plural": "A"}),
    definition(OBJECT, {"shortNames": ["ok", "A B"]}),
    definition(OBJECT, {"categories": ["A B"]}),
    definition(OBJECT, {"kind": ""}),
    definition(OBJECT, scope="Nope"),
    definition(OBJECT, scope=""),
    definition(OBJECT, group="nodot"),
    definition(OBJECT, group="a.k8s.io"),
    definition(OBJECT, preserveUnknownFields=True),
    definition(OBJECT, version={"name": "V1!"}),
    definition(OBJECT, version={"deprecationWarning": "x"}),
    definition(OBJECT, version={"deprecated": True, "deprecationWarning": ""}),
    definition(OBJECT, version={"deprecated": True, "deprecationWarning": "a\nb"}),
    definition(OBJECT, version=scaled()),
    definition(OBJECT, version=scaled(specReplicasPath=".x[0]", statusReplicasPath=".status.r")),
    definition(OBJECT, version=scaled(specReplicasPath="spec.x", statusReplicasPath=".spec.r")),
    definition(
        OBJECT, version=scaled(specReplicasPath=".spec.x", statusReplicasPath=".status.r", labelSelectorPath=".x")
    ),
    definition(OBJECT, version=column(name="a", type="zz", jsonPath=".a")),
    definition(OBJECT, version=column(name="", type="", jsonPath="")),
    definition(OBJECT, version=column(name="a", type="string", format="zz", jsonPath="a")),
    definition(OBJECT, version=selecting(".b")),
    definition(OBJECT, version=selecting(".a[")),
    definition(OBJECT, version=selecting(".a", ".a", "")),
    definition(OBJECT, version=selecting(".nope")),
    definition(OBJECT, conversion={"strategy": "None", "webhook": HOOK}),
    definition(OBJECT, conversion={"strategy": "Nope"}),
    definition(OBJECT, conversion={"strategy": "Webhook"}),
    definition(OBJECT, conversion={"strategy": "Webhook", "webhook": {"conversionReviewVersions": ["v9"]}}),
    definition(OBJECT, conversion={"strategy": "Webhook", "webhook": {**HOOK, "clientConfig": {}}}),
]
SCHEMAS: list[Json] = [
    definition(OBJECT, versions=[]),
    definition(OBJECT, versions=[{**SECOND, "storage": True}, {**SECOND, "storage": True, "name": "v3"}]),
    definition(OBJECT, versions=[{**SECOND, "storage": True}, SECOND]),
    definition(
        OBJECT,
        versions=[
            {**SECOND, "storage": True},
            {**SECOND, "name": "v3", "schema": {"openAPIV3Schema": objects(a={"type": "array"})}},
        ],
    ),
]
"""Whose versions are more, or less, than one."""


async def refused(api: Api, body: Json, **options: Any) -> None:
    await api.post(DEFINITIONS, body, 422, query={"dryRun": "All"}, **options)


async def test_schemas_that_are_refused(api: Api) -> None:
    for field in FIELDS:
        await refused(api, definition(objects(a=field)))
    for root in ROOTS:
        await refused(api, definition(root))
    with_status = definition(
        {"type": "object", "anyOf": [{"required": ["a"]}]}, version={"subresources": {"status": {}}}
    )
    # The server shows the whole schema as Go has it.
    await refused(api, with_status, differs=["message", "details.causes"])


async def test_schemas_that_are_not_refused(api: Api) -> None:
    for field in VALID:
        await api.post(DEFINITIONS, definition(objects(a=field)), query={"dryRun": "All"})


async def test_specs_that_are_refused(api: Api) -> None:
    for body in [*SPECS, *SCHEMAS]:
        await refused(api, body)
