"""The types of manifests: what is printed of each class, and what a package shares."""

from __future__ import annotations

import ast
import importlib.util
import json
import sys
import typing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import aiokube
from aiokube_codegen.document.load import load_spec
from aiokube_codegen.methods.group_versions import build_group_versions
from aiokube_codegen.models.apply_types import apply_sources
from aiokube_codegen.models.build import build_models
from aiokube_codegen.models.types import ClassName
from tests.codegen.command import GOLDEN, MINI, ROOT, generate
from tests.codegen.test_splitting import plans

SHOP = "shop_example_com_v1"


def printed(**properties: Any) -> str:
    """The types of the mini document, whose Order has these fields in its spec."""
    document = json.loads(MINI.read_bytes())
    spec = document["definitions"]["com.example.shop.v1.Order"]["properties"]["spec"]
    spec.update(properties=properties, required=[])
    loaded = load_spec(json.dumps(document).encode(), origin="mini.json")
    models = build_models(loaded, standalone=True)
    return models.apply_modules(build_group_versions(loaded, models).manifests)[SHOP]


def keys(source: str, name: str) -> dict[str, str]:
    """The annotations of a type by key, whichever way it is written."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
            return {ast.unparse(one.target): ast.unparse(one.annotation) for one in fields}
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            assert isinstance(node.value, ast.Call)
            found: dict[str, str] = ast.literal_eval(node.value.args[1])
            return found
    raise KeyError(name)


STRING = {"type": "string"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schema", "annotation"),
    [
        (STRING, "str | None"),
        ({"type": "integer"}, "int | None"),
        ({"type": "number"}, "int | float | None"),
        ({"type": "string", "format": "byte"}, "bytes | str | None"),
        ({"type": "string", "format": "date-time"}, "datetime | str | None"),
        ({"x-kubernetes-int-or-string": True}, "int | str | None"),
        ({}, "Any"),
        ({"type": "object"}, "Mapping[str, Any] | None"),
        ({"type": "array", "items": STRING}, "list[str] | None"),
        ({"type": "array", "items": {"type": "integer"}}, "Sequence[int] | None"),
        ({"type": "object", "additionalProperties": STRING}, "Mapping[str, str | None] | None"),
        ({"type": "object", "properties": {"b": STRING}}, "OrderSpecAApply | Untyped"),
        (
            {"type": "array", "items": {"type": "object", "properties": {"b": STRING}}},
            "Sequence[OrderSpecAApply | Untyped] | None",
        ),
        ({"type": "string", "nullable": True}, "str | None"),
        (
            {"type": "array", "items": {"type": "string", "nullable": True}},
            "list[str] | list[str | None] | None",
        ),
        ({"type": "array", "items": {"type": "integer", "nullable": True}}, "Sequence[int | None] | None"),
        (
            {"type": "object", "properties": {"b": STRING}, "x-kubernetes-preserve-unknown-fields": True},
            "Mapping[str, Any] | Untyped",
        ),
    ],
)
def test_the_type_of_a_key(schema: dict[str, Any], annotation: str) -> None:
    assert keys(printed(a=schema), "OrderSpecApply") == {"a": annotation}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["from", "$ref", "x-y", "__secret", "str"])
def test_a_key_that_no_attribute_can_have_or_that_would_hide_a_type(name: str) -> None:
    source = printed(**{name: STRING, "other": STRING})
    assert keys(source, "OrderSpecApply") == {name: "str | None", "other": "str | None"}
    assert "OrderSpecApply = TypedDict(" in source


def test_a_kind_has_its_own_api_version_and_kind() -> None:
    order = keys(printed(a=STRING), "OrderApply")
    assert order == {
        "apiVersion": "Literal['shop.example.com/v1'] | None",
        "kind": "Literal['Order'] | None",
        "metadata": "meta_v1.ObjectMetaApply | Untyped",
        "spec": "OrderSpecApply | Untyped",
        "status": "OrderStatusApply | Untyped",
    }


def test_lists_and_what_no_method_takes_have_none() -> None:
    source = (GOLDEN / "apply" / "core_v1.py").read_text()
    assert "class PodApply(" in source
    assert "PodListApply" not in source


def load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_module_runs_and_loads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    module = load(GOLDEN / "apply" / f"{SHOP}.py", "shop_apply")
    order = module.OrderApply
    assert typing.is_typeddict(order)
    assert order.__required_keys__ == frozenset()
    assert order.__optional_keys__ == {"apiVersion", "kind", "metadata", "spec", "status"}
    assert "meta_v1" not in vars(module)


@pytest.mark.slow
def test_a_large_module_has_parts() -> None:
    many = plans(**{f"Kind{number}": [f"Kind{number}Spec", "Shared"] for number in range(2100)})
    many |= plans(**{f"Kind{number}Spec": [] for number in range(2100)}, Shared=[])
    named = {plan.name: plan for plan in many.values()}
    sources = apply_sources(named, [ClassName(module="m_v1", name=f"Kind{number}") for number in range(2100)], (), {})
    for name in ("Kind7Apply", "Kind7SpecApply"):
        assert f"from .kind7 import {name} as {name}\n" in sources["m_v1/__init__"]
    assert "class SharedApply(TypedDict" in sources["m_v1/common"]
    assert len(sources) == 2102


@pytest.mark.slow
def test_types_that_the_shipped_package_has_are_imported_from_it(tmp_path: Path) -> None:
    document = json.loads((ROOT / "spec" / "openapi.json").read_bytes())
    document["definitions"]["io.k8s.api.rbac.v1.RoleBinding"]["properties"]["fresh"] = {"type": "string"}
    (tmp_path / "spec.json").write_text(json.dumps(document))
    options = ("--spec", tmp_path / "spec.json", "--groups", "rbac.authorization.k8s.io")
    assert generate(*options, "--output", tmp_path / "made").returncode == 0
    found = load(tmp_path / "made" / "apply" / "rbac_v1.py", "rbac_apply")
    assert found.RoleApply is aiokube.apply.rbac_v1.RoleApply
    assert "fresh" in found.RoleBindingApply.__optional_keys__
    assert generate(*options, "--standalone", "--output", tmp_path / "own").returncode == 0
    assert "aiokube.apply" not in (tmp_path / "own" / "apply" / "rbac_v1.py").read_text()
    assert "aiokube.apply.rbac_v1" in sys.modules


def test_maps_with_one_owner_are_listed_for_built_in_kinds_alone() -> None:
    core, apps = aiokube.apply.core_v1.ATOMIC, aiokube.apply.apps_v1.ATOMIC
    # By the field, by the class of the field, and not where the field says otherwise.
    assert {"PodSpec.nodeSelector", "EnvVarSource.fieldRef"} <= core and "DeploymentSpec.selector" in apps
    assert "PersistentVolumeSpec.claimRef" not in core and "DeploymentSpec.strategy" not in apps
    reference = {"type": "object", "properties": {"b": STRING}, "x-kubernetes-map-type": "atomic"}
    assert "ATOMIC" not in printed(a=reference)
