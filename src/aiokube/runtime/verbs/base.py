"""The bases of group-versions and resources: the client, the values for the braces of a path, and plain calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ..codec.model import encode
from ..http.api_warnings import ApiFrames
from ..http.parameters import checked_query
from ..http.request import JSON, PATCH_TYPES, Request, build, placeholders
from ..http.responses import decode_response
from ..secret import hides_arguments
from ..watching.list_watch import Query
from .bodies import Body, check_object

if TYPE_CHECKING:
    from ..client import HttpClient

T = TypeVar("T")
P = TypeVar("P")


class CallBase(ApiFrames):
    """The base of all classes with generated methods.

    Args:
        client: The client to make calls with.
    """

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    async def _request(
        self,
        method: str,
        path: str,
        response_type: type[T],
        values: Mapping[str, str | int],
        query: Query,
        *,
        has_body: bool = False,
        body: Body | None = None,
        content_type: str = JSON,
        namespace: str | None = None,
    ) -> T:
        """Make a call that no other verb stands for, such as PUT of the subresource `start`.

        Args:
            method: HTTP method, in capitals.
            path: Path template.
            response_type: Class of the response; `str` for its text, whatever the content type.
            values: Values for the braces of the path, apart from `{namespace}`.
            query: Query parameters.
            has_body: The call expects a body, which is an empty object where none is given.
            body: Object or manifest; None for none.
            content_type: Content type of the body.
            namespace: Value of `{namespace}`. Default: that of the client.
        """
        content = {} if body is None and has_body else body
        request = build(
            method,
            path,
            self._filled(path, values, namespace),
            query,
            body=None if content is None else encode(content),
            content_type=content_type,
            accept="*/*" if response_type is str else JSON,
        )
        response = await self._client.send(request)
        return cast("T", response.text()) if response_type is str else decode_response(request, response, response_type)

    def _filled(self, path: str, values: Mapping[str, str | int], namespace: str | None) -> dict[str, str | None]:
        """Return the values for all braces of a path."""
        filled: dict[str, str | None] = {
            name: str(value) if isinstance(value, int) else value for name, value in values.items()
        }
        if "{namespace}" in path:
            filled["namespace"] = self._namespace(namespace)
        return filled

    def _namespace(self, namespace: str | None) -> str:
        """Return the namespace of a call: the one that is named, else that of the client."""
        return self._client.namespace if namespace is None else namespace


class ResourceBase(CallBase):
    """A resource of one client."""

    def _path_values(
        self, path: str, *, name: str | None = None, namespace: str | None = None
    ) -> dict[str, str | None]:
        """Return the values for `{namespace}` and `{name}`, as far as a path has these braces."""
        names = placeholders(path)
        values: dict[str, str | None] = {}
        if "namespace" in names:
            values["namespace"] = self._namespace(namespace)
        if "name" in names:
            values["name"] = name
        return values

    def _kind_of(self, model: type[Any]) -> str:
        """Return the kind of objects of a class, for messages."""
        return model.__name__

    async def _send_named(self, request: Request, response_type: type[T], name: str) -> T:
        """Send a request for a named object, and check that the response has it."""
        obj = decode_response(request, await self._client.send(request), response_type)
        check_object(request, obj, name)
        return obj

    def _build(
        self,
        method: str,
        path: str,
        query: Query,
        *,
        name: str | None = None,
        namespace: str | None = None,
        body: bytes | None = None,
        content_type: str = JSON,
        accept: str = JSON,
    ) -> Request:
        values = self._path_values(path, name=name, namespace=namespace)
        if query:
            query = checked_query(query)
            if "fieldManager" in query and not query["fieldManager"]:
                query = {**query, "fieldManager": self._client.field_manager}
        return build(method, path, values, query, body=body, content_type=content_type, accept=accept)

    def _stream_request(
        self, path: str, query: Query, name: str, namespace: str | None, *, accept: str = "*/*"
    ) -> Request:
        values = self._path_values(path, name=name, namespace=namespace)
        return build("GET", path, values, checked_query(query), accept=accept)

    @hides_arguments
    async def _send_patch(
        self,
        path: str,
        response_type: type[T],
        query: Query,
        body: object,
        kind: str,
        name: str,
        namespace: str | None,
    ) -> T:
        request = self._build(
            "PATCH", path, query, name=name, namespace=namespace, body=encode(body), content_type=PATCH_TYPES[kind]
        )
        return await self._send_named(request, response_type, name)

    async def _read(
        self, path: str, response_type: type[T], part_type: type[P], name: str, namespace: str | None
    ) -> tuple[T, P]:
        """GET an object, and return it as its class and as the class of the part that a verb reads."""
        request = self._build("GET", path, {}, name=name, namespace=namespace)
        response = await self._client.send(request)
        obj = decode_response(request, response, response_type)
        check_object(request, obj, name)
        return obj, decode_response(request, response, part_type)


def stream_name(path: str, name: str) -> str:
    """Return what errors call a stream: `exec in web-0`."""
    return f"{path.rpartition('/')[2]} in {name}"
