"""Verbs that send requests and open WebSockets to an object through the API server."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .arguments import NAME, NAMESPACE, PARAMETERS, PATH_ARGUMENTS, Argument
from .operation import CALL, opens_stream
from .verb import Raises, Verb

_PROXY_PATH: Final = Argument(
    name="path",
    annotation="str | None",
    default="None",
    text="Path at the target, without its first slash.",
    positional=True,
    passed_as="path_suffix",
)
_PROXY_TARGET: Final = (
    Argument(
        name="port",
        annotation="int | str | None",
        default="None",
        text="Number or name of the target's port. Default: its only port.",
    ),
    Argument(
        name="scheme",
        annotation='Literal["http", "https"] | None',
        default="None",
        text="Scheme of the target: `http` (default) or `https`.",
    ),
    Argument(
        name="query",
        annotation="Mapping[str, object] | None",
        default="None",
        text="Query parameters, unescaped; those that are `None` are left out.",
    ),
    Argument(
        name="headers",
        annotation="Mapping[str, str] | None",
        default="None",
        text="More headers, except those that authenticate the client.",
    ),
)

PROXY: Final = Verb(
    name="proxy",
    applies=opens_stream,
    subresource="proxy",
    summary="Send an HTTP request to {a_kind} through the API server. Enter it with `async with`.",
    arguments=(
        NAME,
        _PROXY_PATH,
        Argument(
            name="method",
            annotation="Literal[{http_methods}]",
            default='"GET"',
            text="HTTP method. Every response of the target is returned, redirects and failures included.",
        ),
        NAMESPACE,
        *_PROXY_TARGET,
        Argument(
            name="body",
            annotation="bytes | AsyncIterable[bytes] | None",
            default="None",
            text="Body: bytes, or an async iterable of bytes that is sent as it yields.",
        ),
    ),
    returns="AbstractAsyncContextManager[ProxyResponse]",
    is_async=False,
    calls="_proxy",
    passes=("{path}", "{suffixed_path}"),
)

PROXY_WEBSOCKET: Final = replace(
    PROXY,
    name="proxy_websocket",
    summary="Open a WebSocket to {a_kind} through the API server, by GET of `proxy`. Enter it with `async with`.",
    is_composed=True,
    arguments=(
        NAME,
        _PROXY_PATH,
        NAMESPACE,
        *_PROXY_TARGET,
        Argument(
            name="subprotocols",
            annotation="Sequence[str]",
            default="()",
            text="Subprotocols to offer, in order of preference.",
        ),
    ),
    returns="AbstractAsyncContextManager[ProxyWebSocket]",
    calls="_proxy_websocket",
    raises=(Raises(error="ApiError", reason="The API server or the target refused the WebSocket"),),
)

WEBSOCKET: Final = Verb(
    name="{name}",
    applies=lambda operation: operation.action == CALL and operation.opens_websocket,
    summary="{description} Enter it with `async with`.",
    arguments=(PATH_ARGUMENTS, NAMESPACE, PARAMETERS, PROXY_WEBSOCKET.arguments[-1]),
    returns="AbstractAsyncContextManager[ProxyWebSocket]",
    is_async=False,
    calls="_websocket",
    passes=("{path}", "{path_values}", "{query}"),
    raises=(Raises(error="ApiError", reason="The server refused the WebSocket"),),
)

VERBS: Final = (PROXY, PROXY_WEBSOCKET, WEBSOCKET)
