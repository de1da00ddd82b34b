"""What every generated client shares: the way from a request to an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .answers import error_of
from .config import Config
from .errors import DecodeError
from .model import encode
from .request import JSON, Request, Response, build
from .warning import Warnings

if TYPE_CHECKING:
    from .transport import Transport

# The part of a refused stream's answer that is read for its Status.
_MAX_ERROR_BODY = 1 << 16


class BaseClient:
    """A connection to one cluster. Generated clients add an attribute per group-version.

    Without arguments it finds its cluster as kubectl does: `KUBECONFIG`, `~/.kube/config`, else the service account of
    the pod that it runs in. Use it with `async with`, or call `close` when done.

    Args:
        config: the cluster and the user, when they don't come from a kubeconfig.
        kubeconfig: the kubeconfig file to read.
        context: the context to use instead of the current one.
        cluster: the cluster to use instead of the context's.
        user: the user to use instead of the context's.
        namespace: the namespace of calls that name none, instead of the context's.
        on_warning: called with each warning that the server sends, instead of `warnings.warn`.
        transport: what carries requests, instead of aiohttp; for tests.

    Raises:
        ConfigError: no cluster is found, or its description cannot be used.
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
        on_warning: Callable[[str], object] | None = None,
        transport: Transport | None = None,
    ) -> None:
        if config is None and transport is None:
            config = Config.load(
                kubeconfig=kubeconfig, context=context, cluster=cluster, user=user, namespace=namespace
            )
        if transport is None:
            from .transport import AiohttpTransport

            assert config is not None
            transport = AiohttpTransport(config)
        self._transport = transport
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
        await self._transport.close()

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
            body: `bytes` as they are; anything else is sent as JSON.
            content_type: of the body.
            accept: the content type to ask for.

        Raises:
            ApiError: the server answered with a failure.
            ConnectionError: no answer came.
        """
        data = body if isinstance(body, bytes) or body is None else encode(body)
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
        response = await self._transport.send(request)
        self._warnings.report(response.headers)
        if not 200 <= response.status <= 206:
            raise error_of(request, response.status, response.headers, response.body)
        return response

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[AsyncIterator[bytes]]:
        """Send a request and give its answer chunk by chunk, as they come.

        Raises:
            ApiError: the server answered with a failure.
            ConnectionError: no answer came, or the connection broke on the way.
        """
        async with self._transport.stream(request) as response:
            self._warnings.report(response.headers)
            if not 200 <= response.status <= 206:
                raise error_of(request, response.status, response.headers, await response.read(_MAX_ERROR_BODY))
            yield response.chunks
