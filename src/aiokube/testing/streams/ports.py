"""port-forward: a function of the test as what listens in the pod.

A client has a WebSocket for each connection, with two channels (`v4.channel.k8s.io`); kubectl, one for all of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any

from aiohttp import web

from ..call import Call
from ..failures import not_implemented
from ..store import Change, Object
from ..verbs.state import State
from .channels import Connected, Socket, check_upgrade, choose_protocol, plain_failure
from .connections import serve_connection
from .sessions import PortConnection, PortFunction
from .targets import check_node, pod_of
from .tunnels import TUNNEL, Tunnel

_log = logging.getLogger("aiokube.testing")

_CHANNELS = "v4.channel.k8s.io"


async def forward_ports(
    state: State, request: web.BaseRequest, call: Call, function: PortFunction | None, connected: Connected
) -> web.StreamResponse:
    """Connect a client to ports of a pod.

    Raises:
        Failure: The request is refused before the connection is open.
    """
    pod = pod_of(state, call)
    check_node(state, call, pod)
    check_upgrade(request)
    if not _has_network(pod):
        return plain_failure(500, f'pod not found ("{call.name}_{call.namespace}")')
    if function is None:
        raise not_implemented("port-forward without a function of the test, set by `on_port_forward` in Python")
    protocol = choose_protocol(request, (TUNNEL, _CHANNELS))
    ports, problem = _ports(request) if protocol == _CHANNELS else ([], "")
    if problem:
        return plain_failure(400, problem)
    socket = Socket(protocol, connected)
    await socket.response.prepare(request)
    if protocol == TUNNEL:
        await _until_end(state, pod, Tunnel(call.name, call.namespace, function, socket).run())
    else:
        connections = [
            PortConnection(pod=call.name, namespace=call.namespace, port=port, send=partial(socket.send, 2 * number))
            for number, port in enumerate(ports)
        ]
        await _until_end(state, pod, _serve(connections, function, socket))
    await socket.close()
    return socket.response


async def _until_end(state: State, pod: Object, serving: Coroutine[Any, Any, None]) -> None:
    """Serve a client until that is done, or the pod ends."""
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def on_change(change: Change) -> None:
        is_ours = change.new.obj["metadata"]["uid"] == pod["metadata"]["uid"]
        if is_ours and (change.type == "DELETED" or not _has_network(change.new.obj)):
            ended.cancel()

    unsubscribe = state.store.subscribe("pods", on_change)
    task = asyncio.create_task(serving)
    try:
        await asyncio.wait({task, ended}, return_when=asyncio.FIRST_COMPLETED)
        if task.done() and (error := task.exception()) is not None:
            _log.error("a port-forward has failed", exc_info=error)
    finally:
        unsubscribe()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _serve(connections: list[PortConnection], function: PortFunction, socket: Socket) -> None:
    """Serve the connections until all are done, or the client leaves."""
    for number, one in enumerate(connections):
        for channel in (2 * number, 2 * number + 1):
            await socket.send(channel, one.port.to_bytes(2, "little"))
    serving = asyncio.create_task(_serve_all(connections, function, socket))
    receiving = asyncio.create_task(_receive(connections, socket))
    try:
        await asyncio.wait({serving, receiving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        serving.cancel()
        receiving.cancel()
        await asyncio.gather(serving, receiving, return_exceptions=True)


async def _serve_all(connections: list[PortConnection], function: PortFunction, socket: Socket) -> None:
    async with asyncio.TaskGroup() as group:
        for number, one in enumerate(connections):
            group.create_task(serve_connection(one, function, partial(socket.send, 2 * number + 1)))


async def _receive(connections: list[PortConnection], socket: Socket) -> None:
    """Read what the client sends, until it leaves."""
    while (message := await socket.receive()) is not None:
        channel = message[0] if message else 1
        if channel % 2 == 0 and channel // 2 < len(connections):
            connections[channel // 2].reader.feed_data(message[1:])
    for one in connections:
        one.reader.feed_eof()


def _ports(request: web.BaseRequest) -> tuple[list[int], str]:
    """Return the ports of a request, and what is wrong with them, in the kubelet's words."""
    texts = [one for value in request.query.getall("ports", ()) for one in value.split(",")]
    if not texts:
        return [], 'query parameter "port" is required'
    ports = []
    for text in texts:
        if not text.isascii() or not text.isdigit() or int(text) > 0xFFFF:
            return [], f'unable to parse "{text}" as a port: strconv.ParseUint: parsing "{text}": invalid syntax'
        if int(text) < 1:
            return [], f'port "{text}" must be > 0'
        ports.append(int(text))
    return ports, ""


def _has_network(pod: Object) -> bool:
    status = pod.get("status") or {}
    return bool(status.get("podIP")) and status.get("phase") not in ("Succeeded", "Failed")
