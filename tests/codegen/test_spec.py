"""Documents of both versions as one `Spec`: what is wrong in one place costs that place, and is named."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from aiokube_codegen.document.load import load, load_spec
from aiokube_codegen.document.schemas import MAX_DEPTH
from aiokube_codegen.document.source import Document, Source
from aiokube_codegen.document.spec import Spec, definition_name, definition_ref, is_class, is_dynamic, references
from aiokube_codegen.errors import CodegenError, SpecError

SHIPPED = Path(__file__).parents[2] / "spec" / "openapi.json"
POD = "/api/v1/namespaces/{namespace}/pods/{name}"


def document(**sections: Any) -> bytes:
    return json.dumps({"swagger": "2.0", "info": {"title": "Kubernetes", "version": "v1.37.2"}, **sections}).encode()


def load_v2(groups: Sequence[str] | None = None, **sections: Any) -> Spec:
    return load_spec(document(**sections), origin="test", groups=groups)


def define(**definitions: Any) -> Spec:
    """A document with some definitions; `__` in a name stands for a dot."""
    return load_v2(definitions={name.replace("__", "."): schema for name, schema in definitions.items()})


def v3(path: str, schemas: Mapping[str, Any] | None = None, paths: Mapping[str, Any] | None = None) -> Document:
    """A document of version 3, as the index names it."""
    content = {"openapi": "3.0.0", "info": {}, "paths": paths or {}, "components": {"schemas": schemas or {}}}
    return Document(data=json.dumps(content).encode(), origin=f"test/{path}", path=path)


def load_v3(*documents: Document, groups: Sequence[str] | None = None) -> Spec:
    return load(Source(documents=documents, origin="test"), groups)


def reasons(spec: Spec) -> dict[str, list[str]]:
    """The places of problems, by the beginning of the reason."""
    found: dict[str, list[str]] = {}
    for one in spec.problems:
        found.setdefault(one.why.partition(":")[0], []).append(one.what)
    return found


def ref(name: str) -> dict[str, str]:
    return {"$ref": definition_ref(name)}


def nested(depth: int) -> dict[str, Any]:
    """A schema with so many others around it."""
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def test_the_shipped_document_is_read_without_a_problem() -> None:
    spec = load_spec(SHIPPED.read_bytes(), origin="spec/openapi.json")
    assert spec.problems == ()
    assert "io.k8s.api.core.v1.Pod" in spec.definitions
    assert POD in spec.paths
    assert ("apps", "v1") in spec.group_versions
    assert spec.version.removeprefix("v").startswith("1.")


def test_the_sections_and_the_version_are_there() -> None:
    spec = load_v2(definitions={"a.v1.A": {"type": "object"}}, paths={"/a": {}})
    assert spec.definitions == {"a.v1.A": {"type": "object"}}
    assert spec.paths == {"/a": {}}
    assert spec.version == "v1.37.2"
    assert spec.origin == "test"


@pytest.mark.parametrize(
    "info",
    [{"title": "Kubernetes", "version": "unversioned"}, {"title": "Kubernetes CRD Swagger", "version": "v0.1.0"}],
)
def test_what_is_no_version_of_kubernetes_is_not_taken_for_one(info: dict[str, str]) -> None:
    first = Document(data=json.dumps({"swagger": "2.0", "info": info, "paths": {"/a": {}}}).encode(), origin="first")
    spec = load(Source(documents=(first,), origin="test"))
    assert (spec.version, spec.title) == ("", "test")
    second = Document(data=json.dumps({"swagger": "2.0", "info": {"version": "v1.37.2"}}).encode(), origin="second")
    spec = load(Source(documents=(first, second), origin="test"))
    assert (spec.version, spec.title) == ("v1.37.2", "test (Kubernetes v1.37.2)")


def test_sections_that_are_null_are_absent() -> None:
    spec = load_v2(definitions=None, paths=None, parameters=None, info=None)
    assert (spec.definitions, spec.paths, spec.version, spec.problems) == ({}, {}, "", ())


def test_a_shared_parameter_stands_where_it_is_used() -> None:
    limit = {"name": "limit", "in": "query", "type": "integer"}
    item = {"parameters": [{"$ref": "#/parameters/l~1x"}], "get": {"parameters": [{"$ref": "#/parameters/l~1x"}]}}
    spec = load_v2(parameters={"l/x": limit}, paths={"/a": item})
    assert spec.paths["/a"] == {"parameters": [limit], "get": {"parameters": [limit]}}


def test_escapes_in_a_reference_are_undone() -> None:
    name = "a/b~c d"
    assert definition_name("#/definitions/a~1b~0c%20d") == name == definition_name(definition_ref(name))
    spec = load_v2(definitions={name: {"type": "object"}, "A": {"properties": {"a": ref(name)}}})
    assert spec.problems == ()
    assert definition_name(spec.definitions["A"]["properties"]["a"]["$ref"]) == name


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the document is empty"),
        (b" \n", "the document is empty"),
        (b"<html>", "this is HTML or XML"),
        (b'{"swagger": "2.0",', "cut off after 18 bytes (line 1, column 19)"),
        (b'{"swagger": "2.', "cut off after 15 bytes"),
        (b'{"swagger":\n 2.0.0}', "not JSON: Expecting ',' delimiter at line 2, column 5"),
        (b"k8s\x00\n\xff\xfe", "byte 5 is not UTF-8"),
        (b"[]", "this is a list"),
        (b"null", "this is null"),
        (b"{}", 'it has neither `swagger: "2.0"` nor `openapi: "3.0.0"`'),
        (b'{"swagger": "1.2"}', "its version is '1.2', but only 2.0 and 3 can be read"),
        (b'{"openapi": "4.0.0"}', "this is OpenAPI 4.0.0, but only 2.0 and 3 can be read"),
        (b'{"kind": "Status", "message": "Unauthorized"}', "the server responded with an error instead: Unauthorized"),
        (b'{"kind": "Pod"}', "this is a Kubernetes Pod"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"swagger": "2.0", "a": ' + b"1" * 5_000 + b"}", "holds a number too long"),
        (document(definitions=[]), "/definitions is a list, but must be an object"),
        (document(paths=5), "/paths is a number, but must be an object"),
        (b'{"openapi": "3.0.0", "components": []}', "/components is a list, but must be an object"),
    ],
)
def test_an_unusable_document_is_refused_with_the_reason(data: bytes, says: str) -> None:
    with pytest.raises(SpecError) as caught:
        load_spec(data, origin="https://cluster/openapi/v2")
    message = str(caught.value)
    assert message.startswith("https://cluster/openapi/v2: ")
    assert says in message
    assert "\n" not in message
    assert isinstance(caught.value, CodegenError)


# One bad thing costs one thing

NO_SCHEMA = "the schema has the wrong form"
IGNORED = "the keyword has the wrong type"


@pytest.mark.parametrize(
    ("schema", "read", "reason", "what"),
    [
        (None, {}, NO_SCHEMA, "A.a: null"),
        ([], {}, NO_SCHEMA, "A.a: a list"),
        ({"type": 5}, {}, NO_SCHEMA, "A.a: type is 5"),
        ({"type": "text", "description": "d"}, {"description": "d"}, NO_SCHEMA, "A.a: type is 'text'"),
        ({"properties": [], "type": "object"}, {}, NO_SCHEMA, "A.a: properties is a list"),
        ({"allOf": 5}, {}, NO_SCHEMA, "A.a: allOf is a number"),
        ({"type": "array", "items": ["x"]}, {"type": "array", "items": {}}, NO_SCHEMA, "A.a[]: a list"),
        ({"additionalProperties": "x"}, {}, IGNORED, "A.a: additionalProperties is a string"),
        ({"type": "string", "required": True}, {"type": "string"}, IGNORED, "A.a: required is a boolean"),
        ({"type": "string", "format": 5}, {"type": "string"}, IGNORED, "A.a: format is a number"),
        ({"type": "string", "description": {}}, {"type": "string"}, IGNORED, "A.a: description is an object"),
        (ref("Nope"), {}, "the reference does not resolve", "A.a: '#/definitions/Nope'"),
        ({"$ref": 5}, {}, "the reference does not resolve", "A.a: 5"),
        ({"$ref": "#/info"}, {}, "the reference does not resolve", "A.a: '#/info'"),
        ({"$ref": "other.json#/A"}, {}, "the reference does not resolve", "A.a: 'other.json#/A'"),
        ({"$ref": "#/definitions/A/properties/b"}, {}, "the reference does not resolve", "A.a: '#/definitions/A/p"),
    ],
)
def test_a_bad_property_costs_its_own_type(schema: Any, read: Any, reason: str, what: str) -> None:
    spec = define(A={"type": "object", "properties": {"a": schema, "b": {"type": "string"}}})
    assert spec.definitions["A"]["properties"] == {"a": read, "b": {"type": "string"}}
    ((why, places),) = reasons(spec).items()
    assert why == reason
    assert [place[: len(what)] for place in places] == [what]


@pytest.mark.parametrize("schema", [None, [], 5, {"type": "object", "properties": 5}])
def test_a_bad_definition_costs_itself(schema: Any) -> None:
    spec = define(A=schema, B={"type": "object", "properties": {"a": ref("A")}})
    assert spec.definitions == {"A": {}, "B": {"type": "object", "properties": {"a": ref("A")}}}
    assert [place.partition(":")[0] for place in reasons(spec)[NO_SCHEMA]] == ["A"]


def test_null_is_absent_without_a_word() -> None:
    spec = define(A={"type": "object", "required": None, "description": None, "properties": None, "items": None})
    assert spec.definitions["A"] == {"type": "object"}
    assert spec.problems == ()


def test_names_of_required_fields_that_are_no_text_are_dropped() -> None:
    spec = define(A={"type": "object", "properties": {"a": {}}, "required": ["a", None, [{}]]})
    assert spec.definitions["A"]["required"] == ["a"]


def test_kinds_are_complete_or_dropped() -> None:
    kinds = [None, 5, {"group": None, "version": "v1", "kind": "A"}, {"kind": ["A"]}]
    spec = define(A={"type": "object", "x-kubernetes-group-version-kind": kinds})
    assert spec.definitions["A"]["x-kubernetes-group-version-kind"] == [{"group": "", "version": "v1", "kind": "A"}]


def test_a_mark_of_the_generator_in_a_document_means_nothing() -> None:
    assert define(A={"type": "string", "x-aiokube-type": "bogus"}).definitions["A"] == {"type": "string"}


def test_half_a_character_costs_the_name() -> None:
    spec = define(
        A={"type": "object", "properties": {"\ud800": {}, "b": {"$ref": "#/definitions/\udc00"}}}, **{"\udc00": {}}
    )
    assert spec.definitions == {"A": {"type": "object", "properties": {"b": {}}}}
    assert sorted(reasons(spec)) == ["the name is not valid Unicode", "the reference does not resolve"]


def test_the_depth_has_a_bound() -> None:
    assert define(A=nested(MAX_DEPTH)).problems == ()
    spec = define(A=nested(MAX_DEPTH + 1), B={"type": "object"})
    assert spec.definitions["B"] == {"type": "object"}
    assert [place[:6] for place in reasons(spec)[f"the schema is nested deeper than {MAX_DEPTH} schemas"]] == ["A.a.a."]


@pytest.mark.parametrize("key", ["default", "enum"])
def test_the_depth_of_values_has_a_bound(key: str) -> None:
    value: list[Any] = []
    for _ in range(MAX_DEPTH):
        value = [value]
    assert define(A={"type": "string", key: value}).definitions["A"] == {"type": "string", key: value}
    spec = define(A={"type": "string", key: [[value]]})
    assert spec.definitions["A"] == {"type": "string"}
    assert len(spec.problems) == 1


@pytest.mark.slow
def test_aliases_count_for_the_depth() -> None:
    half = MAX_DEPTH // 2
    lists = define(A={"type": "array", "items": ref("B")}, B=nested(half), C={"type": "array", "items": ref("D")}, D={})
    assert lists.problems == ()
    chain = {f"A{n:04}": {"type": "array", "items": ref(f"A{n + 1:04}")} for n in range(1500)} | {"A1500": {}}
    spec = define(**chain)
    (cut,) = reasons(spec).values()
    # An item is in its list, and the list is in another alias.
    assert len(cut) == pytest.approx(1500 / (MAX_DEPTH / 2), abs=1)


def test_an_alias_that_is_used_twice_is_read_once() -> None:
    # Followed from each place anew, the last one would be reached 2 ** 199 times.
    names = [f"A{n:03}" for n in range(200)]
    inside = [{"type": "object", "properties": {"a": ref(name), "b": ref(name)}} for name in names[1:]]
    spec = define(**dict(zip(names, [{"type": "array", "items": one} for one in [*inside, {}]], strict=True)))
    assert list(spec.definitions) == names
    assert 0 < len(spec.problems) < 2 * len(names) / (MAX_DEPTH / 4)


def test_a_name_of_a_name_is_what_it_names() -> None:
    chain: dict[str, Any] = {f"A{n:04}": ref(f"A{n + 1:04}") for n in range(1500)} | {"A1500": {"type": "string"}}
    spec = define(**chain, B={"type": "object", "properties": {"a": ref("A0000")}})
    assert spec.problems == ()
    assert spec.definitions["B"]["properties"]["a"] == ref("A1500")


REPEATS = "the definition repeats itself without an end"


def test_definitions_that_only_name_each_other_are_anything() -> None:
    spec = define(A=ref("B"), B=ref("A"), C={"type": "object", "properties": {"a": ref("A")}})
    assert spec.definitions == {"A": {}, "B": {}, "C": {"type": "object", "properties": {"a": {}}}}
    assert reasons(spec) == {REPEATS: ["A: B", "B: A", "C.a: A"]}


@pytest.mark.parametrize(("type", "key"), [("array", "items"), ("object", "additionalProperties")])
def test_a_list_or_map_of_itself_is_one_of_anything(type: str, key: str) -> None:
    spec = define(J={"type": type, key: ref("J")}, K={"type": "object", "properties": {"a": ref("J")}})
    assert spec.definitions["J"] == {"type": type, key: {}}
    assert spec.definitions["K"] == {"type": "object", "properties": {"a": ref("J")}}
    assert list(reasons(spec)) == [REPEATS]


def test_a_list_of_objects_that_hold_it_is_cut() -> None:
    inside = {"type": "object", "properties": {"more": ref("A"), "other": {"type": "string"}}}
    spec = define(A={"type": "array", "items": inside})
    assert spec.definitions["A"]["items"]["properties"] == {"more": {}, "other": {"type": "string"}}
    assert reasons(spec) == {REPEATS: ["A[].more: A"]}


def test_a_class_may_refer_to_itself() -> None:
    definitions = {"A": {"properties": {"a": ref("B"), "c": ref("A")}}, "B": {"items": ref("A")}}
    spec = define(**definitions)
    assert (spec.definitions, spec.problems) == (definitions, ())


def test_values_like_references_are_not_references() -> None:
    schema = {"type": "string", "default": {"$ref": "#/nowhere"}, "x-foo": {"$ref": "#/nowhere"}}
    spec = define(A={"type": "object", "properties": {"$ref": {"type": "string"}, "default": schema}})
    assert spec.problems == ()
    assert list(references(schema)) == []
    assert list(references({"properties": {"$ref": {"$ref": "a"}, "default": {"items": [{"$ref": "b"}]}}})) == [
        "b",
        "a",
    ]


def test_what_is_said_beside_a_reference_is_kept() -> None:
    schema = {"allOf": [ref("B")], "description": "d", "default": {}, "nullable": True}
    spec = define(A={"type": "object", "properties": {"b": schema}}, B={"type": "object"})
    assert spec.definitions["A"]["properties"]["b"] == ref("B") | {"description": "d", "default": {}, "nullable": True}


# Operations


@pytest.mark.parametrize(
    ("item", "read", "reason"),
    [
        (5, {}, "the operation has the wrong form"),
        ({"get": [], "put": {}}, {"put": {}}, "the operation has the wrong form"),
        ({"get": {"responses": ["OK"]}, "put": {}}, {"put": {}}, "the operation has the wrong form"),
        ({"get": {"operationId": 5}}, {}, "the operation has the wrong form"),
        ({"get": {"parameters": [{"in": "query"}]}}, {"get": {"parameters": []}}, "the parameter has the wrong form"),
        ({"get": {"parameters": 5}}, {"get": {"parameters": []}}, "the parameter has the wrong form"),
        (
            {"get": {"parameters": [{"$ref": "#/parameters/nope"}]}},
            {"get": {"parameters": []}},
            "the parameter's reference does not resolve",
        ),
        (
            {"get": {"responses": {"200": {"schema": ref("Nope")}}}},
            {"get": {"responses": {"200": {"schema": {}}}}},
            "the reference does not resolve",
        ),
        ({"get": {"parameters": ["\ud800"]}}, {"get": {"parameters": []}}, "the parameter has the wrong form"),
        ({"get": {"responses": {"200": "\ud800"}}}, {}, "the operation has the wrong form"),
    ],
)
def test_a_bad_operation_costs_itself(item: Any, read: Any, reason: str) -> None:
    spec = load_v2(paths={"/a": item, "/b": {"get": {}}})
    assert spec.paths == {"/a": read, "/b": {"get": {}}}
    assert list(reasons(spec)) == [reason]


@pytest.mark.parametrize("path", ["a", "/a b", "/ä", "/\ud800"])
def test_a_path_that_no_url_has_is_left_out(path: str) -> None:
    spec = load_v2(paths={path: {"get": {}}, "/b": {"get": {}}})
    assert [one for one, item in spec.paths.items() if item] == ["/b"]
    assert reasons(spec) == {"the path is not one of a URL": [path]}


def test_nulls_in_operations_are_absent() -> None:
    operation = {"parameters": None, "responses": {"200": {"schema": None}}, "consumes": None}
    spec = load_v2(paths={"/a": {"parameters": None, "put": None, "get": operation}})
    assert spec.paths == {"/a": {"get": {"responses": {"200": {}}}}}
    assert spec.problems == ()


def test_keywords_with_half_a_character_mean_nothing() -> None:
    parameter = {"name": "a", "in": "query"}
    gvk = {"group": "", "version": "v1", "kind": "Pod"}
    operation = {"parameters": [parameter | {"\ud800": 1}], "x-kubernetes-group-version-kind": gvk | {"\ud800": ""}}
    spec = load_v2(paths={"/a": {"get": operation | {"\ud800": 1}}})
    assert spec.paths == {"/a": {"get": {"parameters": [parameter], "x-kubernetes-group-version-kind": gvk}}}
    assert spec.problems == ()


# Version 3


def test_operations_of_version_3_have_the_shape_of_version_2() -> None:
    media = {"schema": {"allOf": [{"$ref": "#/components/schemas/a.v1.A"}]}}
    operation = {
        "operationId": "replace",
        "parameters": [{"name": "dryRun", "in": "query", "schema": {"type": "string", "uniqueItems": True}}],
        "requestBody": {"content": {"*/*": media}},
        "responses": {"200": {"description": "OK", "content": {"application/yaml": {}, "application/json": media}}},
        "x-kubernetes-action": "put",
    }
    spec = load_v3(v3("apis/a/v1", {"a.v1.A": {"type": "object"}}, {"/apis/a/v1/as/{name}": {"put": operation}}))
    schema = ref("a.v1.A")
    assert spec.problems == ()
    assert spec.paths["/apis/a/v1/as/{name}"]["put"] == {
        "operationId": "replace",
        "consumes": ["*/*"],
        "parameters": [
            {"name": "dryRun", "in": "query", "type": "string", "uniqueItems": True},
            {"name": "body", "in": "body", "schema": schema},
        ],
        "responses": {"200": {"description": "OK", "schema": schema}},
        "x-kubernetes-action": "put",
    }


@pytest.mark.parametrize(
    ("operation", "problems"),
    [
        (5, 1),
        ({"requestBody": 5}, 0),
        ({"requestBody": {"content": 5}}, 0),
        ({"requestBody": {"content": {"*/*": None}}}, 0),
        ({"parameters": {}}, 1),
        ({"parameters": [5, {"$ref": "#/components/parameters/nope"}, {"name": "a", "in": "query", "schema": 5}]}, 3),
        ({"parameters": [{"name": "a", "in": "query", "$ref": {}}]}, 0),
        ({"responses": 5}, 1),
        ({"responses": {"200": {"content": {"application/json": {"schema": 5}}}}}, 1),
    ],
)
def test_a_bad_operation_of_version_3_costs_itself(operation: Any, problems: int) -> None:
    spec = load_v3(v3("apis/a/v1", {}, {"/apis/a/v1/as": {"get": operation}, "/apis/a/v1/bs": {"get": {}}}))
    assert spec.paths["/apis/a/v1/bs"] == {"get": {}}
    assert len(spec.problems) == problems


def test_a_parameter_whose_schema_is_a_definition_is_a_text() -> None:
    told = {"name": "a", "in": "query", "description": "A."}
    parameter = told | {"schema": {"$ref": "#/components/schemas/a.v1.Mode"}}
    spec = load_v3(v3("apis/a/v1", {}, {"/apis/a/v1/as": {"get": {"parameters": [parameter]}}}))
    assert (spec.paths["/apis/a/v1/as"]["get"]["parameters"], spec.problems) == ([told], ())


def test_kinds_of_one_definition_in_many_documents_are_united() -> None:
    def options(group: str) -> dict[str, Any]:
        gvk = {"group": group, "version": "v1", "kind": "DeleteOptions"}
        return {"type": "object", "x-kubernetes-group-version-kind": [gvk]}

    spec = load_v3(v3("apis/a/v1", {"Options": options("a")}), v3("apis/b/v1", {"Options": options("b")}))
    groups = [kind["group"] for kind in spec.definitions["Options"]["x-kubernetes-group-version-kind"]]
    assert (groups, spec.problems) == (["a", "b"], ())


def test_the_first_of_two_definitions_of_one_name_is_used() -> None:
    one, other = ({"type": "object", "properties": {name: {}}} for name in "ab")
    spec = load_v3(v3("apis/a/v1", {"A": one}), v3("apis/b/v1", {"A": other}))
    assert spec.definitions["A"] == one
    assert reasons(spec) == {"two documents define it differently": ["A of apis/b/v1"]}


def test_a_document_that_cannot_be_read_costs_itself() -> None:
    bad = Document(data=b"<html>", origin="test/apis/b/v1", path="apis/b/v1")
    spec = load_v3(v3("apis/a/v1", {"A": {"type": "object"}}), bad)
    assert list(spec.definitions) == ["A"]
    assert [place[:37] for place in reasons(spec)["the document cannot be read"]] == [
        "test/apis/b/v1: this is HTML or XML, n"[:37]
    ]
    with pytest.raises(SpecError, match="HTML"):
        load_v3(bad)


# Groups

THINGS = {"/apis/good.example.com/v1/things": {"get": {"responses": {"200": {"schema": ref("good.v1.Thing")}}}}}
BAD = {"/apis/bad.example.com/v1/bads": {"get": 5}}


def test_nothing_of_other_groups_is_looked_at() -> None:
    thing = {"type": "object", "properties": {"part": ref("other.Part")}}
    definitions = {"good.v1.Thing": thing, "other.Part": {"type": "string"}, "bad.v1.Bad": ref("Nope"), "Worse": 5}
    spec = load_v2(["good.example.com"], paths=THINGS | BAD | {"/version/": {"get": {}}}, definitions=definitions)
    assert spec.problems == ()
    assert sorted(spec.definitions) == ["good.v1.Thing", "other.Part"]
    assert sorted(spec.paths) == ["/apis/good.example.com/v1/things", "/version/"]
    assert spec.group_versions == {("good.example.com", "v1"), ("bad.example.com", "v1")}


def test_documents_of_other_groups_are_not_even_parsed() -> None:
    bad = Document(data=b"<html>", origin="bad", path="apis/bad.example.com/v1")
    good = v3("apis/good.example.com/v1", {"good.v1.Thing": {"type": "object"}}, THINGS)
    spec = load_v3(bad, good, v3("version", {}, {"/version/": {"get": {}}}), groups=["good.example.com"])
    assert spec.problems == ()
    assert sorted(spec.paths) == ["/apis/good.example.com/v1/things", "/version/"]
    assert spec.group_versions == {("good.example.com", "v1"), ("bad.example.com", "v1")}


@pytest.mark.parametrize("name", ["core", ""])
def test_the_core_group_has_two_names(name: str) -> None:
    spec = load_v2([name], paths={"/api/v1/pods": {}, "/apis/apps/v1/deployments": {}, "/api/": {}, "/apis/apps/": {}})
    assert sorted(spec.paths) == ["/api/", "/api/v1/pods"]


def test_a_kind_of_a_chosen_group_comes_without_an_operation() -> None:
    kinds = [{"group": "good.example.com", "version": "v1", "kind": "Thing"}]
    many = [*kinds, {"group": "bad.example.com", "version": "v1", "kind": "Thing"}]
    definitions = {
        "Mine": {"type": "object", "x-kubernetes-group-version-kind": kinds},
        "Theirs": {"type": "object", "x-kubernetes-group-version-kind": many[1:]},
        "Everybody's": {"type": "object", "x-kubernetes-group-version-kind": many},
    }
    spec = load_v2(["good.example.com"], paths={"/apis/good.example.com/v1/": {}}, definitions=definitions)
    assert list(spec.definitions) == ["Mine"]


def test_a_group_that_is_not_there_is_refused() -> None:
    with pytest.raises(CodegenError, match=r"no group 'nope'; its groups are: apps, core$"):
        load_v2(["apps", "nope"], paths={"/apis/apps/v1/": {}, "/api/v1/": {}})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("core/v1", "core"),
        ("rbac", "rbac.example.com"),
        ("rbac.example.com/v1", "rbac.example.com"),
        ("rbac.example.co", "rbac.example.com"),
    ],
)
def test_a_group_that_is_not_there_may_be_a_short_name_have_a_version_or_be_misspelled(name: str, meant: str) -> None:
    with pytest.raises(
        CodegenError, match=rf"no group '{name}' \({meant}\?\); its groups are: core, rbac\.example\.com$"
    ):
        load_v2([name], paths={"/apis/rbac.example.com/v1/": {}, "/api/v1/": {}})


# Classes


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "object", "properties": {"a": {}}}, True),
        ({"properties": {"a": {}}}, True),
        ({"type": "object"}, True),
        ({"type": "object", "additionalProperties": False}, True),
        ({"type": "object", "additionalProperties": {}}, False),
        ({"type": "object", "additionalProperties": True}, False),
        ({"type": "object", "x-kubernetes-preserve-unknown-fields": True}, False),
        ({"type": "object", "x-kubernetes-group-version-kind": [{"kind": "Freeform"}]}, True),
        ({"type": "object", "properties": {'"': {}}}, False),
        ({"type": "string"}, False),
        ({}, False),
    ],
)
def test_a_class_is_made_of_an_object_with_fields_or_certainly_without(schema: dict[str, Any], expected: bool) -> None:
    assert is_class(schema) is expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "object"}, True),
        ({"type": "object", "properties": {"metadata": {}}}, False),
        ({"type": "object", "properties": {"metadata": {}}, "x-kubernetes-preserve-unknown-fields": True}, True),
        ({"type": "object", "properties": {"spec": {}}, "x-kubernetes-preserve-unknown-fields": True}, False),
        ({"type": "object", "additionalProperties": {"type": "string"}}, False),
    ],
)
def test_a_kind_whose_fields_every_kind_has_is_dynamic_if_it_keeps_others(
    schema: dict[str, Any], expected: bool
) -> None:
    assert is_dynamic({**schema, "x-kubernetes-group-version-kind": [{"kind": "Freeform"}]}) is expected
    assert not is_dynamic(schema)
