"""port-forward: a function of the test as what listens in the pod (`v4.channel.k8s.io`, a pair of channels a port)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from ..call import Call
from ..failures import not_implemented
from ..store import Change, Object
from ..verbs.state import State
from .channels import Connected, Socket, check_upgrade, choose_protocol, plain_failure
from .sessions import PortConnection, PortFunction
from .targets import check_node, pod_of

_log = logging.getLogger("aiokube.testing")

_PROTOCOL = "v4.channel.k8s.io"


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
        raise not_implemented("port-forward without a function of the test, set by `on_port_forward`")
    choose_protocol(request, (_PROTOCOL,))
    ports, problem = _ports(request)
    if problem:
        return plain_failure(400, problem)
    socket = Socket(_PROTOCOL, connected)
    await socket.response.prepare(request)
    connections = [
        PortConnection(pod=call.name, namespace=call.namespace, port=port, send=partial(socket.send, 2 * number))
        for number, port in enumerate(ports)
    ]
    for number, port in enumerate(ports):
        for channel in (2 * number, 2 * number + 1):
            await socket.send(channel, port.to_bytes(2, "little"))
    await _serve(state, pod, connections, function, socket)
    return socket.response


async def _serve(
    state: State, pod: Object, connections: list[PortConnection], function: PortFunction, socket: Socket
) -> None:
    """Serve the connections until all are done, the pod ends, or the client leaves."""
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def on_change(change: Change) -> None:
        is_ours = change.new.obj["metadata"]["uid"] == pod["metadata"]["uid"]
        if is_ours and (change.type == "DELETED" or not _has_network(change.new.obj)):
            ended.cancel()

    unsubscribe = state.store.subscribe("pods", on_change)
    serving = asyncio.create_task(_serve_all(connections, function, socket))
    receiving = asyncio.create_task(_receive(connections, socket))
    try:
        done, _ = await asyncio.wait({serving, receiving, ended}, return_when=asyncio.FIRST_COMPLETED)
        if receiving not in done:
            await socket.close()
    finally:
        unsubscribe()
        serving.cancel()
        receiving.cancel()
        await asyncio.gather(serving, receiving, return_exceptions=True)


async def _serve_all(connections: list[PortConnection], function: PortFunction, socket: Socket) -> None:
    async with asyncio.TaskGroup() as group:
        for number, one in enumerate(connections):
            group.create_task(_serve_one(one, function, partial(socket.send, 2 * number + 1)))


async def _serve_one(
    connection: PortConnection, function: PortFunction, fail: Callable[[bytes], Awaitable[None]]
) -> None:
    try:
        await function(connection)
    except Exception as error:
        _log.info("a port of a pod refuses a connection: %s", error)
        text = f"error forwarding port {connection.port} to pod {connection.pod}, uid : {error}"
        await fail(text.encode())


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
