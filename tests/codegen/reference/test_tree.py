"""The tree of a page: as deep as a page can show, and never in a circle."""

from __future__ import annotations

from typing import Any

from aiokube_codegen.reference.build import build_catalog
from aiokube_codegen.reference.catalog import Catalog, NamedType
from aiokube_codegen.reference.pages import Pages
from aiokube_codegen.reference.tree import fields_of, walk

from .document import document, kind_schema, ref

_STRING = {"type": "string"}


def catalog_of(spec: dict[str, Any], **definitions: Any) -> tuple[Catalog, NamedType]:
    named = {f"com.example.shop.v1.{name}": schema for name, schema in definitions.items()}
    order = kind_schema("Order", {"type": "object", "properties": spec})
    catalog = build_catalog(document({"com.example.shop.v1.Order": order, **named}, {"Order": "orders"}))
    return catalog, catalog.types["com.example.shop.v1.Order"]


def test_a_type_in_a_circle_is_linked_instead_of_shown_again() -> None:
    inner = {"type": "object", "properties": {"more": {"type": "array", "items": ref("com.example.shop.v1.Part")}}}
    catalog, order = catalog_of({"part": ref("com.example.shop.v1.Part")}, Part=inner)
    nodes = {node.path: node for node in walk(fields_of(catalog, order))}
    assert nodes["spec.part"].rest == ""
    assert nodes["spec.part.more"].rest == "com.example.shop.v1.Part"
    assert nodes["spec.part.more"].children == []


def test_of_too_many_fields_the_upper_ones_are_shown_and_the_others_are_elsewhere() -> None:
    def level(depth: int, said: str) -> dict[str, Any]:
        inside = {"deeper": level(depth - 1, said)} if depth else {}
        text = {"type": "string", "description": said}
        return {"type": "object", "properties": {f"a{depth}": text, f"b{depth}": text, **inside}}

    catalog, order = catalog_of({"one": level(3, "one"), "two": level(3, "two")})
    tree = fields_of(catalog, order, most=19)
    nodes = {node.path: node for node in walk(tree)}
    assert len(nodes) <= 19
    assert {"spec.one.deeper", "spec.two.deeper", "spec.one.deeper.a2", "spec.two.deeper.a2"} <= nodes.keys()
    assert nodes["spec.one.deeper.deeper"].rest
    assert nodes["spec.one.deeper.deeper"].children == []


def test_what_a_page_leaves_out_is_on_a_page_of_its_own() -> None:
    chain: dict[str, Any] = _STRING
    for number in range(46):
        chain = {"type": "object", "properties": {f"n{number}": chain}}
    catalog, _ = catalog_of({"one": chain})
    files = dict(Pages(catalog).files())
    page = files["kinds/shop.example.com/v1/order.html"]
    assert "Fields of " in page
    assert "<b>n0</b>" not in page
    assert [path for path, text in files.items() if path.startswith("types/shop") and "<b>n0</b>" in text]


def test_paths_lead_through_lists_and_maps() -> None:
    values = {"type": "object", "properties": {"x": _STRING}}
    spec = {"m": {"type": "object", "additionalProperties": {"type": "array", "items": values}}}
    catalog, order = catalog_of(spec)
    (node,) = [node for node in walk(fields_of(catalog, order)) if node.path.endswith(".x")]
    assert (node.path, node.python, node.pointer) == (
        "spec.m{}[].x",
        'spec.m["key"][0].x',
        "/spec/m/key/0/x",
    )


def test_a_large_type_is_shown_once_at_its_highest_place_and_a_small_one_wherever_it_is() -> None:
    large = {"type": "object", "properties": {f"f{number}": _STRING for number in range(11)}}
    small = {"type": "object", "properties": {f"f{number}": _STRING for number in range(10)}}
    part = {"type": "object", "properties": {"deep": ref("com.example.shop.v1.Large")}}
    spec = {
        "a": ref("com.example.shop.v1.Part"),
        "b": ref("com.example.shop.v1.Large"),
        "c": ref("com.example.shop.v1.Small"),
        "d": ref("com.example.shop.v1.Small"),
    }
    catalog, order = catalog_of(spec, Large=large, Small=small, Part=part)
    nodes = {node.path: node for node in walk(fields_of(catalog, order))}
    assert len(nodes["spec.b"].children) == 11
    assert (nodes["spec.a.deep"].rest, nodes["spec.a.deep"].children) == ("com.example.shop.v1.Large", [])
    assert len(nodes["spec.c"].children) == len(nodes["spec.d"].children) == 10
