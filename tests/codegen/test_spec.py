"""A document is read as served, and what no client can be made of is refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aiokube_codegen.document.spec import Spec, definition_name, is_class, load_spec
from aiokube_codegen.errors import CodegenError, SpecError

SHIPPED = Path(__file__).parents[2] / "spec" / "openapi.json"


def document(**sections: Any) -> bytes:
    return json.dumps({"swagger": "2.0", "info": {"title": "Kubernetes", "version": "v1.37.2"}, **sections}).encode()


def load(**sections: Any) -> Spec:
    return load_spec(document(**sections), origin="test")


def test_the_shipped_document_is_read() -> None:
    spec = load_spec(SHIPPED.read_bytes(), origin="spec/openapi.json")
    assert "io.k8s.api.core.v1.Pod" in spec.definitions
    assert "/api/v1/namespaces/{namespace}/pods" in spec.paths
    assert spec.parameters
    assert spec.version.removeprefix("v").startswith("1.")


def test_the_sections_and_the_version_are_there() -> None:
    spec = load(definitions={"a.v1.A": {"type": "object"}}, paths={"/a": {}}, parameters={"p": {"name": "limit"}})
    assert spec.definitions == {"a.v1.A": {"type": "object"}}
    assert spec.paths == {"/a": {}}
    assert spec.version == "v1.37.2"
    assert spec.origin == "test"


def nested(depth: int) -> dict[str, Any]:
    """A schema with so many others around it."""
    schema: dict[str, Any] = {}
    for _ in range(depth):
        schema = {"properties": {"a": schema}}
    return schema


def test_a_document_without_definitions_is_read() -> None:
    assert load().definitions == {}


def test_a_shared_parameter_is_resolved() -> None:
    spec = load(
        parameters={"limit-1": {"name": "limit"}},
        paths={"/a": {"get": {"parameters": [{"$ref": "#/parameters/limit-1"}]}}},
    )
    assert spec.resolve("#/parameters/limit-1") == {"name": "limit"}


def test_escapes_in_a_reference_are_undone() -> None:
    spec = load(definitions={"a/b~c d": {"type": "string"}})
    assert spec.resolve("#/definitions/a~1b~0c%20d") == {"type": "string"}
    assert definition_name("#/definitions/a~1b~0c%20d") == "a/b~c d"


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
        (b"{}", 'it has no `swagger: "2.0"`'),
        (b'{"swagger": "1.2"}', "its version is '1.2'"),
        (b'{"openapi": "3.0.0"}', "this is OpenAPI 3.0.0: use the document that the API server serves at /openapi/v2"),
        (b'{"kind": "Status", "message": "Unauthorized"}', "the server responded with an error instead: Unauthorized"),
        (b'{"kind": "Pod"}', "this is a Kubernetes Pod"),
        (b"[" * 100_000, "nested too deeply"),
        (document(definitions=[]), "/definitions is a list, but must be an object"),
        (document(paths={"/a": 1}), "/paths/~1a is a number, but must be an object"),
        (document(definitions={"A": None}), "/definitions/A is null, but must be an object"),
        (document(definitions={"A": {"properties": []}}), "/definitions/A/properties is a list"),
        (document(definitions={"A": {"properties": {"b": 1}}}), "/definitions/A/properties/b is a number"),
        (document(definitions={"A": {"items": {"items": "x"}}}), "/definitions/A/items/items is a string"),
        (document(definitions={"A": {"required": ["b", [{}]]}}), "/definitions/A/required/1 is a list"),
        (document(definitions={"A": {"$ref": 5}}), "/definitions/A/$ref is 5, but a schema may only refer to"),
        (
            document(definitions={"A": {"$ref": "#/definitions/B/properties/c"}, "B": {"properties": {"c": {}}}}),
            "'#/definitions/B/properties/c' points inside a definition",
        ),
        (document(definitions={"A": nested(201)}), "is nested deeper than 200 schemas"),
        (document(definitions={"A": {"additionalProperties": "x"}}), "/definitions/A/additionalProperties is a string"),
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


def test_a_reference_that_leads_nowhere_is_named_with_its_place() -> None:
    with pytest.raises(
        SpecError, match=r"'#/definitions/Nope' does not resolve .*/definitions/A/properties/b~1c/items/\$ref"
    ):
        load(definitions={"A": {"properties": {"b/c": {"items": {"$ref": "#/definitions/Nope"}}}}})


def test_a_reference_in_an_operation_is_checked_too() -> None:
    with pytest.raises(SpecError, match=r"'#/parameters/nope' does not resolve .*/paths/~1a/get/parameters/0/\$ref"):
        load(paths={"/a": {"get": {"parameters": [{"$ref": "#/parameters/nope"}]}}})


def test_a_reference_out_of_the_document_is_refused() -> None:
    with pytest.raises(SpecError, match=r"'other\.json#/A' points outside of the document"):
        load(paths={"/a": {"get": {"schema": {"$ref": "other.json#/A"}}}})


def test_a_schema_may_only_refer_to_a_definition() -> None:
    with pytest.raises(SpecError, match="/definitions/A/properties/a/\\$ref is '#/info'"):
        load(definitions={"A": {"properties": {"a": {"$ref": "#/info"}}}})


def test_fields_named_ref_and_values_like_references_are_not_references() -> None:
    load(
        definitions={
            "A": {
                "properties": {
                    "$ref": {"type": "string"},
                    "default": {"type": "string", "default": {"$ref": "#/nowhere"}, "x-foo": {"$ref": "#/nowhere"}},
                }
            }
        }
    )


def test_a_field_named_like_data_is_checked_like_any_other() -> None:
    with pytest.raises(SpecError, match="does not resolve"):
        load(definitions={"A": {"properties": {"default": {"$ref": "#/definitions/Nope"}}}})


@pytest.mark.parametrize(
    "definitions",
    [
        {"A": {"$ref": "#/definitions/B"}, "B": {"$ref": "#/definitions/A"}},
        {"A": {"type": "array", "items": {"$ref": "#/definitions/B"}}, "B": {"$ref": "#/definitions/A"}},
    ],
)
def test_definitions_that_only_refer_to_each_other_are_refused(definitions: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match="only refer to each other: A -> B -> A"):
        load(definitions=definitions)


def test_a_class_may_refer_to_itself() -> None:
    load(
        definitions={
            "A": {"properties": {"a": {"$ref": "#/definitions/B"}}},
            "B": {"items": {"$ref": "#/definitions/A"}},
        }
    )


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
        ({"type": "object", "x-kubernetes-group-version-kind": [{"kind": "Freeform"}]}, False),
        ({"type": "object", "properties": {'"': {}}}, False),
        ({"type": "string"}, False),
        ({}, False),
    ],
)
def test_a_class_is_made_of_an_object_with_fields_or_certainly_without(schema: dict[str, Any], expected: bool) -> None:
    assert is_class(schema) is expected
