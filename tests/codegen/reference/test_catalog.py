"""The catalog tells of kinds, fields and operations what the document says, in the names of the generated client."""

from __future__ import annotations

from typing import Any

import pytest

from aiokube_codegen.reference.build import build_catalog
from aiokube_codegen.reference.catalog import Catalog, CelRule, Field, FieldType, Kind

from .document import QUANTITY, document, kind_schema, ref


def catalog_of(properties: dict[str, Any], **spec: Any) -> Catalog:
    order = kind_schema("Order", {"type": "object", "properties": properties, **spec}, "An order.")
    return build_catalog(document({"com.example.shop.v1.Order": order}, {"Order": "orders"}))


def field_of(schema: dict[str, Any], **spec: Any) -> Field:
    catalog = catalog_of({"one": schema}, **spec)
    (kind,) = catalog.kinds()
    return catalog.fields_of(catalog.types[kind.type].by_name["spec"])[0]


def kind_of(catalog: Catalog, name: str) -> Kind:
    return next(kind for kind in catalog.kinds() if kind.name == name)


def test_a_kind_is_known_by_all_of_its_names(mini: Catalog) -> None:
    kind = kind_of(mini, "Deployment")
    assert (kind.api_version, kind.key) == ("apps/v1", "apps/v1/deployments")
    assert (kind.singular, kind.short_names, kind.categories) == ("deployment", ("deploy",), ("all",))
    assert (kind.attribute, kind.python, kind.type) == (
        "apps_v1.deployments",
        "apps_v1.Deployment",
        "io.k8s.api.apps.v1.Deployment",
    )
    assert kind.namespaced
    assert not kind_of(mini, "Node").namespaced


def test_groups_come_by_name_after_the_core_group(mini: Catalog) -> None:
    assert [group.title for group in mini.groups] == ["core", "apps", "shop.example.com"]
    assert [version.title for group in mini.groups for version in group.versions][:2] == ["core/v1", "apps/v1"]


def test_the_fields_of_a_kind_begin_as_a_manifest() -> None:
    catalog = catalog_of({"one": {"type": "string"}})
    (kind,) = catalog.kinds()
    fields = catalog.types[kind.type].fields
    assert [field.name for field in fields] == ["apiVersion", "kind", "metadata", "spec"]
    assert [field.constant for field in fields[:2]] == ["shop.example.com/v1", "Order"]
    assert fields[1].immutable == "", "the kind of an object is no news"
    assert kind.description == "An order."


@pytest.mark.parametrize(
    ("schema", "text", "python"),
    [
        ({"type": "string"}, "string", "str"),
        ({"type": "array", "items": {"type": "integer"}}, "[]integer", "list[int]"),
        (
            {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "boolean"}}},
            "map[string][]boolean",
            "dict[str, list[bool]]",
        ),
        ({"x-kubernetes-int-or-string": True}, "integer or string", "int | str"),
        ({"anyOf": [{"type": "number"}, {"type": "string"}]}, "number or string", "int | float | str"),
        ({"type": "object"}, "object", "dict[str, Any]"),
        ({}, "any", "Any"),
        (ref(QUANTITY), "Quantity", "str"),
    ],
)
def test_a_type_is_told_as_kubectl_and_as_python_do(schema: dict[str, Any], text: str, python: str) -> None:
    type = field_of(schema).type
    assert (type.text, type.python.replace("Quantity", "str")) == (text, python)


def test_a_type_that_is_no_object_is_linked_with_its_description() -> None:
    catalog = catalog_of({"one": ref(QUANTITY)})
    target = catalog.types[QUANTITY]
    assert (target.name, target.scalar, target.description, target.fields) == ("Quantity", "string", "An amount.", ())


def test_a_field_tells_what_is_allowed() -> None:
    field = field_of(
        {
            "type": "array",
            "description": "Sizes.\n\nDeprecated: use widths.",
            "default": ["S"],
            "minItems": 1,
            "nullable": True,
            "items": {"type": "string", "enum": ["S", "L"], "maxLength": 1},
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name", "size"],
            "x-kubernetes-patch-strategy": "merge",
            "x-kubernetes-patch-merge-key": "name",
        }
    )
    assert (field.description, field.deprecated) == ("Sizes.", "Deprecated: use widths.")
    assert (field.default, field.enum, field.is_nullable) == ('["S"]', ('"S"', '"L"'), True)
    assert field.limits == (("minItems", "1"), ("items.maxLength", "1"))
    assert (field.list_type, field.list_keys) == ("map", ("name", "size"))
    assert (field.patch_strategy, field.patch_merge_key) == ("merge", "name")


def test_a_required_field_with_a_default_may_be_left_out() -> None:
    assert field_of({"type": "string"}, required=["one"]).is_required
    assert not field_of({"type": "string", "default": "a"}, required=["one"]).is_required
    assert not field_of({"type": "string"}).is_required


def test_rules_are_told_with_their_messages() -> None:
    rules = [{"rule": "self > 0", "message": "must be positive"}, {"rule": "self < 9"}]
    field = field_of({"type": "integer", "x-kubernetes-validations": rules})
    assert field.rules == (
        CelRule(expression="self > 0", message="must be positive"),
        CelRule(expression="self < 9"),
    )


def test_rules_of_an_object_are_those_of_its_type() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "x-kubernetes-validations": [{"rule": "has(self.a)"}],
    }
    catalog = catalog_of({"one": schema})
    (kind,) = catalog.kinds()
    (field,) = catalog.fields_of(catalog.types[kind.type].by_name["spec"])
    assert field.rules == ()
    assert catalog.types[field.type.target].rules == (CelRule(expression="has(self.a)"),)


@pytest.mark.parametrize(
    ("schema", "immutable"),
    [
        ({"x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "size is fixed"}]}, "size is fixed"),
        ({"x-kubernetes-validations": [{"rule": "oldSelf == self"}]}, "oldSelf == self"),
        ({"x-kubernetes-validations": [{"rule": "self == oldSelf || self == 1"}]}, ""),
        ({"description": "The size. This field is immutable. Ask twice."}, "This field is immutable."),
        ({"description": "The size, e.g. 1. Cannot be updated."}, "Cannot be updated."),
        ({"description": "Makes pods immutable."}, ""),
        ({"description": "Immutable, if set to true, ensures that data cannot be updated."}, ""),
    ],
)
def test_a_field_is_immutable_where_the_document_says_so(schema: dict[str, Any], immutable: str) -> None:
    assert field_of({"type": "integer", **schema}).immutable == immutable


def test_a_field_has_its_own_description_and_its_type_another() -> None:
    part = {"type": "object", "description": "A part.", "properties": {"a": {"type": "string"}}}
    order = kind_schema(
        "Order",
        {"type": "object", "properties": {"one": {**ref("com.example.shop.v1.Part"), "description": "The first."}}},
    )
    definitions = {"com.example.shop.v1.Order": order, "com.example.shop.v1.Part": part}
    catalog = build_catalog(document(definitions, {"Order": "orders"}))
    (kind,) = catalog.kinds()
    (field,) = catalog.fields_of(catalog.types[kind.type].by_name["spec"])
    assert field.description == "The first."
    assert catalog.types[field.type.target].description == "A part."


def test_objects_that_are_described_alike_are_one_type() -> None:
    def port(text: str) -> dict[str, Any]:
        return {"type": "object", "properties": {"number": {"type": "integer", "description": text}}}

    catalog = catalog_of({"one": port("Same."), "two": port("Same."), "three": port("Other.")})
    (kind,) = catalog.kinds()
    fields = {field.name: field for field in catalog.fields_of(catalog.types[kind.type].by_name["spec"])}
    assert fields["one"].type.target == fields["two"].type.target != fields["three"].type.target
    assert {fields[name].type.python for name in fields} == {"shop_example_com_v1.OrderSpecOne"}
    assert [catalog.fields_of(fields[name])[0].description for name in fields] == ["Same.", "Same.", "Other."]


def test_a_type_that_holds_itself_ends_at_its_key() -> None:
    tree = {"type": "object", "properties": {"children": {"type": "array", "items": ref("com.example.shop.v1.Tree")}}}
    order = kind_schema("Order", {"type": "object", "properties": {"one": ref("com.example.shop.v1.Tree")}})
    definitions = {"com.example.shop.v1.Order": order, "com.example.shop.v1.Tree": tree}
    catalog = build_catalog(document(definitions, {"Order": "orders"}))
    (children,) = catalog.types["com.example.shop.v1.Tree"].fields
    assert children.type == FieldType(
        name="Tree",
        containers=("list",),
        target="com.example.shop.v1.Tree",
        python="list[shop_example_com_v1.Tree]",
    )
    assert catalog.fields_of(children) == (children,)


def test_a_field_that_python_cannot_name_is_there_without_an_attribute() -> None:
    catalog = catalog_of({"a": {"type": "string"}, 'say "b"': {"type": "string"}})
    (kind,) = catalog.kinds()
    spec = catalog.types[kind.type].by_name["spec"]
    assert [(field.name, field.python) for field in catalog.fields_of(spec)] == [("a", "a"), ('say "b"', "")]
    assert catalog.types[spec.type.target].keeps_unknown


def test_operations_belong_to_their_kind_with_parameters_and_bodies() -> None:
    (kind,) = catalog_of({"one": {"type": "string"}}).kinds()
    get, put = kind.operations
    assert (get.id, get.verb, get.http_method) == ("readShopExampleComV1NamespacedOrder", "get", "GET")
    assert get.path == "/apis/shop.example.com/v1/namespaces/{namespace}/orders/{name}"
    assert get.response is not None
    assert get.response.python == "shop_example_com_v1.Order"
    assert [(one.place, one.name, one.is_required) for one in put.parameters] == [
        ("query", "dryRun", False),
        ("body", "body", True),
    ]


def test_a_method_knows_its_operations_and_its_place_in_the_client(mini: Catalog) -> None:
    methods = {method.name: method for method in kind_of(mini, "Pod").methods}
    assert methods["list"].call == "kube.core_v1.pods.list"
    assert methods["list"].operation_ids == ("listCoreV1NamespacedPod", "listCoreV1NamespacedPodForAllNamespaces")
    assert methods["list"].summary == "List objects of kind Pod in one request."
    assert methods["log"].subresource == "log"
    usages = {name: methods[name].usage for name in ("get", "watch", "informer", "exec", "logs", "log_lines")}
    assert usages == {
        "get": "await",
        "watch": "async for",
        "informer": "async with",
        "exec": "async with",
        "logs": "async for",
        "log_lines": "async for",
    }


def test_methods_of_custom_resources_name_their_own_paths(mini: Catalog) -> None:
    methods = {method.name: method for method in kind_of(mini, "Order").methods}
    assert methods["list"].requests == (
        "GET /apis/shop.example.com/v1/namespaces/{namespace}/orders",
        "GET /apis/shop.example.com/v1/orders",
    )
    assert methods["get_status"].requests == (
        "GET /apis/shop.example.com/v1/namespaces/{namespace}/orders/{name}/status",
    )


def test_calls_of_the_server_and_of_versions_are_told(mini: Catalog) -> None:
    assert "kube.discovery.get_apps_api_group" in [method.call for method in mini.methods]
    core = mini.groups[0].versions[0]
    assert [method.call for method in core.methods] == ["kube.core_v1.get_api_resources"]
    assert core.methods[0].rules[0].non_resource_urls == ("/api/v1/",)


@pytest.mark.slow
def test_the_catalog_of_the_shipped_api_is_complete(shipped: Catalog) -> None:
    kinds = list(shipped.kinds())
    assert len({kind.key for kind in kinds}) == len(kinds) > 70
    assert all(kind.type in shipped.types and kind.methods and kind.operations for kind in kinds)
    fields = [field for named in shipped.types.values() for field in named.fields]
    assert len(fields) > 2000
    assert [field.type.target for field in fields if field.type.target and field.type.target not in shipped.types] == []
    # What refers to a type has a description of its own, but for a few.
    own = [bool(field.description) for field in fields if field.type.target and not field.type.containers]
    assert sum(own) / len(own) > 0.9
    assert [method.call for kind in kinds for method in kind.methods if not method.rules] == []
