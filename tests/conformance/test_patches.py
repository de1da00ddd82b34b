"""Patches and applies at the edges of their formats: each check sends all of a table, of which nothing is stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from .api import APPLY, JSON_PATCH, MERGE, STRATEGIC, Api
from .test_create import SELECTOR, TEMPLATE

Json = dict[str, Any]

DRY_RUN = {"dryRun": "All"}
# The whole object is shown, or the error of Go's conversion.
SHOWN = ["message", "details.causes.message"]


async def send_all(api: Api, path: str, type: str, patches: Iterable[tuple[Any, int]]) -> None:
    """Send patches, and fail with all that differ."""
    problems: list[str] = []
    for patch, status in patches:
        try:
            differs = SHOWN if status == 422 else ["metadata.resourceVersion"]
            await api.patch(path, patch, status, type=type, query=DRY_RUN, differs=differs)
        except AssertionError as error:
            problems.append(f"{patch}: {error}")
    assert not problems, "\n".join(problems)


def operation(op: Any, path: Any, *value: Any, **more: Any) -> list[Json]:
    """Return a patch of one operation."""
    return [{"op": op, "path": path, **({"value": value[0]} if value else {}), **more}]


FINALIZERS = "/metadata/finalizers"
OPERATIONS: list[tuple[Any, int]] = [
    # The whole document.
    (operation("remove", ""), 422),
    (operation("add", "", "x"), 422),
    (operation("replace", "", 5), 422),
    (operation("replace", "", None), 422),
    (operation("replace", "", [1]), 422),
    (operation("replace", "", {}), 400),
    (operation("test", "", {}), 422),
    # Places.
    (operation("add", f"{FINALIZERS}/\u00b2", "x/z"), 422),
    (operation("add", f"{FINALIZERS}/\u0663", "x/z"), 422),
    (operation("add", f"{FINALIZERS}/{'9' * 5000}", "x/z"), 422),
    (operation("add", f"{FINALIZERS}/4", "x/z"), 422),
    (operation("add", f"{FINALIZERS}/-1", "x/z"), 200),
    (operation("add", f"{FINALIZERS}/-4", "x/z"), 200),
    (operation("add", f"{FINALIZERS}/-5", "x/z"), 422),
    (operation("add", f"{FINALIZERS}/+1", "x/z"), 200),
    (operation("add", f"{FINALIZERS}/00", "x/z"), 200),
    (operation("add", f"{FINALIZERS}/-", "x/z"), 200),
    (operation("remove", f"{FINALIZERS}/-1"), 200),
    (operation("remove", f"{FINALIZERS}/3"), 422),
    (operation("replace", f"{FINALIZERS}/-1", "x/z"), 200),
    (operation("replace", f"{FINALIZERS}/-", "x/z"), 422),
    (operation("add", "/data/a/b", "1"), 422),
    (operation("add", "data", {}), 422),
    (operation("add", "data/data/c", "1"), 200),
    (operation("add", "/data/c"), 200),
    (operation("replace", "/data/a"), 200),
    # Sources.
    (operation("move", "/data/c"), 422),
    (operation("move", "/data/c", **{"from": ""}), 422),
    (operation("move", "/data/c", **{"from": "/data/no"}), 422),
    (operation("copy", "/data/c"), 422),
    (operation("copy", "/data/c", **{"from": "/data/no"}), 200),
    (operation("copy", "/data/c", **{"from": f"{FINALIZERS}/9"}), 422),
    (operation("copy", "/data/c", **{"from": f"{FINALIZERS}/-1"}), 200),
    (operation("copy", "/data/c", **{"from": f"{FINALIZERS}/0/x"}), 422),
    # Tests.
    (operation("test", "/data/no"), 200),
    (operation("test", "/data/no", None), 200),
    (operation("test", "/data/a"), 422),
    (operation("test", "/no/no", None), 422),
    (operation("test", f"{FINALIZERS}/9", None), 422),
    (operation("test", f"{FINALIZERS}/-1", "x/c"), 200),
    (operation("test", FINALIZERS, ["x/a", "x/b", "x/c"]), 200),
    (operation("test", FINALIZERS, ["x/a", "x/c", "x/b"]), 422),
    (operation("test", "/data", {"b": "2", "c": "<", "a": "1"}), 422),
    (b'[{"op": "test", "path": "/data", "value": {"b": "2", "c": "\\u003c", "a": "1"}}]', 200),
    (b'[{"op": "test", "path": "/data/a", "value": "\\u0031"}]', 422),
    (operation("test", "/immutable", 0), 422),
    (operation("test", "/immutable", "false"), 422),
    (operation("test", "/immutable", False), 200),
    # Types.
    ([None], 422),
    ([{}], 422),
    ([5], 400),
    ([[]], 400),
    (["x"], 400),
    (operation(5, "/a"), 400),
    (operation("add", True), 400),
    (operation("move", "/data/c", **{"from": {}}), 400),
    (operation(None, "/a"), 422),
    (operation("add", None), 422),
    (operation("ADD", "/data/c", "1"), 422),
    ([{"Op": "add", "path": "/data/c"}], 422),
    (operation("add", "/data/c", "1", more=5), 200),
    (b'[{"op": "add", "path": "/data/c", "value": "1", "value": "2"}]', 200),
    (b"null", 200),
    (b"5", 400),
    (b'"x"', 400),
    (b'[{"op": "add", "path": "/data/c", "value": 1e999}]', 400),
    # Fields that are the server's.
    (operation("remove", "/apiVersion"), 400),
    (operation("remove", "/kind"), 200),
    (operation("replace", "/metadata/uid", "x"), 422),
    (operation("remove", "/metadata/uid"), 200),
    (operation("replace", "/metadata/creationTimestamp", "2020-01-01T00:00:00Z"), 200),
]

MERGES: list[tuple[Any, int]] = [
    ({"apiVersion": None}, 400),
    ({"kind": None}, 200),
    ({"metadata": {"uid": "x"}}, 422),
    (b"null", 400),
    (b"5", 400),
    (b'{"data": {"a": 1e999}}', 400),
    (b'{"data": {"a": "3", "a": "4"}}', 200),
    ({"data": {"a": {"b": None}}}, 422),
]


async def test_operations_of_a_json_patch(api: Api) -> None:
    metadata = {"name": "a", "finalizers": ["x/a", "x/b", "x/c"]}
    body = {"metadata": metadata, "data": {"a": "1", "b": "2", "c": "<"}, "immutable": False}
    await api.post(api.core("configmaps"), body)
    await send_all(api, api.core("configmaps", "a"), JSON_PATCH, OPERATIONS)
    await send_all(api, api.core("configmaps", "a"), MERGE, MERGES)
    await api.patch(api.core("configmaps", "a"), {"metadata": {"finalizers": None}}, type=MERGE)


async def test_unknown_fields_of_a_json_patch(api: Api) -> None:
    await api.post(api.core("configmaps"), {"metadata": {"name": "a"}})
    for mode, patch, status in (
        ("Strict", operation("add", "/data", {}, more=5), 422),
        ("Ignore", operation("add", "/data", {}, more=5), 200),
        ("Strict", b'[{"op": "add", "op": "add", "path": "/data"}]', 422),
        ("Ignore", [5], 400),
        ("Ignore", operation("add", 5), 422),
    ):
        query = {**DRY_RUN, "fieldValidation": mode}
        differs = SHOWN if status == 422 else []
        await api.patch(api.core("configmaps", "a"), patch, status, type=JSON_PATCH, query=query, differs=differs)


async def test_numbers_of_a_json_patch(api: Api) -> None:
    spec = {"replicas": 0, "paused": True, "selector": SELECTOR, "template": TEMPLATE}
    await api.post(api.group("apps/v1", "deployments"), {"metadata": {"name": "a"}, "spec": spec})
    path = api.group("apps/v1", "deployments", "a")
    for place, value, status in (
        ("paused", b"true", 200),
        ("paused", b"1", 422),
        ("replicas", b"0", 200),
        ("replicas", b"false", 422),
        ("replicas", b"0.0", 422),
        ("progressDeadlineSeconds", b"600", 200),
        ("progressDeadlineSeconds", b"600.0", 422),
        ("progressDeadlineSeconds", b"6e2", 422),
    ):
        patch = b'[{"op": "test", "path": "/spec/%s", "value": %s}]' % (place.encode(), value)
        await api.patch(path, patch, status, type=JSON_PATCH, query=DRY_RUN, differs=["*"])


def of_spec(**fields: Any) -> Json:
    """Return a patch of the pod of a template; a field may have a directive for `_`, such as `order_containers`."""
    names = {"order_": "$setElementOrder/", "delete_": "$deleteFromPrimitiveList/"}
    found: Json = {}
    for name, value in fields.items():
        prefix = next((prefix for prefix in names if name.startswith(prefix)), "")
        found[names.get(prefix, "") + name.removeprefix(prefix)] = value
    return {"template": {"spec": found}}


WEB: Json = {"name": "web", "image": "nginx:2"}
SIDE: Json = {"name": "side", "image": "side:1"}
DIRECTIVES: list[tuple[Any, int]] = [
    (b"null", 200),
    (b"[]", 400),
    ({"$retainKeys": 5}, 400),
    ({"$retainKeys": "abc"}, 400),
    ({"$retainKeys": ["metadata"], "template": {}}, 400),
    ({"metadata": {"$retainKeys": ["name"], "name": "a"}}, 200),
    ({"$patch": None}, 500),
    ({"$patch": 5}, 500),
    ({"$patch": "merge"}, 500),
    ({"$patch": "delete"}, 400),
    ({"$other": 1}, 200),
    ({"metadata": {"$setElementOrder": []}}, 400),
    ({"metadata": {"$setElementOrder/no": []}}, 500),
    ({"metadata": {"$setElementOrder/name": []}}, 500),
    ({"metadata": {"$deleteFromPrimitiveList": ["x"]}}, 400),
    ({"metadata": {"$deleteFromPrimitiveList/finalizers": 5}}, 200),
    ({"metadata": {"$deleteFromPrimitiveList/finalizers": None}}, 200),
    ({"metadata": {"$deleteFromPrimitiveList/finalizers": ["x/a", "x/z"]}}, 200),
    ({"metadata": {"$deleteFromPrimitiveList/finalizers": [{}]}}, 500),
    ({"metadata": {"$deleteFromPrimitiveList/no": ["x"]}}, 200),
    ({"metadata": {"$deleteFromPrimitiveList/name": ["x"]}}, 200),
    ({"metadata": {"$deleteFromPrimitiveList/labels": ["x"]}}, 200),
    ({"metadata": {"finalizers": ["x/c", "x/a"]}}, 200),
    ({"metadata": {"finalizers": ["x/c", "x/c"]}}, 200),
    ({"metadata": {"finalizers": [["x/c"]]}}, 500),
    ({"metadata": {"$setElementOrder/finalizers": ["x/b", "x/c", "x/a"], "finalizers": ["x/c"]}}, 200),
    ({"metadata": {"labels": {"$patch": "replace", "b": "c"}}}, 200),
    (of_spec(order_containers=5), 500),
    (of_spec(order_containers=None), 500),
    (of_spec(order_containers="x", containers=[WEB]), 500),
    (of_spec(order_containers=[5]), 500),
    (of_spec(order_containers=[{}]), 500),
    (of_spec(order_containers=[{}], containers=[WEB]), 500),
    (of_spec(order_containers=[{"name": "web"}], containers=[SIDE]), 500),
    (of_spec(order_containers=[{"name": "web"}, {"name": "side"}], containers=[SIDE, WEB]), 500),
    (of_spec(order_containers=[{"name": "side"}, {"name": "web"}], containers=[SIDE]), 200),
    (of_spec(order_containers=[], containers=[SIDE, {**SIDE, "name": "x"}]), 200),
    (of_spec(order_containers=[{"name": "no"}, {"name": "web"}]), 200),
    (of_spec(order_containers=[{"name": "web"}], containers=None), 500),
    (of_spec(order_containers=[{"name": "side"}], containers=[SIDE, {"name": "web", "$patch": "delete"}]), 200),
    (of_spec(order_volumes=[{"name": "a"}], volumes=[{"name": "a", "emptyDir": {}}]), 200),
    (of_spec(containers=[{"$patch": "delete"}]), 500),
    (of_spec(containers=[{"$patch": "merge", "name": "web"}]), 500),
    (of_spec(containers=[{"$patch": "bogus", "name": "web"}]), 500),
    (of_spec(containers=[{"$patch": None, "name": "web"}]), 500),
    (of_spec(containers=[5]), 500),
    (of_spec(containers=[None]), 500),
    (of_spec(containers=[WEB, {**WEB, "image": "x"}]), 200),
    (of_spec(containers=[{**SIDE, "args": None, "env": [{"name": "A", "value": None}]}]), 200),
    (of_spec(containers=[{**SIDE, "$setElementOrder/env": [{"name": "A"}], "env": [{"name": "A"}]}]), 200),
    (of_spec(containers=5), 422),
    (of_spec(containers=[{"name": 5}]), 422),
    (of_spec(volumes=[{"name": "a", "$patch": "replace"}, {"name": "data", "emptyDir": {}}]), 200),
    (of_spec(nodeSelector={"a": "b", "$patch": "delete"}), 200),
    (b'{"metadata": {"labels": {"a": 1e999}}}', 400),
    (b'{"metadata": {"labels": {"a": "x", "a": "y"}}}', 200),
    ({"apiVersion": None}, 200),
    ({"metadata": {"uid": "x"}}, 422),
]


async def test_directives_of_a_strategic_patch(api: Api) -> None:
    metadata = {"name": "a", "labels": {"a": "b"}, "finalizers": ["x/a", "x/b", "x/c"]}
    await api.post(api.core("podtemplates"), {"metadata": metadata, "template": TEMPLATE})
    await send_all(api, api.core("podtemplates", "a"), STRATEGIC, DIRECTIVES)
    await api.patch(api.core("podtemplates", "a"), {"metadata": {"finalizers": None}}, type=MERGE)


def applied(kind: str, api_version: str = "v1", **body: Any) -> Json:
    """Return an object to apply, with the name `a`."""
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}, **body}


def template(*containers: Json) -> Json:
    """Return a template to apply."""
    return applied("PodTemplate", template={"spec": {"containers": list(containers)}})


ENV: Json = {"name": "A", "value": "1"}
PORT: Json = {"containerPort": 80}
UNDECIDED: list[Json] = [
    template(WEB, WEB),
    template(WEB, {**WEB, "image": "other"}, WEB),
    template({**WEB, "env": [ENV, {"name": "B"}, ENV]}),
    template({**WEB, "ports": [PORT, {**PORT, "protocol": "TCP"}]}),
    {**applied("PodTemplate"), "metadata": {"name": "a", "finalizers": ["x/a", "x/b", "x/a"]}},
    {
        **applied("PodTemplate"),
        "metadata": {"name": "a", "ownerReferences": [{"uid": "u", "kind": "A", "apiVersion": "v1", "name": "b"}] * 2},
    },
]


async def test_items_of_an_apply_with_the_same_key(api: Api) -> None:
    path = api.core("podtemplates", "a")
    for body in UNDECIDED:
        await api.apply(path, body, 500)
    await api.apply(path, template(WEB, SIDE), 201)
    for body in UNDECIDED:
        await api.apply(path, body, 500, force=True)
    await api.apply(path, template({"image": "x"}), 422)
    condition = {"type": "X", "status": "True"}
    body = applied("Pod", status={"conditions": [condition, condition]})
    await api.post(
        api.core("pods"),
        {"metadata": {"name": "a"}, "spec": {"schedulerName": "no", "containers": [WEB]}},
        differs=["*"],
    )
    await api.apply(api.core("pods", "a", "status"), body, 500)


async def test_a_name_of_an_apply(api: Api) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap"}
    path = api.core("configmaps", "a")
    await api.apply(path, body, 400)
    await api.apply(path, {**body, "metadata": {"name": ""}}, 400)
    await api.as_user("nobody-at-all", ["system:masters"]).apply(path, body, 400)
    await api.apply(path, {**body, "metadata": {"name": "a", "managedFields": None}, "data": {"x": "1"}}, 201)
    await api.apply(path, {**body, "data": {"x": "2"}})
    await api.apply(path, {**body, "metadata": {"name": "b"}}, 400)
    await api.apply(path, {**body, "metadata": {"uid": "x"}}, 422)
    for manager in ("a\nb", "\0", "\u00e9\u00a0", "x" * 129, "b\u200bc\td"):
        await api.apply(path, {**body, "metadata": {"name": "a"}}, 422, manager=manager, differs=["message"])
    await api.apply(path, {**body, "metadata": {"name": "a"}}, manager="\u00e9 \u732b")


def of_appliers(body: Any) -> Any:
    """Return an object without what a controller notes."""
    if body["kind"] == "Status":
        return body
    managed = [one for one in body["metadata"]["managedFields"] if one["operation"] == "Apply"]
    return {"spec": body["spec"], "managed": managed}


async def test_nulls_of_an_apply(api: Api) -> None:
    spec: Json = {"replicas": 0, "paused": True, "selector": SELECTOR, "template": TEMPLATE}
    path = api.group("apps/v1", "deployments", "a")
    await api.apply(path, applied("Deployment", "apps/v1", spec=spec), 201)
    for fields in (
        {"replicas": None},
        {"template": None},
        {"selector": None},
        {"template": {"spec": {"containers": None}}},
        {"template": {"spec": {"containers": [{"name": "web", "image": None}]}}},
        {"template": {"metadata": {"labels": None}}},
    ):
        body = applied("Deployment", "apps/v1", spec=fields)
        status = 409 if fields in ({"replicas": None}, {"selector": None}) or "'image'" in str(fields) else 200
        await api.apply(path, body, status, manager="two", query=DRY_RUN, part=of_appliers)
    await api.apply(path, applied("Deployment", "apps/v1", spec={**spec, "minReadySeconds": None}), part=of_appliers)


@pytest.mark.difference("Applies to the subresource `scale`", "refused with 501")
async def test_an_apply_to_a_scale_is_refused(api: Api) -> None:
    spec = {"replicas": 0, "paused": True, "selector": SELECTOR, "template": TEMPLATE}
    await api.post(api.group("apps/v1", "deployments"), {"metadata": {"name": "a"}, "spec": spec})
    body = applied("Scale", "autoscaling/v1", spec={"replicas": 0})
    path = api.group("apps/v1", "deployments", "a", "scale")
    headers = {"Content-Type": APPLY}
    query = {"fieldManager": "one", "force": "true", **DRY_RUN}
    assert "scale" in await api.refused("PATCH", path, 200, body=body, query=query, **headers)


TOLERATION: Json = {"key": "k", "operator": "Exists"}
POD_CHANGES: list[tuple[Json, int]] = [
    ({"tolerations": [{"key": "other"}]}, 422),
    ({"tolerations": [{**TOLERATION, "effect": "NoExecute"}]}, 422),
    ({"tolerations": [TOLERATION, {"key": "other", "value": "x"}]}, 200),
    ({"tolerations": None}, 422),
    ({"containers": [WEB, SIDE]}, 422),
    ({"initContainers": [SIDE]}, 422),
    ({"containers": [WEB], "activeDeadlineSeconds": 10, "schedulingGates": None}, 200),
    ({"activeDeadlineSeconds": 21}, 422),
    ({"activeDeadlineSeconds": None}, 422),
    ({"schedulingGates": [{"name": "x/b"}]}, 422),
    ({"nodeSelector": {"a": "b", "c": "d"}}, 200),
    ({"nodeSelector": {"a": "c"}}, 422),
    ({"nodeSelector": None}, 422),
    ({"terminationGracePeriodSeconds": 1}, 422),
]


async def test_changes_of_a_pod(api: Api) -> None:
    spec = {
        "schedulerName": "nobody",
        "automountServiceAccountToken": False,
        "activeDeadlineSeconds": 20,
        "schedulingGates": [{"name": "x/a"}],
        "nodeSelector": {"a": "b"},
        "containers": [{"name": "web", "image": "nginx:1"}],
        "tolerations": [TOLERATION],
    }
    pod = await api.post(api.core("pods"), {"metadata": {"name": "a"}, "spec": spec})
    kept = [{**one, "tolerationSeconds": 5} if one.get("effect") else one for one in pod.body["spec"]["tolerations"]]
    path = api.core("pods", "a")
    more = [*kept, {"key": "z", "operator": "Exists"}]
    for change, status in (*POD_CHANGES, ({"tolerations": kept}, 200), ({"tolerations": more}, 200)):
        # Of other fields, Go prints a difference.
        differs = SHOWN if "terminationGracePeriodSeconds" in change else []
        await api.patch(path, {"spec": change}, status, type=MERGE, query=DRY_RUN, differs=differs)


def managed(**more: Any) -> Json:
    """Return a patch of the managers of an object."""
    entry = {"manager": "x", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {}}
    return {"metadata": {"managedFields": [{**entry, **more}]}}


UNREADABLE: list[Json] = [
    {"metadata": {"managedFields": [{"manager": "x"}]}},
    managed(operation="Bogus"),
    managed(fieldsV1={"f:data": 5}),
]


async def test_managed_fields_that_cannot_be_read(api: Api) -> None:
    path, body = api.core("configmaps", "a"), applied("ConfigMap", data={"x": "1"})
    other = {**body, "data": {"x": "2"}}
    await api.apply(path, body, 201)
    await api.patch(path, {"metadata": {"managedFields": [{}]}})
    for patch in UNREADABLE:
        await api.patch(path, patch)
        refused = await api.apply(path, other, 409, manager="two", query=DRY_RUN)
        assert "before-first-apply" in refused.message
    for patch in (
        managed(fieldsV1={"f:data": {"f:x": {}, "z:other": {}}}),
        managed(apiVersion="nope/v1", fieldsV1={"f:data": {"f:x": {}}}),
    ):
        await api.patch(path, patch)
        await api.apply(path, other, 409, manager="two", query=DRY_RUN)


async def test_patches_of_a_scale(api: Api) -> None:
    spec = {"replicas": 0, "paused": True, "selector": SELECTOR, "template": TEMPLATE}
    await api.post(api.group("apps/v1", "deployments"), {"metadata": {"name": "a"}, "spec": spec})
    path = api.group("apps/v1", "deployments", "a", "scale")
    patches = (
        (JSON_PATCH, operation("remove", ""), 422),
        (JSON_PATCH, operation("replace", "", [1]), 422),
        (JSON_PATCH, [5], 400),
        (JSON_PATCH, operation("test", "/spec/replicas", 1), 422),
        (JSON_PATCH, operation("replace", "/spec/replicas", "x"), 422),
        (JSON_PATCH, operation("remove", "/apiVersion"), 400),
        (MERGE, b"null", 400),
        (MERGE, {"metadata": {"name": "b"}}, 400),
        (MERGE, {"metadata": {"uid": "x"}}, 409),
        (MERGE, {"spec": {"replicas": -1}}, 422),
        (MERGE, {"spec": {"no": 1}}, 200),
        (STRATEGIC, {"spec": {"$patch": "bogus"}}, 500),
        (STRATEGIC, {"$retainKeys": 5}, 400),
        (STRATEGIC, {"spec": {"$patch": "delete"}}, 200),
    )
    for media in (JSON_PATCH, MERGE, STRATEGIC):
        await send_all(api, path, media, [(patch, status) for type, patch, status in patches if type == media])
