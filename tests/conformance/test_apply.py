"""Server-side apply: who manages what, conflicts, and fields that are given up."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api
from .test_create import SELECTOR, TEMPLATE

Json = dict[str, Any]


def config_map(data: Json | None = None, **metadata: Any) -> Json:
    body: Json = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", **metadata}}
    return {**body, "data": data} if data is not None else body


async def test_an_object_is_created(api: Api) -> None:
    created = await api.apply(api.core("configmaps", "a"), config_map({"x": "1"}), 201)
    entry = created.body["metadata"]["managedFields"][0]
    assert entry["operation"] == "Apply" and entry["fieldsV1"] == {"f:data": {"f:x": {}}}


async def test_the_same_again_changes_nothing(api: Api) -> None:
    created = await api.apply(api.core("configmaps", "a"), config_map({"x": "1"}), 201)
    again = await api.apply(api.core("configmaps", "a"), config_map({"x": "1"}))
    assert again.version == created.version


async def test_a_value_that_another_manager_applies_is_a_conflict(api: Api) -> None:
    await api.apply(api.core("configmaps", "a"), config_map({"x": "1"}), 201)
    refused = await api.apply(api.core("configmaps", "a"), config_map({"x": "2"}), 409, manager="two")
    assert refused.body["details"]["causes"][0]["field"] == ".data.x"


async def test_several_conflicts(api: Api) -> None:
    await api.apply(api.core("configmaps", "a"), config_map({"x": "1", "y": "1"}), 201)
    await api.patch(api.core("configmaps", "a"), {"data": {"z": "1"}})
    # The causes are in the order of a map in Go.
    body = config_map({"x": "2", "y": "2", "z": "2"})
    await api.apply(api.core("configmaps", "a"), body, 409, manager="two", differs=["details.causes"])


async def test_the_same_value_is_shared(api: Api) -> None:
    await api.apply(api.core("configmaps", "a"), config_map({"x": "1"}), 201)
    shared = await api.apply(api.core("configmaps", "a"), config_map({"x": "1"}), manager="two")
    assert len(shared.body["metadata"]["managedFields"]) == 2


async def test_force_takes_a_field(api: Api) -> None:
    await api.apply(api.core("configmaps", "a"), config_map({"x": "1", "y": "1"}), 201)
    taken = await api.apply(api.core("configmaps", "a"), config_map({"x": "2"}), manager="two", force=True)
    assert taken.body["data"] == {"x": "2", "y": "1"}


async def test_force_takes_the_last_field(api: Api) -> None:
    await api.apply(api.core("configmaps", "a"), config_map({"x": "1"}), 201)
    taken = await api.apply(api.core("configmaps", "a"), config_map({"x": "2"}), manager="two", force=True)
    assert [one["manager"] for one in taken.body["metadata"]["managedFields"]] == ["two"]


async def test_a_field_that_is_not_applied_any_more_goes(api: Api) -> None:
    await api.apply(api.core("configmaps", "a"), config_map({"x": "1", "y": "1"}), 201)
    changed = await api.apply(api.core("configmaps", "a"), config_map({"x": "1"}))
    assert changed.body["data"] == {"x": "1"}


async def test_all_fields_go(api: Api) -> None:
    await api.apply(api.core("configmaps", "a"), config_map({"x": "1"}), 201)
    changed = await api.apply(api.core("configmaps", "a"), config_map())
    assert "data" not in changed.body and "managedFields" not in changed.body["metadata"]


async def test_a_shared_field_stays_with_the_other(api: Api) -> None:
    await api.apply(api.core("configmaps", "a"), config_map({"x": "1"}), 201)
    await api.apply(api.core("configmaps", "a"), config_map({"x": "1", "y": "2"}), manager="two")
    changed = await api.apply(api.core("configmaps", "a"), config_map())
    assert changed.body["data"] == {"x": "1", "y": "2"}


async def test_labels_annotations_and_finalizers(api: Api) -> None:
    metadata: Json = {"labels": {"a": "1"}, "annotations": {"b": "2"}, "finalizers": ["example.com/x"]}
    await api.apply(api.core("configmaps", "a"), config_map(**metadata), 201)
    await api.apply(api.core("configmaps", "a"), config_map(finalizers=["example.com/y"]), manager="two")
    gone = await api.apply(api.core("configmaps", "a"), config_map())
    assert gone.body["metadata"]["finalizers"] == ["example.com/y"] and "labels" not in gone.body["metadata"]
    await api.apply(api.core("configmaps", "a"), config_map(), manager="two")


async def test_owner_references_are_by_uid(api: Api) -> None:
    def owner(uid: str) -> Json:
        return {"apiVersion": "v1", "kind": "ConfigMap", "name": uid, "uid": uid}

    # Owners that do not exist: a real garbage collector would delete the object.
    query = {"dryRun": "All"}
    await api.apply(api.core("configmaps", "a"), config_map(ownerReferences=[owner("u1")]), 201, query=query)


async def test_an_update_takes_a_field_from_an_applier(api: Api) -> None:
    await api.apply(api.core("configmaps", "a"), config_map({"x": "1", "y": "1"}), 201)
    changed = await api.patch(api.core("configmaps", "a"), {"data": {"x": "2"}})
    assert len(changed.body["metadata"]["managedFields"]) == 2


async def test_what_was_updated_is_in_conflict(api: Api) -> None:
    await api.apply(api.core("configmaps", "a"), config_map({"x": "1"}), 201)
    await api.patch(api.core("configmaps", "a"), {"data": {"x": "2"}})
    await api.apply(api.core("configmaps", "a"), config_map({"x": "1"}), 409)
    await api.apply(api.core("configmaps", "a"), config_map({"x": "1"}), force=True)


async def test_an_update_removes_an_applied_field(api: Api) -> None:
    await api.apply(api.core("configmaps", "a"), config_map({"x": "1", "y": "1"}), 201)
    await api.patch(api.core("configmaps", "a"), {"data": {"x": None}})
    await api.apply(api.core("configmaps", "a"), config_map({"x": "1", "y": "1"}))


async def test_an_object_without_managers_is_applied(api: Api) -> None:
    await api.post(api.core("configmaps"), config_map({"x": "1", "y": "1"}))
    await api.patch(api.core("configmaps", "a"), {"metadata": {"managedFields": [{}]}})
    await api.apply(api.core("configmaps", "a"), config_map({"y": "1", "z": "1"}))


async def test_a_dry_run_applies_nothing(api: Api) -> None:
    await api.apply(api.core("configmaps", "a"), config_map({"x": "1"}), 201, query={"dryRun": "All"})
    await api.get(api.core("configmaps", "a"), 404)


REFUSED: dict[str, tuple[Any, int]] = {
    "nothing": ({}, 400),
    "another kind": ({"apiVersion": "v1", "kind": "Pod"}, 400),
    "another version": ({"apiVersion": "v2", "kind": "ConfigMap"}, 400),
    "another name": ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}}, 400),
    "another namespace": (config_map(namespace="other"), 400),
    "managed fields": (config_map(managedFields=[]), 400),
    "an unknown field": ({**config_map(), "foo": 1}, 500),
    "an unknown field deep below": (config_map(foo=1), 500),
    "a uid": (config_map(uid="6f9ac1fa-0000-0000-0000-000000000000"), 409),
    "an invalid label": (config_map(labels={"a b": "c"}), 422),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_an_apply_is_refused(api: Api, what: str) -> None:
    body, status = REFUSED[what]
    await api.apply(api.core("configmaps", "a"), body, status)


async def test_a_manager_is_required(api: Api) -> None:
    await api.send(
        "PATCH", api.core("configmaps", "a"), 422, body=config_map(), content_type="application/apply-patch+yaml"
    )


async def test_a_stale_version_is_a_conflict(api: Api) -> None:
    await api.apply(api.core("configmaps", "a"), config_map({"x": "1"}), 201)
    await api.apply(api.core("configmaps", "a"), config_map({"x": "2"}, resourceVersion="1"), 409)


def deployment(*containers: Json, **spec: Any) -> Json:
    template = {**TEMPLATE, "spec": {"containers": list(containers)}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "a"},
        "spec": {"selector": SELECTOR, "template": template, **spec},
    }


# A paused deployment without replicas: a real controller notes what it has seen, and nothing else.
SEEN = ["status", "metadata.annotations", "metadata.managedFields", "metadata.resourceVersion"]
WEB: Json = {"name": "web", "image": "nginx:1"}
IDLE: Json = {"replicas": 0, "paused": True}


async def test_a_deployment_is_created(api: Api) -> None:
    path = api.group("apps/v1", "deployments", "a")
    created = await api.apply(path, deployment(WEB, **IDLE), 201)
    assert created.body["metadata"]["generation"] == 1


async def test_containers_are_by_name(api: Api) -> None:
    path = api.group("apps/v1", "deployments", "a")
    await api.apply(path, deployment(WEB, **IDLE), 201)
    side = {"name": "side", "image": "side:1"}
    both = await api.apply(path, deployment(side), manager="two", differs=SEEN)
    assert [one["name"] for one in both.body["spec"]["template"]["spec"]["containers"]] == ["web", "side"]
    gone = await api.apply(path, {**deployment(), "spec": {"selector": SELECTOR}}, 200, manager="two", differs=SEEN)
    assert [one["name"] for one in gone.body["spec"]["template"]["spec"]["containers"]] == ["web"]


async def test_a_container_in_conflict(api: Api) -> None:
    path = api.group("apps/v1", "deployments", "a")
    await api.apply(path, deployment(WEB, **IDLE), 201)
    image = deployment({"name": "web", "image": "nginx:2"})
    refused = await api.apply(path, image, 409, manager="two")
    assert refused.body["details"]["causes"][0]["field"] == '.spec.template.spec.containers[name="web"].image'


async def test_ports_are_by_number_and_protocol(api: Api) -> None:
    def ports(*found: Json) -> Json:
        return {**POD_TEMPLATE, "template": {"spec": {"containers": [{**WEB, "ports": list(found)}]}}}

    path = api.core("podtemplates", "a")
    await api.apply(path, ports({"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}), 201)
    await api.apply(path, ports({"containerPort": 53, "protocol": "TCP"}), manager="two")
    await api.apply(path, ports({"containerPort": 53, "protocol": "UDP", "name": "dns"}))
    await api.apply(path, ports())


POD_TEMPLATE: Json = {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "a"}}


async def test_an_order_of_items(api: Api) -> None:
    def names(*found: str) -> Json:
        containers = [{"name": name, "image": name} for name in found]
        return {**POD_TEMPLATE, "template": {"spec": {"containers": containers}}}

    path = api.core("podtemplates", "a")
    await api.apply(path, names("a", "b", "c"), 201)
    await api.apply(path, names("x", "c", "a", "y"), manager="two")
    await api.apply(path, names("c", "b"))
    await api.apply(path, names("b"), manager="two")


async def test_atomic_lists_are_replaced(api: Api) -> None:
    def arguments(*found: str) -> Json:
        return {**POD_TEMPLATE, "template": {"spec": {"containers": [{**WEB, "args": list(found)}]}}}

    path = api.core("podtemplates", "a")
    await api.apply(path, arguments("a", "b"), 201)
    await api.apply(path, arguments("c"), 409, manager="two")
    await api.apply(path, arguments("c"), manager="two", force=True)


async def test_atomic_maps_are_replaced(api: Api) -> None:
    def select(**labels: str) -> Json:
        return {**POD_TEMPLATE, "template": {"spec": {"containers": [WEB], "nodeSelector": labels}}}

    path = api.core("podtemplates", "a")
    await api.apply(path, select(a="1"), 201)
    await api.apply(path, select(b="1"), 409, manager="two")


async def test_a_status_is_applied(api: Api) -> None:
    path = api.group("policy/v1", "poddisruptionbudgets", "a")
    body = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "a"}}
    await api.apply(path, {**body, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"no": "pod"}}}}, 201)
    condition = {
        "type": "Test",
        "status": "True",
        "reason": "Because",
        "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    status = {"conditions": [condition]}
    differs = ["status", "metadata.managedFields"]
    applied = await api.apply(f"{path}/status", {**body, "status": status}, manager="two", differs=differs)
    assert "Test" in [one["type"] for one in applied.body["status"]["conditions"]]


async def test_a_service_is_applied(api: Api) -> None:
    def service(*ports: Json) -> Json:
        spec = {"clusterIP": "None", "selector": {"a": "b"}, "ports": list(ports)}
        return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": spec}

    path = api.core("services", "a")
    await api.apply(path, service({"port": 80}), 201)
    await api.apply(path, service({"port": 80, "name": "http", "targetPort": "web"}))
    await api.apply(path, service({"port": 80, "name": "http"}, {"port": 443, "name": "https"}))
    await api.apply(path, service({"port": 443, "name": "https"}))
