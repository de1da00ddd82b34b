"""The aiohttp transport: sends requests and translates aiohttp's exceptions."""

from __future__ import annotations

import platform
import ssl
import sys
import warnings
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
from yarl import URL

from ...config.config import Config
from ...errors import ClientClosed, ConnectionError, Disconnected, RequestTimeout, ResponseTooLarge, printable
from ...secret import SecretText, forget_frames
from ...version import __version__
from ..auth.credentials import Credential, Credentials
from ..auth.impersonation import impersonation_headers
from ..auth.select import select_credentials
from ..env_proxy import proxy_of
from ..request import Request, Response
from ..responses import MAX_ERROR_BODY
from ..tls import TLSContexts, handshake_failed, is_refusal, verification_failed
from ..transport import MAX_RESPONSE_BYTES, StreamingResponse
from ..websocket import Handshake
from .body import CHUNK, AiohttpStreamingResponse, read_all, read_up_to, sent_body
from .internals import (
    Connector,
    RawWebSocket,
    abort,
    close_without_loop,
    decoding_problem,
    is_closed_locally,
    loop_of,
    peer_of,
    send_once,
    send_request,
)
from .proxy_url import origin_of, split_proxy
from .sockets import OpenSockets
from .websocket import AiohttpWebSocket, UpgradeRefused, raise_refused_upgrade

if TYPE_CHECKING:
    from ...config.identity import TokenSource
    from ..auth.plugin_policy import PluginPolicy

A = TypeVar("A")

_CONNECT_TIMEOUT_S = 30.0
_CONNECT_THROUGH_PROXY_TIMEOUT_S = 60.0
_KEEPALIVE_S = 90.0

_USER_AGENT = f"aiokube/{__version__} ({sys.platform}/{platform.machine()}) python/{platform.python_version()}"

# The peer accepted the connection and then closed it, during the TLS handshake or later.
_DISCONNECTED = (
    ConnectionResetError,
    ConnectionAbortedError,
    BrokenPipeError,
    ssl.SSLEOFError,
    aiohttp.ServerDisconnectedError,
    aiohttp.ClientOSError,
    aiohttp.ClientPayloadError,
)

# Their texts contain the query, which may hold a command, or the headers, which hold the credentials.
_REVEALING = (aiohttp.ClientResponseError, aiohttp.ConnectionTimeoutError)


class AiohttpTransport:
    """The transport of real clients: one aiohttp session, opened by the first request.

    Args:
        config: The cluster and the user.
        plugin_policy: The exec plugins that may run; None allows all.
        x509_strict: Require certificates to follow RFC 5280 to the letter; None leaves it to Python.
        credentials: Source of tokens, instead of the credentials of the config.
        max_response_bytes: Maximum size of a response that is read as a whole, decompressed, in bytes.

    Raises:
        ConfigError: A certificate, key, token or proxy of the config cannot be used.
    """

    def __init__(
        self,
        config: Config,
        *,
        plugin_policy: PluginPolicy | None = None,
        x509_strict: bool | None = None,
        credentials: TokenSource | None = None,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
    ) -> None:
        self._config = config
        self._max_response_bytes = max_response_bytes
        self._credentials: Credentials = select_credentials(
            config, plugin_policy, source=credentials, connect=partial(AiohttpTransport, x509_strict=x509_strict)
        )
        self._tls = TLSContexts(config, strict=x509_strict) if config.is_tls else None
        proxy = proxy_of(config)
        self._through = "" if proxy is None else f" through the proxy {origin_of(proxy)}"
        self._socks = SecretText(proxy) if proxy is not None and proxy.startswith("socks5://") else None
        self._proxy, self._proxy_headers = split_proxy(proxy if self._socks is None else None)
        self._session: aiohttp.ClientSession | None = None
        self._sockets = OpenSockets()
        self._responses: set[aiohttp.ClientResponse] = set()
        self._closed = False

    async def send(self, request: Request) -> Response:
        """Send a request and read the whole response, whatever its status; of a failure, a limited beginning.

        Raises:
            ConnectionError: No complete response was received.
            ResponseTooLarge: The response is a success, and larger than `max_response_bytes`.
            ClientClosed: The client is closed.
        """
        handled = sys.exception()
        response = await self._start(request)
        is_success = 200 <= response.status <= 206
        try:
            if is_success:
                body = await read_all(response, self._max_response_bytes)
            else:
                body = await read_up_to(response.content.iter_any(), MAX_ERROR_BODY)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            outcome = request.outcome if is_success else ""
            # Those of aiohttp hold the body, which may be a Secret.
            forget_frames(error, handled)
            raise self._translate(error, request, "the response was interrupted", outcome) from error
        finally:
            if not response.closed:
                abort(response)
            self._responses.discard(response)
        if body is None:
            raise self._too_large(request)
        return Response(status=response.status, headers=response.headers, body=body)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[StreamingResponse]:
        """Send a request and stream the response.

        Raises:
            ConnectionError: No complete response was received.
            ClientClosed: The client is closed.
        """
        response = await self._start(request)
        try:
            yield AiohttpStreamingResponse(
                response, request, self._translate, self._max_response_bytes, self._too_large
            )
        finally:
            self._finish(response)

    @asynccontextmanager
    async def websocket(
        self, request: Request, *, protocols: Sequence[str] = (), max_message_size: int = 1 << 22
    ) -> AsyncIterator[Handshake]:
        """Open a WebSocket; it is closed when the context ends.

        Args:
            request: A GET request.
            protocols: The subprotocols to offer, the preferred one first.
            max_message_size: Maximum size of a received message in bytes; a larger one ends the connection.

        Raises:
            ConnectionError: No response was received, or it does not conform to RFC 6455.
            ClientClosed: The client is closed.
        """
        credential, options = await self._prepare(request)
        opening = self._open_session().ws_connect(
            # aiohttp joins them in one header, because some servers read only the first such header.
            protocols=protocols,
            **options,
            autoping=False,
            autoclose=False,
            decode_text=False,
            max_msg_size=max_message_size,
        )
        del options  # the query may hold a command, the headers a key
        try:
            opened = await self._translating(opening, request, "the WebSocket was not opened")
        except UpgradeRefused as refused:
            if refused.handshake.status == 401:
                self._credentials.refused(credential)
            handshake = refused.handshake
        else:
            assert isinstance(opened, RawWebSocket)
            handshake = Handshake(
                status=101, headers=opened.headers, websocket=AiohttpWebSocket(opened, request, self._translate)
            )
        try:
            yield handshake
        finally:
            if handshake.websocket is not None:
                await handshake.websocket.close()

    async def close(self) -> None:
        """Close every connection and its socket; pending requests fail with `ClientClosed`."""
        self._closed = True
        self._leave_closed_loop()
        # First, because aiohttp closes gracefully, which waits for the peers.
        await self._sockets.close()
        await self._close_connections()
        await self._credentials.close()

    def __del__(self) -> None:
        session: aiohttp.ClientSession | None = getattr(self, "_session", None)
        if session is None or session.closed:
            return
        warnings.warn(
            f"a client of {self._config.server} was never closed; use `async with`", ResourceWarning, stacklevel=2
        )
        close_without_loop(session, self._sockets)

    async def _start(self, request: Request) -> aiohttp.ClientResponse:
        credential, options = await self._prepare(request)
        sending = send_request(
            self._open_session(),
            request.method,
            **options,
            data=sent_body(request.body),
            timeout=_NO_IDLE_TIMEOUT if request.idle_timeout is None else _timeout(request.idle_timeout),
        )
        del options
        response = await self._translating(sending, request, "no response")
        if response.status == 401:
            self._credentials.refused(credential)
        self._responses.add(response)
        return response

    async def _translating(self, call: Awaitable[A], request: Request, what: str) -> A:
        """Await a call of aiohttp, and translate its exceptions."""
        failure: Exception
        handled = sys.exception()
        try:
            return await call
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            failure, what = error, "no response"
        except aiohttp.WSServerHandshakeError as error:
            failure, what = error, "the server did not open a WebSocket"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failure = error
        # Those of aiohttp hold the query and the headers.
        forget_frames(failure, handled)
        try:
            # Not inside the except clause, whose exception would become the context of the new one.
            raise self._translate(failure, request, what) from None if isinstance(failure, _REVEALING) else failure
        finally:
            del failure  # its traceback refers to this frame

    async def _prepare(self, request: Request) -> tuple[Credential, dict[str, Any]]:
        """Return the credential of a request, and the arguments that HTTP and WebSocket requests share."""
        if self._closed:
            raise ClientClosed("the client is closed; create a new one and use it with `async with`")
        credential = await self._credentials.get()
        context = True if self._tls is None else await self._context(self._tls, credential)
        if self._closed:
            # Nobody would close a session that is opened now.
            raise ClientClosed(f"{self._call(request)}: the client was closed while the request was in flight")
        # Without TLS there is no CONNECT request for these headers; the proxy reads the request itself.
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
        self._responses.discard(response)

    async def _close_connections(self) -> None:
        self._leave_closed_loop()
        session, self._session = self._session, None
        for response in self._responses:
            # Otherwise a reader of the response would wait forever.
            abort(response)
        if session is not None:
            await session.close()

    async def _context(self, tls: TLSContexts, credential: Credential) -> ssl.SSLContext:
        context, certificate_changed = tls.current(credential.certificate)
        if certificate_changed:
            # Connections that were authenticated with the old certificate must not be used any longer.
            await self._close_connections()
        return context

    def _call(self, request: Request) -> str:
        return f"{request.method} {self._config.server}{request.path}{self._through}"

    def _proxy_of(self, error: aiohttp.ClientConnectorError) -> str | None:
        """Return the proxy if the connection to it failed; None if the connection to the server did."""
        if self._proxy is None or peer_of(error) != (self._proxy.raw_host, self._proxy.port):
            return None
        return str(self._proxy.origin())

    def _translate(
        self, error: Exception, request: Request, what: str, outcome: str = ""
    ) -> ClientClosed | ConnectionError:
        call = self._call(request)
        if self._closed:
            return ClientClosed(f"{call}: the client was closed while the request was in flight")
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            certificate_error = error.certificate_error
            if isinstance(certificate_error, ssl.SSLCertVerificationError):
                return verification_failed(certificate_error, self._config, proxy=self._proxy_of(error))
            return handshake_failed(certificate_error, self._config, proxy=self._proxy_of(error))
        if (problem := decoding_problem(error)) is not None:
            return ConnectionError(f"{call}: the response cannot be decoded: {problem}{outcome}")
        cause: Exception = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
        text = f"{call}: {what}: {_message(cause) or type(cause).__name__}{outcome}"
        ssl_error = next((each for each in (cause, error.__cause__) if isinstance(each, ssl.SSLError)), None)
        if ssl_error is not None:
            if isinstance(error, aiohttp.ClientConnectorError) and not isinstance(ssl_error, ssl.SSLEOFError):
                return handshake_failed(ssl_error, self._config, proxy=self._proxy_of(error))
            return handshake_failed(ssl_error, self._config) if is_refusal(ssl_error) else Disconnected(text)
        # A connection is closed locally when the client certificate has changed.
        if isinstance(cause, _DISCONNECTED) or is_closed_locally(cause):
            return Disconnected(text)
        if isinstance(error, TimeoutError):
            return RequestTimeout(text)
        return ConnectionError(text)

    def _too_large(self, request: Request) -> ResponseTooLarge:
        is_list = request.method == "GET" and "{name}" not in request.template
        advice = "; list in pages with `iterate`, or" if is_list else f"{request.outcome};"
        return ResponseTooLarge(
            f"{self._call(request)}: the response is larger than {self._max_response_bytes} bytes{advice} raise "
            "max_response_bytes of the client"
        )

    def _leave_closed_loop(self) -> None:
        """Discard the connections of an event loop that has been closed, if they belong to one."""
        if self._session is not None and loop_of(self._session).is_closed():
            session, self._session = self._session, None
            sockets, self._sockets = self._sockets, OpenSockets()
            self._responses.clear()
            close_without_loop(session, sockets)

    def _open_session(self) -> aiohttp.ClientSession:
        self._leave_closed_loop()
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # No limit, because every watch occupies a connection and many watches would starve other calls.
                connector=Connector(
                    socks=self._socks,
                    sockets=self._sockets,
                    limit=0,
                    keepalive_timeout=_KEEPALIVE_S,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=[*self._fixed_headers(), *impersonation_headers(self._config.impersonate)],
                trust_env=False,
                middlewares=(raise_refused_upgrade,),
                ws_response_class=RawWebSocket,
                read_bufsize=CHUNK,
                timeout=_NO_IDLE_TIMEOUT,
            )
            send_once(self._session)
        return self._session

    def _fixed_headers(self) -> list[tuple[str, str]]:
        encoding = "identity" if self._config.disable_compression else "gzip"
        return [("User-Agent", _USER_AGENT), ("Accept-Encoding", encoding)]


def _timeout(idle_s: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=None,
        # Nothing waits for the unlimited pool; this includes the CONNECT request to a proxy, which may never respond.
        connect=_CONNECT_THROUGH_PROXY_TIMEOUT_S,
        sock_connect=_CONNECT_TIMEOUT_S,
        sock_read=idle_s,
    )


_NO_IDLE_TIMEOUT = _timeout(None)


def _message(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy responded with {error.status} {printable(error.message)}"
    if isinstance(error, aiohttp.ClientResponseError):
        # The lines after the first show the response, which may be a Secret.
        return printable(error.message.partition("\n")[0].rstrip(":"))
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return f"no connection within {_CONNECT_TIMEOUT_S:g} s"
    return printable(str(error))
