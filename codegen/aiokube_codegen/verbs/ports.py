"""Verbs on ports of pods: port_forward, open_port."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .arguments import NAMESPACE, POD_OR_OWNER, Argument
from .operation import opens_stream
from .verb import NO_WEBSOCKET, NOT_FOUND, STREAM_FAILED, Verb

_PORT: Final = Argument(
    name="port",
    annotation="int | str",
    text="Number or name of the port; for a service, of the service's port.",
    positional=True,
)

PORT_FORWARD: Final = Verb(
    name="port_forward",
    applies=opens_stream,
    subresource="portforward",
    summary="Listen on a local port and forward each connection by `open_port`. Enter it with `async with`.",
    is_composed=True,
    arguments=(
        POD_OR_OWNER,
        _PORT,
        NAMESPACE,
        Argument(name="local_port", annotation="int", default="0", text="Port to listen on. 0: any free port."),
        Argument(name="address", annotation="str", default='"127.0.0.1"', text="Local address to listen on."),
        Argument(
            name="on_error",
            annotation="Callable[[Exception], object] | None",
            default="None",
            text="Called with the error of each connection that fails. Default: log a warning.",
        ),
    ),
    returns="AbstractAsyncContextManager[PortForwarder]",
    is_async=False,
    calls="_port_forward",
    passes=("{path}",),
    raises=(NOT_FOUND, NO_WEBSOCKET, STREAM_FAILED),
)

OPEN_PORT: Final = replace(
    PORT_FORWARD,
    name="open_port",
    summary="Connect to a port of {a_kind}; yields a reader and a writer. Enter it with `async with`.",
    is_composed=False,
    arguments=(POD_OR_OWNER, _PORT, NAMESPACE),
    returns="AbstractAsyncContextManager[tuple[asyncio.StreamReader, asyncio.StreamWriter]]",
    calls="_open_port",
)

VERBS: Final = (PORT_FORWARD, OPEN_PORT)
