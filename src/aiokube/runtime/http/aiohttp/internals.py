"""All uses of undocumented aiohttp behavior.

An upgrade of aiohttp may break what is here, so pyproject.toml bounds its version.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast

import aiohttp
from aiohttp.abc import ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.helpers import TimerNoop
from aiohttp.http_exceptions import ContentEncodingError

from .sockets import OpenSockets

if TYPE_CHECKING:
    from asyncio.trsock import TransportSocket
    from ssl import SSLContext

    from aiohttp.client_reqrep import ConnectionKey
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace
    from yarl import URL


class Connector(aiohttp.TCPConnector):
    """A connector that never reuses a connection on which unsolicited data has arrived, as `net/http` of Go.

    The data would be taken for the response to the next request, and each later response for that to the request after
    it. A connection that the server has closed is not reused either.

    Relies on `_factory`, which creates the protocol of a connection, on `_release` and `_get`, which put it into the
    pool and take it out, and on `Connection.protocol`; for a SOCKS proxy, on `_resolve_host`, `_wrap_create_connection`
    and `_wrap_existing_connection`, the steps of opening a connection.

    Args:
        socks: URL of a SOCKS5 proxy, which also resolves host names, as in Go; None to connect directly.
        sockets: Where all sockets and connections are added.
        options: Options of `TCPConnector`.
    """

    def __init__(self, *, socks: str | None, sockets: OpenSockets, **options: Any) -> None:
        super().__init__(socket_factory=sockets.create, **options)
        self._socks = socks
        self._sockets = sockets
        protocol: Callable[..., ResponseHandler] = _IdleAware
        self._factory = partial(protocol, loop=self._loop, sockets=sockets)

    async def _resolve_host(self, host: str, port: int, traces: Sequence[Trace] | None = None) -> list[ResolveResult]:
        if self._socks is None:
            return await super()._resolve_host(host, port, traces)
        # A placeholder, because the proxy is given the name.
        return [ResolveResult(hostname=host, host="0.0.0.0", port=port, family=socket.AF_INET, proto=0, flags=0)]  # noqa: S104

    async def _wrap_create_connection(
        self,
        *args: Any,
        addr_infos: list[aiohttp.AddrInfoType],
        req: aiohttp.ClientRequest,
        timeout: aiohttp.ClientTimeout,
        client_error: type[Exception] = aiohttp.ClientConnectorError,
        **kwargs: Any,
    ) -> tuple[asyncio.Transport, ResponseHandler]:
        if self._socks is None:
            return await super()._wrap_create_connection(
                *args, addr_infos=addr_infos, req=req, timeout=timeout, client_error=client_error, **kwargs
            )
        connection = await self._connect_by_proxy(self._socks, req.url.raw_host or "", req.port or 443, timeout)
        if isinstance(connection, OSError):
            raise client_error(req.connection_key, connection)
        self._sockets.add(connection)
        # This closes the socket if it fails; closed here, it would be closed while it is in use.
        return await self._wrap_existing_connection(
            *args, sock=connection, req=req, timeout=timeout, client_error=client_error, **kwargs
        )

    async def _connect_by_proxy(
        self, url: str, host: str, port: int, timeout: aiohttp.ClientTimeout
    ) -> socket.socket | OSError:
        from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError
        from python_socks.async_.asyncio import Proxy

        try:
            with self._sockets.opening():
                return await Proxy.from_url(url, rdns=True).connect(host, port, timeout=timeout.connect)
        except (ProxyError, ProxyConnectionError, ProxyTimeoutError, OSError) as error:
            # Not raised here, because the frames of the exception hold the password.
            return OSError(f"the proxy made no connection: {error}")

    def _release(self, key: ConnectionKey, protocol: ResponseHandler, *, should_close: bool = False) -> None:
        super()._release(key, protocol, should_close=should_close)
        if self.closed and protocol.transport is not None and not self._loop.is_closed():
            # aiohttp takes it for closed, but a tunnel is not, and without TLS it is only once the peer has read all.
            protocol.transport.abort()
        if isinstance(protocol, _IdleAware):
            protocol.is_idle = True

    async def _get(self, key: ConnectionKey, traces: list[Trace]) -> Connection | None:
        while (connection := await super()._get(key, traces)) is not None:
            protocol = connection.protocol
            assert isinstance(protocol, _IdleAware)
            if not protocol.should_close and _is_at_rest(protocol):
                protocol.is_idle = False
                return connection
            if connection.transport is not None:
                connection.transport.abort()
            connection.close()
        return None


class _IdleAware(ResponseHandler):
    """A protocol that closes its connection when data arrives between a response and the next request.

    Relies on `_reading_paused`, which `pause_reading` sets.
    """

    is_idle = False
    # Made once for all calls of a connection.
    poll: select.poll | None = None

    def __init__(self, loop: asyncio.AbstractEventLoop, sockets: OpenSockets) -> None:
        super().__init__(loop)
        self._sockets = sockets

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._sockets.add_connection(self, cast("asyncio.Transport", transport))
        self.poll = _poll_of(transport)

    def resume_reading(self, resume_parser: bool = True) -> None:
        # aiohttp calls it after each piece of a body that was read, and takes all steps.
        if self._reading_paused:
            super().resume_reading(resume_parser)

    def data_received(self, data: bytes) -> None:
        if self.is_idle and data:
            self.abort()
            return
        super().data_received(data)


def _is_at_rest(protocol: _IdleAware) -> bool:
    """Return False if anything has arrived after the last response, such as the beginning of another one.

    Relies on the parser, `_parser`, to return or raise something at the end of a connection within a response.
    """
    if protocol.poll is not None and protocol.poll.poll(0):
        return False
    try:
        return protocol._parser is None or protocol._parser.feed_eof() is None
    except Exception:
        return False


def has_unread_data(transport: asyncio.BaseTransport | None) -> bool:
    """Return True if the socket of a transport has data, or an end, that the event loop has not read yet."""
    poll = _poll_of(transport)
    return poll is not None and bool(poll.poll(0))


def _poll_of(transport: asyncio.BaseTransport | None) -> select.poll | None:
    connection = None if transport is None else transport.get_extra_info("socket")
    if connection is None or connection.fileno() == -1 or not hasattr(select, "poll"):
        return None
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return poll


def abort(response: aiohttp.ClientResponse) -> None:
    """Discard a response. A connection whose response was read to its end stays open for the next request.

    Any other connection is cut: a TLS shutdown would wait, possibly longer than the event loop runs, for a peer that
    may never respond.

    Relies on `ClientResponse.connection` being None once the body has been read, on `Connection.transport`, and on
    `ClientResponse._loop`.
    """
    loop = response._loop
    if loop.is_closed():
        # Its connections are closed by the next request.
        return
    if loop is not asyncio.get_running_loop():
        loop.call_soon_threadsafe(abort, response)
        return
    connection = response.connection
    if connection is not None and connection.transport is not None:
        connection.transport.abort()
    response.close()


def socket_of(response: aiohttp.ClientResponse) -> TransportSocket | None:
    """Return the socket of a response; None if its body has been read.

    Relies on `ClientResponse.connection` and `Connection.transport`.
    """
    connection = response.connection
    transport = None if connection is None else connection.transport
    return None if transport is None else transport.get_extra_info("socket")


class RawWebSocket(aiohttp.ClientWebSocketResponse[Literal[True]]):
    """A WebSocket with access to the headers of its handshake and to its transport.

    Relies on `_response`, the response to the handshake, and on `Connection.transport`.
    """

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the handshake response."""
        return self._response.headers

    @property
    def transport(self) -> asyncio.Transport | None:
        """The transport of the connection; None when it has ended."""
        connection = self._response.connection
        return None if connection is None else connection.transport


async def send_request(
    session: aiohttp.ClientSession,
    method: str,
    *,
    url: URL,
    headers: Mapping[str, str],
    data: object,
    timeout: aiohttp.ClientTimeout,
    ssl: SSLContext | bool,
    server_hostname: str | None,
    proxy: URL | None,
    proxy_headers: Mapping[str, str] | None,
) -> aiohttp.ClientResponse:
    """Send a request once, and return the response when its headers have arrived.

    These are the steps of `ClientSession.request` that a request without cookies, redirects, middlewares and traces
    takes, which are less than half of it. A request whose connection breaks is not sent again: aiohttp resends
    idempotent requests such as PUT and DELETE, although the server may have carried out the first.

    Relies on `ClientRequest`, on `connect` of the connector, on `set_response_params` of a protocol, and on `start` of
    a response; on `_prepare_headers`, `_loop` and `_read_bufsize` of a session.

    Raises:
        aiohttp.ClientError: There was no response.
        OSError: Likewise.
    """
    connector = session.connector
    if connector is None or session.closed:
        raise RuntimeError("Session is closed")
    timer = TimerNoop()
    request = aiohttp.ClientRequest(
        method,
        url,
        headers=session._prepare_headers(headers),
        data=data,
        loop=session._loop,
        timer=timer,
        session=session,
        ssl=ssl,
        server_hostname=server_hostname,
        proxy=proxy,
        proxy_headers=None if proxy is None else session._prepare_headers(proxy_headers),
    )
    try:
        try:
            connection = await connector.connect(request, traces=[], timeout=timeout)
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError("no connection in time") from error
        try:
            assert connection.protocol is not None
            connection.protocol.set_response_params(
                timer=timer,
                skip_payload=method == "HEAD",
                read_until_eof=True,
                read_timeout=timeout.sock_read,
                read_bufsize=session._read_bufsize,
            )
            response = await request.send(connection)
            try:
                return await response.start(connection)
            except BaseException:
                response.close()
                raise
        except BaseException:
            connection.close()
            raise
    except aiohttp.ClientError:
        raise
    except OSError as error:
        if error.errno is None and isinstance(error, TimeoutError):
            raise
        raise aiohttp.ClientOSError(*error.args) from error
    finally:
        if request._body is not None:
            await request._body.close()


def send_once(session: aiohttp.ClientSession) -> None:
    """Prevent aiohttp's own retry over a new connection.

    aiohttp resends idempotent requests such as PUT and DELETE, although the server may have carried out the first.

    Relies on `_retry_connection`, which aiohttp's own test client sets.
    """
    session._retry_connection = False


def is_websocket_request(request: aiohttp.ClientRequest) -> bool:
    """Return whether a request comes from `ws_connect`.

    Relies on `ws_connect` passing through the middlewares, with this header set.
    """
    return "Sec-WebSocket-Key" in request.headers


def decoding_problem(error: Exception) -> str | None:
    """Return why the compressed body of a response could not be decoded; None for any other error.

    Relies on the cause of the error being a `ContentEncodingError`, which is not public.
    """
    return error.__cause__.message if isinstance(error.__cause__, ContentEncodingError) else None


def is_closed_locally(error: Exception) -> bool:
    """Return whether a request failed because this client closed its connection.

    Relies on aiohttp raising `ClientConnectionError` for that, and subclasses of it for everything else.
    """
    return type(error) is aiohttp.ClientConnectionError


def peer_of(error: aiohttp.ClientConnectorError) -> tuple[str, int | None]:
    """Return the host and port to which the connection failed: the proxy's if the proxy could not be reached.

    Relies on the attributes `host` and `port`.
    """
    return error.host, error.port


def loop_of(session: aiohttp.ClientSession) -> asyncio.AbstractEventLoop:
    """Return the event loop that a session belongs to.

    Relies on `_loop`, because the public attribute is deprecated.
    """
    return session._loop


def close_without_loop(session: aiohttp.ClientSession, sockets: OpenSockets) -> None:
    """Close the connections of a session in a finalizer, or after its event loop, where nothing can be awaited.

    Relies on the first step of `TCPConnector.close()` closing the connections, and the others only waiting for them.
    """
    connector = session.connector
    session.detach()
    if connector is None:
        return
    closing = connector.close()
    assert isinstance(closing, Coroutine)
    with contextlib.suppress(StopIteration):
        closing.send(None)
    closing.close()
    if loop_of(session).is_closed():
        # It closes nothing any longer: the peers learn of the end here, the rest is left to the garbage collector.
        sockets.shut_down()
