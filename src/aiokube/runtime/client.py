"""The base of every client: sends requests, and turns failures into errors."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cached_property, partial
from os import PathLike
from types import EllipsisType, NoneType, TracebackType
from typing import TYPE_CHECKING, Self

from msgspec.structs import replace

from .arguments import kind_of
from .codec import gc_pause
from .codec.version_info import VersionInfo
from .config import validation
from .config.config import Config
from .discovery.discovery import Discovery
from .errors import ApiError, ConfigError, DecodeError, InvalidArgument, NotFound
from .http.api_warnings import Warnings
from .http.attempt import Attempt
from .http.rate_limit import RateLimiter
from .http.raw_response import is_response_noted, note_response
from .http.receiving import BodyReader, receive
from .http.request import JSON, Request, Response, build, encode_body, merged_headers, secret_headers
from .http.responses import MAX_ERROR_BODY, decode_response, error_from_response
from .http.retry import Retrier
from .http.transport import MAX_RESPONSE_BYTES
from .secret import Hidden, hides_arguments

if TYPE_CHECKING:
    from .config.identity import TokenSource
    from .discovery.api_resource import ApiResource
    from .http.auth.plugin_policy import PluginPolicy
    from .http.transport import StreamingResponse, Transport
    from .http.websocket import WebSocket

# No caller adds a header that says who the caller is, or what a method sends and expects.
_NOT_OF_A_CALLER = (
    *("authorization", "impersonate-", "proxy-", "accept", "content-", "host"),
    *("connection", "keep-alive", "transfer-encoding", "upgrade", "sec-websocket-", "trailer", "expect"),
)


class HttpClient:
    """The base of `BaseClient`, which has its documentation: everything but calls for resources."""

    def __init__(
        self,
        config: Config | None = None,
        *,
        kubeconfig: str | PathLike[str] | None = None,
        context: str | None = None,
        cluster: str | None = None,
        user: str | None = None,
        namespace: str | None = None,
        timeout: float | None = 300.0,
        max_retries: int = 10,
        qps: float | None = None,
        burst: int = 10,
        x509_strict: bool | None = None,
        plugin_policy: PluginPolicy | None = None,
        credentials: TokenSource | None = None,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        headers: Mapping[str, str] | None = None,
        user_agent: str | None = None,
        field_manager: str | None = None,
        pause_gc: bool = True,
        on_request: Callable[[Attempt], object] | None = None,
        on_warning: Callable[[str], object] | None = None,
        transport: Transport | None = None,
    ) -> None:
        added_headers = Hidden({} if headers is None else headers)
        del headers
        texts = {"context": context, "cluster": cluster, "user": user, "namespace": namespace}
        for name, value in {**texts, "user_agent": user_agent, "field_manager": field_manager}.items():
            validation.types.text(value, name)
        validation.header_value(user_agent or "", "user_agent")
        if namespace:
            validation.namespace_name(namespace, "namespace")
        if x509_strict is not None:
            validation.types.flag(x509_strict, "x509_strict")
        validation.types.flag(pause_gc, "pause_gc")
        validation.types.callback(on_request, "on_request")
        validation.types.callback(on_warning, "on_warning")
        validation.types.instance(max_response_bytes, int, "an integer", "max_response_bytes")
        if max_response_bytes < 1:
            raise InvalidArgument(f"max_response_bytes: {max_response_bytes} is out of range; pass 1 or more")
        if not isinstance(config, (Config, NoneType)):
            raise ConfigError(f"config is a {type(config).__name__}, not a Config; pass a file as kubeconfig=...")
        if config is not None:
            _refuse_choices(kubeconfig=kubeconfig, context=context, cluster=cluster, user=user)
        elif transport is None:
            config = Config.load(
                kubeconfig=kubeconfig, context=context, cluster=cluster, user=user, namespace=namespace
            )
        if transport is not None and not callable(getattr(transport, "send", None)):
            raise ConfigError(f"transport: must be a Transport, not {kind_of(transport)}")
        if transport is None:
            from .http.aiohttp.transport import AiohttpTransport

            assert config is not None
            transport = AiohttpTransport(
                config,
                plugin_policy=plugin_policy,
                x509_strict=x509_strict,
                credentials=credentials,
                max_response_bytes=max_response_bytes,
            )
        # `burst` is checked without `qps` too.
        rate_limiter = RateLimiter(1.0 if qps is None else qps, burst)
        self._retrier = Retrier(
            transport,
            timeout=timeout,
            max_retries=max_retries,
            rate_limiter=rate_limiter if qps is not None else None,
            on_request=on_request,
        )
        self._warnings = Warnings(on_warning)
        self._headers = secret_headers(added_headers.value, refused=_NOT_OF_A_CALLER)
        if user_agent is not None:
            agent = secret_headers({"User-Agent": user_agent}, refused=())
            self._headers = merged_headers(self._headers, agent)
        self._pause_gc = pause_gc
        self._is_view = False
        self._discovery = Discovery()
        """Resources of the server, as it was last asked."""
        self.config = config
        self.namespace: str = namespace or (config.namespace if config else "default")
        """Namespace of calls that name none."""
        self.field_manager: str | None = field_manager or None
        """Field manager of calls that name none; None for the server's default."""

    def __repr__(self) -> str:
        # A traceback may show a client whose constructor has failed.
        values = vars(self)
        server = f"{values['config'].server!r}, " if values.get("config") else ""
        return f"{type(self).__name__}({server}namespace={values.get('namespace')!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection. Calls in flight end with `ClientClosed`. Closing twice, or a view, does nothing.

        Raises:
            NotSupported: The client is in use in another event loop.
        """
        if not self._is_view:
            await self._retrier.close()

    def with_options(
        self,
        *,
        timeout: float | EllipsisType | None = ...,
        max_retries: int | EllipsisType = ...,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Return a view of this client with other options for some calls.

        A view shares the connections, the credentials and the rate limit of its client, which has to stay open. Closing
        a view does nothing.

            await kube.with_options(timeout=5, max_retries=0).core_v1.pods.get("web-0")

        Args:
            timeout: Seconds for a whole call with all its attempts; None for no limit; by default that of this client.
            max_retries: How often a call may be repeated; by default as often as by this client.
            headers: Headers to add to every request, besides those of this client.

        Raises:
            ConfigError: `timeout` or `max_retries` is of a wrong type.
            InvalidArgument: `timeout` or `max_retries` is out of range.
            InvalidRequest: A header is not one that a caller may set, or its value cannot be sent.
        """
        added_headers = Hidden({} if headers is None else headers)
        del headers
        view = self._view()
        view._retrier = self._retrier.with_options(timeout=timeout, max_retries=max_retries)
        added = secret_headers(added_headers.value, refused=_NOT_OF_A_CALLER)
        view._headers = merged_headers(self._headers, added)
        return view

    def in_namespace(self, namespace: str) -> Self:
        """Return a view of this client with another default namespace, as `with_options` does.

            shop = kube.in_namespace("shop")
            await shop.core_v1.pods.get("web-0")

        Args:
            namespace: Namespace of calls that name none.

        Raises:
            ConfigError: `namespace` is not the name of a namespace.
        """
        view = self._view()
        view.namespace = validation.namespace_name(namespace, "namespace")
        return view

    async def resources(self) -> list[ApiResource]:
        """Return the resources that the server serves now, each in its preferred version: `kubectl api-resources`.

        Raises:
            ApiError: The server responded with a failure.
            ConnectionError: There was no response.
        """
        return [*(await self._discovery.read(self)).preferred]

    @hides_arguments
    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: object = None,
        content_type: str = JSON,
        accept: str = "*/*",
    ) -> Response:
        """Make any request, for calls that the generated methods don't cover.

        Args:
            method: HTTP method.
            path: Path, escaped, from its leading `/`.
            query: Query parameters, not escaped; `None` values are left out.
            body: Bytes, or an async iterable of bytes, sent as they are; anything else is sent as JSON.
            content_type: Content type of the body.
            accept: Content type to ask for.

        Raises:
            ApiError: The server responded with a failure.
            ConnectionError: There was no response.
            InvalidRequest: The method, the path or the query cannot be sent.
        """
        data = body if body is None or isinstance(body, (bytes, AsyncIterable)) else encode_body(body, content_type)
        return await self.send(
            build(method, path, {}, query or {}, body=data, content_type=content_type, accept=accept)
        )

    async def version(self) -> VersionInfo:
        """Return the version of the API server: GET /version.

        Raises:
            ApiError: The server responded with a failure.
            ConnectionError: There was no response.
        """
        request = build("GET", "/version/", {}, {})
        return decode_response(request, await self.send(request), VersionInfo)

    async def root_paths(self) -> list[str]:
        """Return the paths that the server offers: GET /.

        Raises:
            ApiError: The server responded with a failure; `Forbidden` if the user may not read `/`.
            ConnectionError: There was no response.
        """
        response = (await self.request("GET", "/")).json()
        paths = response.get("paths") if isinstance(response, dict) else None
        if not isinstance(paths, list):
            raise DecodeError("GET /: the response has no list of paths")
        return [str(path) for path in paths]

    async def send(self, request: Request) -> Response:
        """Send a request, and return the response if it is a success.

        Raises:
            ApiError: The server responded with a failure.
            ConnectionError: There was no response.
        """
        request = self._prepared(request)
        response = await self._retrier.send(request)
        self._warnings.report(response.headers)
        note_response(response)
        if not 200 <= response.status <= 206:
            raise self._failure(request, response.status, response.headers, response.body)
        return response

    async def receive(self, request: Request, reader: BodyReader) -> Response:
        """Send a request whose response, if it is a success, is read while it arrives, and return what is left of it.

        Raises:
            ApiError: The server responded with a failure.
            ConnectionError: There was no response.
        """
        if is_response_noted():
            # The caller gets the whole response.
            return await self.send(request)
        request = self._prepared(request)
        response = await self._retrier.receive(request, partial(receive, reader=reader))
        self._warnings.report(response.headers)
        if not 200 <= response.status <= 206:
            raise self._failure(request, response.status, response.headers, response.body)
        return response

    @asynccontextmanager
    async def websocket(
        self, request: Request, *, protocols: Sequence[str] = (), max_message_size: int = 1 << 22
    ) -> AsyncIterator[WebSocket]:
        """Open a WebSocket, and close it in the end.

        Args:
            request: A GET request.
            protocols: Subprotocols to offer, in order of preference.
            max_message_size: Largest message to accept, in bytes; a larger one ends the connection.

        Raises:
            ApiError: The server refused the WebSocket.
            ConnectionError: There was no response.
        """
        request = self._prepared(request)
        async with self._retrier.websocket(
            request, protocols=protocols, max_message_size=max_message_size
        ) as handshake:
            self._warnings.report(handshake.headers)
            note_response(Response(status=handshake.status, headers=handshake.headers, body=handshake.body))
            if handshake.websocket is None:
                raise self._failure(request, handshake.status, handshake.headers, handshake.body)
            yield handshake.websocket

    @asynccontextmanager
    async def exchange(self, request: Request) -> AsyncIterator[StreamingResponse]:
        """Send a request, and give its response as it arrives, whatever its status is.

        Raises:
            ConnectionError: There was no response.
        """
        async with self._retrier.stream(self._prepared(request)) as response:
            self._warnings.report(response.headers)
            yield response

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[AsyncIterator[bytes]]:
        """Send a request, and give the body of its response in chunks, as they arrive.

        Raises:
            ApiError: The server responded with a failure.
            ConnectionError: There was no response, or the connection broke.
        """
        async with self.exchange(request) as response:
            if not 200 <= response.status <= 206:
                body = await response.read(MAX_ERROR_BODY)
                raise self._failure(request, response.status, response.headers, body)
            yield response.chunks

    def _failure(self, request: Request, status: int, headers: Mapping[str, str], body: bytes | bytearray) -> ApiError:
        """Return the error for an unsuccessful response."""
        error = error_from_response(request, status, headers, body)
        if isinstance(error, NotFound) and error.is_unserved:
            # A CRD was deleted, or has other versions now.
            self._discovery.forget()
        return error

    def _view(self) -> Self:
        view = object.__new__(type(self))
        # A group-version that was touched belongs to the client that it was touched on.
        view.__dict__.update(
            (name, value)
            for name, value in vars(self).items()
            if not isinstance(getattr(type(self), name, None), cached_property)
        )
        view._is_view = True
        return view

    def _prepared(self, request: Request) -> Request:
        """Return a request with the headers of this client, whose response is about to be decoded."""
        if gc_pause.ALLOWED.get() is not self._pause_gc:
            gc_pause.ALLOWED.set(self._pause_gc)
        if not self._headers:
            return request
        return replace(request, headers=merged_headers(self._headers, request.headers))


def _refuse_choices(**choices: object) -> None:
    """Refuse the choice of a cluster or a user beside a config, which holds both."""
    given = [name for name, value in choices.items() if value is not None]
    if given:
        raise ConfigError(f"{', '.join(given)} cannot be combined with config; pass them to Config.load()")
