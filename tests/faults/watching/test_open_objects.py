"""Objects of open kinds keep all of their fields wherever they are listed, watched, cached and waited for."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from typing import Any

import pytest

from aiokube import Client, InformerChange, ObjectKey, deleted
from aiokube.errors import DecodeError, WaitTimeout
from aiokube.runtime.codec.depth import MAX_DEPTH
from aiokube.runtime.verbs import Resource
from tests.support.local import local
from tests.support.map_cluster import MapCluster, event_line
from tests.support.open_models import OpenMap, OpenMapList

_PATH = "/api/v1/namespaces/{namespace}/configmaps"
_EXTRA = {"free": [1, None, {"a": 1.0}]}


class OpenMaps(Resource):
    """ConfigMaps of an open class, with methods as the generator writes them."""

    def list(self, **options: Any) -> Any:
        return self._list(_PATH, None, OpenMapList, {}, **options)

    def iterate(self, **options: Any) -> Any:
        return self._iterate(_PATH, None, OpenMap, OpenMapList, {}, **options)

    def watch(self, **query: Any) -> Any:
        return self._watch(_PATH, None, OpenMap, OpenMapList, query, on_undecodable=None)

    def informer(self, **options: Any) -> Any:
        return self._informer(_PATH, None, OpenMap, OpenMapList, {}, page_size=2, **options)

    def wait_for(self, name: str, condition: Any, **options: Any) -> Any:
        return self._wait_for(_PATH, OpenMap, OpenMapList, condition, name=name, **options)


@local
async def test_lists_and_pages_keep_extra_fields(server: MapCluster, kube: Client) -> None:
    created = [server.put(f"map-{number}", _EXTRA) for number in range(5)]
    maps = OpenMaps(kube)
    assert [one.to_dict() for one in (await maps.list()).items] == created
    found = [one async for one in maps.iterate(page_size=2)]
    assert [one.to_dict() for one in found] == created
    assert all(type(one) is OpenMap and one["data"] == _EXTRA for one in found)


@local
async def test_an_object_that_does_not_fit_is_set_apart_from_the_others(server: MapCluster, kube: Client) -> None:
    good, bad = server.put("good", _EXTRA), server.put("bad", labels=[1])
    maps, errors = OpenMaps(kube), list[DecodeError]()
    with pytest.raises(DecodeError, match=r"metadata\.labels: expected a mapping, got a list"):
        await maps.list()
    assert [one.to_dict() for one in (await maps.list(on_undecodable=errors.append)).items] == [good]
    assert [one.to_dict() async for one in maps.iterate(page_size=2, on_undecodable=errors.append)] == [good]
    assert len(errors) == 2
    assert f"default/{bad['metadata']['name']}" in str(errors[0])
    server.odd_object("configmaps", "good", {"apiVersion": "v1", "kind": "Other"}, namespace="default")
    assert (await maps.list(on_undecodable=errors.append)).items == []
    assert "expected ConfigMap of v1, got Other of v1" in str(errors[-1])


@local
async def test_an_object_whose_extra_fields_are_too_deep_is_set_apart(server: MapCluster, kube: Client) -> None:
    deepest: Any = 1
    for _ in range(MAX_DEPTH - 2):
        deepest = {"a": deepest}
    good = server.put("deepest", {"k": deepest})
    server.put("deeper", {"k": {"a": deepest}})
    maps, errors = OpenMaps(kube), list[DecodeError]()
    problem = rf"default/deeper: OpenMap default/deeper: the data is nested deeper than {MAX_DEPTH} levels"
    with pytest.raises(DecodeError, match=problem):
        await maps.list()
    assert [one.to_dict() for one in (await maps.list(on_undecodable=errors.append)).items] == [good]
    assert [one.to_dict() async for one in maps.iterate(page_size=2, on_undecodable=errors.append)] == [good]
    async with maps.informer(on_undecodable=errors.append) as informer:
        assert informer.get("deepest").to_dict() == good
        server.put("deeper", {"k": {"b": deepest}})
        async with asyncio.timeout(5):
            while len(errors) < 4:
                await asyncio.sleep(0.01)
        assert [key.name for key in informer] == ["deepest"]
    assert all(re.search(problem.replace("er: O", "er(, MODIFIED)?: O"), str(error)) for error in errors)


@local
async def test_events_keep_extra_fields(server: MapCluster, kube: Client) -> None:
    first = server.put("a", _EXTRA)
    async with aclosing(OpenMaps(kube).watch(allowWatchBookmarks=True)) as events:
        event = await anext(events)
        assert (event.type, event.object.to_dict()) == ("ADDED", first)
        task = asyncio.ensure_future(anext(events))
        await server.wait_watches()
        changed = server.put("a", {"k": _EXTRA})
        event = await task
        assert (event.type, event.object.to_dict()) == ("MODIFIED", changed)
        server.bookmark()
        event = await anext(events)
        assert (event.type, type(event.object), [*event.object]) == ("BOOKMARK", OpenMap, [])
        # Null in place of text is read by the second pass.
        server.send(event_line("MODIFIED", {**changed, "metadata": {**changed["metadata"], "labels": {"a": None}}}))
        event = await anext(events)
        assert (event.object.metadata.labels, event.object["data"]) == ({"a": ""}, {"k": _EXTRA})
        server.delete("a")
        assert (await anext(events)).type == "DELETED"


@local
async def test_an_informer_keeps_extra_fields(server: MapCluster, kube: Client) -> None:
    created = [server.put(f"map-{number}", _EXTRA) for number in range(3)]
    async with OpenMaps(kube).informer() as informer:
        changes = informer.changes()
        assert [informer.get(f"map-{number}").to_dict() for number in range(3)] == created
        changed = server.put("map-1", {"new": 1})
        seen: list[InformerChange[OpenMap]] = []
        async for change in changes:
            seen.append(change)
            if change.type == "MODIFIED":
                break
        assert seen[-1].key == ObjectKey("default", "map-1")
        assert seen[-1].object.to_dict() == changed
        assert seen[-1].old is not None
        assert seen[-1].old["data"] == _EXTRA
        await changes.aclose()


@local
async def test_conditions_are_waited_for_in_fields_without_a_schema(server: MapCluster, kube: Client) -> None:
    maps = OpenMaps(kube)
    server.put("a")
    with pytest.raises(WaitTimeout, match="it has no conditions"):
        await maps.wait_for("a", "Ready", timeout=1)
    status = {"conditions": [{"type": "Ready", "status": "False", "reason": "Slow"}]}
    obj = server.odd_object("configmaps", "a", {"status": status}, namespace="default")
    with pytest.raises(WaitTimeout, match=r"its conditions are Ready=False \(Slow\)"):
        await maps.wait_for("a", "Ready", timeout=1)

    task = asyncio.ensure_future(maps.wait_for("a", "Ready", timeout=60))
    await server.wait_watches(3)
    ready = {**obj, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    server.send(event_line("MODIFIED", ready))
    assert (await task).to_dict() == ready

    found = await maps.wait_for("a", lambda one: one["status"]["conditions"][0]["reason"] == "Slow", timeout=1)
    assert found.to_dict() == obj
    server.delete("a")
    assert await maps.wait_for("a", deleted, timeout=1) is None
