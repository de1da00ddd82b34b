"""The verbs that write objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from ..codec.status import Status
from ..errors import InvalidRequest
from ..http.parameters import checked_query
from ..http.request import JSON, PATCH_TYPES, Request, encode_body
from ..http.responses import decode_object_or_status, decode_response
from ..watching.list_watch import Query
from ..watching.pages import decode_list
from .base import ResourceBase
from .bodies import (
    Body,
    check_object,
    check_patch,
    delete_options,
    metadata_field,
    name_in,
    with_name,
    with_type,
    without_managed_fields,
)
from .stored import changes_of, check_apply, check_is_stored

T = TypeVar("T")


class WriteVerbs(ResourceBase):
    """The verbs of `Resource` that write objects."""

    async def _create(
        self,
        path: str,
        model: type[Any],
        response_type: type[T],
        query: Query,
        body: Body | None,
        *,
        name: str | None = None,
        namespace: str | None = None,
    ) -> T:
        """POST an object to its collection, or to a subresource of the object `name`.

        Args:
            path: Path template of the collection or subresource.
            model: Class of the body.
            response_type: Class of the response.
            query: Query parameters.
            body: Object or manifest; None for an empty one. `apiVersion` and `kind` may be left out of a manifest.
            name: For a subresource: name of the object, also added to the metadata of the body.
            namespace: Namespace of the object. Default: that in its metadata, else that of the client.

        Raises:
            AlreadyExists: The name is taken.
        """
        request = self._post_request(path, model, query, body, name, namespace)
        created = decode_response(request, await self._client.send(request), response_type)
        check_object(request, created, _created_name(body, name))
        return created

    async def _replace(
        self,
        path: str,
        response_type: type[T],
        query: Query,
        body: Body,
        *,
        namespace: str | None = None,
    ) -> T:
        """PUT an object. Its name comes from its metadata.

        Args:
            path: Path template of the object.
            response_type: Class of the object, in the request and in the response.
            query: Query parameters.
            body: Object or manifest.
            namespace: Namespace of the object. Default: that in its metadata, else that of the client.

        Raises:
            InvalidRequest: The metadata has no name.
            NotFound: The object does not exist.
            Conflict: The object has changed since the resource version in its metadata.
        """
        name = name_in(body)
        request = self._object_request("PUT", path, response_type, query, body, name=name, namespace=namespace)
        return await self._send_named(request, response_type, name)

    async def _patch(
        self,
        path: str,
        response_type: type[T],
        query: Query,
        body: Body | Sequence[Mapping[str, Any]],
        *,
        name: str,
        type: str | None,
        has_status: bool = False,
        namespace: str | None = None,
    ) -> T:
        """PATCH an object.

        Args:
            path: Path template of the object.
            response_type: Class of the object.
            query: Query parameters.
            body: Fields to change; for a JSON patch, a list of operations.
            name: Name of the object.
            type: `merge`, `strategic` or `json`. None: `json` for a list, else `merge`.
            has_status: The resource has a status subresource, so that its own path does not store the status.
            namespace: Namespace of the object. Default: that of the client.

        Raises:
            InvalidRequest: The type is unknown, or does not match the body; or the path does not store a field.
            NotFound: The object does not exist.
        """
        check_patch(body)
        is_list = isinstance(body, (list, tuple))
        kind = type or ("json" if is_list else "merge")
        if kind not in ("merge", "strategic", "json"):
            raise InvalidRequest(f"type is {kind!r}; use 'merge', 'strategic' or 'json'")
        if is_list != (kind == "json"):
            raise InvalidRequest(f"a {kind} patch must be {'a list of operations' if kind == 'json' else 'an object'}")
        what = f"{self._kind_of(response_type)} {name}"
        check_is_stored(changes_of(body), "patch", path, what, has_status=has_status)
        return await self._send_patch(path, response_type, query, body, kind, name, namespace)

    async def _apply(
        self,
        path: str,
        response_type: type[T],
        query: Query,
        body: Body,
        *,
        has_status: bool = False,
        namespace: str | None = None,
    ) -> T:
        """PATCH an object by server-side apply, which creates it if necessary. Its name comes from its metadata.

        Args:
            path: Path template of the object.
            response_type: Class of the object, in the request and in the response.
            query: Query parameters.
            body: Object or manifest with the fields to own. Its managed fields, which the server would refuse, are
                dropped.
            has_status: The resource has a status subresource, so that its own path does not store the status.
            namespace: Namespace of the object. Default: that in its metadata, else that of the client.

        Raises:
            InvalidRequest: The metadata has no name, there is no field manager, or nothing would be stored.
            ApplyConflict: Other field managers own some of the fields.
        """
        name = name_in(body)
        if not (query.get("fieldManager") or self._client.field_manager):
            raise InvalidRequest("field_manager: is missing; pass it, or create the client with one")
        check_apply(body, path, f"{self._kind_of(response_type)} {name}", has_status=has_status)
        body = without_managed_fields(body)
        request = self._object_request(
            "PATCH", path, response_type, query, body, name=name, namespace=namespace, content_type=PATCH_TYPES["apply"]
        )
        return await self._send_named(request, response_type, name)

    async def _delete(
        self,
        path: str,
        response_type: type[T],
        query: Query,
        *,
        options: Body | None = None,
        name: str | None = None,
        namespace: str | None = None,
    ) -> T | None:
        """DELETE an object or a collection. Return it, or None where the server sends no more than its success.

        Args:
            path: Path template of the object or collection.
            response_type: Class of the response, unless it is a `Status`.
            query: Query parameters; options of the deletion move to the body if `options` is given.
            options: A `DeleteOptions`, or its manifest; None sends no body.
            name: Name of the object; None for a collection.
            namespace: Namespace of the object. Default: that of the client.

        Raises:
            InvalidRequest: A selector is empty, which would delete everything.
            NotFound: The object does not exist.
            Conflict: The object does not meet the preconditions of `options`.
        """
        query, body = delete_options(checked_query(query), options)
        request = self._build("DELETE", path, query, name=name, namespace=namespace, body=body)
        response = await self._client.send(request)
        decode_object = decode_list if name is None else decode_response
        found = decode_object_or_status(request, response, response_type, decode_object)
        if isinstance(found, Status):
            return None
        if name is not None:
            check_object(request, found, name)
        return found

    def _post_request(
        self, path: str, model: type[Any], query: Query, body: Body | None, name: str | None, namespace: str | None
    ) -> Request:
        content: Any = body if name is None else with_name(model, body, name)
        return self._object_request("POST", path, model, query, content, name=name, namespace=namespace)

    def _object_request(
        self,
        method: str,
        path: str,
        model: type[Any],
        query: Query,
        body: Body,
        *,
        name: str | None = None,
        namespace: str | None = None,
        content_type: str = JSON,
    ) -> Request:
        if namespace is None and "{namespace}" in path:
            namespace = metadata_field(body, "namespace") or None
        return self._build(
            method,
            path,
            query,
            name=name,
            namespace=namespace,
            body=encode_body(with_type(model, body), content_type),
            content_type=content_type,
        )


def _created_name(body: Body | None, name: str | None) -> str | None:
    return (None if body is None else metadata_field(body, "name")) or name
