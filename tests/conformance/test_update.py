"""replace and patch: versions, names, generations, immutable fields, and three kinds of patches."""

from __future__ import annotations

from typing import Any

import pytest

from .api import JSON_PATCH, MERGE, STRATEGIC, Answer, Api
from .test_create import SELECTOR, TEMPLATE

Json = dict[str, Any]


async def config_map(api: Api, **more: Any) -> Answer:
    """Create a config map `a`."""
    return await api.post(api.core("configmaps"), {"metadata": {"name": "a"}, "data": {"x": "1", "y": "2"}, **more})


async def deployment(api: Api) -> Answer:
    """Create a deployment `a` without replicas."""
    spec = {"replicas": 0, "paused": True, "selector": SELECTOR, "template": TEMPLATE}
    return await api.post(api.group("apps/v1", "deployments"), {"metadata": {"name": "a"}, "spec": spec})


async def test_an_object_is_replaced(api: Api) -> None:
    created = await config_map(api)
    body = {"metadata": {"name": "a"}, "data": {"z": "3"}}
    replaced = await api.put(api.core("configmaps", "a"), body)
    assert replaced.body["data"] == {"z": "3"} and replaced.version != created.version


async def test_an_unchanged_object_keeps_its_version(api: Api) -> None:
    created = await config_map(api)
    replaced = await api.put(api.core("configmaps", "a"), created.body)
    assert replaced.version == created.version


async def test_a_stale_version_is_a_conflict(api: Api) -> None:
    created = await config_map(api)
    await api.patch(api.core("configmaps", "a"), {"data": {"x": "9"}})
    assert (await api.put(api.core("configmaps", "a"), created.body, 409)).reason == "Conflict"


async def test_another_uid_is_a_conflict(api: Api) -> None:
    await config_map(api)
    body = {"metadata": {"name": "a", "uid": "6f9ac1fa-0000-0000-0000-000000000000"}}
    await api.put(api.core("configmaps", "a"), body, 409)


PUT: dict[str, tuple[Json, int]] = {
    "another name": ({"metadata": {"name": "b"}}, 400),
    "no name": ({"metadata": {}}, 400),
    "another namespace": ({"metadata": {"name": "a", "namespace": "other"}}, 400),
    "a wrong type": ({"metadata": {"name": "a"}, "data": 1}, 400),
    "an invalid key": ({"metadata": {"name": "a"}, "data": {"a b": ""}}, 422),
}


@pytest.mark.parametrize("what", PUT)
async def test_an_invalid_replacement_is_refused(api: Api, what: str) -> None:
    await config_map(api)
    body, status = PUT[what]
    await api.put(api.core("configmaps", "a"), body, status)


async def test_a_missing_object_is_not_replaced(api: Api) -> None:
    await api.put(api.core("configmaps", "a"), {"metadata": {"name": "a"}}, 404)


async def test_a_lease_is_created_by_a_replacement(api: Api) -> None:
    body = {"metadata": {"name": "a"}, "spec": {"holderIdentity": "me"}}
    await api.put(api.group("coordination.k8s.io/v1", "leases", "a"), body, 201)


async def test_a_lease_needs_its_version(api: Api) -> None:
    body = {"metadata": {"name": "a"}, "spec": {"holderIdentity": "me"}}
    await api.post(api.group("coordination.k8s.io/v1", "leases"), body)
    await api.put(api.group("coordination.k8s.io/v1", "leases", "a"), body, 422)


async def test_a_dry_run_replaces_nothing(api: Api) -> None:
    await config_map(api)
    await api.put(api.core("configmaps", "a"), {"metadata": {"name": "a"}}, query={"dryRun": "All"})
    assert (await api.get(api.core("configmaps", "a"))).body["data"] == {"x": "1", "y": "2"}


async def test_immutable_data_stays(api: Api) -> None:
    await config_map(api, immutable=True)
    await api.patch(api.core("configmaps", "a"), {"data": {"x": "9"}}, 422)
    await api.patch(api.core("configmaps", "a"), {"immutable": None}, 422)
    await api.patch(api.core("configmaps", "a"), {"metadata": {"labels": {"a": "b"}}})


async def test_the_type_of_a_secret_stays(api: Api) -> None:
    await api.post(api.core("secrets"), {"metadata": {"name": "a"}})
    await api.patch(api.core("secrets", "a"), {"type": "other/type"}, 422)


async def test_a_role_of_a_binding_stays(api: Api) -> None:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}
    path = api.group("rbac.authorization.k8s.io/v1", "rolebindings")
    await api.post(path, {"metadata": {"name": "a"}, "roleRef": reference})
    await api.patch(f"{path}/a", {"roleRef": {"name": "s"}}, 422, differs=["message", "details.causes.message"])


async def test_a_selector_stays(api: Api) -> None:
    await deployment(api)
    labels = {"app": "other"}
    change = {"spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}}}
    path = api.group("apps/v1", "deployments", "a")
    await api.patch(path, change, 422, differs=["message", "details.causes.message"])


CLAIM: Json = {
    "metadata": {"name": "a"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
POD: Json = {"schedulerName": "nobody", "containers": [{"name": "a", "image": "a:1"}]}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"containers": [{"name": "a", "image": "a:2"}]}, 200),
        ({"activeDeadlineSeconds": 5}, 200),
        ({"containers": [{"name": "a", "args": ["x"]}]}, 422),
        ({"nodeSelector": {"a": "b"}}, 422),
        ({"restartPolicy": "Never"}, 422),
    ],
)
async def test_most_of_a_pod_stays(api: Api, change: Json, status: int) -> None:
    await api.post(api.core("pods"), {"metadata": {"name": "a"}, "spec": POD}, differs=["*"])
    # A refusal shows the difference, as Go prints it.
    differs = ["message", "details.causes.message"] if status == 422 else ["*"]
    await api.patch(api.core("pods", "a"), {"spec": change}, status, type=STRATEGIC, differs=differs)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"replicas": 0}, 200),
        ({"serviceName": "other"}, 422),
        ({"podManagementPolicy": "Parallel"}, 422),
        ({"volumeClaimTemplates": [CLAIM]}, 422),
    ],
)
async def test_most_of_a_stateful_set_stays(api: Api, change: Json, status: int) -> None:
    spec = {"replicas": 0, "serviceName": "a", "selector": SELECTOR, "template": TEMPLATE}
    await api.post(api.group("apps/v1", "statefulsets"), {"metadata": {"name": "a"}, "spec": spec})
    path = api.group("apps/v1", "statefulsets", "a")
    # Claims are shown as Go has them within the server.
    texts = ["message", "details.causes.message"] if "volumeClaimTemplates" in change else []
    await api.patch(path, {"spec": change}, status, differs=["status", "metadata.managedFields", *texts])


CHANGES: dict[str, Json] = {
    "the spec": {"spec": {"minReadySeconds": 5}},
    "a label": {"metadata": {"labels": {"a": "b"}}},
    "the status": {"status": {"replicas": 7}},
    "the generation": {"metadata": {"generation": 99}},
}


@pytest.mark.parametrize("what", CHANGES)
async def test_a_generation(api: Api, what: str) -> None:
    # Paused and without replicas, but for a real controller that notes the generation that it has seen.
    await deployment(api)
    differs = ["status", "metadata.annotations", "metadata.managedFields"]
    changed = await api.patch(api.group("apps/v1", "deployments", "a"), CHANGES[what], differs=differs)
    assert changed.body["metadata"]["generation"] == (2 if what == "the spec" else 1)


async def test_a_status_is_changed_by_its_subresource_only(api: Api) -> None:
    path = api.group("policy/v1", "poddisruptionbudgets")
    await api.post(
        path, {"metadata": {"name": "a"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"no": "pod"}}}}
    )
    changed = await api.patch(
        f"{path}/a/status",
        {"status": {"expectedPods": 3}, "spec": {"minAvailable": 9}},
        differs=["status", "metadata.managedFields"],
    )
    assert changed.body["status"]["expectedPods"] == 3 and changed.body["spec"]["minAvailable"] == 1


PATCHES: dict[str, tuple[str, Any]] = {
    "merge: a value": (MERGE, {"data": {"x": "9"}}),
    "merge: a value more": (MERGE, {"data": {"z": "3"}}),
    "merge: a value less": (MERGE, {"data": {"x": None}}),
    "merge: all values": (MERGE, {"data": None}),
    "merge: a label": (MERGE, {"metadata": {"labels": {"a": "b"}}}),
    "merge: nothing": (MERGE, {}),
    "strategic: a value": (STRATEGIC, {"data": {"x": "9", "y": None}}),
    "strategic: a finalizer": (STRATEGIC, {"metadata": {"finalizers": []}}),
    "strategic: replace": (STRATEGIC, {"data": {"$patch": "replace", "n": "1"}}),
    "strategic: delete": (STRATEGIC, {"data": {"$patch": "delete"}}),
    "strategic: retain keys": (STRATEGIC, {"data": {"$retainKeys": ["x"], "x": "5"}}),
    "json: add": (JSON_PATCH, [{"op": "add", "path": "/data/z", "value": "3"}]),
    "json: replace": (JSON_PATCH, [{"op": "replace", "path": "/data/x", "value": "3"}]),
    "json: replace a missing value": (JSON_PATCH, [{"op": "replace", "path": "/data/no", "value": "3"}]),
    "json: remove": (JSON_PATCH, [{"op": "remove", "path": "/data/x"}]),
    "json: move": (JSON_PATCH, [{"op": "move", "from": "/data/x", "path": "/data/z"}]),
    "json: copy": (JSON_PATCH, [{"op": "copy", "from": "/data/x", "path": "/data/z"}]),
    "json: test": (JSON_PATCH, [{"op": "test", "path": "/data/x", "value": "1"}]),
    "json: a key with a slash": (
        JSON_PATCH,
        [
            {"op": "add", "path": "/metadata/labels", "value": {}},
            {"op": "add", "path": "/metadata/labels/a~1b", "value": "c"},
        ],
    ),
    "json: nothing": (JSON_PATCH, []),
}


@pytest.mark.parametrize("what", PATCHES)
async def test_a_patch(api: Api, what: str) -> None:
    await config_map(api)
    kind, patch = PATCHES[what]
    await api.patch(api.core("configmaps", "a"), patch, type=kind)


REFUSED_PATCHES: dict[str, tuple[str, Any, int]] = {
    "merge: another name": (MERGE, {"metadata": {"name": "b"}}, 400),
    "merge: a wrong type": (MERGE, {"data": {"x": 1}}, 422),
    "merge: a stale version": (MERGE, {"metadata": {"resourceVersion": "1"}}, 409),
    "strategic: a wrong type": (STRATEGIC, {"data": {"x": 1}}, 422),
    "strategic: an unknown directive": (STRATEGIC, {"data": {"$patch": "explode"}}, 500),
    "json: a value instead of an object": (JSON_PATCH, [{"op": "add", "path": "/data/x", "value": 3}], 422),
    "merge: no metadata": (MERGE, {"metadata": None}, 400),
    "merge: another kind": (MERGE, {"kind": "Nope"}, 422),
    "merge: a list": (MERGE, [], 400),
    "strategic: a list": (STRATEGIC, [], 400),
    "merge: no JSON": (MERGE, b"{x", 400),
    "json: no JSON": (JSON_PATCH, b"{x", 400),
    "json: remove a missing place": (JSON_PATCH, [{"op": "remove", "path": "/data/no"}], 422),
    "json: a failed test": (JSON_PATCH, [{"op": "test", "path": "/data/x", "value": "2"}], 422),
    "json: a missing parent": (JSON_PATCH, [{"op": "add", "path": "/nope/x", "value": "2"}], 422),
    "json: an unknown operation": (JSON_PATCH, [{"op": "explode", "path": "/data/x"}], 422),
    "json: no list": (JSON_PATCH, {"op": "add"}, 400),
    "merge: an invalid label": (MERGE, {"metadata": {"labels": {"a b": "c"}}}, 422),
}


@pytest.mark.parametrize("what", REFUSED_PATCHES)
async def test_a_patch_is_refused(api: Api, what: str) -> None:
    await config_map(api)
    kind, patch, status = REFUSED_PATCHES[what]
    # With a wrong type, the message shows the whole object, or the error of Go's conversion.
    differs = ["message", "details.causes.message"] if status == 422 else []
    await api.patch(api.core("configmaps", "a"), patch, status, type=kind, differs=differs)


async def test_a_patch_of_another_media_type_is_refused(api: Api) -> None:
    await config_map(api)
    await api.patch(api.core("configmaps", "a"), {}, 415, type="application/json")


async def test_a_patch_of_nothing_is_refused(api: Api) -> None:
    await api.patch(api.core("configmaps", "missing"), {}, 404)


async def test_force_is_for_applies(api: Api) -> None:
    await config_map(api)
    await api.patch(api.core("configmaps", "a"), {}, 422, query={"force": "true"})


@pytest.mark.parametrize("kind", [MERGE, STRATEGIC])
@pytest.mark.parametrize("mode", ["Strict", "Warn", "Ignore"])
async def test_unknown_fields_of_a_patch(api: Api, kind: str, mode: str) -> None:
    await config_map(api)
    patch = {"foo": 1, "data": {"x": "9"}}
    status = 422 if mode == "Strict" else 200
    differs = ["message", "details.causes.message"] if status == 422 and kind == MERGE else []
    query = {"fieldValidation": mode}
    await api.patch(api.core("configmaps", "a"), patch, status, type=kind, query=query, differs=differs)


CONTAINERS: dict[str, Any] = {
    "an image": {"containers": [{"name": "web", "image": "nginx:2"}]},
    "a container more": {"containers": [{"name": "side", "image": "side:1"}]},
    "a container less": {"containers": [{"name": "side", "image": "side:1"}, {"name": "web", "$patch": "delete"}]},
    "a variable": {"containers": [{"name": "web", "env": [{"name": "C", "value": "3"}, {"name": "A", "value": "2"}]}]},
    "a variable less": {"containers": [{"name": "web", "env": [{"name": "A", "$patch": "delete"}]}]},
    "a port": {"containers": [{"name": "web", "ports": [{"containerPort": 81}]}]},
    "all containers": {"containers": [{"$patch": "replace"}, {"name": "new", "image": "new:1"}]},
    "another volume": {"volumes": [{"name": "data", "$retainKeys": ["name", "emptyDir"], "emptyDir": {}}]},
    "the order": {
        "$setElementOrder/containers": [{"name": "side"}, {"name": "web"}],
        "containers": [{"name": "side", "image": "side:1"}],
    },
    "arguments": {"containers": [{"name": "web", "args": ["x"]}]},
}


@pytest.mark.parametrize("what", CONTAINERS)
async def test_a_strategic_patch_of_a_template(api: Api, what: str) -> None:
    await api.post(api.core("podtemplates"), {"metadata": {"name": "a"}, "template": TEMPLATE})
    await api.patch(api.core("podtemplates", "a"), {"template": {"spec": CONTAINERS[what]}}, type=STRATEGIC)


async def test_an_item_without_its_key_is_refused(api: Api) -> None:
    await api.post(api.core("podtemplates"), {"metadata": {"name": "a"}, "template": TEMPLATE})
    patch = {"template": {"spec": {"containers": [{"image": "x"}]}}}
    await api.patch(api.core("podtemplates", "a"), patch, 500, type=STRATEGIC)


async def test_managers_of_updates(api: Api) -> None:
    await config_map(api)
    await api.patch(api.core("configmaps", "a"), {"data": {"x": "9"}}, query={"fieldManager": "two"})
    await api.patch(api.core("configmaps", "a"), {"data": {"y": None, "z": "1"}}, query={"fieldManager": "three"})


async def test_managed_fields_are_reset(api: Api) -> None:
    await config_map(api)
    await api.patch(api.core("configmaps", "a"), {"metadata": {"managedFields": [{}]}})


async def test_many_managers_become_one(api: Api) -> None:
    await config_map(api)
    for number in range(12):
        await api.patch(
            api.core("configmaps", "a"), {"data": {f"k{number}": "1"}}, query={"fieldManager": f"m-{number:02}"}
        )
