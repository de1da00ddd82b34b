"""Responses with an object that does not fit its class: the error names it, and says what the server has done."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aiokube import Client, Config
from aiokube.errors import DecodeError
from aiokube.models import core_v1
from aiokube.testing import FakeCluster
from tests.support.server import Answer, ScriptedServer


def _pod(name: str, **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "shop"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [], **spec}}


def _answer(*pods: dict[str, Any]) -> Answer:
    listed = {"apiVersion": "v1", "kind": "PodList", "metadata": {"resourceVersion": "9", "remainingItemCount": 3}}
    return Answer(body=json.dumps({**listed, "items": pods}).encode())


_ODD = _pod("bad", priority="high")


def _store(cluster: FakeCluster, *pods: dict[str, Any]) -> None:
    for pod in pods:
        cluster.odd_object("pods", pod["metadata"]["name"], {"spec": pod["spec"]}, namespace="shop")


async def test_a_list_names_the_object() -> None:
    async with FakeCluster() as cluster, cluster.client(namespace="shop") as kube:
        _store(cluster, _pod("good"), _ODD)
        with pytest.raises(DecodeError, match=r"shop/bad.*spec\.priority") as caught:
            await kube.core_v1.pods.list()
        assert "carried out" not in str(caught.value)
        with pytest.raises(DecodeError, match=r"shop/bad.*spec\.priority"):
            await anext(kube.core_v1.pods.iterate())


async def test_a_list_with_a_callback_returns_the_others() -> None:
    errors: list[DecodeError] = []
    async with FakeCluster() as cluster, cluster.client(namespace="shop") as kube:
        _store(cluster, _pod("good"), _ODD, _pod("best"), _pod("worst"))
        pods = await kube.core_v1.pods.list(limit=3, on_undecodable=errors.append)
        assert [pod.metadata.name for pod in pods.items] == ["best", "good"]
        assert (type(pods), pods.metadata.resource_version) == (core_v1.PodList, cluster.resource_version)
        assert pods.metadata.remaining_item_count == 1
        iterated = [pod.metadata.name async for pod in kube.core_v1.pods.iterate(on_undecodable=errors.append)]
        assert iterated == ["best", "good", "worst"]
    assert ["shop/bad" in str(error) for error in errors] == [True, True]


async def test_a_callback_does_not_hide_a_response_that_is_not_a_list() -> None:
    errors: list[DecodeError] = []
    script = (
        Answer(body=b"<html>"),
        Answer(body=b'{"items": ['),
        Answer(body=b"[]"),
        Answer(body=json.dumps(_pod("alone")).encode()),
    )
    async with ScriptedServer(*script) as server, Client(Config(server=server.url)) as kube:
        for _ in script:
            with pytest.raises(DecodeError, match="GET /api/v1/namespaces/default/pods"):
                await kube.core_v1.pods.list(on_undecodable=errors.append)
    assert errors == []


_CALLS: dict[str, Callable[[Client], Awaitable[object]]] = {
    "create": lambda kube: kube.core_v1.pods.create({"metadata": {"name": "bad"}}),
    "replace": lambda kube: kube.core_v1.pods.replace({"metadata": {"name": "bad"}}),
    "patch": lambda kube: kube.core_v1.pods.patch("bad", {}),
    "apply": lambda kube: kube.core_v1.pods.apply({"metadata": {"name": "bad"}}, field_manager="me"),
    "delete": lambda kube: kube.core_v1.pods.delete("bad"),
}


@pytest.mark.parametrize("call", _CALLS.values(), ids=_CALLS.keys())
async def test_a_call_that_was_carried_out_says_so_and_names_the_object(
    call: Callable[[Client], Awaitable[object]],
) -> None:
    async with ScriptedServer(Answer(body=json.dumps(_ODD).encode())) as server:
        async with Client(Config(server=server.url)) as kube:
            with pytest.raises(DecodeError, match=r"shop/bad.*; the server has carried out the request$"):
                await call(kube)


_DEEP = _pod("deep", overhead={"a": {}})
_DEEP_LIST = _answer(_pod("good"), _DEEP).body.replace(b'{"a": {}}', b'{"a":' * 3000 + b"{}" + b"}" * 3000)


@pytest.mark.parametrize(("body", "name"), [(_answer(_pod("good"), _ODD).body, "bad"), (_DEEP_LIST, "deep")])
async def test_a_deletion_of_a_collection_names_the_object(body: bytes, name: str) -> None:
    async with ScriptedServer(Answer(body=body)) as server, Client(Config(server=server.url)) as kube:
        with pytest.raises(DecodeError, match=rf"shop/{name}.*; the server has carried out the request$"):
            await kube.core_v1.pods.delete_collection(label_selector="a=b")


async def test_an_edit_says_whether_it_was_carried_out() -> None:
    def paint(pod: core_v1.Pod) -> None:
        pod.metadata.labels = {"color": "green"}

    script = (Answer(body=json.dumps(_pod("bad")).encode()), Answer(body=json.dumps(_ODD).encode()))
    async with ScriptedServer(*script) as server, Client(Config(server=server.url)) as kube:
        with pytest.raises(DecodeError, match=r"shop/bad.*; the server has carried out the request$"):
            await kube.core_v1.pods.edit("bad", paint, namespace="shop")
        # The last step is repeated: the object cannot be read, and nothing is changed.
        with pytest.raises(DecodeError, match=r"shop/bad") as caught:
            await kube.core_v1.pods.edit("bad", paint, namespace="shop")
    assert "carried out" not in str(caught.value)
