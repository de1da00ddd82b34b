"""Typed methods with `with_raw_response`."""

from __future__ import annotations

import asyncio
import functools
import json

import pytest

from aiokube import Client, Config, WithResponse, with_raw_response
from aiokube.errors import InvalidArgument, NotFound
from aiokube.models.core_v1 import Pod
from tests.support.recording import RecordingTransport
from tests.support.websocket import WebSocketServer, succeed

POD = json.dumps({"metadata": {"name": "web", "resourceVersion": "7"}}).encode()


async def test_a_method_returns_its_object_and_its_response() -> None:
    kube = Client(transport=RecordingTransport(POD, headers={"Audit-Id": "a"}))
    pod, response = await with_raw_response(kube.core_v1.pods.get)("web", namespace="shop")
    assert isinstance(pod, Pod)
    assert pod.metadata.name == "web"
    assert (response.status, response.headers["Audit-Id"], response.body) == (200, "a", POD)


async def test_a_method_with_several_requests_returns_the_last_response() -> None:
    transport = RecordingTransport(POD)
    kube = Client(transport=transport)

    def label(pod: Pod) -> None:
        pod.metadata.labels["a"] = "b"

    _, response = await with_raw_response(kube.core_v1.pods.edit)("web", label)
    assert [request.method for request in transport.requests] == ["GET", "PATCH"]
    assert response.body == POD


async def test_concurrent_calls_return_their_own_responses() -> None:
    one, other = (Client(transport=RecordingTransport(POD, headers={"Audit-Id": text})) for text in ("1", "2"))
    results = await asyncio.gather(*(with_raw_response(kube.core_v1.pods.get)("web") for kube in (one, other) * 5))
    assert [result.response.headers["Audit-Id"] for result in results] == ["1", "2"] * 5
    assert all(isinstance(result, WithResponse) for result in results)


async def test_a_failed_call_raises_the_same_error() -> None:
    kube = Client(transport=RecordingTransport(b"", status=404))
    with pytest.raises(NotFound):
        await with_raw_response(kube.core_v1.pods.get)("web")


async def test_a_method_that_is_not_a_coroutine_function_is_rejected() -> None:
    kube = Client(transport=RecordingTransport())
    with pytest.raises(InvalidArgument, match=r"Pods\.watch is not a coroutine function and has no single response"):
        with_raw_response(kube.core_v1.pods.watch)  # type: ignore[arg-type] # the wrong argument is the point


async def test_nested_calls_both_return_the_response() -> None:
    kube = Client(transport=RecordingTransport(POD))
    (pod, inner), outer = await with_raw_response(with_raw_response(kube.core_v1.pods.get))("web")
    assert pod.metadata.name == "web"
    assert inner.body == outer.body == POD


async def test_a_command_returns_the_response_of_its_handshake() -> None:
    async with WebSocketServer(succeed) as server, Client(Config(server=server.url)) as kube:
        completed, response = await with_raw_response(kube.core_v1.pods.run)("web", ["true"])
    assert (completed.returncode, response.status, response.body) == (0, 101, b"")


async def test_a_function_without_a_request_has_no_response() -> None:
    async def nothing() -> None: ...

    with pytest.raises(InvalidArgument, match="received no response; pass a method that makes a request"):
        await with_raw_response(functools.partial(nothing))()
