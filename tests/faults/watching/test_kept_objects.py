"""The objects that an informer keeps: read-only, transformed if the user says so, and no more than is needed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import DecodeError, InvalidArgument, ReadOnlyObject
from aiokube.models import core_v1
from tests.support.informers import Recorder, cached, truth
from tests.support.local import local
from tests.support.map_cluster import MapCluster, event_line


async def settled(server: MapCluster, maps: Any) -> None:
    """Wait until the cache equals the server's state."""
    async with asyncio.timeout(10):
        while cached(maps) != truth(server):
            await asyncio.sleep(0.01)


@local
async def test_cached_objects_are_read_only_however_they_came(server: MapCluster, kube: Client) -> None:
    server.put("listed", {"a": "1"})
    for streaming_list in (False, True):
        informer = kube.core_v1.config_maps.informer(streaming_list=streaming_list, keep_managed_fields=True)
        async with informer as maps:
            await server.wait_watches()
            server.put("watched", {"a": "1"})
            server.put("listed", {"a": "2"})
            await settled(server, maps)
            for name in ("listed", "watched"):
                found = maps.get(name)
                assert found is not None
                with pytest.raises(ReadOnlyObject):
                    found.data["a"] = "3"
                with pytest.raises(ReadOnlyObject):
                    found.metadata.name = "other"
                changed = found.copy()
                changed.data["a"] = "3"
                assert maps.get(name) == found != changed


@local
async def test_what_an_event_left_as_it_was_is_the_same_object(server: MapCluster, kube: Client) -> None:
    data = {"text": "x" * 1000}
    server.put("a", data)
    seen = Recorder()
    async with kube.core_v1.config_maps.informer() as maps:
        maps.add_handler(seen)
        await server.wait_watches()
        for round_ in range(3):
            server.put("a", data, labels={"round": f"{round_}"})
            await settled(server, maps)
        found = maps.get("a")
        assert found is not None
        assert found.metadata.labels == {"round": "2"}
        texts = {id(change.object.data["text"]) for change in seen.changes[-2:]}
        assert len(texts) == 1


@local
async def test_a_transform_decides_what_is_kept(server: MapCluster, kube: Client) -> None:
    server.put("listed", {"a": "1", "secret": "2"})

    def without_data(obj: core_v1.ConfigMap) -> core_v1.ConfigMap:
        obj.data = {"size": f"{len(obj.data)}"}
        return obj

    for streaming_list in (False, True):
        informer = kube.core_v1.config_maps.informer(transform=without_data, streaming_list=streaming_list)
        async with informer as maps:
            await server.wait_watches()
            server.put("watched", {"b": "1"})
            await settled(server, maps)
            found = {name: maps.get(name) for name in ("listed", "watched")}
            assert {name: obj and obj.data for name, obj in found.items()} == {
                "listed": {"size": "2"},
                "watched": {"size": "1"},
            }
            with pytest.raises(ReadOnlyObject):
                found["listed"].data["a"] = "1"  # type: ignore[union-attr] # asserted above


@local
async def test_a_transform_that_fails_costs_one_object(server: MapCluster, kube: Client) -> None:
    server.put("good", {"a": "1"})
    server.put("raises", {"a": "1"})
    server.put("renames", {"a": "1"})
    server.put("forgets", {"a": "1"})

    def transform(obj: core_v1.ConfigMap) -> core_v1.ConfigMap:
        if obj.metadata.name.startswith("raises"):
            raise ZeroDivisionError
        if obj.metadata.name == "renames":
            obj.metadata.name = "good"
        return None if obj.metadata.name == "forgets" else obj  # type: ignore[return-value] # a mistake

    problems: list[DecodeError] = []
    informer = kube.core_v1.config_maps.informer(transform=transform, on_undecodable=problems.append)
    async with informer as maps:
        assert [key.name for key in maps] == ["good"]
        texts = sorted(str(problem).rpartition("default/")[2] for problem in problems)
        assert texts[0].startswith("forgets: transform returned a NoneType; return a ConfigMap")
        assert texts[1].startswith("raises: transform failed: ZeroDivisionError()")
        assert texts[2].startswith("renames: transform changed the name")
        await server.wait_watches()
        server.put("raises-later", {"a": "1"})
        server.put("last", {"a": "1"})
        async with asyncio.timeout(10):
            while maps.get("last") is None:
                await asyncio.sleep(0.01)
        assert maps.get("raises-later") is None
        assert "raises-later, ADDED: " in str(problems[-1])


@local
async def test_a_transform_must_be_a_function(server: MapCluster, kube: Client) -> None:
    with pytest.raises(InvalidArgument, match="transform"):
        kube.core_v1.config_maps.informer(transform="metadata")  # type: ignore[arg-type] # a mistake


@local
async def test_an_odd_object_is_kept_as_ordinary_ones_are_read(server: MapCluster, kube: Client) -> None:
    server.put("a", {"a": "1"})
    async with kube.core_v1.config_maps.informer() as maps:
        await server.wait_watches()
        metadata = {"name": "odd", "namespace": "default", "resourceVersion": "900", "uid": "u", "labels": None}
        server.send(event_line("ADDED", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": None}))
        async with asyncio.timeout(10):
            while maps.get("odd") is None:
                await asyncio.sleep(0.01)
        found = maps.get("odd")
        assert found is not None
        assert (found.data, found.metadata.labels) == ({}, {})
        with pytest.raises(ReadOnlyObject):
            found.metadata.uid = "v"
