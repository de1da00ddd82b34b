"""The verbs that send requests and open WebSockets to an object through the API server.

Each takes the path template of the subresource, the name of the object, and its namespace; None stands for the default
namespace of the client. `query` holds query parameters by their names in the API.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from ..arguments import types
from ..http.request import Request, build
from ..secret import Hidden
from ..streams.service_proxy import ProxyResponse, ProxyWebSocket, open_proxy, open_proxy_websocket, proxied_name
from ..watching.list_watch import Query
from .base import ResourceBase, stream_name


class ProxyVerbs(ResourceBase):
    """The verbs of `Resource` that proxy requests and WebSockets."""

    def _proxy(
        self,
        path: str,
        suffixed_path: str | None,
        *,
        method: str,
        name: str,
        namespace: str | None = None,
        path_suffix: str | None = None,
        port: int | str | None = None,
        scheme: str | None = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterable[bytes] | None = None,
    ) -> AbstractAsyncContextManager[ProxyResponse]:
        """Send an HTTP request to the object through the API server.

        Args:
            path: Path of the `proxy` subresource.
            suffixed_path: The same with `{path}` at its end; None if the API has none.
            method: HTTP method.
            name: Name of the object.
            namespace: Namespace of the object, if it has one.
            path_suffix: Path at the target; None requests its root.
            port: Number or name of the port of the target.
            scheme: `http` or `https`.
            query: Query parameters for the target.
            headers: Request headers.
            body: Request body; an iterable is streamed.
        """
        request = self._proxy_request(method, path, suffixed_path, query, name, namespace, path_suffix, port, scheme)
        return open_proxy(self._client, request, headers=Hidden(headers), body=body)

    def _proxy_websocket(
        self,
        path: str,
        suffixed_path: str | None,
        *,
        name: str,
        namespace: str | None = None,
        path_suffix: str | None = None,
        port: int | str | None = None,
        scheme: str | None = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        subprotocols: Sequence[str] = (),
    ) -> AbstractAsyncContextManager[ProxyWebSocket]:
        """Open a WebSocket to the object through the API server.

        Args:
            path: Path of the `proxy` subresource.
            suffixed_path: The same with `{path}` at its end; None if the API has none.
            name: Name of the object.
            namespace: Namespace of the object, if it has one.
            path_suffix: Path at the target; None requests its root.
            port: Number or name of the port of the target.
            scheme: `http` or `https`.
            query: Query parameters for the target.
            headers: Request headers.
            subprotocols: Subprotocols to offer.
        """
        request = self._proxy_request("GET", path, suffixed_path, query, name, namespace, path_suffix, port, scheme)
        what = f"WebSocket to {name}"
        subprotocols = types.texts(subprotocols, "subprotocols")
        return open_proxy_websocket(self._client, request, what, headers=Hidden(headers), subprotocols=subprotocols)

    def _websocket(
        self,
        path: str,
        values: Mapping[str, str | int],
        query: Query,
        *,
        subprotocols: Sequence[str] = (),
        namespace: str | None = None,
    ) -> AbstractAsyncContextManager[ProxyWebSocket]:
        """GET a WebSocket that a subresource is, such as the console of a virtual machine.

        Args:
            path: Path template.
            values: Values for the braces of the path, apart from `{namespace}`.
            query: Query parameters.
            subprotocols: Subprotocols to offer, in order of preference.
            namespace: Value of `{namespace}`. Default: that of the client.

        Raises:
            ApiError: The server refused the WebSocket.
        """
        request = build("GET", path, self._filled(path, values, namespace), query, accept="*/*")
        what = stream_name(path.partition("/{name}/")[2] or path, str(values.get("name", "")))
        return open_proxy_websocket(self._client, request, what, headers=Hidden(None), subprotocols=subprotocols)

    def _proxy_request(
        self,
        method: str,
        path: str,
        suffixed_path: str | None,
        query: Query | None,
        name: str,
        namespace: str | None,
        path_suffix: str | None,
        port: int | str | None,
        scheme: str | None,
    ) -> Request:
        values = self._path_values(path, name=proxied_name(name, port, scheme), namespace=namespace)
        template = path
        if path_suffix is not None and suffixed_path is not None:
            template, values["path"] = suffixed_path, path_suffix.removeprefix("/")
        return build(method, template, values, query or {}, accept="*/*")
