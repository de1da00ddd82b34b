"""Values of custom resources: numbers, formats, embedded objects, nulls; and what stays of definitions that change."""

from __future__ import annotations

from typing import Any

from .api import GROUP, JSON_PATCH, Api
from .test_custom import DEFINITIONS, Kind, definition

Json = dict[str, Any]

VALUES: Json = {
    "whole": {"type": "integer"},
    "small": {"type": "integer", "format": "int32"},
    "number": {"type": "number"},
    "tenth": {"type": "number", "multipleOf": 0.1},
    "enum": {"type": "string", "enum": ["a", "b"]},
    "either": {"x-kubernetes-int-or-string": True},
    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    "map": {"type": "object", "additionalProperties": {"type": "integer"}},
    "filled": {
        "type": "object",
        "default": {"a": 1},
        "properties": {"a": {"type": "integer"}, "b": {"type": "string", "default": "x"}},
    },
    "inside": {
        "type": "object",
        "x-kubernetes-embedded-resource": True,
        "x-kubernetes-preserve-unknown-fields": True,
    },
    **{
        name: {"type": "string", "format": name}
        for name in (
            "byte",
            "date",
            "date-time",
            "duration",
            "uuid",
            "ipv4",
            "ipv6",
            "cidr",
            "email",
            "uri",
            "hostname",
        )
    },
    "replicas": {"type": "integer"},
}
SCALE: Json = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
SPEC: Json = {"type": "object", "properties": VALUES}
STATUS: Json = {"type": "object", "properties": {"replicas": {"type": "integer"}}}


def valued(kind: str) -> Json:
    """Return a definition with a schema of many values."""
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": SPEC, "status": STATUS}}}
    found = definition(kind, schema=schema)
    found["spec"]["versions"][0]["subresources"] = {"status": {}, "scale": SCALE}
    return found


async def shared(api: Api) -> Kind:
    """Return a kind that the checks of this file have in common."""
    kind = Kind(api, "Valued", True)
    await api.ensure(DEFINITIONS, valued("Valued"), kind.path)
    return kind


TAKEN: list[Json] = [
    {"whole": 1.0},
    {"small": 2.0, "number": 3.0},
    {"free": {"a": 1.0, "b": [2.5]}},
    {"tenth": 0.3},
    {"tenth": 0.7},
    {"byte": "YQ=="},
    {"date-time": "2020-01-01T00:00:00+24:00"},
    {"date-time": "2020-01-01t00:00:00z"},
    {"date": "2024-02-29", "duration": "22 ns", "uuid": "00000000-0000-0000-0000-000000000000"},
    {"ipv4": "10.0.0.1", "ipv6": "::1", "cidr": "10.0.0.1/8", "email": "A <a@b.c>", "uri": "https://a/b?c"},
    {"inside": {"apiVersion": "v1", "kind": "X", "metadata": {"name": "A B", "labels": {"a": "b"}}, "q": 1}},
    {"filled": None},
]
REFUSED: list[tuple[Json, int]] = [
    ({"small": 1.5}, 422),
    ({"whole": 1.5}, 422),
    ({"tenth": 0.35}, 422),
    ({"tenth": 1e300}, 422),
    ({"enum": 5}, 422),
    ({"byte": "!!"}, 422),
    ({"byte": "YQ"}, 422),
    ({"byte": ""}, 422),
    ({"date-time": "2020-02-30T00:00:00Z"}, 422),
    ({"date": "2023-02-29"}, 422),
    ({"duration": "x"}, 422),
    ({"uuid": "x"}, 422),
    ({"ipv4": "10.0.0.256"}, 422),
    ({"ipv6": "10.0.0.1"}, 422),
    ({"cidr": "10.0.0.1"}, 422),
    ({"email": "x"}, 422),
    ({"uri": "x y"}, 422),
    ({"hostname": "-a"}, 422),
    ({"inside": {}}, 422),
    ({"inside": {"apiVersion": "", "kind": "X"}}, 422),
    ({"inside": {"apiVersion": "v1", "kind": ""}}, 422),
    ({"inside": {"apiVersion": "a/b/c", "kind": "X"}}, 422),
    ({"inside": {"apiVersion": "v1", "kind": "X Y"}}, 422),
    ({"inside": {"apiVersion": 5, "kind": "X"}}, 400),
    ({"inside": {"apiVersion": "v1", "kind": "X", "metadata": {"name": 5}}}, 400),
    ({"inside": {"apiVersion": "v1", "kind": "X", "metadata": {"labels": {"a": "!!"}}}}, 422),
    ({"replicas": -1}, 422),
    ({"replicas": 1 << 31}, 422),
]


UNTYPED: list[Json] = [{"enum": 5}]
"""Values that an apply refuses before it validates."""


async def test_values_that_are_taken(api: Api) -> None:
    kind = await shared(api)
    for number, spec in enumerate(TAKEN):
        await api.post(kind.path, kind.body(spec, f"a{number}"))
        await api.apply(f"{kind.path}/b{number}", kind.body(spec, f"b{number}"), 201)
    kept = await api.get(f"{kind.path}/a0")
    assert kept.body["spec"]["whole"] == 1 and isinstance(kept.body["spec"]["whole"], int)


async def test_values_that_are_refused(api: Api) -> None:
    kind = await shared(api)
    for spec, status in REFUSED:
        await api.post(kind.path, kind.body(spec), status)
        if status == 422 and spec not in UNTYPED:
            await api.apply(f"{kind.path}/a", kind.body(spec), status)
    await api.apply(
        f"{kind.path}/a", kind.body({"inside": {"apiVersion": "v1", "kind": "X", "metadata": {"name": 5}}}), 500
    )
    unknown = {"inside": {"apiVersion": "v1", "kind": "X", "metadata": {"bogus": 1}}}
    await api.post(kind.path, kind.body(unknown), 400, query={"fieldValidation": "Strict"})
    await api.post(kind.path, kind.body(unknown))


async def test_nulls_that_are_applied(api: Api) -> None:
    kind = await shared(api)
    for spec in ({"enum": None}, {"either": None}, {"free": None}, {"filled": {"a": None}}, {"map": {"a": None}}):
        await api.apply(f"{kind.path}/a", kind.body(spec), 422)
    await api.apply(f"{kind.path}/a", kind.body({"filled": {"b": None}}), 201)


async def test_a_scale_without_replicas(api: Api) -> None:
    kind = await shared(api)
    await api.post(kind.path, kind.body({}))
    await api.get(f"{kind.path}/a/scale", 500)
    await api.patch(f"{kind.path}/a/scale", {"metadata": {"name": "b"}, "spec": {"replicas": 1}}, 400)
    differs = ["message", "details.causes"]
    await api.patch(f"{kind.path}/a/scale", {"spec": {"replicas": "x"}}, 422, differs=differs)
    await api.patch(f"{kind.path}/a/scale", {"spec": {"replicas": 3}})
    await api.get(f"{kind.path}/a/scale")
    await api.patch(f"{kind.path}/a/status", {"status": {"replicas": -1}}, 422)


RATCHETED: Json = {
    "a": {"type": "string"},
    "set": {"type": "array", "items": {"type": "string"}},
    "deep": {"type": "object", "properties": {"x": {"type": "string"}, "y": {"type": "string"}}},
    "list": {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        "items": {
            "type": "object",
            "required": ["k"],
            "properties": {"k": {"type": "string"}, "v": {"type": "string"}},
        },
    },
}


async def test_values_that_have_become_invalid_stay_and_definitions_keep_what_was_stored(api: Api) -> None:
    name = "Ratchet" + api.namespace.removeprefix("check-")
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": RATCHETED}}}
    made = definition(name, schema={"openAPIV3Schema": schema})
    made["spec"]["versions"][0]["subresources"] = {}
    await api.post(DEFINITIONS, made)
    kind = Kind(api, name, True)
    await api.until(kind.path, 200, differs=["metadata"])
    spec = {"a": "long", "set": ["b", "b"], "deep": {"x": "long", "y": "z"}, "list": [{"k": "a", "v": "long"}]}
    await api.post(kind.path, kind.body(spec))
    await api.post(kind.path, {**kind.body({}, "held"), "metadata": {"name": "held", "finalizers": ["a.b/c"]}})
    short = {"maxLength": 2}
    changed = [
        {
            "op": "add",
            "path": f"/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties{path}",
            "value": value,
        }
        for path, value in (
            ("/a/maxLength", 2),
            ("/deep/properties/x/maxLength", 2),
            ("/list/items/properties/v", {"type": "string", **short}),
            ("/set/x-kubernetes-list-type", "set"),
        )
    ]
    await api.patch(kind.definition, changed, type=JSON_PATCH)
    await api.until_refused(f"{kind.path}/a", {"spec": {"a": "other"}})
    await api.patch(f"{kind.path}/a", {"metadata": {"labels": {"x": "y"}}})
    await api.patch(f"{kind.path}/a", {"spec": {"deep": {"y": "c"}, "list": [*spec["list"], {"k": "b"}]}})
    await api.patch(f"{kind.path}/a", {"spec": {"deep": {"x": "other"}}}, 422)
    await api.patch(f"{kind.path}/a", {"spec": {"list": [{"k": "b", "v": "long"}]}}, 422)
    await api.patch(f"{kind.path}/a", {"spec": {"a": None}})
    await api.patch(f"{kind.path}/a", {"spec": {"a": "long"}}, 422)
    # The definition.
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    two = {"name": "v2", "served": True, "storage": True, "schema": {"openAPIV3Schema": free}}
    moved = [
        {"op": "replace", "path": "/spec/versions/0/storage", "value": False},
        {"op": "add", "path": "/spec/versions/-", "value": two},
    ]
    await api.patch(kind.definition, moved, type=JSON_PATCH)
    await api.until(kind.definition, 200, when=lambda body: len(body["status"]["storedVersions"]) == 2)
    for change in (
        {"op": "remove", "path": "/spec/versions/0"},
        {"op": "replace", "path": "/spec/scope", "value": "Cluster"},
        {"op": "replace", "path": "/spec/group", "value": "other.example.com"},
        {"op": "replace", "path": "/spec/names/plural", "value": "others"},
        {"op": "replace", "path": "/spec/names/kind", "value": "Other"},
    ):
        await api.patch(kind.definition, [change], 422, type=JSON_PATCH)
    await api.delete(kind.definition, differs=["*"])
    await api.until(f"{kind.path}/a", 404)
    await api.post(kind.path, kind.body({}, "late"), 403)
    await api.get(f"{kind.path}/held")
    await api.patch(f"{kind.path}/held", {"metadata": {"finalizers": None}})
    await api.until(kind.definition, 404)


def with_names(kind: str, plural: str, **names: Any) -> Json:
    """Return a definition with names of its own."""
    found = definition(kind)
    found["metadata"]["name"] = f"{plural}.{GROUP}"
    found["spec"]["names"] = {"plural": plural, "kind": kind, **names}
    return found


async def test_names_that_another_definition_has(api: Api) -> None:
    kind = "Name" + api.namespace.removeprefix("check-")
    plural = kind.lower()
    first = with_names(kind, f"{plural}s", shortNames=[f"{plural}x"])
    await api.post(DEFINITIONS, first)
    path = f"{DEFINITIONS}/{plural}s.{GROUP}"

    def is_accepted(status: str) -> Any:
        def check(body: Any) -> bool:
            conditions = body["status"]["conditions"] or ()
            # Both conditions are there at once only when the names are known.
            established = any(one["type"] == "Established" and one["status"] == status for one in conditions)
            return established and any(one["type"] == "NamesAccepted" and one["status"] == status for one in conditions)

        return check

    await api.until(path, 200, when=is_accepted("True"))
    second = with_names(kind, f"{plural}z", shortNames=[f"{plural}x", f"{plural}y"], categories=["all"])
    await api.post(DEFINITIONS, second)
    other = f"{DEFINITIONS}/{plural}z.{GROUP}"
    await api.until(other, 200, when=is_accepted("False"))
    await api.get(api.group(f"{GROUP}/v1", f"{plural}z"), 404)
    await api.delete(path, differs=["*"])
    await api.until(path, 404)
    await api.until(other, 200, when=is_accepted("True"))
    await api.until(api.group(f"{GROUP}/v1", f"{plural}z"), 200, differs=["metadata"])
