"""The verbs that read objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..errors import DecodeError
from ..http.request import Response
from ..watching.events import check_on_undecodable
from ..watching.list_watch import Query
from ..watching.pages import receive_list
from .base import ResourceBase
from .list_verbs import list_path

T = TypeVar("T")


class ReadVerbs(ResourceBase):
    """The verbs of `Resource` that read objects."""

    async def _get(
        self, path: str, response_type: type[T], query: Query, *, name: str, namespace: str | None = None
    ) -> T:
        """GET an object.

        Args:
            path: Path template of the object.
            response_type: Class of the object.
            query: Query parameters.
            name: Name of the object.
            namespace: Namespace of the object. Default: that of the client.

        Raises:
            NotFound: The object does not exist.
        """
        request = self._build("GET", path, query, name=name, namespace=namespace)
        return await self._send_named(request, response_type, name)

    async def _list(
        self,
        path: str,
        all_namespaces_path: str | None,
        response_type: type[T],
        query: Query,
        *,
        on_undecodable: Callable[[DecodeError], object] | None = None,
        namespace: str | None = None,
        all_namespaces: bool = False,
    ) -> T:
        """GET a list of objects, as a single response.

        Args:
            path: Path template of the collection.
            all_namespaces_path: Path of the collection in all namespaces; None if the API has no such path.
            response_type: Class of the list.
            query: Query parameters.
            on_undecodable: Called with the error of each object that does not fit its class, and is left out. None
                raises the error.
            namespace: Namespace to list. Default: that of the client.
            all_namespaces: List all namespaces.

        Raises:
            InvalidRequest: Both `namespace` and `all_namespaces` are given.
            Expired: The resource version or continue token is too old.
        """
        check_on_undecodable(on_undecodable)
        request = self._build(
            "GET", list_path(path, all_namespaces_path, namespace, all_namespaces), query, namespace=namespace
        )
        return await receive_list(self._client, request, response_type, on_undecodable)

    async def _text(self, path: str, query: Query, *, name: str, namespace: str | None = None) -> str:
        """GET a subresource, and return the response as text.

        Args:
            path: Path template of the subresource.
            query: Query parameters.
            name: Name of the object.
            namespace: Namespace of the object. Default: that of the client.

        Raises:
            NotFound: The object does not exist.
        """
        request = self._build("GET", path, query, name=name, namespace=namespace, accept="*/*")
        response: Response = await self._client.send(request)
        return response.text()
