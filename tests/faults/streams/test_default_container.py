"""The default container of a pod, which an annotation names, as in kubectl."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from aiokube import Client
from aiokube.errors import BadRequest
from tests.support.archives import archive, file
from tests.support.clients import client_of
from tests.support.websocket import SH, V4, V5, Peer, WebSocketServer, status

MESSAGE = "a container name must be specified for pod web-0, choose one of: [app sidecar]"


class Pod:
    """A pod of two containers, with annotations."""

    def __init__(self, annotations: dict[str, str] | None = None, *, readable: bool = True) -> None:
        self.annotations = annotations
        self.readable = readable

    def respond(self, request: web.Request) -> web.Response | None:
        if request.path.endswith("/web-0"):
            if not self.readable:
                return status(403, "Forbidden")
            return web.json_response({"metadata": {"name": "web-0", "annotations": self.annotations}})
        if "container" not in request.query:
            return status(400, "BadRequest", MESSAGE)
        if request.path.endswith("/log"):
            return web.Response(text=f"log of {request.query['container']}")
        return None


async def script(peer: Peer) -> None:
    """A command that prints the name of its container; or tar."""
    name = peer.request.query["container"].encode()
    await peer.send(1, archive(file("f", name)) if "tar" in peer.request.query_string else name)
    await peer.exit(0)


async def by_exec(kube: Client, folder: Path) -> str:
    async with kube.core_v1.pods.exec("web-0", SH) as process:
        assert process.stdout is not None
        return (await process.stdout.read()).decode()


async def by_attach(kube: Client, folder: Path) -> str:
    async with kube.core_v1.pods.attach("web-0") as process:
        assert process.stdout is not None
        return (await process.stdout.read()).decode()


async def by_run(kube: Client, folder: Path) -> str:
    return (await kube.core_v1.pods.run("web-0", SH)).stdout.decode()


async def by_copy_from(kube: Client, folder: Path) -> str:
    await kube.core_v1.pods.copy_from("web-0", "f", folder / "f")
    return (folder / "f").read_text()


async def by_log(kube: Client, folder: Path) -> str:
    return (await kube.core_v1.pods.log("web-0")).removeprefix("log of ")


async def by_log_lines(kube: Client, folder: Path) -> str:
    return "".join([line async for line in kube.core_v1.pods.log_lines("web-0")]).removeprefix("log of ")


CALLS = [by_exec, by_attach, by_run, by_copy_from, by_log, by_log_lines]
Call = Callable[[Client, Path], Awaitable[str]]
default_container = {"kubectl.kubernetes.io/default-container": "app"}


@pytest.mark.parametrize("call", CALLS)
async def test_the_default_container_is_used_where_none_is_named(call: Call, tmp_path: Path) -> None:
    pod = Pod(default_container)
    async with WebSocketServer(script, refuse=pod.respond) as server, client_of(server.url) as kube:
        assert await call(kube, tmp_path) == "app"
    # One refused request, the pod, and the request with the container.
    assert len(server.handshakes) == 3
    assert all(handshake.protocols in ([V5, V4], []) for handshake in server.handshakes)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "pod",
    [Pod(None), Pod({"a": "b"}), Pod({**default_container, next(iter(default_container)): ""}), Pod(readable=False)],
)
async def test_the_refusal_is_raised_where_a_pod_has_no_default_container(call: Call, pod: Pod, tmp_path: Path) -> None:
    async with WebSocketServer(script, refuse=pod.respond) as server, client_of(server.url) as kube:
        with pytest.raises(BadRequest, match="a container name must be specified for pod web-0"):
            await call(kube, tmp_path)


async def test_a_named_container_is_used_and_costs_no_further_request() -> None:
    async with WebSocketServer(script, refuse=Pod(default_container).respond) as server, client_of(server.url) as kube:
        assert (await kube.core_v1.pods.run("web-0", SH, container="sidecar")).stdout == b"sidecar"
        assert await kube.core_v1.pods.log("web-0", container="sidecar") == "log of sidecar"
    assert len(server.handshakes) == 2


async def test_other_refusals_do_not_read_the_pod() -> None:
    def refuse(request: web.Request) -> web.Response:
        return status(400, "BadRequest", "container x is not valid for pod web-0")

    async def calls(kube: Client) -> list[Awaitable[Any]]:
        return [kube.core_v1.pods.log("web-0", container="x"), anext(kube.core_v1.pods.log_lines("web-0"))]

    async with WebSocketServer(script, refuse=refuse) as server, client_of(server.url) as kube:
        for call in await calls(kube):
            with pytest.raises(BadRequest, match="container x is not valid"):
                await call
    assert [handshake.path.rpartition("/")[2] for handshake in server.handshakes] == ["log", "log"]
