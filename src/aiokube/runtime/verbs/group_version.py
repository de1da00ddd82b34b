"""The calls of a group-version that concern no resource."""

from __future__ import annotations

from typing import TypeVar

from ..http.request import build
from ..http.responses import decode_response
from ..watching.list_watch import Query
from .base import CallBase

T = TypeVar("T")


class GroupVersion(CallBase):
    """The resources of one group-version, created by the client on first access.

    Args:
        client: The client to make calls with.
    """

    async def _call(self, path: str, response_type: type[T], query: Query, *, path_suffix: str | None = None) -> T:
        """GET a path outside of resources, such as `/apis/apps/v1/`, and decode the response.

        Args:
            path: Path template.
            response_type: Class of the response.
            query: Query parameters.
            path_suffix: Value of `{path}` in the template.
        """
        request = build("GET", path, {} if path_suffix is None else {"path": path_suffix}, query)
        return decode_response(request, await self._client.send(request), response_type)

    async def _text(self, path: str, query: Query, *, path_suffix: str | None = None) -> str:
        """GET a path outside of resources, and return the response as text.

        Args:
            path: Path template.
            query: Query parameters.
            path_suffix: Value of `{path}` in the template.
        """
        request = build("GET", path, {} if path_suffix is None else {"path": path_suffix}, query, accept="*/*")
        return (await self._client.send(request)).text()
