"""Responses to the patch of an edit: which refusals are conflicts, and when the patch is sent again."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import pytest

from aiokube.errors import Conflict, Forbidden, Invalid
from aiokube.models import core_v1
from aiokube.testing import FakeCluster

PATCHES = ("patch",)


@pytest.fixture
async def cluster() -> AsyncIterator[FakeCluster]:
    """A cluster with a ConfigMap that others change as well."""
    async with FakeCluster() as running:
        store(running, a="1")
        yield running


def store(cluster: FakeCluster, **data: str) -> str:
    """Store the ConfigMap as another client does, and return its resource version."""
    stored = cluster.odd_object("configmaps", "shared", {"data": data}, namespace="default")
    version: str = stored["metadata"]["resourceVersion"]
    return version


async def edit(cluster: FakeCluster, others: Callable[[], object] = lambda: None) -> core_v1.ConfigMap:
    """Edit the ConfigMap, which others change meanwhile."""

    def change(shared: core_v1.ConfigMap) -> None:
        shared.data["mine"] = "yes"
        others()

    async with cluster.client() as kube:
        return await kube.core_v1.config_maps.edit("shared", change)


def sent(cluster: FakeCluster) -> list[tuple[str, Any]]:
    return [(one.method, one.json() if one.body else None) for one in cluster.requests]


def methods(cluster: FakeCluster) -> list[str]:
    return [one.method for one in cluster.requests]


def patch(version: str) -> list[dict[str, str]]:
    return [
        {"op": "test", "path": "/metadata/resourceVersion", "value": version},
        {"op": "add", "path": "/data/mine", "value": "yes"},
    ]


async def test_a_failed_test_is_a_conflict_if_the_object_has_changed(cluster: FakeCluster) -> None:
    versions = [cluster.resource_version]

    def change_once() -> None:
        if len(versions) == 1:
            versions.append(store(cluster, a="2"))

    edited = await edit(cluster, change_once)
    assert edited.data == {"a": "2", "mine": "yes"}
    assert sent(cluster) == [
        ("GET", None),
        ("PATCH", patch(versions[0])),
        ("GET", None),
        ("GET", None),
        ("PATCH", patch(versions[1])),
    ]
    assert [one.status for one in cluster.requests] == [200, 422, 200, 200, 200]


async def test_a_patch_that_does_not_match_an_unchanged_object_is_an_error(cluster: FakeCluster) -> None:
    cluster.fail(code=422, verbs=PATCHES)
    with pytest.raises(Invalid):
        await edit(cluster)
    assert methods(cluster) == ["GET", "PATCH", "GET"]


_CAUSES = {"kind": "Status", "reason": "Invalid", "code": 422, "details": {"causes": [{"field": "data"}]}}


@pytest.mark.parametrize(
    "refuse",
    [
        partial(FakeCluster.respond, body=json.dumps(_CAUSES).encode(), code=422),
        partial(FakeCluster.fail, code=403),
    ],
    ids=["causes", "forbidden"],
)
async def test_any_other_refusal_is_the_error_of_the_edit(cluster: FakeCluster, refuse: Callable[..., None]) -> None:
    refuse(cluster, verbs=PATCHES)
    with pytest.raises((Invalid, Forbidden)):
        await edit(cluster, lambda: store(cluster, a="1"))
    assert methods(cluster) == ["GET", "PATCH"]


async def test_the_fifth_conflict_is_the_error_of_the_edit(cluster: FakeCluster) -> None:
    with pytest.raises(Conflict, match="ConfigMap shared was changed by others while it was edited"):
        await edit(cluster, lambda: store(cluster, a="1"))
    assert methods(cluster) == ["GET", "PATCH", "GET"] * 5


async def test_an_object_without_a_resource_version_is_patched_without_a_test(cluster: FakeCluster) -> None:
    bare = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "shared"}, "data": {"a": "1"}}
    cluster.respond(body=json.dumps(bare).encode(), verbs=("get",))
    assert (await edit(cluster)).data == {"a": "1", "mine": "yes"}
    assert sent(cluster)[1] == ("PATCH", patch("")[1:])


async def test_an_edit_without_a_change_sends_nothing(cluster: FakeCluster) -> None:
    store(cluster, a="1", mine="yes")
    assert (await edit(cluster)).data == {"a": "1", "mine": "yes"}
    assert sent(cluster) == [("GET", None)]
