"""Lists whose pages do not come to an end: few requests, and an error in the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from aiokube import Client, created
from aiokube.errors import AiokubeError, DecodeError
from aiokube.testing import FakeCluster
from tests.support.local import local
from tests.support.map_cluster import LISTS, Fault, MapCluster

Pages = Callable[[int], Fault]


def _page(token: str, *names: str) -> Fault:
    items = [{"metadata": {"name": name, "namespace": "default", "resourceVersion": "5"}} for name in names]
    body: dict[str, Any] = {"kind": "ConfigMapList", "apiVersion": "v1", "items": items}
    content = {**body, "metadata": {"resourceVersion": "9", "continue": token}}
    return partial(FakeCluster.respond, body=json.dumps(content).encode())


def _gone(token: str) -> Fault:
    status = {"kind": "Status", "apiVersion": "v1", "code": 410, "reason": "Expired", "metadata": {"continue": token}}
    return partial(FakeCluster.respond, code=410, body=json.dumps(status).encode())


_PAGES: dict[str, Pages] = {
    "empty": lambda number: _page(f"token-{number}"),
    "same-token": lambda number: _page("token", f"map-{number}"),
    "tokens-in-a-circle": lambda number: _page(f"token-{number % 3}", f"map-{number % 3}"),
    "same-objects": lambda number: _page(f"token-{number}", "map-0"),
    "always-expired": lambda number: _gone(f"token-{number}") if number % 2 else _page("token"),
    "empty-or-expired": lambda number: _gone(f"token-{number}") if number % 2 else _page(f"token-{number}"),
    "expired-tokens": lambda number: _gone(f"token-{number}") if number else _page("first", "map-0"),
}

_CALLS: dict[str, Callable[[Client], Awaitable[object]]] = {
    "iterate": lambda kube: _all(kube.core_v1.config_maps.iterate()),
    "watch": lambda kube: _all(kube.core_v1.config_maps.watch()),
    "wait_for": lambda kube: kube.core_v1.config_maps.wait_for("b", created, timeout=1000),
    "informer": lambda kube: kube.core_v1.config_maps.informer(sync_timeout=200).__aenter__(),
}


async def _all(items: Any) -> list[object]:
    return [item async for item in items]


@pytest.mark.parametrize("call", _CALLS.values(), ids=_CALLS.keys())
@pytest.mark.parametrize("pages", _PAGES.values(), ids=_PAGES.keys())
@local
async def test_an_endless_list_is_an_error_after_few_requests(
    server: MapCluster, kube: Client, pages: Pages, call: Callable[[Client], Awaitable[object]]
) -> None:
    # With an error of its own at the end, in case the list goes on.
    for number in range(200):
        pages(number)(server, verbs=LISTS)
    with pytest.raises(AiokubeError, match=r"continue token|does not end|410 Expired|did not sync"):
        await call(kube)
    times = [seen.at for seen in server.requests]
    assert len(times) < 50
    # A page with new objects, or an expired token after it, is followed at once.
    # An informer that gives up a version asks for the newest one at once, too.
    at_once = 2 if call is _CALLS["informer"] else 1
    pauses = [later - earlier for earlier, later in zip(times[5:], times[5 + at_once :], strict=False)]
    assert all(pause >= 1 for pause in pauses)


@local
async def test_single_empty_pages_are_no_end(server: MapCluster, kube: Client) -> None:
    names = [f"map-{number}" for number in range(8)]
    for name in names:
        _page(f"before-{name}")(server, verbs=LISTS)
        _page(f"after-{name}" if name != names[-1] else "", name)(server, verbs=LISTS)
    assert [one.metadata.name async for one in kube.core_v1.config_maps.iterate()] == names
    assert len(server.requests) == 16


@pytest.mark.parametrize("call", ["iterate", "informer"])
@local
async def test_pages_of_undecodable_objects_are_no_end(server: MapCluster, kube: Client, call: str) -> None:
    # Whoever may create objects in one namespace can fill pages with them.
    for number in range(24):
        server.put(f"map-{number:02}", 7)
    server.put("map-last")
    maps, errors = kube.core_v1.config_maps, list[DecodeError]()
    started = asyncio.get_running_loop().time()
    if call == "informer":
        async with maps.informer(page_size=2, on_undecodable=errors.append) as cache:
            assert [key.name for key in cache] == ["map-last"]
    else:
        objects = maps.iterate(page_size=2, on_undecodable=errors.append)
        assert [one.metadata.name async for one in objects] == ["map-last"]
    assert len(errors) == 24
    assert asyncio.get_running_loop().time() - started < 1


@local
async def test_an_undecodable_object_is_reported_once_across_an_expired_token(server: MapCluster, kube: Client) -> None:
    for number in range(4):
        server.put(f"map-{number}", 7 if number < 2 else None)
    errors: list[DecodeError] = []
    names: list[str] = []
    async for one in kube.core_v1.config_maps.iterate(page_size=3, on_undecodable=errors.append):
        names.append(one.metadata.name)
        # The rest comes with a list from the beginning, in which one fits now.
        server.put("map-1", {"k": "v"})
        server.fail(code=410, verbs=LISTS)
    assert (sorted(names), len(errors)) == (["map-1", "map-2", "map-3"], 2)
