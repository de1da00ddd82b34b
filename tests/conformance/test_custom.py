"""CustomResourceDefinitions, and the custom resources that they make: served, described, defaulted, validated."""

from __future__ import annotations

from typing import Any

import pytest

from .api import GROUP, JSON_PATCH, MERGE, STRATEGIC, Api
from .test_patches import operation, send_all

Json = dict[str, Any]


FIELDS: Json = {
    "cron": {"type": "string", "pattern": "^[0-9*]+$", "maxLength": 5, "minLength": 2},
    "size": {"type": "integer", "default": 1, "minimum": 0, "maximum": 10},
    "replicas": {"type": "integer"},
    "color": {"type": "string", "enum": ["red", "blue"], "default": "red"},
    "set": {
        "type": "array",
        "items": {"type": "string"},
        "x-kubernetes-list-type": "set",
        "maxItems": 3,
        "minItems": 1,
    },
    "plain": {"type": "array", "items": {"type": "string"}},
    "nested": {
        "type": "object",
        "properties": {"a": {"type": "string", "default": "x"}, "n": {"type": "string", "nullable": True}},
    },
    "ports": {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["port"],
        "items": {
            "type": "object",
            "required": ["port"],
            "properties": {"port": {"type": "integer"}, "name": {"type": "string"}},
        },
    },
    "either": {"x-kubernetes-int-or-string": True},
    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    "map": {"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 2},
    "even": {"type": "number", "multipleOf": 2},
    "date": {"type": "string", "format": "date-time"},
    "small": {"type": "integer", "format": "int32"},
    "flag": {"type": "boolean"},
    "atom": {
        "type": "object",
        "x-kubernetes-map-type": "atomic",
        "properties": {"x": {"type": "string"}, "y": {"type": "string"}},
    },
    "over": {"type": "integer", "exclusiveMinimum": True, "minimum": 5},
}
STATUS: Json = {
    "type": "object",
    "properties": {"replicas": {"type": "integer"}, "selector": {"type": "string"}, "note": {"type": "string"}},
}
SCALE = {
    "specReplicasPath": ".spec.replicas",
    "statusReplicasPath": ".status.replicas",
    "labelSelectorPath": ".status.selector",
}


def definition(kind: str, *, scope: str = "Namespaced", scale: bool = False, **version: Any) -> Json:
    """Return a definition of a kind."""
    plural = f"{kind.lower()}s"
    schema = {
        "type": "object",
        "required": ["spec"],
        "properties": {"spec": {"type": "object", "required": ["cron"], "properties": FIELDS}, "status": STATUS},
    }
    one = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, **version}
    one["subresources"] = {"status": {}, **({"scale": SCALE} if scale else {})}
    names = {"plural": plural, "kind": kind, "shortNames": [f"x{plural}"], "categories": ["checks"]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {"group": GROUP, "scope": scope, "names": names, "versions": [one]},
    }


DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


class Kind:
    """A custom resource that the check has to itself."""

    def __init__(self, api: Api, name: str, namespaced: bool) -> None:
        self.api, self.name, self.plural = api, name, f"{name.lower()}s"
        self.definition = f"{DEFINITIONS}/{self.plural}.{GROUP}"
        self.path = api.group(f"{GROUP}/v1", self.plural) if namespaced else f"/apis/{GROUP}/v1/{self.plural}"

    def body(self, spec: Any = None, name: str = "a", **more: Any) -> Json:
        """Return an object."""
        spec = {"cron": "**"} if spec is None else spec
        return {"apiVersion": f"{GROUP}/v1", "kind": self.name, "metadata": {"name": name}, "spec": spec, **more}


async def install(api: Api, **options: Any) -> Kind:
    """Create a definition whose kind is named after the namespace of the check, and wait until it is served."""
    name = "Kind" + api.namespace.removeprefix("check-")
    await api.post(DEFINITIONS, definition(name, **options))
    kind = Kind(api, name, options.get("scope", "Namespaced") == "Namespaced")
    await api.until(kind.path, 200, differs=["metadata"])
    return kind


async def shared(api: Api) -> Kind:
    """Return a kind that checks have in common: a real server takes seconds to serve a new one."""
    kind = Kind(api, "Shared", True)
    await api.ensure(DEFINITIONS, definition("Shared", scale=False), kind.path)
    return kind


async def test_a_definition_is_established(api: Api) -> None:
    kind = await install(api)
    found = await api.get(kind.definition)
    assert {one["type"]: one["status"] for one in found.body["status"]["conditions"]} == {
        "NamesAccepted": "True",
        "Established": "True",
    }
    await api.delete(kind.definition, differs=["*"])
    await api.until(kind.definition, 404)
    await api.until(kind.path, 404)


async def test_an_object_is_created_changed_listed_watched_and_deleted(api: Api) -> None:
    kind = await shared(api)
    created = await api.post(kind.path, kind.body(status={"note": "dropped"}))
    assert created.body["spec"] == {"cron": "**", "size": 1, "color": "red"} and "status" not in created.body
    changed = await api.patch(f"{kind.path}/a", {"spec": {"size": 2}})
    assert changed.body["metadata"]["generation"] == 2
    await api.put(f"{kind.path}/a", {**changed.body, "spec": {"cron": "99"}})
    listed = await api.get(kind.path)
    assert listed.body["items"][0]["kind"] == kind.name
    async with api.watch(kind.path, {"resourceVersion": listed.version}) as watch:
        await api.delete(f"{kind.path}/a")
        assert (await watch.next())["type"] == "DELETED"
    await api.get(f"{kind.path}/a", 404)


async def test_discovery_knows_the_kind(api: Api) -> None:
    kind = await install(api, scale=True)
    # Other checks have kinds of the group, too.
    answer = await api.get(f"/apis/{GROUP}/v1", differs=["*"])
    names = [one["name"] for one in answer.body["resources"]]
    assert {kind.plural, f"{kind.plural}/status", f"{kind.plural}/scale"} <= set(names)
    await api.get(f"/apis/{GROUP}")


EVERYTHING: Json = {
    "type": "object",
    "description": "Everything.",
    "required": ["spec"],
    "properties": {
        "spec": {
            "type": "object",
            "required": ["cron", "loose", "any"],
            "properties": {
                **FIELDS,
                "loose": {"type": "string", "nullable": True},
                "list": {"type": "array", "nullable": True, "items": {"type": "object"}},
                "free-list": {
                    "type": "array",
                    "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                },
                "any": {"x-kubernetes-preserve-unknown-fields": True},
                "some": {"type": "string", "anyOf": [{"pattern": "^a"}, {"maxLength": 3}], "not": {"enum": ["b"]}},
                "port": {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
                "number": {
                    "x-kubernetes-int-or-string": True,
                    "allOf": [{"anyOf": [{"type": "integer"}, {"type": "string"}]}, {"pattern": "^1"}],
                },
                "inside": {
                    "type": "object",
                    "x-kubernetes-embedded-resource": True,
                    "required": ["kind"],
                    "properties": {"spec": {"type": "object", "properties": {"a": {"type": "string"}}}},
                },
                "inside-free": {
                    "type": "object",
                    "x-kubernetes-embedded-resource": True,
                    "x-kubernetes-preserve-unknown-fields": True,
                },
                "by-name": {
                    "type": "object",
                    "required": ["a"],
                    "additionalProperties": {"type": "string", "nullable": True},
                },
            },
        },
        "status": STATUS,
    },
}


DELETE_OPTIONS = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"


async def test_openapi_describes_a_kind(api: Api) -> None:
    selectable = [{"jsonPath": ".spec.color"}]
    schema = {"openAPIV3Schema": EVERYTHING}
    kind = await install(api, scale=True, schema=schema, selectableFields=selectable)

    def is_there(body: Any) -> bool:
        return any(f"/{kind.plural}/" in path for path in body["paths"])

    def described(body: Any) -> Any:
        paths = {path: item for path, item in body["paths"].items() if f"/{kind.plural}" in path}
        schemas = body.get("definitions") or body["components"]["schemas"]
        own = {name: one for name, one in schemas.items() if name.startswith(f"com.example.checks.v1.{kind.name}")}
        if "definitions" in body:
            return {"paths": paths, "definitions": own, "parameters": body["parameters"]}
        # Other checks have kinds of the group, too; and the server names groups that are not served.
        shared = {name: one for name, one in schemas.items() if not name.startswith("com.example.")}
        shared[DELETE_OPTIONS] = {**shared[DELETE_OPTIONS], "x-kubernetes-group-version-kind": []}
        return {**body, "paths": paths, "components": {**own, **shared}}

    await api.until(f"/openapi/v3/apis/{GROUP}/v1", 200, when=is_there, part=described)
    await api.until("/openapi/v2", 200, when=is_there, part=described)


VALID: dict[str, Json] = {
    "nothing but what is required": {"cron": "**"},
    "nulls": {"cron": "**", "nested": {"a": None, "n": None}, "size": None},
    "a number or a string": {"cron": "**", "either": "5"},
    "unknown fields where they are kept": {"cron": "**", "free": {"q": [1, {"r": None}]}},
    "a list by keys": {"cron": "**", "ports": [{"port": 1, "name": "a"}, {"port": 2}]},
    "a time": {"cron": "**", "date": "2026-01-01T00:00:00Z"},
    "a whole number as a number": {"cron": "**", "even": 4},
    "empty values": {"cron": "**", "plain": [], "map": {}, "nested": {}},
    "unknown fields": {"cron": "**", "foo": 1, "nested": {"bar": 1}},
}


@pytest.mark.parametrize("what", VALID)
async def test_a_valid_object(api: Api, what: str) -> None:
    kind = await shared(api)
    await api.post(kind.path, kind.body(VALID[what]))


INVALID: dict[str, Any] = {
    "a missing field": {},
    "no object": 5,
    "a number as string": {"cron": 5},
    "null for a required field": {"cron": None},
    "a short string": {"cron": "*"},
    "a long string": {"cron": "******"},
    "a string that does not match": {"cron": "xx"},
    "a large number": {"cron": "**", "size": 20},
    "a small number": {"cron": "**", "size": -1},
    "a string as number": {"cron": "**", "size": "x"},
    "an unknown value": {"cron": "**", "color": "green"},
    "two of a set": {"cron": "**", "set": ["a", "a"]},
    "too few items": {"cron": "**", "set": []},
    "too many items": {"cron": "**", "set": ["a", "b", "c", "d"]},
    "a string as list": {"cron": "**", "set": "x"},
    "two with a key": {"cron": "**", "ports": [{"port": 1}, {"port": 1}]},
    "an item without its key": {"cron": "**", "ports": [{"name": "x"}]},
    "neither number nor string": {"cron": "**", "either": True},
    "a string in a map": {"cron": "**", "map": {"a": "x"}},
    "too many entries": {"cron": "**", "map": {"a": 1, "b": 2, "c": 3}},
    "an odd number": {"cron": "**", "even": 3},
    "no time": {"cron": "**", "date": "nope"},
    "a number out of its format": {"cron": "**", "small": 99999999999},
    "a string as boolean": {"cron": "**", "flag": "x"},
    "a number at its exclusive minimum": {"cron": "**", "over": 5},
    "several mistakes": {"cron": "**", "size": 20, "color": "green", "flag": 1},
}


@pytest.mark.parametrize("what", INVALID)
async def test_an_invalid_object_is_refused(api: Api, what: str) -> None:
    kind = await shared(api)
    # Several mistakes are in the order of a map in Go.
    differs = ["message", "details.causes"] if what == "several mistakes" else []
    await api.post(kind.path, kind.body(INVALID[what]), 422, differs=differs)


async def test_bodies_that_are_refused(api: Api) -> None:
    kind = await shared(api)
    await api.post(kind.path, {"metadata": {"name": "a"}, "spec": {"cron": "**"}}, 400, differs=["message"])
    await api.post(kind.path, {**kind.body(), "apiVersion": f"{GROUP}/v2"}, 400, differs=["warnings"])
    await api.post(kind.path, {**kind.body(), "kind": "Other"}, 422, differs=["warnings"])
    await api.post(kind.path, kind.body(name="A_"), 422)
    await api.post(kind.path, {**kind.body(), "metadata": {"name": "a", "labels": {"a": 1}}}, 400)


async def test_unknown_and_repeated_fields(api: Api) -> None:
    kind = await shared(api)
    body = (
        b'{"apiVersion":"checks.example.com/v1","kind":"%s","metadata":{"name":"a","zoo":1},'
        b'"spec":{"cron":"**","foo":1,"foo":2}}' % kind.name.encode()
    )
    await api.post(kind.path, body, 400, query={"fieldValidation": "Strict"})
    await api.post(kind.path, body, query={"fieldValidation": "Warn", "dryRun": "All"})
    await api.post(kind.path, body, query={"fieldValidation": "Ignore"})


async def test_a_replacement_needs_its_version(api: Api) -> None:
    kind = await shared(api)
    await api.post(kind.path, kind.body())
    await api.put(f"{kind.path}/a", kind.body(), 422)


@pytest.mark.parametrize(
    ("type_", "patch", "status"),
    [
        (MERGE, {"spec": {"size": 3, "color": None}}, 200),
        (MERGE, {"spec": {"foo": "x"}}, 200),
        (MERGE, {"spec": {"size": "x"}}, 422),
        (JSON_PATCH, [{"op": "add", "path": "/spec/plain", "value": ["a"]}], 200),
        (STRATEGIC, {}, 415),
    ],
)
async def test_a_patch(api: Api, type_: str, patch: Any, status: int) -> None:
    kind = await shared(api)
    await api.post(kind.path, kind.body())
    await api.patch(f"{kind.path}/a", patch, status, type=type_)


async def test_the_status(api: Api) -> None:
    kind = await shared(api)
    await api.post(kind.path, kind.body())
    changed = await api.patch(f"{kind.path}/a/status", {"spec": {"cron": "99"}, "status": {"note": "x"}})
    assert changed.body["spec"]["cron"] == "**" and changed.body["status"] == {"note": "x"}
    kept = await api.patch(f"{kind.path}/a", {"status": {"note": "y"}, "spec": {"size": 3}})
    assert kept.body["status"] == {"note": "x"}
    await api.put(f"{kind.path}/a/status", {**kept.body, "status": {"note": "z"}})
    await api.get(f"{kind.path}/a/status")
    labelled = await api.patch(f"{kind.path}/a/status", {"metadata": {"labels": {"a": "b"}}})
    assert "labels" not in labelled.body["metadata"]


async def test_an_apply(api: Api) -> None:
    kind = await shared(api)
    await api.apply(f"{kind.path}/a", kind.body({"cron": "**", "set": ["a"], "plain": ["a"], "atom": {"x": "1"}}), 201)
    await api.apply(f"{kind.path}/a", kind.body({"set": ["b"], "ports": [{"port": 1}]}), manager="two")
    await api.apply(f"{kind.path}/a", kind.body({"plain": ["b"]}), 409, manager="two")
    await api.apply(f"{kind.path}/a", kind.body({"atom": {"y": "1"}}), 409, manager="two")
    await api.apply(f"{kind.path}/a", kind.body({"size": "x"}), 500, manager="two", differs=["message"])
    undecided: list[Json] = [
        {"ports": [{"port": 1}, {"port": 2}, {"port": 1}]},
        {"ports": [{"name": "x"}]},
        {"ports": [None]},
        {"ports": [5]},
        {"set": ["a", "b", "a"]},
        {"set": [None]},
        {"set": [{}]},
        {"set": [["a"]]},
    ]
    for items in undecided:
        await api.apply(f"{kind.path}/a", kind.body(items), 500, manager="two", force=True)
    gone = await api.apply(f"{kind.path}/a", kind.body({"cron": "**"}))
    assert gone.body["spec"]["set"] == ["b"]


async def test_a_scale(api: Api) -> None:
    kind = await install(api, scale=True)
    await api.post(kind.path, kind.body({"cron": "**", "replicas": 2}))
    await api.patch(f"{kind.path}/a/status", {"status": {"replicas": 1, "selector": "a=b"}})
    found = await api.get(f"{kind.path}/a/scale")
    assert found.body["spec"] == {"replicas": 2} and found.body["status"] == {"replicas": 1, "selector": "a=b"}
    await api.patch(f"{kind.path}/a/scale", {"spec": {"replicas": 5}})
    await api.put(f"{kind.path}/a/scale", {"metadata": {"name": "a"}, "spec": {"replicas": 4}})
    assert (await api.get(f"{kind.path}/a")).body["spec"]["replicas"] == 4


async def test_objects_of_the_cluster(api: Api) -> None:
    kind = await install(api, scope="Cluster")
    await api.post(kind.path, kind.body())
    await api.get(f"{kind.path}/a")
    await api.get(api.group(f"{GROUP}/v1", kind.plural), 404)


async def test_fields_select(api: Api) -> None:
    kind = await install(api, selectableFields=[{"jsonPath": ".spec.color"}])
    await api.post(kind.path, kind.body(name="a"))
    await api.post(kind.path, kind.body({"cron": "**", "color": "blue"}, name="b"))
    assert (await api.get(kind.path, query={"fieldSelector": "spec.color=blue"})).names == ["b"]
    await api.get(kind.path, 400, query={"fieldSelector": "spec.cron=x"})


async def test_objects_go_with_their_definition(api: Api) -> None:
    kind = await install(api)
    body = kind.body()
    body["metadata"]["finalizers"] = ["example.com/wait"]
    await api.post(kind.path, body)
    await api.delete(kind.definition, differs=["*"])
    await api.until(kind.definition, 200, differs=["*"])
    await api.patch(f"{kind.path}/a", {"metadata": {"finalizers": None}}, differs=["*"])
    await api.until(kind.definition, 404)


async def test_an_unserved_version_is_not_there(api: Api) -> None:
    name = "Kind" + api.namespace.removeprefix("check-")
    body = definition(name)
    versions = body["spec"]["versions"]
    versions.append({**versions[0], "name": "v2", "storage": False})
    versions.append({**versions[0], "name": "v1beta1", "storage": False, "served": False})
    await api.post(DEFINITIONS, body)
    kind = Kind(api, name, True)
    await api.until(kind.path, 200, differs=["metadata"])
    await api.post(kind.path, kind.body())
    second = kind.path.replace("/v1/", "/v2/")
    await api.until(second, 200, differs=["metadata"])
    assert (await api.get(f"{second}/a")).body["apiVersion"] == f"{GROUP}/v2"
    await api.get(kind.path.replace("/v1/", "/v1beta1/"), 404)


REFUSED: dict[str, Json] = {
    "another name": {"metadata": {"name": "others.checks.example.com"}},
    "no schema": {"spec": {"versions": [{"name": "v1", "served": True, "storage": True}]}},
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_definition_is_refused(api: Api, what: str) -> None:
    body = definition("Refused")
    for name, value in REFUSED[what].items():
        body[name] = {**body[name], **value}
    await api.post(DEFINITIONS, body, 422, differs=["message", "details"])


OF_CUSTOM: list[tuple[str, Any, int]] = [
    (JSON_PATCH, operation("remove", "/apiVersion"), 500),
    (JSON_PATCH, operation("remove", "/kind"), 422),
    (JSON_PATCH, operation("replace", "/kind", "Other"), 422),
    (JSON_PATCH, operation("replace", "/apiVersion", "v1"), 422),
    (JSON_PATCH, operation("replace", "", [1]), 422),
    (JSON_PATCH, operation("replace", "", {}), 422),
    (JSON_PATCH, operation("replace", "/metadata/uid", "x"), 422),
    (JSON_PATCH, operation("add", "/spec/free/x", None), 200),
    (JSON_PATCH, operation("add", "/spec/free/-", 1), 200),
    (JSON_PATCH, operation("test", "/spec/even", 2), 200),
    (JSON_PATCH, b'[{"op": "test", "path": "/spec/even", "value": 2.0}]', 422),
    (JSON_PATCH, operation("copy", "/spec/free/x", **{"from": "/spec/no"}), 200),
    (MERGE, {"apiVersion": None}, 500),
    (MERGE, {"metadata": {"name": "b"}}, 400),
    (MERGE, {"metadata": {"labels": {"a": 5}}}, 422),
    (MERGE, {"spec": {"free": {"list": [{"a": None, "b": [None, {"c": None}]}]}}}, 200),
    (MERGE, {"spec": {"free": {"old": [{"a": None, "b": [None, {"c": None}]}]}}}, 200),
    (MERGE, {"spec": {"free": {"map": [{"a": None}]}}}, 200),
    (MERGE, {"spec": {"free": {"map": {"a": None, "b": {"c": None, "d": 1}}}}}, 200),
    (MERGE, {"spec": {"free": {"text": {"a": None, "b": {"c": None, "d": 1}}}}}, 200),
    (MERGE, {"spec": {"free": [None]}}, 422),
]


async def test_patches_of_a_custom_resource(api: Api) -> None:
    kind = await shared(api)
    free = {"old": [1], "map": {"a": 1}, "text": "x"}
    await api.post(kind.path, kind.body({"cron": "**", "even": 2, "free": free}))
    for media in (JSON_PATCH, MERGE):
        patches = [(patch, status) for type, patch, status in OF_CUSTOM if type == media]
        await send_all(api, f"{kind.path}/a", media, patches)
