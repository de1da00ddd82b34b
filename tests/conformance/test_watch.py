"""watch: history, bookmarks, initial events, selectors that make objects come and go, and ends."""

from __future__ import annotations

import pytest

from .api import Api

NAMED = {"fieldSelector": "metadata.name!=kube-root-ca.crt"}


async def version(api: Api) -> str:
    """Return the present resource version."""
    return (await api.get(api.core("configmaps"), query=NAMED)).version


async def put(api: Api, name: str, value: str = "1", **labels: str) -> None:
    """Create a config map, or change it."""
    body = {"metadata": {"name": name, "labels": labels}, "data": {"x": value}}
    await api.post(api.core("configmaps"), body)


async def test_changes_come_as_events(api: Api) -> None:
    since = await version(api)
    async with api.watch(api.core("configmaps"), {"resourceVersion": since}) as watch:
        await put(api, "a")
        await api.patch(api.core("configmaps", "a"), {"data": {"x": "2"}})
        await api.delete(api.core("configmaps", "a"), differs=["*"])
        types = [(await watch.next())["type"] for _ in range(3)]
    assert types == ["ADDED", "MODIFIED", "DELETED"]


async def test_a_deleted_object_has_the_version_of_its_deletion(api: Api) -> None:
    await put(api, "a")
    since = await version(api)
    async with api.watch(api.core("configmaps"), {"resourceVersion": since}) as watch:
        await api.delete(api.core("configmaps", "a"), differs=["*"])
        event = await watch.next()
    assert int(event["object"]["metadata"]["resourceVersion"]) > int(since)


async def test_the_history_comes_first(api: Api) -> None:
    since = await version(api)
    await put(api, "a")
    await put(api, "b")
    async with api.watch(api.core("configmaps"), {"resourceVersion": since}) as watch:
        names = [(await watch.next())["object"]["metadata"]["name"] for _ in range(2)]
    assert names == ["a", "b"]


@pytest.mark.parametrize("query", [{}, {"resourceVersion": "0"}])
async def test_without_a_version_objects_come_first(api: Api, query: dict[str, str]) -> None:
    await put(api, "a")
    async with api.watch(api.core("configmaps"), {**NAMED, **query}) as watch:
        assert (await watch.next())["type"] == "ADDED"
        await put(api, "b")
        assert (await watch.next())["object"]["metadata"]["name"] == "b"


async def test_initial_events_end_with_a_bookmark(api: Api) -> None:
    await put(api, "a")
    query = {
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
        "allowWatchBookmarks": "true",
        **NAMED,
    }
    async with api.watch(api.core("configmaps"), query) as watch:
        assert (await watch.next())["type"] == "ADDED"
        bookmark = await watch.next()
    assert bookmark["type"] == "BOOKMARK"
    assert bookmark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


async def test_objects_enter_and_leave_a_selection(api: Api) -> None:
    since = await version(api)
    async with api.watch(api.core("configmaps"), {"resourceVersion": since, "labelSelector": "in=yes"}) as watch:
        await put(api, "a")
        await api.patch(api.core("configmaps", "a"), {"metadata": {"labels": {"in": "yes"}}})
        assert (await watch.next())["type"] == "ADDED"
        await api.patch(api.core("configmaps", "a"), {"data": {"x": "2"}})
        assert (await watch.next())["type"] == "MODIFIED"
        await api.patch(api.core("configmaps", "a"), {"metadata": {"labels": {"in": "no"}}})
        gone = await watch.next()
        assert gone["type"] == "DELETED"
        await api.patch(api.core("configmaps", "a"), {"metadata": {"labels": {"in": "yes"}}})
        assert (await watch.next())["type"] == "ADDED"


async def test_one_object_is_watched(api: Api) -> None:
    since = await version(api)
    query = {"resourceVersion": since, "fieldSelector": "metadata.name=b"}
    async with api.watch(api.core("configmaps"), query) as watch:
        await put(api, "a")
        await put(api, "b")
        assert (await watch.next())["object"]["metadata"]["name"] == "b"


async def test_metadata_alone_is_watched(api: Api) -> None:
    since = await version(api)
    accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    async with api.watch(api.core("configmaps"), {"resourceVersion": since}, accept=accept) as watch:
        await put(api, "a")
        assert (await watch.next())["object"]["kind"] == "PartialObjectMetadata"


async def test_a_watch_ends_at_its_timeout(api: Api) -> None:
    since = await version(api)
    async with api.watch(api.core("configmaps"), {"resourceVersion": since, "timeoutSeconds": "1"}) as watch:
        await watch.end()


async def test_a_watch_of_the_future_waits(api: Api) -> None:
    async with api.watch(api.core("configmaps"), {"resourceVersion": "9999999", "timeoutSeconds": "1"}) as watch:
        await watch.end()


async def test_an_unchanged_update_is_no_event(api: Api) -> None:
    await put(api, "a")
    since = await version(api)
    async with api.watch(api.core("configmaps"), {"resourceVersion": since}) as watch:
        await api.patch(api.core("configmaps", "a"), {"data": {"x": "1"}})
        await put(api, "b")
        assert (await watch.next())["object"]["metadata"]["name"] == "b"


INVALID: dict[str, tuple[dict[str, str], int]] = {
    "initial events without a match": ({"sendInitialEvents": "true"}, 422),
    "a match without initial events": ({"resourceVersionMatch": "NotOlderThan"}, 422),
    "an exact match": ({"resourceVersionMatch": "Exact"}, 422),
    "an unknown match": ({"sendInitialEvents": "true", "resourceVersionMatch": "Exact"}, 422),
    "a version that is no number": ({"resourceVersion": "abc"}, 500),
    "a selector": ({"labelSelector": "a b"}, 400),
    "a field": ({"fieldSelector": "data=x"}, 400),
}


@pytest.mark.parametrize("what", INVALID)
async def test_an_invalid_watch_is_refused(api: Api, what: str) -> None:
    query, status = INVALID[what]
    await api.get(api.core("configmaps"), status, query={"watch": "true", "timeoutSeconds": "1", **query})


async def test_all_namespaces_are_watched(api: Api) -> None:
    since = await version(api)
    query = {"resourceVersion": since, "labelSelector": f"of={api.namespace}"}
    async with api.watch("/api/v1/configmaps", query) as watch:
        await put(api, "a", of=api.namespace)
        assert (await watch.next())["object"]["metadata"]["namespace"] == api.namespace


async def test_the_deprecated_paths_of_watches(api: Api) -> None:
    since = await version(api)
    base = f"/api/v1/watch/namespaces/{api.namespace}/configmaps"
    async with (
        api.watch(base, {"resourceVersion": since}) as all_of_them,
        api.watch(f"{base}/b", {"resourceVersion": since}) as one,
    ):
        await put(api, "a")
        await put(api, "b")
        assert (await all_of_them.next())["object"]["metadata"]["name"] == "a"
        assert (await one.next())["object"]["metadata"]["name"] == "b"
    await api.get(f"{base}/b", 400, query={"fieldSelector": "metadata.name=a"})
    await api.get("/api/v1/watch/nope", 404)
    await api.delete(f"{base}/b", 405)
    await api.get(f"/apis/apps/v1/watch/namespaces/{api.namespace}/deployments", 500, query={"resourceVersion": "x"})
