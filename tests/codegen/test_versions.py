"""Inline objects that are the same in several versions of a group: one class, under its name in each version."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aiokube_codegen.comparison.sources import source_surface
from aiokube_codegen.document.load import load_spec
from aiokube_codegen.models.build import ModelSet, build_models
from aiokube_codegen.models.versions import earlier_modules
from aiokube_codegen.naming.names import GroupNames
from tests.support.children import run

from .command import MINI, generate
from .packages import class_annotations
from .test_sharing import TEXT, items, kind, obj
from .test_splitting import plans

SIZE = obj("How large it is.", width=TEXT, unit=obj(name=TEXT))
GROUP = "shop_example_com"


def versions_of(**specs: dict[str, Any]) -> ModelSet:
    """The models of a kind that has another spec in each version."""
    definitions = {}
    for version, spec in specs.items():
        box = copy.deepcopy(kind("Box", spec=spec))
        box["x-kubernetes-group-version-kind"][0]["version"] = version
        definitions[f"com.example.shop.{version}.Box"] = box
    document = {"swagger": "2.0", "definitions": definitions}
    return build_models(load_spec(json.dumps(document).encode(), origin="test"), standalone=True)


def imported(models: ModelSet, version: str) -> Mapping[str, str]:
    """The classes that a version has from another one, with the module."""
    module = f"{GROUP}_{version}"
    return {name.name: home for name, home in models.earlier.items() if name.module == module}


def test_an_object_that_did_not_change_is_the_class_of_the_earlier_version() -> None:
    models = versions_of(v1=obj(size=SIZE, color=TEXT), v1beta1=obj(size=SIZE), v2=obj(sizes=items(SIZE), size=SIZE))
    assert imported(models, "v1") == {}
    assert (
        imported(models, "v1beta1")
        == imported(models, "v2")
        == {
            "BoxSpecSize": f"{GROUP}_v1",
            "SizeUnit": f"{GROUP}_v1",
        }
    )
    module = models.modules[f"{GROUP}_v2"]
    assert f"from .{GROUP}_v1 import BoxSpecSize as BoxSpecSize\n" in module
    assert class_annotations(module)["BoxSpec"] == {"sizes": "list[BoxSpecSize]", "size": "BoxSpecSize | None"}


@pytest.mark.parametrize(
    "other",
    [
        obj("How large it is.", width=TEXT, unit=obj(name=TEXT, symbol=TEXT)),
        obj("How large it is.", width=TEXT, unit=obj(name=TEXT), height=TEXT),
        obj("How wide it is.", width=TEXT, unit=obj(name=TEXT)),
        {**SIZE, "x-kubernetes-preserve-unknown-fields": True},
        {**SIZE, "required": ["width"]},
    ],
    ids=["a part", "fields", "description", "open", "required"],
)
def test_an_object_that_changed_has_a_class_of_its_own(other: dict[str, Any]) -> None:
    models = versions_of(v1=obj(size=SIZE), v2=obj(size=other))
    assert "BoxSpecSize" not in imported(models, "v2")
    assert "BoxSpecSize" in class_annotations(models.modules[f"{GROUP}_v2"])


def test_a_class_keeps_its_name_in_a_version_where_the_other_one_changes() -> None:
    before = versions_of(v1=obj(size=SIZE), v2=obj(size=SIZE))
    after = versions_of(v1=obj(size=obj(width=TEXT)), v2=obj(size=SIZE))
    surfaces = [
        source_surface({f"models/{path}.py": source for path, source in models.modules.items()})
        for models in (before, after)
    ]
    v2 = [{name: cls for name, cls in one.classes.items() if name.startswith(f"{GROUP}_v2.")} for one in surfaces]
    assert v2[0] == v2[1]
    assert {f"{GROUP}_v2.BoxSpecSize", f"{GROUP}_v2.SizeUnit"} < v2[0].keys()


def test_parts_are_followed_to_the_first_version_that_has_them() -> None:
    three = obj(size=SIZE, more=obj(size=SIZE, color=TEXT))
    models = versions_of(v1=obj(size=SIZE, more=obj(size=SIZE)), v2=three, v3=three)
    assert imported(models, "v2") == {"BoxSpecSize": f"{GROUP}_v1", "SizeUnit": f"{GROUP}_v1"}
    assert imported(models, "v3") == {**imported(models, "v2"), "BoxSpecMore": f"{GROUP}_v2", "BoxSpec": f"{GROUP}_v2"}


def test_a_version_imports_none_that_needs_it() -> None:
    found = {name: plan for version in ("v1", "v2") for name, plan in renamed(version).items()}
    groups = GroupNames([("m", "v1"), ("m", "v2")])
    assert earlier_modules(found, found, groups, {"m_v1": [], "m_v2": []}) == {
        name: "m_v1" for name in found if name.module == "m_v2"
    }
    assert earlier_modules(found, found, groups, {"m_v1": ["x_v1"], "x_v1": ["m_v2"]}) == {}


def renamed(version: str) -> dict[Any, Any]:
    """Two classes, the second a part of the first, in a module of a version."""

    def moved(name: Any) -> Any:
        return replace(name, module=f"m_{version}")

    return {
        moved(plan.name): replace(
            plan,
            name=moved(plan.name),
            fields={
                key: replace(field, classes=frozenset(map(moved, field.classes))) for key, field in plan.fields.items()
            },
        )
        for plan in plans(Box=["Size"], Size=[]).values()
    }


@pytest.mark.slow
def test_versions_share_classes_and_types_of_manifests(tmp_path: Path) -> None:
    document = json.loads(MINI.read_bytes())
    text = json.dumps({key: document[key] for key in ("definitions", "paths")})
    text = text.replace("com.example.shop.v1", "com.example.shop.v2").replace('"version": "v1"', '"version": "v2"')
    newer = json.loads(
        text.replace("shop.example.com/v1", "shop.example.com/v2").replace("ShopExampleComV1", "ShopExampleComV2")
    )
    for key, more in newer.items():
        document[key] |= {name: value for name, value in more.items() if name not in document[key] and "shop" in name}
    (tmp_path / "spec.json").write_text(json.dumps(document))
    done = generate("--spec", tmp_path / "spec.json", "--output", tmp_path / "shop")
    assert done.returncode == 0, done.stderr
    (tmp_path / "use.py").write_text(
        "from shop.apply import shop_example_com_v1 as typed_v1, shop_example_com_v2 as typed_v2\n"
        "from shop.models import shop_example_com_v1 as v1, shop_example_com_v2 as v2\n"
        "orders = [name for name in dir(v1) if name.startswith('Order')]\n"
        "shared = [name for name in orders if getattr(v1, name) is getattr(v2, name, None)]\n"
        "assert shared and 'Order' not in shared, shared\n"
        "assert typed_v1.OrderSpecApply is typed_v2.OrderSpecApply\n"
        "v2.Order(spec=v1.OrderSpec(lines=[]))\n"
    )
    ran = run(sys.executable, "use.py", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    checked = run(sys.executable, "-m", "mypy", "--strict", "use.py", "shop", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout
    again = generate("--check", "--spec", tmp_path / "spec.json", "--output", tmp_path / "shop")
    assert again.returncode == 0, again.stdout
