"""Lists in pages, across snapshots that expire."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from aiokube import Client, ResourceVersionMatch
from aiokube.errors import Expired, InvalidRequest
from tests.support.local import local
from tests.support.map_cluster import LISTS, MapCluster


def _fill(server: MapCluster, count: int) -> list[str]:
    names = [f"map-{number:03}" for number in range(count)]
    for name in names:
        server.put(name)
    return names


async def _names(
    kube: Client, version: str | None = None, match: ResourceVersionMatch | None = None
) -> list[str | None]:
    objects = kube.core_v1.config_maps.iterate(page_size=10, resource_version=version, resource_version_match=match)
    return [one.metadata.name async for one in objects]


@local
async def test_only_the_first_page_carries_the_resource_version(server: MapCluster, kube: Client) -> None:
    names = _fill(server, 25)

    assert await _names(kube, "302", "NotOlderThan") == names

    assert [seen.query.get("limit") for seen in server.requests] == ["10", "10", "10"]
    assert [seen.query.get("resourceVersion") for seen in server.requests] == ["302", None, None]
    assert [seen.query.get("resourceVersionMatch") for seen in server.requests] == ["NotOlderThan", None, None]


@local
async def test_pages_have_500_objects_by_default(server: MapCluster, kube: Client) -> None:
    assert [one async for one in kube.core_v1.config_maps.iterate()] == []
    assert server.requests[0].query == {"limit": "500"}


@pytest.mark.parametrize("offers_token", [True, False])
@local
async def test_an_expired_continue_token_neither_loses_nor_repeats_objects(
    server: MapCluster, kube: Client, offers_token: bool
) -> None:
    names = _fill(server, 35)
    seen = []
    if offers_token:
        server.expire_pages()
    async for one in kube.core_v1.config_maps.iterate(page_size=10):
        seen.append(one.metadata.name)
        if len(seen) == 10 and not offers_token:
            server.fail(code=410, verbs=LISTS)

    assert seen == names
    # The remaining objects come in pages, too.
    limits = ["10"] * 7 if offers_token else ["10", "10", None]
    assert [request.query.get("limit") for request in server.requests] == limits


@pytest.mark.parametrize("offers_token", [True, False])
@local
async def test_objects_that_exist_throughout_are_yielded_once(
    server: MapCluster, kube: Client, offers_token: bool
) -> None:
    names = _fill(server, 25)
    seen = []
    async for one in kube.core_v1.config_maps.iterate(page_size=10):
        seen.append(one.metadata.name)
        if len(seen) == 10:
            server.delete("map-003")
            server.put("map-003")
            server.put("map-005", {"changed": "yes"})
            server.delete("map-015")
            server.put("map-0175")
            server.compact()
            if not offers_token:
                server.fail(code=410, verbs=LISTS)

    # Objects that are created or deleted in the meantime may or may not appear.
    assert len(seen) == len(set(seen))
    assert set(names) - {"map-015"} <= set(seen) <= {*names, "map-0175"}


@local
async def test_an_exact_list_raises_expired_instead_of_mixing_snapshots(server: MapCluster, kube: Client) -> None:
    _fill(server, 25)
    version = server.resource_version
    server.expire_pages()

    with pytest.raises(Expired):
        await _names(kube, version, "Exact")
    assert len(server.requests) == 2


@local
async def test_an_expired_version_raises_expired(server: MapCluster, kube: Client) -> None:
    _fill(server, 5)
    server.compact()

    with pytest.raises(Expired):
        await _names(kube, "302", "Exact")
    assert len(server.requests) == 1


@local
async def test_an_expired_full_list_is_raised(server: MapCluster, kube: Client) -> None:
    _fill(server, 25)
    with pytest.raises(Expired):
        async for one in kube.core_v1.config_maps.iterate(page_size=10):
            if one.metadata.name == "map-009":
                server.fail(5, 410, verbs=LISTS)
    assert len(server.requests) == 3


@local
async def test_leaving_early_requests_no_more_pages(server: MapCluster, kube: Client) -> None:
    _fill(server, 25)
    async with aclosing(kube.core_v1.config_maps.iterate(page_size=10)) as objects:
        async for one in objects:
            assert one.metadata.name == "map-000"
            break
    assert len(server.requests) == 1


@local
async def test_invalid_arguments_are_refused(server: MapCluster, kube: Client) -> None:
    with pytest.raises(InvalidRequest, match="page_size is 0"):
        kube.core_v1.config_maps.iterate(page_size=0)
    with pytest.raises(InvalidRequest, match="namespace: 'a/b' is invalid"):
        kube.core_v1.config_maps.iterate(namespace="a/b")
    assert not server.requests
