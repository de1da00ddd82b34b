"""The base class of generated resources: the verbs that read and write objects."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from ..arguments import types
from ..codec.model import encode
from ..codec.status import Status
from ..errors import Conflict, DecodeError, Invalid, InvalidArgument, InvalidRequest
from ..http.request import JSON, PATCH_TYPES, Request, Response
from ..http.responses import decode_object_or_status, decode_response
from ..http.retry_on_conflict import retry_on_conflict
from ..http.selectors import refuse_empty
from ..secret import Hidden
from ..watching.events import check_on_undecodable
from ..watching.list_watch import Query
from ..watching.pages import decode_list, receive_list
from .bodies import (
    Body,
    Change,
    check_object,
    delete_options,
    grace_period,
    metadata_field,
    name_in,
    with_grace_period,
    with_name,
    with_type,
    without_managed_fields,
)
from .json_patch import RESOURCE_VERSION, JsonPatchBase, place
from .list_verbs import list_path
from .metadata_verbs import MetadataVerbs
from .node_verbs import NodeVerbs
from .pod_verbs import PodVerbs
from .stored import changes_of, check_is_stored
from .stream_verbs import StreamVerbs
from .workload_verbs import WorkloadVerbs

T = TypeVar("T")


class Resource(MetadataVerbs, WorkloadVerbs, NodeVerbs, PodVerbs, StreamVerbs):
    """The base of generated resource classes, which have a method for each verb that the server offers."""

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

    async def _edit(
        self,
        path: str,
        response_type: type[T],
        query: Query,
        *,
        name: str,
        change: Change[T],
        has_status: bool = False,
        namespace: str | None = None,
    ) -> T:
        """GET an object, apply a change to it, and PATCH the difference, up to five times on conflict.

        The difference is a JSON patch of the touched places, which tests the resource version that was read. All else
        is preserved. Without a difference, nothing is sent.

        Args:
            path: Path template of the object.
            response_type: Class of the object.
            query: Query parameters of the PATCH.
            name: Name of the object.
            change: Function or coroutine function that modifies the object, or returns another one of its class.
            has_status: The resource has a status subresource, so that its own path does not store the status.
            namespace: Namespace of the object. Default: that of the client.

        Raises:
            NotFound: The object does not exist.
            Conflict: The object was changed by others during each attempt.
            InvalidRequest: `change` returned something other than None or an object of the class, or changed what the
                path does not store.
        """

        if not callable(change):
            raise InvalidArgument(f"change is a {type(change).__name__}; pass a function that takes the object")

        async def attempt() -> T:
            request = self._build("GET", path, {}, name=name, namespace=namespace)
            response = await self._client.send(request)
            obj: Any = decode_response(request, response, response_type)
            check_object(request, obj, name)
            version = obj.metadata.resource_version
            base = JsonPatchBase(obj, response.json())
            returned: Any = change(obj)
            if inspect.isawaitable(returned):
                returned = await returned
            if not (returned is None or isinstance(returned, response_type)):
                raise InvalidRequest(
                    f"change returned {type(returned).__name__} for {name}; modify the object and return None, or "
                    f"return another {response_type.__name__}"
                )
            changed: Any = obj if returned is None else returned
            patch = Hidden(base.patch_for(changed))
            if not patch.value:
                return decode_response(request, response, response_type)
            what = f"{response_type.__name__} {name}"
            check_is_stored(map(place, patch.value), "edit", path, what, has_status=has_status)
            if version:
                patch.value.insert(0, {"op": "test", "path": RESOURCE_VERSION, "value": version})
            try:
                return await self._send_patch(path, response_type, query, patch.value, "json", name, namespace)
            except Invalid as error:
                # Servers report a patch that does not match the object, such as a failed test, without causes.
                if error.causes or await self._version(request) == version:
                    raise
                message = f"{what} was changed by others while it was edited"
                status = Status(status="Failure", reason="Conflict", message=message, code=409)
                raise Conflict(status, method=error.method, path=error.path) from error

        return await retry_on_conflict(attempt)

    async def _version(self, request: Request) -> str:
        return metadata_field((await self._client.send(request)).json(), "resourceVersion") or ""

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

    async def _submit(
        self,
        path: str,
        model: type[Any],
        response_type: type[T],
        query: Query,
        body: Body | None,
        *,
        name: str | None = None,
        namespace: str | None = None,
    ) -> T | Status:
        """POST an object, as `_create` does, to a path that responds with either the object or a `Status`.

        Args:
            path: Path template of the collection or subresource.
            model: Class of the body.
            response_type: Class of the response, unless it is a `Status`.
            query: Query parameters.
            body: Object or manifest; None for an empty one.
            name: For a subresource: name of the object, also added to the metadata of the body.
            namespace: Namespace of the object. Default: that in its metadata, else that of the client.
        """
        request = self._post_request(path, model, query, body, name, namespace)
        created = decode_object_or_status(request, await self._client.send(request), response_type)
        if not isinstance(created, Status):
            check_object(request, created, _created_name(body, name))
        return created

    async def _evict(
        self,
        path: str,
        model: type[Any],
        response_type: type[T],
        query: Query,
        body: Body | None,
        *,
        name: str,
        namespace: str | None = None,
    ) -> T | Status:
        """POST an eviction, as `_submit` does.

        Args:
            path: Path template of the `eviction` subresource.
            model: Class of the body.
            response_type: Class of the response, unless it is a `Status`.
            query: Query parameters; `gracePeriodSeconds` moves to the options of the deletion in the body.
            body: An `Eviction`, or its manifest; None for an empty one.
            name: Name of the object.
            namespace: Namespace of the object. Default: that in its metadata, else that of the client.

        Raises:
            InvalidRequest: `gracePeriodSeconds` is negative, or no whole number.
            TooManyRequests: A disruption budget does not allow it now.
        """
        rest = dict(query)
        seconds = grace_period(rest.pop("gracePeriodSeconds", None))
        if seconds is not None:
            body = with_grace_period(model, body, seconds)
        return await self._submit(path, model, response_type, rest, body, name=name, namespace=namespace)

    async def _create_token(
        self,
        path: str,
        model: type[Any],
        *,
        name: str,
        seconds: int | None = None,
        audiences: Sequence[str] = (),
        namespace: str | None = None,
    ) -> str:
        """POST a `TokenRequest`, and return the token.

        Args:
            path: Path template of the `token` subresource.
            model: Class of the request.
            name: Name of the service account.
            seconds: Lifetime in seconds. None: the server chooses.
            audiences: Audiences that accept the token; none stands for the API server.
            namespace: Namespace of the service account. Default: that of the client.

        Raises:
            NotFound: The service account does not exist.
            Invalid: The server does not grant such a lifetime.
        """
        spec: dict[str, Any] = {"audiences": list(types.texts(audiences, "audiences"))}
        if seconds is not None:
            spec["expirationSeconds"] = types.instance(seconds, int, "an integer", "seconds")
        created: Any = await self._create(path, model, model, {}, {"spec": spec}, name=name, namespace=namespace)
        return str(created.status.token)

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
        is_list = isinstance(body, (list, tuple))
        kind = type or ("json" if is_list else "merge")
        if kind not in ("merge", "strategic", "json"):
            raise InvalidRequest(f"type is {kind!r}; use 'merge', 'strategic' or 'json'")
        if is_list != (kind == "json"):
            raise InvalidRequest(f"a {kind} patch must be {'a list of operations' if kind == 'json' else 'an object'}")
        what = f"{response_type.__name__} {name}"
        check_is_stored(changes_of(body), "patch", path, what, has_status=has_status)
        return await self._send_patch(path, response_type, query, body, kind, name, namespace)

    async def _apply(
        self,
        path: str,
        response_type: type[T],
        query: Query,
        body: Body,
        *,
        namespace: str | None = None,
    ) -> T:
        """PATCH an object by server-side apply, which creates it if necessary. Its name comes from its metadata.

        Args:
            path: Path template of the object.
            response_type: Class of the object, in the request and in the response.
            query: Query parameters.
            body: Object or manifest with the fields to own. Its managed fields, which the server would refuse, are
                dropped.
            namespace: Namespace of the object. Default: that in its metadata, else that of the client.

        Raises:
            InvalidRequest: The metadata has no name, or there is no field manager.
            ApplyConflict: Other field managers own some of the fields.
        """
        name = name_in(body)
        if not (query.get("fieldManager") or self._client.field_manager):
            raise InvalidRequest("field_manager: is missing; pass it, or create the client with one")
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
        if name is None:
            refuse_empty(query)
        query, body = delete_options(query, options)
        request = self._build("DELETE", path, query, name=name, namespace=namespace, body=body)
        response = await self._client.send(request)
        decode_object = decode_list if name is None else decode_response
        found = decode_object_or_status(request, response, response_type, decode_object)
        if isinstance(found, Status):
            return None
        if name is not None:
            check_object(request, found, name)
        return found

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
            body=encode(with_type(model, body)),
            content_type=content_type,
        )


def _created_name(body: Body | None, name: str | None) -> str | None:
    return (None if body is None else metadata_field(body, "name")) or name
