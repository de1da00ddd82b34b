"""HTTP requests and WebSockets to a pod, service or node, through the API server."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import InvalidRequest
from ..http.request import Request, Response, merged_headers, secret_headers
from ..http.responses import MAX_ERROR_BODY, error_from_response
from ..http.websocket import Frame
from ..public import public
from ..secret import Hidden
from .keepalive import Connection

if TYPE_CHECKING:
    from ..client import HttpClient
    from ..http.transport import StreamingResponse

MAX_MESSAGE = 1 << 24
"""Maximum size of a message of a proxied WebSocket in bytes."""

# Set by the client itself, for its own credentials.
_RESERVED = ("authorization", "impersonate-")


@public("aiokube.streams")
class ProxyResponse:
    """A response from a target, whose body is read as it arrives.

    No status raises by itself, not even when the API server refused the request.
    """

    def __init__(self, request: Request, response: StreamingResponse) -> None:
        self._request = request
        self._response = response

    @property
    def status(self) -> int:
        """The HTTP status code."""
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The response headers; names are case-insensitive."""
        return self._response.headers

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._response.chunks

    async def read(self) -> bytes:
        """Read the whole body."""
        return b"".join([chunk async for chunk in self])

    async def text(self) -> str:
        """Read the whole body as text; invalid UTF-8 is replaced."""
        return (await self.read()).decode("utf-8", "replace")

    async def json(self) -> Any:
        """Read the whole body as JSON.

        Raises:
            DecodeError: The body is not valid JSON.
        """
        return Response(status=self.status, headers=self.headers, body=await self.read()).json()

    async def raise_for_status(self) -> None:
        """Raise an error if the status is not 200 to 299.

        Raises:
            ApiError: The status is not 200 to 299; the class depends on the reason or status, such as `NotFound`.
        """
        if not 200 <= self.status < 300:
            raise error_from_response(
                self._request, self.status, self.headers, await self._response.read(MAX_ERROR_BODY)
            )


@public("aiokube.streams")
class ProxyWebSocket:
    """A WebSocket to a target; iterating over it yields the messages until the target closes it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._close: Frame | None = None

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the target chose; None if it chose none."""
        return self._connection.subprotocol

    @property
    def close_code(self) -> int | None:
        """The close code of the target, 1000 for a normal close; None while the WebSocket is open."""
        return None if self._close is None else self._close.code

    def __aiter__(self) -> AsyncIterator[bytes | str]:
        return self._messages()

    async def receive(self) -> bytes | str | None:
        """Return the next message, bytes or text; None once the target has closed the WebSocket.

        Raises:
            ConnectionError: The connection broke.
            StreamError: The target violated the protocol, or sent a message of more than 16 MiB.
        """
        if self._close is not None:
            return None
        frame = await self._connection.receive()
        if frame.kind == "close":
            self._close = frame
            return None
        return frame.data.decode("utf-8", "replace") if frame.kind == "text" else frame.data

    async def send(self, message: bytes | str) -> None:
        """Send a message: bytes as a binary message, a string as a text message.

        Raises:
            ConnectionError: The connection broke.
        """
        await self._connection.send(message)

    async def close(self, code: int = 1000) -> None:
        """Close the WebSocket with a close code."""
        await self._connection.close(code)

    async def _messages(self) -> AsyncIterator[bytes | str]:
        while (message := await self.receive()) is not None:
            yield message


@asynccontextmanager
async def open_proxy(
    client: HttpClient,
    request: Request,
    *,
    headers: Hidden[Mapping[str, str] | None],
    body: bytes | AsyncIterable[bytes] | None,
) -> AsyncIterator[ProxyResponse]:
    """Send a request to a target, and yield its response, whose body is read as it arrives."""
    request = replace(request, body=body, headers=_headers(headers))
    del body
    async with client.exchange(request) as response:
        yield ProxyResponse(request, response)


@asynccontextmanager
async def open_proxy_websocket(
    client: HttpClient,
    request: Request,
    what: str,
    *,
    headers: Hidden[Mapping[str, str] | None],
    subprotocols: Sequence[str],
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
    """Return the name of a target in the API: `[scheme:]name[:port]`.

    Raises:
        InvalidRequest: A part contains a colon, or the scheme is unknown.
    """
    if scheme not in (None, "http", "https"):
        raise InvalidRequest(f"scheme is {scheme!r}; it must be 'http' or 'https'")
    if ":" in name or ":" in str(port):
        raise InvalidRequest(f"name is {name!r} and port is {port!r}; neither may contain a colon")
    if scheme is None:
        return name if port is None else f"{name}:{port}"
    return f"{scheme}:{name}:{'' if port is None else port}"


def _headers(headers: Hidden[Mapping[str, str] | None]) -> Mapping[str, str]:
    # Ask for the body without compression, so that chunks are passed through unchanged.
    return merged_headers(
        {"Accept-Encoding": "identity"},
        secret_headers({} if headers.value is None else headers.value, refused=_RESERVED),
    )
