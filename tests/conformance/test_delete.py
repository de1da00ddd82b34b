"""delete: answers, preconditions, finalizers, owners, and namespaces that end."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Answer, Api

Json = dict[str, Any]

# The time until which a real server waits is that of the answer; the fields of the controllers are theirs.
ENDING = ["metadata.managedFields"]


async def config_map(api: Api, name: str = "a", owners: list[Answer] | None = None, **metadata: Any) -> Answer:
    """Create a config map."""
    references = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "name": owner.body["metadata"]["name"],
            "uid": owner.body["metadata"]["uid"],
            "blockOwnerDeletion": True,
        }
        for owner in owners or ()
    ]
    if references:
        metadata["ownerReferences"] = references
    return await api.post(api.core("configmaps"), {"metadata": {"name": name, **metadata}, "data": {"x": "1"}})


async def test_an_object_is_deleted(api: Api) -> None:
    await config_map(api)
    answer = await api.delete(api.core("configmaps", "a"))
    assert answer.body["status"] == "Success"
    await api.get(api.core("configmaps", "a"), 404)


async def test_a_missing_object_is_not_deleted(api: Api) -> None:
    await api.delete(api.core("configmaps", "a"), 404)


@pytest.mark.parametrize(
    ("plural", "content"),
    [
        ("services", {"spec": {"clusterIP": "None", "selector": {"a": "b"}}}),
        ("serviceaccounts", {}),
        ("podtemplates", {"template": {"spec": {"containers": [{"name": "a", "image": "a"}]}}}),
        ("secrets", {}),
        ("limitranges", {"spec": {"limits": []}}),
        ("resourcequotas", {"spec": {"hard": {"pods": "1"}}}),
    ],
)
async def test_the_answer_of_a_deletion(api: Api, plural: str, content: Json) -> None:
    await api.post(api.core(plural), {"metadata": {"name": "a"}, **content}, differs=["*"])
    await api.delete(api.core(plural, "a"), differs=["status", *ENDING] if plural == "resourcequotas" else [])


@pytest.mark.parametrize(
    ("place", "content"),
    [
        ("rbac.authorization.k8s.io/v1 roles", {"rules": []}),
        ("coordination.k8s.io/v1 leases", {"spec": {"holderIdentity": "a"}}),
        ("networking.k8s.io/v1 networkpolicies", {"spec": {"podSelector": {}}}),
    ],
)
async def test_the_answer_of_a_deletion_in_a_group(api: Api, place: str, content: Json) -> None:
    path = api.group(*place.split())
    await api.post(path, {"metadata": {"name": "a"}, **content})
    await api.delete(f"{path}/a")


OPTIONS: dict[str, tuple[Json, int]] = {
    "an unknown policy": ({"propagationPolicy": "Foo"}, 422),
    "a policy and orphans": ({"propagationPolicy": "Orphan", "orphanDependents": True}, 422),
    "an unknown dry run": ({"dryRun": ["Foo"]}, 422),
    "another uid": ({"preconditions": {"uid": "x"}}, 409),
    "another version": ({"preconditions": {"resourceVersion": "1"}}, 409),
    "a wrong type": ({"gracePeriodSeconds": "x"}, 400),
    "an unknown field": ({"foo": 1}, 200),
    "a grace": ({"gracePeriodSeconds": 5}, 200),
    "in the background": ({"propagationPolicy": "Background"}, 200),
    "kind and version": ({"kind": "DeleteOptions", "apiVersion": "v1"}, 200),
    "kind and version of meta": ({"kind": "DeleteOptions", "apiVersion": "meta.k8s.io/v1"}, 200),
}


@pytest.mark.parametrize("what", OPTIONS)
async def test_options(api: Api, what: str) -> None:
    await config_map(api)
    body, status = OPTIONS[what]
    await api.delete(api.core("configmaps", "a"), status, body=body)


async def test_a_policy_in_the_query(api: Api) -> None:
    await config_map(api)
    await api.delete(api.core("configmaps", "a"), 422, query={"propagationPolicy": "Foo"})


async def test_preconditions_that_hold(api: Api) -> None:
    created = await config_map(api)
    conditions = {"uid": created.body["metadata"]["uid"], "resourceVersion": created.version}
    await api.delete(api.core("configmaps", "a"), body={"preconditions": conditions})


@pytest.mark.parametrize("body", [{"dryRun": ["All"]}, None])
async def test_a_dry_run_deletes_nothing(api: Api, body: Json | None) -> None:
    await config_map(api)
    await api.delete(api.core("configmaps", "a"), body=body, query={} if body else {"dryRun": "All"})
    await api.get(api.core("configmaps", "a"))


async def test_a_finalizer_is_waited_for(api: Api) -> None:
    await config_map(api, finalizers=["example.com/wait"])
    begun = await api.delete(api.core("configmaps", "a"))
    assert begun.body["metadata"]["deletionTimestamp"]
    again = await api.delete(api.core("configmaps", "a"))
    assert again.version == begun.version
    await api.get(api.core("configmaps", "a"))
    await api.patch(api.core("configmaps", "a"), {"metadata": {"finalizers": None}})
    await api.get(api.core("configmaps", "a"), 404)


async def test_no_finalizer_is_added_to_what_ends(api: Api) -> None:
    await config_map(api, finalizers=["example.com/wait"])
    await api.delete(api.core("configmaps", "a"))
    more = {"metadata": {"finalizers": ["example.com/wait", "example.com/more"]}}
    await api.patch(api.core("configmaps", "a"), more, 422)
    await api.patch(api.core("configmaps", "a"), {"data": {"y": "1"}})
    await api.patch(api.core("configmaps", "a"), {"metadata": {"finalizers": []}})


async def test_an_end_is_not_taken_back(api: Api) -> None:
    await config_map(api, finalizers=["example.com/wait"])
    await api.delete(api.core("configmaps", "a"))
    kept = await api.patch(api.core("configmaps", "a"), {"metadata": {"deletionTimestamp": None}})
    assert kept.body["metadata"]["deletionTimestamp"]
    await api.patch(api.core("configmaps", "a"), {"metadata": {"finalizers": None}})


async def test_what_is_owned_goes_in_the_background(api: Api) -> None:
    owner = await config_map(api)
    await config_map(api, "b", [owner])
    await api.delete(api.core("configmaps", "a"), body={"propagationPolicy": "Background"})
    await api.until(api.core("configmaps", "b"), 404)


async def test_what_has_another_owner_stays(api: Api) -> None:
    owner, other = await config_map(api), await config_map(api, "other")
    await config_map(api, "b", [owner, other])
    await api.delete(api.core("configmaps", "a"), body={"propagationPolicy": "Background"})
    await api.delete(api.core("configmaps", "other"), body={"propagationPolicy": "Background"})
    await api.until(api.core("configmaps", "b"), 404)


async def test_what_is_owned_goes_before_its_owner(api: Api) -> None:
    owner = await config_map(api)
    await config_map(api, "b", [owner], finalizers=["example.com/wait"])
    begun = await api.delete(api.core("configmaps", "a"), body={"propagationPolicy": "Foreground"})
    assert begun.body["metadata"]["finalizers"] == ["foregroundDeletion"]
    await api.until(api.core("configmaps", "a"), 200, differs=ENDING)
    await api.patch(api.core("configmaps", "b"), {"metadata": {"finalizers": None}}, differs=["*"])
    await api.until(api.core("configmaps", "a"), 404)
    await api.until(api.core("configmaps", "b"), 404)


async def test_a_circle_of_owners_goes(api: Api) -> None:
    first = await config_map(api)
    third = await config_map(api, "c", [await config_map(api, "b", [first])])
    (owner,) = (await config_map(api, "d", [third])).body["metadata"]["ownerReferences"]
    await api.patch(api.core("configmaps", "a"), {"metadata": {"ownerReferences": [owner]}}, differs=["*"])
    await api.delete(api.core("configmaps", "a"), body={"propagationPolicy": "Foreground"}, differs=["*"])
    for name in ("a", "b", "c"):
        await api.until(api.core("configmaps", name), 404)


async def test_what_was_owned_stays_as_an_orphan(api: Api) -> None:
    owner = await config_map(api)
    await config_map(api, "b", [owner])
    begun = await api.delete(api.core("configmaps", "a"), body={"propagationPolicy": "Orphan"})
    assert begun.body["metadata"]["finalizers"] == ["orphan"]
    await api.until(api.core("configmaps", "a"), 404)
    kept = await api.get(api.core("configmaps", "b"), differs=ENDING)
    assert "ownerReferences" not in kept.body["metadata"]


async def test_a_collection_is_deleted(api: Api) -> None:
    for name in ("a", "b", "c"):
        await config_map(api, name, labels={"set": "one" if name != "c" else "two"})
    deleted = await api.delete(api.core("configmaps"), query={"labelSelector": "set=one"})
    assert deleted.names == ["a", "b"]
    left = await api.get(api.core("configmaps"), query={"labelSelector": "set"})
    assert left.names == ["c"]


async def test_a_collection_with_a_finalizer(api: Api) -> None:
    await config_map(api, labels={"set": "one"}, finalizers=["example.com/wait"])
    await api.delete(api.core("configmaps"), query={"labelSelector": "set=one"})
    await api.get(api.core("configmaps", "a"))
    await api.patch(api.core("configmaps", "a"), {"metadata": {"finalizers": None}})


async def test_a_namespace_ends(api: Api) -> None:
    name = f"{api.namespace}-x"
    await api.post("/api/v1/namespaces", {"metadata": {"name": name}})
    await api.until(f"/api/v1/namespaces/{name}/serviceaccounts/default", 200, differs=["*"])
    await api.post(
        f"/api/v1/namespaces/{name}/configmaps", {"metadata": {"name": "a", "finalizers": ["example.com/x"]}}
    )
    begun = await api.delete(f"/api/v1/namespaces/{name}")
    assert begun.body["status"]["phase"] == "Terminating"
    refused = await api.post(f"/api/v1/namespaces/{name}/configmaps", {"metadata": {"name": "b"}}, 403)
    assert refused.body["details"]["causes"][0]["reason"] == "NamespaceTerminating"
    patch = {"metadata": {"finalizers": None}}
    await api.patch(f"/api/v1/namespaces/{name}/configmaps/a", patch, differs=["*"])
    await api.until(f"/api/v1/namespaces/{name}", 404)
    await api.get(f"/api/v1/namespaces/{name}/configmaps/a", 404)


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
async def test_a_namespace_of_the_system_stays(api: Api, name: str) -> None:
    await api.delete(f"/api/v1/namespaces/{name}", 403)


async def test_a_pod_without_a_node_goes_at_once(api: Api) -> None:
    spec = {"schedulerName": "nobody", "containers": [{"name": "a", "image": "a"}]}
    await api.post(api.core("pods"), {"metadata": {"name": "a"}, "spec": spec})
    await api.delete(api.core("pods", "a"))
    await api.get(api.core("pods", "a"), 404)


BODIES: list[tuple[int, Any]] = [
    (400, {"kind": "Pod", "apiVersion": "v1"}),
    (400, {"gracePeriodSeconds": 1 << 63}),
    (400, {"gracePeriodSeconds": 1.5}),
    (400, [1]),
    (422, {"dryRun": ["All", "Nope"]}),
    (200, b"null"),
    (200, {"kind": "DeleteOptions", "apiVersion": "apps/v1"}),
    (200, {"propagationPolicy": "Background"}),
    (409, {"ignoreStoreReadErrorWithClusterBreakingPotential": True}),
    (422, {"propagationPolicy": ""}),
    (200, {"unknown": 5}),
]


async def test_with_a_body_the_query_does_not_count(api: Api) -> None:
    path = api.core("configmaps", "a")
    for status, body in BODIES:
        await config_map(api)
        differs = ["message"] if body == [1] else []
        await api.delete(path, status, body=body, query={"dryRun": "All", "propagationPolicy": "Nope"}, differs=differs)
        await api.delete(path, 404 if status == 200 else 200)


QUERIES: list[tuple[int, str]] = [
    (400, "gracePeriodSeconds=x"),
    (400, "gracePeriodSeconds="),
    (422, "dryRun=All&dryRun=Nope"),
    (422, "dryRun="),
    (200, "dryRun=All&dryRun=All"),
    (200, "dryRun=All&orphanDependents=garbage"),
    (422, "dryRun=All&orphanDependents=false&propagationPolicy=Background"),
    (422, "dryRun=All&propagationPolicy="),
]


async def test_options_in_the_query(api: Api) -> None:
    await config_map(api)
    for status, query in QUERIES:
        await api.delete(f"{api.core('configmaps', 'a')}?{query}", status)
        await api.delete(f"{api.core('configmaps')}?fieldSelector=metadata.name%3Da&{query}", status)
    unsafe = {"ignoreStoreReadErrorWithClusterBreakingPotential": "true", "dryRun": "All"}
    await api.delete(api.core("configmaps", "a"), 409, query=unsafe)
    await api.delete(api.core("configmaps"), 422, query=unsafe)
