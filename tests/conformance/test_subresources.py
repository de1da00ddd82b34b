"""Subresources and reviews: scale, eviction, tokens, and who may do what."""

from __future__ import annotations

from typing import Any

import pytest

from .api import JSON_PATCH, STRATEGIC, Api
from .test_create import SELECTOR, TEMPLATE

Json = dict[str, Any]

# A real controller notes what it has seen.
SEEN = ["metadata.resourceVersion", "status"]


async def deployment(api: Api) -> str:
    """Create a deployment that does nothing, and return its path."""
    selector = {**SELECTOR, "matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "db"]}]}
    spec = {"replicas": 0, "paused": True, "selector": selector, "template": TEMPLATE}
    await api.post(api.group("apps/v1", "deployments"), {"metadata": {"name": "a"}, "spec": spec})
    return api.group("apps/v1", "deployments", "a")


async def test_a_scale_is_read(api: Api) -> None:
    path = await deployment(api)
    found = await api.get(f"{path}/scale")
    assert found.body["kind"] == "Scale"


@pytest.mark.parametrize("type_", ["application/merge-patch+json", STRATEGIC])
async def test_a_scale_is_patched(api: Api, type_: str) -> None:
    path = await deployment(api)
    scaled = await api.patch(f"{path}/scale", {"spec": {"replicas": 2}}, type=type_, differs=SEEN)
    assert scaled.body["spec"] == {"replicas": 2}
    found = await api.get(path, differs=["metadata.annotations", "metadata.managedFields", *SEEN])
    assert found.body["spec"]["replicas"] == 2 and found.body["metadata"]["generation"] == 2


async def test_a_scale_is_patched_by_json(api: Api) -> None:
    path = await deployment(api)
    change = [{"op": "add", "path": "/spec/replicas", "value": 3}]
    await api.patch(f"{path}/scale", change, type=JSON_PATCH, differs=SEEN)


async def test_a_scale_is_replaced(api: Api) -> None:
    path = await deployment(api)
    await api.put(f"{path}/scale", {"metadata": {"name": "a"}, "spec": {"replicas": 2}}, differs=SEEN)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"metadata": {"name": "b"}, "spec": {"replicas": 2}}, 400),
        ({"metadata": {"name": "a"}, "spec": {"replicas": -1}}, 422),
        ({"metadata": {"name": "a", "resourceVersion": "1"}, "spec": {"replicas": 1}}, 409),
        ({"metadata": {"name": "a"}, "spec": {"replicas": "x"}}, 400),
    ],
)
async def test_an_invalid_scale_is_refused(api: Api, body: Json, status: int) -> None:
    path = await deployment(api)
    await api.put(f"{path}/scale", body, status)


async def test_a_missing_scale(api: Api) -> None:
    await api.get(api.group("apps/v1", "deployments", "missing", "scale"), 404)


async def pod(api: Api) -> str:
    """Create a pod that no scheduler takes, and return its path."""
    spec = {"schedulerName": "nobody", "containers": [{"name": "a", "image": "a"}]}
    await api.post(api.core("pods"), {"metadata": {"name": "a"}, "spec": spec})
    return api.core("pods", "a")


def eviction(name: str | None = "a", **more: Any) -> Json:
    metadata = {} if name is None else {"name": name}
    return {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata, **more}


async def test_a_pod_is_evicted(api: Api) -> None:
    path = await pod(api)
    await api.post(f"{path}/eviction", eviction())
    await api.get(path, 404)


async def test_a_pending_pod_is_evicted_in_spite_of_a_budget(api: Api) -> None:
    budget = {"metadata": {"name": "a"}, "spec": {"minAvailable": 1, "selector": {}}}
    await api.post(api.group("policy/v1", "poddisruptionbudgets"), budget)
    path = await pod(api)
    await api.post(f"{path}/eviction", eviction())


@pytest.mark.parametrize("name", ["b", None])
async def test_an_eviction_of_another_name_is_refused(api: Api, name: str | None) -> None:
    path = await pod(api)
    await api.post(f"{path}/eviction", eviction(name), 400)


async def test_a_missing_pod_is_not_evicted(api: Api) -> None:
    await api.post(api.core("pods", "a", "eviction"), eviction(), 404)


async def test_a_dry_run_evicts_nothing(api: Api) -> None:
    path = await pod(api)
    await api.post(f"{path}/eviction", eviction(deleteOptions={"dryRun": ["All"]}))
    await api.get(path, differs=["*"])


MANAGED = ["metadata.managedFields"]


@pytest.mark.parametrize(
    ("path", "spec"),
    [
        ("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {}),
        ("/apis/authorization.k8s.io/v1/subjectaccessreviews", {"user": "me", "groups": ["system:masters"]}),
    ],
)
async def test_an_administrator_may_do_everything(api: Api, path: str, spec: Json) -> None:
    body = {"spec": {**spec, "resourceAttributes": {"verb": "get", "resource": "pods"}}}
    answer = await api.post(path, body, differs=MANAGED)
    assert answer.body["status"] == {"allowed": True}


async def test_a_review_of_nothing_is_refused(api: Api) -> None:
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    await api.post(path, {"spec": {}}, 422)


async def test_a_user_is_told_who_it_is(api: Api) -> None:
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    answer = await api.post(path, {}, differs=["metadata", "status.userInfo.extra"])
    assert answer.body["status"]["userInfo"]["username"] == "kubernetes-admin"


async def test_a_wrong_token_is_reviewed(api: Api) -> None:
    path = "/apis/authentication.k8s.io/v1/tokenreviews"
    await api.post(path, {"spec": {"token": "nope"}}, differs=MANAGED)
    await api.post(path, {"spec": {}}, 400)


async def test_a_token_of_a_service_account(api: Api) -> None:
    path = api.core("serviceaccounts", "default", "token")
    answer = await api.post(path, {}, differs=["status.token", *MANAGED])
    assert answer.body["status"]["token"].count(".") == 2
    await api.post(path, {"spec": {"expirationSeconds": 5}}, 422)
    await api.post(api.core("serviceaccounts", "missing", "token"), {}, 404)
