"""`extract` on managed fields in the format of the server; tests/e2e/test_extract.py asks a real one."""

from __future__ import annotations

from typing import Any

import pytest

from aiokube import DynamicObject, extract
from aiokube.errors import InvalidArgument
from aiokube.models import apps_v1, core_v1, meta_v1
from aiokube.runtime.codec.model import Model, dataclass


def service(fields: dict[str, Any], *others: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """A manifest whose manager `one` owns some fields, and others the rest."""
    entries = [{"manager": "one", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": fields}]
    entries += [
        {"manager": f"other-{number}", "operation": "Update", "fieldsV1": one} for number, one in enumerate(others)
    ]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u", "managedFields": entries},
        "spec": spec,
    }


PORTS: dict[str, Any] = {
    'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}},
    'k:{"port":53,"protocol":"UDP"}': {".": {}, "f:port": {}, "f:protocol": {}},
}


def test_items_of_a_list_are_found_by_their_keys_in_the_order_of_the_object() -> None:
    ports = [
        {"port": 443, "protocol": "TCP"},
        {"port": 53, "protocol": "UDP", "nodePort": 30053},
        {"port": 80, "protocol": "TCP", "targetPort": 80},
    ]
    found = extract(service({"f:spec": {"f:ports": {".": {}, **PORTS}}}, ports=ports), "one")
    assert found == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 80}]},
    }


def test_the_keys_of_an_item_stay_where_the_manager_owns_none_of_them() -> None:
    fields: dict[str, Any] = {"f:spec": {"f:ports": {'k:{"port":80,"protocol":"TCP"}': {"f:nodePort": {}}}}}
    found = extract(service(fields, ports=[{"port": 80, "protocol": "TCP", "nodePort": 30080, "name": "web"}]), "one")
    assert found["spec"] == {"ports": [{"port": 80, "protocol": "TCP", "nodePort": 30080}]}


@pytest.mark.parametrize(
    ("value", "step", "owned"), [(True, "v:1", []), (1, "v:1", [1]), (1, "v:true", []), ("a", 'v:"a"', ["a"])]
)
def test_values_of_a_set_are_of_their_own_type(value: object, step: str, owned: list[object]) -> None:
    manifest = service({"f:spec": {"f:externalIPs": {step: {}}}}, externalIPs=[value, "b"])
    assert extract(manifest, "one")["spec"]["externalIPs"] == owned


def test_an_item_may_be_owned_by_its_index() -> None:
    manifest = service({"f:spec": {"f:externalIPs": {"i:1": {}}}}, externalIPs=["a", "b"])
    assert extract(manifest, "one")["spec"] == {"externalIPs": ["b"]}


def test_a_map_that_is_owned_as_a_whole_comes_without_what_others_have_added() -> None:
    fields: dict[str, Any] = {"f:spec": {"f:selector": {}}}
    added: dict[str, Any] = {"f:spec": {"f:selector": {"f:late": {}}}}
    selector = {"app": "web", "late": "yes"}
    assert extract(service(fields, selector=selector), "one")["spec"] == {"selector": selector}
    assert extract(service(fields, added, selector=selector), "one")["spec"] == {"selector": {"app": "web"}}


STRATEGY = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}


@pytest.mark.parametrize("leaf", [{}, {".": {}}], ids=["a leaf", "the map alone"])
def test_a_map_that_was_applied_empty_is_told_from_one_that_has_one_owner_by_the_class(leaf: dict[str, Any]) -> None:
    fields = {"f:spec": {"f:strategy": leaf, "f:selector": {}, "f:template": {"f:metadata": {"f:labels": leaf}}}}
    selector = {"matchLabels": {"app": "web"}}
    template = {"metadata": {"labels": {"app": "web"}}}
    manifest = service(fields, strategy=STRATEGY, selector=selector, template=template)
    manifest |= {"apiVersion": "apps/v1", "kind": "Deployment"}
    typed = extract(apps_v1.Deployment.from_dict(manifest, strict=False), "one")
    assert typed["spec"] == {"strategy": {}, "selector": selector, "template": {"metadata": {"labels": {}}}}
    assert extract(DynamicObject.from_dict(manifest), "one")["spec"]["strategy"] == STRATEGY


@dataclass
class Wrapper(Model, kw_only=True):
    """A custom resource, which shares a class with a built-in kind."""

    metadata: meta_v1.ObjectMeta
    spec: apps_v1.DeploymentSpec


def test_a_custom_resource_may_have_owners_of_its_own() -> None:
    fields: dict[str, Any] = {"f:spec": {"f:strategy": {}}}
    manifest = service(fields, strategy=STRATEGY, selector={}, template={})
    del manifest["apiVersion"], manifest["kind"]
    wrapper = Wrapper.from_dict(manifest, strict=False)
    assert extract(wrapper, "one")["spec"] == {"strategy": STRATEGY}


def test_fields_with_odd_names_and_values_that_are_falsy_are_kept() -> None:
    fields: dict[str, Any] = {"f:spec": {"f:a:b": {}, "f:zero": {}, "f:no": {}, "f:gone": {}, "f:": {}}}
    found = extract(service(fields, **{"a:b": "", "zero": 0, "no": False, "": None}), "one")
    assert found["spec"] == {"a:b": "", "zero": 0, "no": False, "": None}


def test_what_was_not_applied_is_nobody_s() -> None:
    manifest = service({"f:spec": {"f:type": {}}}, {"f:spec": {"f:clusterIP": {}}}, type="ClusterIP", clusterIP="None")
    assert extract(manifest, "other-0").keys() == {"apiVersion", "kind", "metadata"}
    assert extract(manifest, "two") == extract(manifest, "other-0")


def test_an_object_without_managed_fields_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="keep_managed_fields=True"):
        extract(core_v1.Service(metadata={"name": "web"}), "one")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((None,), "^field_manager: must be a string, not None$"),
        (("",), "^field_manager: is empty; pass the name that the fields were applied under$"),
        (("ci", "nope"), "^subresource: 'nope' has no fields; use resize, scale, status$"),
        (("ci", None), "^subresource: must be a string, not None$"),
    ],
)
def test_what_names_no_manager_or_subresource_is_refused(arguments: tuple[Any, ...], message: str) -> None:
    entry = {"manager": "kubelet", "operation": "Apply", "subresource": "resize", "fieldsV1": {}}
    obj = {"metadata": {"name": "a", "managedFields": [entry]}}
    manager, *subresource = arguments
    with pytest.raises(InvalidArgument, match=message):
        extract(obj, manager, **dict(zip(["subresource"], subresource, strict=False)))


def test_a_field_that_the_class_would_lose_is_refused() -> None:
    manifest = service({"f:spec": {"f:ports": {'k:{"port":80,"protocol":"TCP"}': {"f:weight": {}}}}}, ports=[])
    manifest["spec"]["ports"] = [{"port": 80, "protocol": "TCP", "weight": 3}]
    problem = (
        r"^spec.ports\[0\].weight is owned by the manager, and ServicePort has no such field; get the object as a D"
    )
    with pytest.raises(InvalidArgument, match=problem):
        extract(core_v1.Service.from_dict(manifest, strict=False), "one")
    dynamic = DynamicObject.from_dict(manifest)
    assert extract(dynamic, "one")["spec"] == {"ports": [{"port": 80, "protocol": "TCP", "weight": 3}]}
