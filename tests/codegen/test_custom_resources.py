"""The methods that custom resources share, and the modules of methods that packages share with the shipped one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from aiokube_codegen.document.load import load_spec
from aiokube_codegen.methods.group_versions import GroupVersions, build_group_versions
from aiokube_codegen.models.build import build_models
from aiokube_codegen.render.ir import Resource
from tests.codegen.command import MINI, ROOT, generate
from tests.support.children import run

CRDS = Path(__file__).with_name("crds.json")
SHOP = "shop_example_com_v1"


def built(document: Any) -> GroupVersions:
    spec = load_spec(json.dumps(document).encode(), origin="test")
    return build_group_versions(spec, build_models(spec))


def resources(groups: GroupVersions, name: str) -> dict[str, Resource]:
    (group,) = [one for one in groups.groups if one.name == name]
    return {resource.name: resource for resource in group.resources}


def mini(**plurals: str) -> Any:
    """The small document, with more kinds that are like its orders.

    Args:
        plurals: Kinds by plural.
    """
    document = json.loads(MINI.read_bytes())
    for plural, kind in plurals.items():
        for path in [path for path in document["paths"] if "/orders" in path]:
            text = json.dumps(document["paths"][path]).replace('"kind": "Order"', f'"kind": "{kind}"')
            text = text.replace("shop.v1.Order", f"shop.v1.{kind}")
            document["paths"][path.replace("/orders", f"/{plural}")] = json.loads(text)
        for suffix in ("", "List"):
            text = json.dumps(document["definitions"][f"com.example.shop.v1.Order{suffix}"])
            document["definitions"][f"com.example.shop.v1.{kind}{suffix}"] = json.loads(text.replace("Order", kind))
    return document


def test_resources_with_the_same_methods_have_one_base_class_in_terms_of_their_classes() -> None:
    groups = built(mini(bills="Bill"))
    found = resources(groups, SHOP)
    (shared,) = groups.shared
    for name, kind in (("orders", "Order"), ("bills", "Bill")):
        assert found[name].base == f'{shared.name}[{SHOP}.{kind}, {SHOP}.{kind}List, "_{SHOP}.{kind}Apply"]'
        assert found[name].stated == {
            "path": f'"/apis/shop.example.com/v1/namespaces/{{namespace}}/{name}"',
            "all_namespaces_path": f'"/apis/shop.example.com/v1/{name}"',
            "object_type": f"{SHOP}.{kind}",
            "list_type": f"{SHOP}.{kind}List",
        }
        returned = {method.name: method.signature.returns for method in found[name].methods}
        assert (returned["get"], returned["list"]) == (f"{SHOP}.{kind}", f"{SHOP}.{kind}List")
    assert shared.name == "NamespacedCustomResourceWithStatus"
    returned = {method.name: method.signature.returns for method in shared.methods}
    assert (returned["get"], returned["list"], returned["get_status"]) == ("ObjectT", "ListT", "ObjectT")


def test_what_one_resource_alone_has_is_a_method_of_its_own_class() -> None:
    own = [method.name for method in resources(built(mini()), SHOP)["orders"].own_methods]
    assert own == ["lines_sku", "refund"]


def test_resources_with_other_methods_have_another_base_class() -> None:
    document = mini(bills="Bill")
    base = "/apis/shop.example.com/v1"
    del document["paths"][f"{base}/namespaces/{{namespace}}/bills/{{name}}/status"]
    parameter = {"name": "brief", "in": "query", "type": "boolean"}
    document["paths"][f"{base}/namespaces/{{namespace}}/orders/{{name}}"]["get"].setdefault("parameters", []).append(
        parameter
    )
    assert {one.name for one in built(document).shared} == {
        "NamespacedCustomResource",
        "NamespacedCustomResourceWithStatus",
    }
    document = mini(bills="Bill")
    document["paths"][f"{base}/namespaces/{{namespace}}/orders/{{name}}"]["get"].setdefault("parameters", []).append(
        parameter
    )
    found = resources(built(document), SHOP)
    assert [found[name].base.partition("[")[0] for name in ("bills", "orders")] == [
        "NamespacedCustomResourceWithStatus",
        "NamespacedCustomResourceWithStatus2",
    ]


@pytest.mark.slow  # starts programs
def test_a_group_whose_only_kind_keeps_unknown_fields_is_accepted_by_type_checkers(tmp_path: Path) -> None:
    document = json.loads(MINI.read_bytes())
    name = "com.example.shop.v1.Order"
    document["definitions"][name] = {
        key: value for key, value in document["definitions"][name].items() if key != "properties"
    } | {"x-kubernetes-preserve-unknown-fields": True}
    # Methods of its own would import what the base class names.
    document["paths"] = {
        path: item
        for path, item in document["paths"].items()
        if "/orders" not in path or path.endswith(("/orders", "/{name}", "/status"))
    }
    (tmp_path / "spec.json").write_text(json.dumps(document))
    done = generate("--spec", tmp_path / "spec.json", "--output", tmp_path / "made")
    assert done.returncode == 0, done.stderr
    cache = f"--cache-dir={ROOT / '.mypy_cache' / 'golden'}"
    checked = run(sys.executable, "-m", "mypy", "--strict", "--config-file=", cache, "made", cwd=tmp_path)
    assert checked.stdout.startswith("Success: "), checked.stdout + checked.stderr


@pytest.mark.slow
def test_built_in_resources_share_no_methods() -> None:
    groups = built(json.loads((ROOT / "spec" / "openapi.json").read_bytes()))
    assert groups.shared == ()
    assert {resource.base for group in groups.groups for resource in group.resources} == {"Resource"}


def test_a_scale_has_its_own_class_among_shared_methods() -> None:
    spec = load_spec(CRDS.read_bytes(), origin="crds.json")
    assert any(path.endswith("/scale") for path in json.loads(CRDS.read_bytes())["paths"])
    found = build_group_versions(spec, build_models(spec))
    shared = [method for one in found.shared for method in one.methods if method.name.endswith("_scale")]
    names = ("get_scale", "replace_scale", "edit_scale", "patch_scale", "apply_scale")
    returned = {method.name: method.signature.returns for method in shared}
    assert returned == dict.fromkeys(names, "autoscaling_v1.Scale")
    assert not any("ListT" in argument for method in shared for argument in method.signature.arguments)


@pytest.mark.slow
def test_a_module_of_methods_that_the_shipped_package_has_identically_is_imported_from_it(tmp_path: Path) -> None:
    document = json.loads((ROOT / "spec" / "openapi.json").read_bytes())
    # Both are groups of their own: one with another method, one with another class.
    path = "/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{name}"
    document["paths"][path]["get"]["parameters"] = [{"name": "brief", "in": "query", "type": "boolean"}]
    binding = document["definitions"]["io.k8s.api.rbac.v1.RoleBinding"]
    binding["properties"]["fresh"] = {"type": "string"}
    (tmp_path / "spec.json").write_text(json.dumps(document))
    groups = ("coordination.k8s.io", "rbac.authorization.k8s.io", "apps")
    done = generate("--spec", tmp_path / "spec.json", "--output", tmp_path / "made", "--groups", *groups)
    assert done.returncode == 0, done.stderr
    api = {path.stem: path.read_text() for path in (tmp_path / "made" / "api").glob("*.py")}
    assert "from aiokube.api.apps_v1 import Deployments as Deployments\n" in api["apps_v1"]
    assert "class Deployments(" not in api["apps_v1"]
    assert "class Leases(Resource):" in api["coordination_v1"]
    assert "class RoleBindings(Resource):" in api["rbac_v1"]
    alone = generate("--standalone", "--spec", tmp_path / "spec.json", "--output", tmp_path / "own", "--groups", "apps")
    assert alone.returncode == 0, alone.stderr
    assert "aiokube.api" not in (tmp_path / "own" / "api" / "apps_v1.py").read_text()
    assert "aiokube.models" not in (tmp_path / "own" / "models" / "apps_v1.py").read_text()
