"""HTTP and WebSockets to a pod, service or node, through the API server."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import InvalidRequest
from ..http.request import Request, Response, checked_headers
from ..http.responses import MAX_ERROR_BODY, error_from_response
from ..http.websocket import Frame
from ..public import public
from .keepalive import Connection

if TYPE_CHECKING:
    from ..client import BaseClient
    from ..http.transport import StreamingResponse

MAX_MESSAGE = 1 << 24
"""Bytes of a proxied WebSocket's message."""

# Who the caller is, is the client's to say.
_RESERVED = ("authorization", "impersonate-")


@public("aiokube.streams")
class ProxyResponse:
    """What a target answered, read as it comes; any status is an answer, that of the API server's own refusal too."""

    def __init__(self, request: Request, response: StreamingResponse) -> None:
        self._request = request
        self._response = response

    @property
    def status(self) -> int:
        """The HTTP status code."""
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, whatever their case."""
        return self._response.headers

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._response.chunks

    async def read(self) -> bytes:
        """The whole body."""
        return b"".join([chunk async for chunk in self])

    async def text(self) -> str:
        """The whole body as text; bytes that are not UTF-8 are replaced."""
        return (await self.read()).decode("utf-8", "replace")

    async def json(self) -> Any:
        """The whole body as plain JSON data.

        Raises:
            DecodeError: it is not JSON.
        """
        return Response(status=self.status, headers=self.headers, body=await self.read()).json()

    async def raise_for_status(self) -> None:
        """Raise what a failure stands for.

        Raises:
            ApiError: the status is none of 200 to 299.
        """
        if not 200 <= self.status < 300:
            raise error_from_response(
                self._request, self.status, self.headers, await self._response.read(MAX_ERROR_BODY)
            )


@public("aiokube.streams")
class ProxyWebSocket:
    """A WebSocket to a target: iterate over its messages, and send some."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._close: Frame | None = None

    @property
    def subprotocol(self) -> str | None:
        """What the target chose of the subprotocols that were offered."""
        return self._connection.subprotocol

    @property
    def close_code(self) -> int | None:
        """Why the target closed it, 1000 when all is well; None before that."""
        return None if self._close is None else self._close.code

    def __aiter__(self) -> AsyncIterator[bytes | str]:
        return self._messages()

    async def receive(self) -> bytes | str | None:
        """The next message, bytes or text; None when the target has said goodbye.

        Raises:
            ConnectionError: the connection broke.
            StreamError: the target broke the protocol, or sent a message of more than 16 MiB.
        """
        if self._close is not None:
            return None
        frame = await self._connection.receive()
        if frame.kind == "close":
            self._close = frame
            return None
        return frame.data.decode("utf-8", "replace") if frame.kind == "text" else frame.data

    async def send(self, message: bytes | str) -> None:
        """Send a message: bytes as a binary one, text as text.

        Raises:
            ConnectionError: the connection broke.
        """
        await self._connection.send(message)

    async def close(self, code: int = 1000) -> None:
        """Say goodbye."""
        await self._connection.close(code)

    async def _messages(self) -> AsyncIterator[bytes | str]:
        while (message := await self.receive()) is not None:
            yield message


@asynccontextmanager
async def open_proxy(
    client: BaseClient,
    request: Request,
    *,
    headers: Mapping[str, str] | None,
    body: bytes | AsyncIterable[bytes] | None,
) -> AsyncIterator[ProxyResponse]:
    """Send a request to a target, and give its answer as it comes."""
    request = replace(request, body=body, headers=_headers(headers))
    async with client.exchange(request) as response:
        yield ProxyResponse(request, response)


@asynccontextmanager
async def open_proxy_websocket(
    client: BaseClient, request: Request, what: str, *, headers: Mapping[str, str] | None, subprotocols: Sequence[str]
) -> AsyncIterator[ProxyWebSocket]:
    """Open a WebSocket to a target."""
    async with AsyncExitStack() as stack:
        opened = client.websocket(
            replace(request, headers=_headers(headers)), protocols=subprotocols, max_message_size=MAX_MESSAGE
        )
        websocket = await stack.enter_async_context(opened)
        connection = await stack.enter_async_context(Connection(websocket, what))
        yield ProxyWebSocket(connection)


def proxied_name(name: str, port: int | str | None, scheme: str | None) -> str:
    """A target as the API names it: `[scheme:]name[:port]`.

    Raises:
        InvalidRequest: one of the parts holds a colon, or the scheme is none.
    """
    if scheme not in (None, "http", "https"):
        raise InvalidRequest(f"scheme is {scheme!r}: it is 'http' or 'https'")
    if ":" in name or ":" in str(port):
        raise InvalidRequest(f"name is {name!r} and port is {port!r}: none of them holds a colon")
    if scheme is None:
        return name if port is None else f"{name}:{port}"
    return f"{scheme}:{name}:{'' if port is None else port}"


def _headers(headers: Mapping[str, str] | None) -> Mapping[str, str]:
    # The body is to come as the target sends it.
    return {"Accept-Encoding": "identity", **checked_headers(headers or {}, refused=_RESERVED)}
