"""Objects of kinds without a schema are dicts, iterated and watched like any others."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

from aiokube import Client, ObjectKey, key_of
from aiokube.errors import DecodeError
from aiokube.models import meta_v1
from aiokube.runtime.codec.model import Model
from aiokube.runtime.watching.list_watch import ListWatch
from aiokube.runtime.watching.pagination import iterate
from aiokube.runtime.watching.watcher import Watch, watch
from tests.support.local import local
from tests.support.map_cluster import MapCluster

Plain = dict[str, Any]


class PlainList(Model, kw_only=True):
    metadata: meta_v1.ListMeta
    items: list[Plain]


def _plain(kube: Client) -> ListWatch[Plain]:
    return ListWatch(
        client=kube, template="/api/v1/configmaps", values={}, query={}, item_type=Plain, list_type=PlainList
    )


def _without_kind(obj: Plain) -> Plain:
    """Return an object as typed lists have it."""
    return {name: value for name, value in obj.items() if name not in ("kind", "apiVersion")}


@local
async def test_plain_objects_can_be_iterated(server: MapCluster, kube: Client) -> None:
    created = [_without_kind(server.put(f"map-{number}")) for number in range(5)]
    assert [one async for one in iterate(_plain(kube), {}, page_size=2)] == created


@local
async def test_plain_objects_can_be_watched(server: MapCluster, kube: Client) -> None:
    created = server.put("a")
    errors: list[DecodeError] = []
    plain = _plain(kube)
    events = watch(plain, {}, version=None, seconds=None, show_bookmarks=True)
    watched = Watch(events, plain.heard, errors.append)
    async with aclosing(watched):
        first = await anext(watched)
        assert (first.type, first.object) == ("ADDED", _without_kind(created))
        task = asyncio.ensure_future(anext(watched))
        await server.wait_watches()
        server.send(b'{"type": "ADDED", "object": {"metadata": "none"}}\n')
        server.send(b'{"type": "ADDED", "object": null}\n')
        changed = server.put("a", {"k": {"free": [1, None]}})
        assert (await task).object == changed
        server.bookmark()
        assert (await anext(watched)).type == "BOOKMARK"
        server.drop_watches()
        task = asyncio.ensure_future(anext(watched))
        await server.wait_watches(2)
        server.delete("a")
        assert (await task).type == "DELETED"
    assert server.watches[1].query["resourceVersion"] == "302"
    assert len(errors) == 2


def test_plain_objects_have_keys() -> None:
    assert key_of({"metadata": {"name": "a", "namespace": "default"}}) == ObjectKey("default", "a")
    assert key_of({"metadata": {"name": "a"}}) == ObjectKey(None, "a")
    assert key_of({}) == ObjectKey(None, "")
