"""A WebSocket server on 127.0.0.1 that runs a script on each connection and records the handshakes.

async def script(peer):
    await peer.send(1, b"output")
    await peer.exit(3)

async with WebSocketServer(script) as server:
    ...  # streams to server.url
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiohttp import WSMsgType, web
from multidict import CIMultiDict

V5, V4 = "v5.channel.k8s.io", "v4.channel.k8s.io"

Script = Callable[["Peer"], Awaitable[object]]
Refuse = Callable[[web.Request], web.Response | None]


@dataclass(frozen=True, kw_only=True)
class Handshake:
    """The request that opens a WebSocket."""

    path: str
    query: list[tuple[str, str]]
    headers: CIMultiDict[str]
    certificate: str | None
    """The common name of the client certificate; None without one."""

    @property
    def protocols(self) -> list[str]:
        """The subprotocols that were offered, which must be in one header."""
        values = self.headers.getall("Sec-WebSocket-Protocol", [])
        assert len(values) <= 1
        return [protocol.strip() for value in values for protocol in value.split(",")]


class Peer:
    """The server end of one WebSocket."""

    def __init__(self, request: web.Request, websocket: web.WebSocketResponse) -> None:
        self.request = request
        self.websocket = websocket

    async def send(self, channel: int, data: bytes) -> None:
        """Send bytes on a channel."""
        await self.websocket.send_bytes(bytes([channel]) + data)

    async def status(self, **fields: Any) -> None:
        """Send a Status on the error channel."""
        await self.send(3, json.dumps(fields).encode())

    async def exit(self, code: int) -> None:
        """Send the Status of a command that ended with an exit code."""
        if not code:
            await self.status(status="Success")
            return
        causes = [{"reason": "ExitCode", "message": str(code)}]
        await self.status(status="Failure", reason="NonZeroExitCode", message="ended", details={"causes": causes})

    async def receive(self) -> tuple[int, bytes] | None:
        """Return the next message as channel and payload; None once the client has closed."""
        message = await self.websocket.receive()
        if message.type is WSMsgType.BINARY:
            return message.data[0], message.data[1:]
        return None

    async def read_all(self) -> list[tuple[int, bytes]]:
        """Return all messages until the client closes."""
        messages = []
        while (message := await self.receive()) is not None:
            messages.append(message)
        return messages

    async def until_close(self, channel: int = 0) -> bytes:
        """Return the data of one channel until the client closes that channel."""
        data = b""
        while (message := await self.receive()) is not None:
            if message == (255, bytes([channel])):
                return data
            assert message[0] == channel
            data += message[1]
        raise ConnectionResetError("the client left without closing the channel")

    async def wait_closed(self) -> None:
        """Wait until the connection is closed, without reading."""
        while self.request.transport is not None and not self.request.transport.is_closing():
            await asyncio.sleep(0.01)

    def eof(self) -> None:
        """Close the connection without a close frame."""
        assert self.request.transport is not None
        self.request.transport.close()

    def reset(self) -> None:
        """Reset the connection."""
        assert self.request.transport is not None
        self.request.transport.abort()


class WebSocketServer:
    """A server that runs a script on each WebSocket.

    Args:
        script: The script.
        protocols: The subprotocols that the server supports.
        context: The TLS context; None serves plain HTTP.
        refuse: Returns the response to a handshake; None lets the script run.
        answers_pings: Answer the pings of the client.
    """

    def __init__(
        self,
        script: Script,
        *,
        protocols: Sequence[str] = (V5, V4),
        context: ssl.SSLContext | None = None,
        refuse: Refuse | None = None,
        answers_pings: bool = True,
    ) -> None:
        self._script = script
        self._protocols = protocols
        self._context = context
        self._refuse = refuse
        self._answers_pings = answers_pings
        self.handshakes: list[Handshake] = []
        """All handshakes, in order."""
        self.close_codes: list[int | None] = []
        """The close code of each WebSocket at the end of its script: None if still open, 1006 without a close frame."""
        self.failures: list[BaseException] = []
        """The errors that scripts raised."""

    @property
    def url(self) -> str:
        """The URL of the server."""
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket, ssl_context=self._context).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._runner.cleanup()
        if self.failures and error is None:
            raise self.failures[0]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        certificate = request.get_extra_info("peercert") or {}
        names = [value for part in certificate.get("subject", ()) for key, value in part if key == "commonName"]
        self.handshakes.append(
            Handshake(
                path=request.raw_path.partition("?")[0],
                query=list(request.query.items()),
                headers=CIMultiDict(request.headers),
                certificate=names[0] if names else None,
            )
        )
        if self._refuse is not None and (refusal := self._refuse(request)) is not None:
            return refusal
        websocket = web.WebSocketResponse(
            protocols=self._protocols, max_msg_size=0, autoping=self._answers_pings, timeout=1.0
        )
        await websocket.prepare(request)
        try:
            await self._script(Peer(request, websocket))
        except ConnectionError:
            pass  # The client has left, which its test checks.
        except Exception as error:
            self.failures.append(error)
        finally:
            self.close_codes.append(websocket.close_code)
        await websocket.close()
        return websocket


SH = ["sh", "-c", "true"]
"""A command, for scripts that ignore it."""


async def idle(peer: Peer) -> None:
    """A script: send nothing, and read until the client closes."""
    await peer.read_all()


async def succeed(peer: Peer) -> None:
    """A script: a command that ends with exit code 0."""
    await peer.exit(0)


def status(code: int, reason: str, message: str = "no") -> web.Response:
    """Return the response of an API server that refuses a request."""
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message}
    return web.json_response({**body, "code": code}, status=code)
