"""exec and attach: a function of the test as the command in the container."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from aiohttp import web

from ..call import Call
from ..failures import Failure, not_implemented
from ..functions import FunctionCancelled, result_of
from ..parsing import parse_bool
from ..rendering import encode
from ..store import Change, Object
from ..verbs.state import State
from .channels import CLOSE, Connected, Socket, check_upgrade, choose_protocol, plain_failure
from .sessions import ERROR, RESIZE, STDERR, STDIN, STDOUT, CommandFunction, ContainerSession, TerminalSize
from .targets import check_node, container_of, is_running, pod_of

_log = logging.getLogger("aiokube.testing")

_PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
_KILLED = 137


class _Client:
    """The input of a command, and the sizes of its terminal.

    Args:
        stdin: The standard input of the command; None if the client does not connect it.
    """

    def __init__(self, stdin: asyncio.StreamReader | None) -> None:
        self.stdin = stdin
        self.sizes: asyncio.Queue[TerminalSize] = asyncio.Queue()
        self._input_ended = False

    def feed_input(self, data: bytes | None) -> None:
        """Take input of the client; None ends it."""
        if self.stdin is None or self._input_ended:
            return
        if data is None:
            self._input_ended = True
            self.stdin.feed_eof()
        else:
            self.stdin.feed_data(data)


async def run_command(
    state: State, request: web.BaseRequest, call: Call, function: CommandFunction | None, connected: Connected
) -> web.StreamResponse:
    """Run a command in a container, or attach to it.

    Raises:
        Failure: The request is refused before the stream is open.
    """
    pod = pod_of(state, call)
    container = container_of(pod, call.query.get("container", ""))
    check_node(state, call, pod)
    check_upgrade(request)
    streams = _streams(request)
    if not streams:
        raise Failure(400, "BadRequest", "you must specify at least 1 of stdin, stdout, stderr")
    problem = "" if is_running(pod, container) else _not_running(call, container)
    if not problem and function is None:
        raise not_implemented(
            f"{call.subresource} without a function of the test, set by `on_{call.subresource}` in Python"
        )
    protocol = choose_protocol(request, _PROTOCOLS)
    if problem and protocol != _PROTOCOLS[0]:
        return plain_failure(500, problem)
    socket = Socket(protocol, connected)
    await socket.response.prepare(request)
    client = _Client(asyncio.StreamReader() if STDIN in streams else None)
    session = ContainerSession(
        pod=call.name,
        namespace=call.namespace,
        container=container,
        command=tuple(request.query.getall("command", ())),
        tty=_flag(request, "tty"),
        stdin=client.stdin,
        sizes=client.sizes,
        streams=streams,
        send=socket.send,
    )
    # Tells the client that the connection is there.
    await socket.send(next((one for one in (STDOUT, STDERR) if one in streams), ERROR), b"")
    if problem:
        status: Object | None = _failed(f"unable to upgrade connection: {problem}")
    else:
        assert function is not None
        status = await _run(state, pod, session, function, client, socket)
    if status is not None:
        await socket.send(ERROR, encode(status))
        await socket.close()
    return socket.response


async def _run(
    state: State, pod: Object, session: ContainerSession, function: CommandFunction, client: _Client, socket: Socket
) -> Object | None:
    """Run a function until it returns, the container ends, or the client leaves; return what the client is told."""
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def on_change(change: Change) -> None:
        is_ours = change.new.obj["metadata"]["uid"] == pod["metadata"]["uid"]
        if is_ours and (change.type == "DELETED" or not is_running(change.new.obj, session.container)):
            ended.cancel()

    unsubscribe = state.store.subscribe("pods", on_change)
    running = asyncio.ensure_future(result_of(function(session)))
    receiving = asyncio.create_task(_receive(client, socket))
    waited: set[asyncio.Future[Any]] = {running, receiving, ended}
    try:
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            return _result(running)
        return _exited(_KILLED) if ended.done() else None
    finally:
        unsubscribe()
        running.cancel()
        receiving.cancel()
        await asyncio.gather(running, receiving, return_exceptions=True)


async def _receive(client: _Client, socket: Socket) -> None:
    """Read what the client sends, until it leaves."""
    sizes = b""
    while (message := await socket.receive()) is not None:
        if message == bytes([CLOSE, STDIN]):
            client.feed_input(None)
        elif message[:1] == bytes([STDIN]):
            client.feed_input(message[1:])
        elif message[:1] == bytes([RESIZE]):
            sizes = _take_sizes(client, sizes + message[1:])
    client.feed_input(None)


def _take_sizes(client: _Client, data: bytes) -> bytes:
    """Note the sizes in what was received; return the rest."""
    decoder = json.JSONDecoder()
    text = data.decode("utf-8", "replace").lstrip()
    while text:
        try:
            found, end = decoder.raw_decode(text)
        except ValueError:
            break
        client.sizes.put_nowait(TerminalSize(int(found.get("Width", 0)), int(found.get("Height", 0))))
        text = text[end:].lstrip()
    return text.encode()


def _result(running: asyncio.Future[int]) -> Object:
    error = running.exception()
    if error is not None:
        if isinstance(error, FunctionCancelled):
            return _failed("the function of the test raised CancelledError")
        _log.error("a function of the test has failed", exc_info=error)
        return _failed(f"the function of the test raised {type(error).__name__}: {error}")
    code: object = running.result()
    if code is None:
        code = 0
    if isinstance(code, bool) or not isinstance(code, int) or not 0 <= code <= 255:
        return _failed(f"the function of the test returned {code!r}; an exit code is 0 to 255")
    return _exited(code)


def _exited(code: int) -> Object:
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: command terminated with exit code {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


def _failed(message: str) -> Object:
    details: Any = {"causes": [{"message": message}]}
    text = f"Internal error occurred: {message}"
    return {
        "metadata": {},
        "status": "Failure",
        "message": text,
        "reason": "InternalError",
        "details": details,
        "code": 500,
    }


def _not_running(call: Call, container: str) -> str:
    if call.subresource == "exec":
        return f'container not found ("{container}")'
    return f"container {container} not found in pod {call.name}_{call.namespace}"


def _streams(request: web.BaseRequest) -> frozenset[int]:
    tty = _flag(request, "tty")
    wanted = {STDIN: "stdin", STDOUT: "stdout", STDERR: "stderr"}
    return frozenset(
        number for number, name in wanted.items() if _flag(request, name) and not (tty and number == STDERR)
    )


def _flag(request: web.BaseRequest, name: str) -> bool:
    return parse_bool(request.query.get(name, "0"))
