"""What every generated client shares: the way from a request to an answer."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from os import PathLike
from types import NoneType, TracebackType
from typing import TYPE_CHECKING, Self

from .codec.model import encode
from .config import validation
from .config.config import Config
from .errors import ConfigError, DecodeError
from .http.api_warnings import Warnings
from .http.rate_limit import RateLimiter
from .http.request import JSON, Request, Response, build
from .http.responses import MAX_ERROR_BODY, error_from_response
from .http.retry import Attempt, Retrier

if TYPE_CHECKING:
    from .http.auth.plugin_policy import PluginPolicy
    from .http.transport import StreamingResponse, Transport
    from .http.websocket import WebSocket


class BaseClient:
    """A connection to one cluster. Generated clients add an attribute per group-version.

    Without arguments it finds its cluster as kubectl does: `KUBECONFIG`, `~/.kube/config`, else the service account of
    the pod that it runs in. Use it with `async with`, or call `close` when done.

    Args:
        config: the cluster and the user, when they don't come from a kubeconfig; none of the next four goes with it.
        kubeconfig: the kubeconfig file to read.
        context: the context to use instead of the current one.
        cluster: the cluster to use instead of the context's.
        user: the user to use instead of the context's.
        namespace: the namespace of calls that name none, instead of the context's.
        timeout: seconds for a whole call with all its attempts, 300 by default; None for no limit. Streams and watches
            have none.
        max_retries: how often a call is made again when the server asks for it (429 or 5xx with a Retry-After), or, for
            GET alone, when the connection breaks; 10 by default.
        qps: requests for each second in the long run; None, the default, for no limit. Watches don't count.
        burst: with `qps`, how many requests may go before the rate holds; 10 by default.
        x509_strict: whether certificates must follow RFC 5280 to the letter, as Python 3.13 and newer want it; False
            helps where an older CA lacks an extension. The verification stays on.
        plugin_policy: which exec plugins of the kubeconfig may be run; all by default.
        on_request: called with an `Attempt` after each request, for metrics and traces.
        on_warning: called with each warning that the server sends, instead of `warnings.warn`.
        transport: what carries requests, instead of aiohttp; for tests.

    Raises:
        ConfigError: no cluster is found, or its description cannot be used, or a config comes with another.
    """

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
        x509_strict: bool = True,
        plugin_policy: PluginPolicy | None = None,
        on_request: Callable[[Attempt], object] | None = None,
        on_warning: Callable[[str], object] | None = None,
        transport: Transport | None = None,
    ) -> None:
        if namespace:
            validation.namespace_name(namespace, "namespace")
        if not isinstance(config, (Config, NoneType)):
            raise ConfigError(f"config is {type(config).__name__}, not a Config: a file is given as kubeconfig=...")
        if config is not None:
            _refuse_choices(kubeconfig=kubeconfig, context=context, cluster=cluster, user=user)
        elif transport is None:
            config = Config.load(
                kubeconfig=kubeconfig, context=context, cluster=cluster, user=user, namespace=namespace
            )
        if transport is None:
            from .http.aiohttp.transport import AiohttpTransport

            assert config is not None
            transport = AiohttpTransport(config, plugin_policy=plugin_policy, x509_strict=x509_strict)
        self._transport = transport
        self._retrier = Retrier(
            transport,
            timeout=timeout,
            max_retries=max_retries,
            rate_limiter=RateLimiter(qps, burst) if qps is not None else None,
            observer=on_request,
        )
        self._warnings = Warnings(on_warning)
        self.config = config
        self.namespace: str = namespace or (config.namespace if config else "default")
        """The namespace of calls that name none."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection; calls that are under way end with `ClientClosed`. Closing twice does nothing."""
        await self._retrier.close()

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
        """Make any request, for what the generated methods don't cover.

        Args:
            method: the HTTP method.
            path: the path, escaped, from its `/` on.
            query: the query, not escaped; `None` values are left out.
            body: `bytes`, or an async iterable of them, as they are; anything else is sent as JSON.
            content_type: of the body.
            accept: the content type to ask for.

        Raises:
            ApiError: the server answered with a failure.
            ConnectionError: no answer came.
        """
        data = body if body is None or isinstance(body, (bytes, AsyncIterable)) else encode(body)
        return await self.send(
            build(method, path, {}, query or {}, body=data, content_type=content_type, accept=accept)
        )

    async def root_paths(self) -> list[str]:
        """The paths that the server offers: GET /.

        Raises:
            ApiError: the server answered with a failure; `Forbidden` for a user without access to `/`.
            ConnectionError: no answer came.
        """
        answer = (await self.request("GET", "/")).json()
        paths = answer.get("paths") if isinstance(answer, dict) else None
        if not isinstance(paths, list):
            raise DecodeError("GET /: the answer has no list of paths")
        return [str(path) for path in paths]

    async def send(self, request: Request) -> Response:
        """Send a request and return the success that answers it.

        Raises:
            ApiError: the server answered with a failure.
            ConnectionError: no answer came.
        """
        response = await self._retrier.send(request)
        self._warnings.report(response.headers)
        if not 200 <= response.status <= 206:
            raise error_from_response(request, response.status, response.headers, response.body)
        return response

    @asynccontextmanager
    async def websocket(
        self, request: Request, *, protocols: Sequence[str] = (), max_message_size: int = 1 << 22
    ) -> AsyncIterator[WebSocket]:
        """Open a WebSocket; it is closed in the end.

        Args:
            request: a GET.
            protocols: the subprotocols to offer, the best one first.
            max_message_size: bytes; a larger message of the server ends the connection.

        Raises:
            ApiError: the server refused it.
            ConnectionError: no answer came.
        """
        async with self._retrier.websocket(
            request, protocols=protocols, max_message_size=max_message_size
        ) as handshake:
            self._warnings.report(handshake.headers)
            if handshake.websocket is None:
                raise error_from_response(request, handshake.status, handshake.headers, handshake.body)
            yield handshake.websocket

    @asynccontextmanager
    async def exchange(self, request: Request) -> AsyncIterator[StreamingResponse]:
        """Send a request and give its answer as it comes, whatever its status is.

        Raises:
            ConnectionError: no answer came.
        """
        async with self._retrier.stream(request) as response:
            self._warnings.report(response.headers)
            yield response

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[AsyncIterator[bytes]]:
        """Send a request and give its answer chunk by chunk, as they come.

        Raises:
            ApiError: the server answered with a failure.
            ConnectionError: no answer came, or the connection broke on the way.
        """
        async with self.exchange(request) as response:
            if not 200 <= response.status <= 206:
                raise error_from_response(
                    request, response.status, response.headers, await response.read(MAX_ERROR_BODY)
                )
            yield response.chunks


def _refuse_choices(**choices: object) -> None:
    """Refuse what chooses a cluster or a user beside a config, which says both."""
    given = [name for name, value in choices.items() if value is not None]
    if given:
        raise ConfigError(f"a config leaves nothing to choose for {', '.join(given)}: use them in `Config.load`")
