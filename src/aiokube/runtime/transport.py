"""The one file that knows aiohttp: requests go out and answers come in here, and its errors become ours."""

from __future__ import annotations

import contextlib
import platform
import ssl
import sys
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import aiohttp
from yarl import URL

from .auth import Credentials, credentials_of
from .config import Config
from .errors import ClientClosed, ConnectionError, RequestTimeout
from .request import Request, Response
from .tls import handshake_failed, ssl_context, verification_failed
from .version import __version__

# Seconds.
_CONNECT_TIMEOUT = 30.0
_KEEPALIVE = 90.0

_USER_AGENT = f"aiokube/{__version__} ({sys.platform}/{platform.machine()}) python/{platform.python_version()}"

_CHUNK = 1 << 17


class StreamingResponse(Protocol):
    """The answer of the API server, read as it comes."""

    @property
    def status(self) -> int:
        """The HTTP status code."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, whatever their case."""
        ...

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        """The body, cut as it arrives."""
        ...

    async def read(self, limit: int) -> bytes:
        """The body as far as `limit` bytes."""
        ...


class Transport(Protocol):
    """What carries requests to the API server."""

    async def send(self, request: Request) -> Response:
        """Send a request and read its answer whole, whatever its status is."""
        ...

    def stream(self, request: Request) -> AbstractAsyncContextManager[StreamingResponse]:
        """Send a request and give its answer as it comes."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


class AiohttpTransport:
    """The transport of real clients: one aiohttp session, opened by the first request.

    Args:
        config: the cluster and the user.

    Raises:
        ConfigError: a certificate, key or token of the config cannot be used.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._credentials: Credentials = credentials_of(config)
        self._ssl: ssl.SSLContext | bool = ssl_context(config) if config.server.startswith("https:") else True
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def send(self, request: Request) -> Response:
        """Send a request and read its answer whole, whatever its status is.

        Raises:
            ConnectionError: no answer came, or it broke off.
            ClientClosed: the client is closed.
        """
        response = await self._start(request)
        try:
            body = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._error(error, request, "the answer broke off") from error
        finally:
            response.release()
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
            yield _Answer(response, self, request)
        finally:
            # Does nothing to an answer that was read to its end; any other cannot leave its connection to a next one.
            response.close()

    async def close(self) -> None:
        """Close every connection; requests that are under way end with `ClientClosed`."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        await self._credentials.close()

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
            # Its work is done by the call; awaiting it only waits for sockets. When the loop is closed, so are they.
            with contextlib.suppress(RuntimeError):
                connector.close()

    async def _start(self, request: Request) -> aiohttp.ClientResponse:
        session = self._open()
        credential = await self._credentials.get()
        try:
            response = await session.request(
                request.method,
                URL(self._config.server + request.target, encoded=True),
                headers={**request.headers, **credential.headers},
                data=request.body,
                allow_redirects=False,
                server_hostname=self._config.tls_server_name,
                proxy=self._config.proxy_url,
                ssl=self._ssl,
            )
        except _Dropped as dropped:
            raise self._error(dropped.error, request, "no answer came") from dropped.error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._error(error, request, "no answer came") from error
        if response.status == 401:
            self._credentials.refused(credential)
        return response

    def _error(self, error: Exception, request: Request, what: str) -> ClientClosed | ConnectionError:
        call = f"{request.method} {self._config.server}{request.path}"
        if self._closed:
            return ClientClosed(f"{call}: the client was closed while the request was under way")
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            certificate_error = error.certificate_error
            if isinstance(certificate_error, ssl.SSLCertVerificationError):
                return verification_failed(certificate_error, self._config)
            return handshake_failed(certificate_error, self._config)
        if isinstance(error, (aiohttp.ClientSSLError, ssl.SSLError)):
            return handshake_failed(getattr(error, "os_error", None) or error, self._config)
        if isinstance(error, ssl.SSLError) or isinstance(getattr(error, "os_error", None), ssl.SSLError):
            return handshake_failed(error, self._config)
        if isinstance(error, TimeoutError):
            return RequestTimeout(f"{call}: {what}: {str(error) or 'it took too long'}")
        return ConnectionError(f"{call}: {what}: {str(error) or type(error).__name__}")

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise ClientClosed("the client is closed: make a new one, and use it inside its `async with`")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # Every watch keeps a connection: a limit would let the watches starve the other calls.
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEPALIVE),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": _USER_AGENT, "Accept-Encoding": self._encoding()},
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_TIMEOUT),
                trust_env=False,
                middlewares=(_one_try,),
                read_bufsize=_CHUNK,
            )
        return self._session

    def _encoding(self) -> str:
        return "identity" if self._config.disable_compression else "gzip"


class _Answer:
    """A `StreamingResponse` over aiohttp's."""

    def __init__(self, response: aiohttp.ClientResponse, transport: AiohttpTransport, request: Request) -> None:
        self._response = response
        self._transport = transport
        self._request = request

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        return self._read_chunks()

    async def read(self, limit: int) -> bytes:
        body = bytearray()
        async for chunk in self._read_chunks():
            body += chunk
            if len(body) >= limit:
                break
        return bytes(body[:limit])

    async def _read_chunks(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._transport._error(error, self._request, "the answer broke off") from error


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
