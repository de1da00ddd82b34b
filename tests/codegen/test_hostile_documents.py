"""Documents with anything in any place give a package, or one error that says why."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from aiokube_codegen.comparison.compare import compare
from aiokube_codegen.comparison.planned import planned_surface
from aiokube_codegen.document.load import load_spec
from aiokube_codegen.errors import CodegenError
from aiokube_codegen.methods.group_versions import GroupVersions, build_group_versions
from aiokube_codegen.models.build import ModelSet, build_models
from aiokube_codegen.reference.build import catalog_of
from aiokube_codegen.render.render import render_package
from tests.codegen.command import MINI
from tests.codegen.version_3 import in_parts

VALUES: tuple[Any, ...] = (None, [], {}, [None], 5, 10**400, True, "", "x", "\ud800", {"$ref": 5}, {"": {}}, "\x1b[2J")
"""Values of other types than expected, or of the expected type without sense."""
NAMES = (
    "",
    ".",
    "class",
    "None",
    "__init__",
    "self",
    "type",
    "ORDER",
    "order",
    "metadata",
    "$ref",
    "İsim",
    "x" * 10_000,
)


def build(document: Any) -> tuple[ModelSet, GroupVersions]:
    """Do all that commands do with a document, but for formatting and writing."""
    spec = load_spec(json.dumps(document).encode(), origin="spec.json")
    models = build_models(spec)
    built = build_group_versions(spec, models)
    manifests = models.apply_modules(built.manifests)
    files = render_package(built.groups, built.discovery, built.shared, models.modules, manifests, version=spec.version)
    for path, text in files.items():
        text.encode()
        if path.endswith(".py"):
            compile(text, path, "exec")
    catalog_of(spec, models, built, ())
    surface = planned_surface(models.plans, [*built.groups, built.discovery])
    assert compare(surface, surface) == []
    return models, built


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place of a document: an object or a list, and a key or an index."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(items):
        yield node, key
        yield from places(value)


def spoil(document: Any, chance: random.Random) -> None:
    """Change a place of a document."""
    holder, key = chance.choice([place for place in places(document) if place[1] not in ("openapi", "swagger")])
    match chance.choice(("value", "name", "removal") if isinstance(holder, dict) else ("value", "removal")):
        case "value":
            holder[key] = copy.deepcopy(chance.choice(VALUES))
        case "name":
            holder[chance.choice(NAMES)] = holder.pop(key)
        case _:
            del holder[key]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_anything_may_stand_anywhere(seed: int) -> None:
    chance = random.Random(seed)
    mini = json.loads(MINI.read_bytes())
    shop = json.loads(in_parts(mini)["apis/shop.example.com/v1"])
    for document in (mini, shop):
        for _ in range(20):
            spoil(document, chance)
        try:
            build(document)
        except CodegenError as error:
            assert str(error).startswith("spec.json: ")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ({}, "node"),
        ({"kind": None}, "node"),
        ({"kind": ""}, "node"),
        ({"group": None, "kind": "Node"}, "Node"),
        ({"kind": "Node"}, "Node"),
    ],
)
def test_a_kind_that_an_operation_states_by_half_is_complete(kind: dict[str, Any], expected: str) -> None:
    paths = json.loads(MINI.read_bytes())["paths"]
    operation = paths["/api/v1/nodes"]["get"] | {"x-kubernetes-group-version-kind": {"version": "v1", **kind}}
    operation.pop("parameters")
    definitions = {
        "io.k8s.api.core.v1.NodeList": {"type": "object", "properties": {"items": {"type": "array", "items": {}}}}
    }
    _, built = build({"swagger": "2.0", "paths": {"/api/v1/nodes": {"get": operation}}, "definitions": definitions})
    ((nodes,),) = [group.resources for group in built.groups]
    assert (nodes.name, nodes.kind) == ("nodes", expected)
