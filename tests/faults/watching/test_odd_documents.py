"""Odd documents as lists and events: each call succeeds or raises an error of aiokube, and informers go on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aiokube import Client, created
from aiokube.errors import AiokubeError
from tests.support.informers import cached, truth
from tests.support.local import local
from tests.support.map_cluster import LISTS, WATCHES, MapCluster

_GOOD = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "default", "uid": "u"}}

# In place of an object, and of any of its parts.
_VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "number": 7,
    "huge": 10**400,
    "text": "text",
    "surrogate": "\ud800",
    "list": [],
    "nested-list": [[{}]],
    "object": {},
    "status": {"kind": "Status", "code": 500},
}


def _object(**parts: Any) -> dict[str, Any]:
    metadata = {**_GOOD["metadata"], "resourceVersion": "5", **parts.pop("metadata", {})}  # type: ignore[dict-item]
    return {**_GOOD, "metadata": metadata, **parts}


def _variants(value: Any) -> list[Any]:
    """Return objects that hold the value in different places."""
    fields = ("name", "namespace", "uid", "resourceVersion", "annotations", "managedFields", "creationTimestamp")
    return [
        value,
        {**_GOOD, "metadata": value},
        _object(data=value),
        _object(data={"key": value}),
        _object(binaryData={"key": value}),
        _object(kind=value),
        _object(apiVersion=value),
        *(_object(metadata={field: value}) for field in fields),
    ]


def _list(**parts: Any) -> dict[str, Any]:
    envelope = {"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {"resourceVersion": "9"}, "items": []}
    return {**envelope, **parts}


def _lists(value: Any) -> list[bytes]:
    odd = [
        value,
        _list(items=value),
        _list(metadata=value),
        _list(kind=value),
        *(_list(metadata={"resourceVersion": "9", name: value}) for name in ("resourceVersion", "continue")),
        *(_list(items=[_object(), one]) for one in _variants(value)),
    ]
    return [json.dumps(one).encode() for one in odd]


def _events(value: Any) -> list[bytes]:
    types: tuple[Any, ...] = ("ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR", value)
    odd = [value, {"object": value}, *({"type": type, "object": one} for type in types for one in _variants(value))]
    return [json.dumps(one).encode() + b"\n" for one in odd]


# What is not a document of JSON at all.
_RAW = (b"", b"\xef\xbb\xbf{}", b"NaN", b'{"a": 1e999}', b"{" * 9, b'{"items": [' + b"[" * 5_000, b"\xff\xfe", b"\0")

_CALLS: dict[str, Callable[[Client], Awaitable[object]]] = {
    "list": lambda kube: kube.core_v1.config_maps.list(),
    "list-rest": lambda kube: kube.core_v1.config_maps.list(on_undecodable=str),
    "iterate": lambda kube: _all(kube.core_v1.config_maps.iterate()),
    "iterate-rest": lambda kube: _all(kube.core_v1.config_maps.iterate(on_undecodable=str)),
    "wait_for": lambda kube: kube.core_v1.config_maps.wait_for("b", created, timeout=3),
}


async def _all(items: Any) -> list[object]:
    return [item async for item in items]


@pytest.mark.parametrize("call", _CALLS.values(), ids=_CALLS.keys())
@pytest.mark.parametrize("value", _VALUES.values(), ids=_VALUES.keys())
@local
async def test_an_odd_list_is_read_or_an_error_of_aiokube(
    server: MapCluster, kube: Client, value: Any, call: Callable[[Client], Awaitable[object]]
) -> None:
    for body in (*_lists(value), *_RAW):
        server.respond(body=body, verbs=LISTS)
        try:
            await call(kube)
        except AiokubeError as error:
            # Nothing of a lone surrogate or a control character reaches a terminal.
            assert str(error).encode().isascii() or str(error).isprintable()
        server.heal()


@pytest.mark.slow
@pytest.mark.parametrize("value", _VALUES.values(), ids=_VALUES.keys())
@local
async def test_an_odd_event_does_not_end_an_informer(server: MapCluster, kube: Client, value: Any) -> None:
    server.put("good", {"k": "v"})
    async with kube.core_v1.config_maps.informer(on_undecodable=str) as maps:
        for number, line in enumerate((*_events(value), *(raw + b"\n" for raw in _RAW))):
            await server.wait_watches()
            server.send(line)
            if number % 10 == 0:
                server.put("good", {"k": str(number)})
            await asyncio.sleep(0.1)
        # A relist removes what the events have added.
        await server.wait_watches()
        server.send(b"garbage\n")
        server.put("last")
        while cached(maps) != truth(server):
            await asyncio.sleep(1)


@pytest.mark.slow
@pytest.mark.parametrize("value", _VALUES.values(), ids=_VALUES.keys())
@local
async def test_an_odd_event_is_skipped_or_ends_a_watch_with_an_error_of_aiokube(
    server: MapCluster, kube: Client, value: Any
) -> None:
    for line in (*_events(value), *(raw + b"\n" for raw in _RAW)):
        server.respond(body=line, verbs=WATCHES)
        watch = kube.core_v1.config_maps.watch(resource_version="300", timeout_seconds=2, on_undecodable=str)
        try:
            async for _ in watch:
                pass
        except AiokubeError as error:
            assert str(error)
        server.heal()
