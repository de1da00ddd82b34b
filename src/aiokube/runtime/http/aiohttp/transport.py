"""What knows aiohttp, with `body` and `upgrade`: requests go out and answers come in here, its errors become ours."""

from __future__ import annotations

import asyncio
import contextlib
import platform
import socket
import ssl
import sys
import warnings
from collections.abc import AsyncIterator, Awaitable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError
from yarl import URL

from ...config.config import Config
from ...errors import ClientClosed, ConnectionError, Disconnected, RequestTimeout
from ...version import __version__
from ..auth.credentials import Credential, Credentials, basic
from ..auth.impersonation import impersonation_headers
from ..auth.select import select_credentials
from ..env_proxy import proxy_of
from ..request import Request, Response
from ..tls import TLSContexts, handshake_failed, is_refusal, verification_failed
from ..transport import StreamingResponse
from ..websocket import Handshake
from .body import CHUNK, AiohttpStreamingResponse, abort, read_all
from .websocket import AiohttpWebSocket, RawWebSocket, UpgradeRefused, raise_refused_upgrade

if TYPE_CHECKING:
    from ..auth.plugin_policy import PluginPolicy

A = TypeVar("A")

# Seconds.
_CONNECT_TIMEOUT = 30.0
_WHOLE_WAY_TIMEOUT = 60.0
_KEEPALIVE = 90.0

_USER_AGENT = f"aiokube/{__version__} ({sys.platform}/{platform.machine()}) python/{platform.python_version()}"

# A peer that was there and has gone, in the handshake or later.
_BROKEN = (
    ConnectionResetError,
    ConnectionAbortedError,
    BrokenPipeError,
    ssl.SSLEOFError,
    aiohttp.ServerDisconnectedError,
    aiohttp.ClientOSError,
    aiohttp.ClientPayloadError,
)

# Their texts hold the query, which may hold a command, or the headers, which hold the credentials.
_TELLTALES = (aiohttp.ClientResponseError, aiohttp.ConnectionTimeoutError)


class AiohttpTransport:
    """The transport of real clients: one aiohttp session, opened by the first request.

    Args:
        config: the cluster and the user.
        plugin_policy: which exec plugins may be run; None for all.
        x509_strict: whether certificates must follow RFC 5280 to the letter.

    Raises:
        ConfigError: a certificate, key, token or proxy of the config cannot be used.
    """

    def __init__(self, config: Config, *, plugin_policy: PluginPolicy | None = None, x509_strict: bool = True) -> None:
        self._config = config
        self._credentials: Credentials = select_credentials(config, plugin_policy, connect=AiohttpTransport)
        self._tls = TLSContexts(config, strict=x509_strict) if config.is_tls else None
        self._proxy, self._proxy_headers = _split_proxy(proxy_of(config))
        self._session: aiohttp.ClientSession | None = None
        self._under_way: set[aiohttp.ClientResponse] = set()
        self._closed = False

    async def send(self, request: Request) -> Response:
        """Send a request and read its answer whole, whatever its status is.

        Raises:
            ConnectionError: no answer came, or it broke off.
            ClientClosed: the client is closed.
        """
        response = await self._start(request)
        try:
            body = await read_all(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._error(error, request, "the answer broke off") from error
        finally:
            self._finish(response)
        return Response(status=response.status, headers=response.headers, body=body)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[StreamingResponse]:
        """Send a request and give its answer as it comes.

        Raises:
            ConnectionError: no answer came, or it broke off.
            ClientClosed: the client is closed.
        """
        response = await self._start(request)
        try:
            yield AiohttpStreamingResponse(response, request, self._error)
        finally:
            self._finish(response)

    @asynccontextmanager
    async def websocket(
        self, request: Request, *, protocols: Sequence[str] = (), max_message_size: int = 1 << 22
    ) -> AsyncIterator[Handshake]:
        """Ask for a WebSocket; it is closed in the end.

        Args:
            request: a GET.
            protocols: the subprotocols to offer, the best one first.
            max_message_size: bytes; a larger message of the other side ends the connection.

        Raises:
            ConnectionError: no answer came, or one that does not follow RFC 6455.
            ClientClosed: the client is closed.
        """
        credential, options = await self._prepare(request)
        opening = self._open().ws_connect(
            # aiohttp puts them into one header: some servers read no more than the first.
            protocols=protocols,
            **options,
            autoping=False,
            autoclose=False,
            decode_text=False,
            max_msg_size=max_message_size,
        )
        try:
            opened = await self._answer(opening, request, "the WebSocket was not opened")
        except UpgradeRefused as refused:
            if refused.handshake.status == 401:
                self._credentials.refused(credential)
            handshake = refused.handshake
        else:
            assert isinstance(opened, RawWebSocket)
            handshake = Handshake(
                status=101, headers=opened.headers, websocket=AiohttpWebSocket(opened, request, self._error)
            )
        try:
            yield handshake
        finally:
            if handshake.websocket is not None:
                await handshake.websocket.close()

    async def close(self) -> None:
        """Close every connection; requests that are under way end with `ClientClosed`."""
        self._closed = True
        await self._hang_up()
        await self._credentials.close()
        # Connections that were cut end in the next turn of the loop, which may be its last.
        await asyncio.sleep(0)

    def __del__(self) -> None:
        session: aiohttp.ClientSession | None = getattr(self, "_session", None)
        if session is None or session.closed:
            return
        warnings.warn(
            f"a client of {self._config.server} was never closed: use `async with`", ResourceWarning, stacklevel=2
        )
        connector = session.connector
        session.detach()
        if connector is not None:
            # Its first step closes the connections, and the rest waits for them; in a closed loop there are none.
            closing = connector.close()
            assert isinstance(closing, Coroutine)
            with contextlib.suppress(RuntimeError, StopIteration):
                closing.send(None)
            closing.close()

    async def _start(self, request: Request) -> aiohttp.ClientResponse:
        credential, options = await self._prepare(request)
        sent = self._open().request(
            request.method,
            **options,
            data=request.body,
            allow_redirects=False,
            timeout=_timeout(request.idle_timeout),
        )
        response = await self._answer(sent, request, "no answer came")
        if response.status == 401:
            self._credentials.refused(credential)
        self._under_way.add(response)
        return response

    async def _answer(self, asked: Awaitable[A], request: Request, what: str) -> A:
        """What aiohttp answers; its errors become ours."""
        failure: Exception
        try:
            return await asked
        except _Dropped as dropped:
            failure, what = dropped.error, "no answer came"
        except aiohttp.WSServerHandshakeError as error:
            failure, what = error, "the server did not open a WebSocket"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failure = error
        try:
            # Not inside an except clause: what it handles would stay with the error, as its context.
            raise self._error(failure, request, what) from None if isinstance(failure, _TELLTALES) else failure
        finally:
            del failure  # its traceback holds this frame

    async def _prepare(self, request: Request) -> tuple[Credential, dict[str, Any]]:
        """What every request is made with, over HTTP and WebSocket alike: who asks, and the way to the server."""
        if self._closed:
            raise ClientClosed("the client is closed: make a new one, and use it inside its `async with`")
        credential = await self._credentials.get()
        context = await self._context(credential)
        if self._closed:
            # A session opened now would be nobody's to close.
            raise ClientClosed(f"{self._call(request)}: the client was closed while the request was under way")
        # Without TLS there is no CONNECT to carry them: the proxy reads the request itself.
        for_proxy = (self._proxy_headers or {}) if self._tls is None else {}
        return credential, {
            "url": URL(self._config.server + request.target, encoded=True),
            "headers": {**request.headers, **credential.headers, **for_proxy},
            "server_hostname": self._config.tls_server_name,
            "proxy": self._proxy,
            "proxy_headers": self._proxy_headers,
            "ssl": context,
        }

    def _finish(self, response: aiohttp.ClientResponse) -> None:
        abort(response)
        self._under_way.discard(response)

    async def _hang_up(self) -> None:
        """Close every connection."""
        session, self._session = self._session, None
        for response in self._under_way:
            # Without this, whoever reads it would wait for ever.
            abort(response)
        if session is not None:
            await session.close()

    async def _context(self, credential: Credential) -> ssl.SSLContext | bool:
        if self._tls is None:
            return True
        context, certificate_changed = self._tls.current(credential.certificate)
        if certificate_changed:
            # What was let in with the old certificate must not go on with it.
            await self._hang_up()
        return context

    def _call(self, request: Request) -> str:
        way = f" through the proxy {self._proxy.origin()}" if self._proxy is not None else ""
        return f"{request.method} {self._config.server}{request.path}{way}"

    def _proxy_of(self, error: aiohttp.ClientConnectorError) -> str | None:
        """The proxy, where it is the other side of a connection that failed."""
        if self._proxy is None or (error.host, error.port) != (self._proxy.raw_host, self._proxy.port):
            return None
        return str(self._proxy.origin())

    def _error(self, error: Exception, request: Request, what: str) -> ClientClosed | ConnectionError:
        call = self._call(request)
        if self._closed:
            return ClientClosed(f"{call}: the client was closed while the request was under way")
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            certificate_error = error.certificate_error
            if isinstance(certificate_error, ssl.SSLCertVerificationError):
                return verification_failed(certificate_error, self._config, proxy=self._proxy_of(error))
            return handshake_failed(certificate_error, self._config, proxy=self._proxy_of(error))
        if isinstance(error.__cause__, ContentEncodingError):
            return ConnectionError(f"{call}: the answer cannot be read: {error.__cause__.message}")
        cause: Exception = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
        text = f"{call}: {what}: {_message(cause) or type(cause).__name__}"
        broken = next((one for one in (cause, error.__cause__) if isinstance(one, ssl.SSLError)), None)
        if broken is not None:
            if isinstance(error, aiohttp.ClientConnectorError) and not isinstance(broken, ssl.SSLEOFError):
                return handshake_failed(broken, self._config, proxy=self._proxy_of(error))
            return handshake_failed(broken, self._config) if is_refusal(broken) else Disconnected(text)
        if isinstance(cause, _BROKEN):
            return Disconnected(text)
        if type(cause) is aiohttp.ClientConnectionError:
            # Closed from this side, for a new client certificate.
            return Disconnected(text)
        if isinstance(error, TimeoutError):
            return RequestTimeout(text)
        return ConnectionError(text)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # Every watch keeps a connection: a limit would let the watches starve the other calls.
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEPALIVE, socket_factory=_socket),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=[*self._fixed_headers(), *impersonation_headers(self._config.impersonate)],
                trust_env=False,
                middlewares=(_one_try, raise_refused_upgrade),
                ws_response_class=RawWebSocket,
                read_bufsize=CHUNK,
                timeout=_timeout(None),
            )
        return self._session

    def _fixed_headers(self) -> list[tuple[str, str]]:
        encoding = "identity" if self._config.disable_compression else "gzip"
        return [("User-Agent", _USER_AGENT), ("Accept-Encoding", encoding)]


def _socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """A socket that notices a peer which has gone without a word: within a minute, instead of a quarter of an hour."""
    made = socket.socket(family=address[0], type=address[1], proto=address[2])
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), seconds)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 45_000)
    return made


def _timeout(idle: float | None) -> aiohttp.ClientTimeout:
    # The pool has room for all: `connect` is the way through a proxy, which may take the connection and say nothing.
    return aiohttp.ClientTimeout(total=None, connect=_WHOLE_WAY_TIMEOUT, sock_connect=_CONNECT_TIMEOUT, sock_read=idle)


def _message(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy answered {error.status} {error.message}"
    if isinstance(error, aiohttp.ClientResponseError):
        return error.message
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return f"no connection within {_CONNECT_TIMEOUT:g} s"
    return str(error)


def _split_proxy(url: str | None) -> tuple[URL | None, dict[str, str] | None]:
    """The proxy without the name and password of its URL, and the header that they become."""
    if url is None:
        return None, None
    parsed = URL(url)
    if parsed.user is None and parsed.password is None:
        return parsed, None
    return parsed.with_user(None), {"Proxy-Authorization": basic(parsed.user or "", parsed.password or "")}


class _Dropped(Exception):
    """A connection that broke, in a form that aiohttp does not answer with a second try of its own."""

    def __init__(self, error: aiohttp.ClientError) -> None:
        self.error = error


async def _one_try(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    # aiohttp sends a PUT or DELETE again when the connection drops, though the first may have been carried out.
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Dropped(error) from error
