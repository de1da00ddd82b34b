"""What every generated resource class shares: the verbs, over paths and types that the class names."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ..codec.model import Model, encode, expected_kind
from ..codec.status import Status
from ..errors import InvalidRequest
from ..http.api_warnings import ApiFrames
from ..http.request import JSON, PATCH_TYPES, Request, Response, build
from ..http.responses import decode_object_or_status, decode_response
from ..http.retry_on_conflict import retry_on_conflict
from ..watching.list_watch import Query
from .list_verbs import ListVerbs, scope
from .merge_patch import MergePatchBase
from .stream_verbs import StreamVerbs

if TYPE_CHECKING:
    from ..client import BaseClient

T = TypeVar("T")

Body = Model | Mapping[str, Any]


class GroupVersion(ApiFrames):
    """The resources of one group-version; made by the client when its attribute is first touched."""

    def __init__(self, client: BaseClient) -> None:
        self._client = client

    async def _call(self, path: str, response_type: type[T], query: Query, *, path_suffix: str | None = None) -> T:
        request = build("GET", path, {} if path_suffix is None else {"path": path_suffix}, query)
        return decode_response(request, await self._client.send(request), response_type)

    async def _text(self, path: str, query: Query, *, path_suffix: str | None = None) -> str:
        request = build("GET", path, {} if path_suffix is None else {"path": path_suffix}, query, accept="*/*")
        return (await self._client.send(request)).text()


class Resource(ListVerbs, StreamVerbs):
    """One resource of the API: a generated subclass has a method for each verb that the server offers."""

    async def _get(
        self, path: str, response_type: type[T], query: Query, *, name: str, namespace: str | None = None
    ) -> T:
        request = self._build("GET", path, query, name=name, namespace=namespace)
        return decode_response(request, await self._client.send(request), response_type)

    async def _list(
        self,
        path: str,
        all_namespaces_path: str | None,
        response_type: type[T],
        query: Query,
        *,
        namespace: str | None = None,
        all_namespaces: bool = False,
    ) -> T:
        request = self._build(
            "GET", scope(path, all_namespaces_path, namespace, all_namespaces), query, namespace=namespace
        )
        return decode_response(request, await self._client.send(request), response_type)

    async def _edit(
        self,
        path: str,
        response_type: type[T],
        query: Query,
        change: Callable[[T], T | Awaitable[T | None] | None],
        *,
        name: str,
        namespace: str | None = None,
    ) -> T:
        async def attempt() -> T:
            request = self._build("GET", path, {}, name=name, namespace=namespace)
            response = await self._client.send(request)
            obj: Any = decode_response(request, response, response_type)
            base = MergePatchBase(obj, response.json())
            version = obj.metadata.resource_version
            given: Any = change(obj)
            if inspect.isawaitable(given):
                given = await given
            if not (given is None or isinstance(given, response_type)):
                raise InvalidRequest(
                    f"the change of {name} returned {type(given).__name__}: let it change the object and return "
                    f"nothing, or return another {response_type.__name__}"
                )
            changed: Any = obj if given is None else given
            patch = base.patch_for(changed)
            if not patch:
                return changed  # type: ignore[no-any-return] # what `change` gave
            patch.setdefault("metadata", {})["resourceVersion"] = version
            return await self._patch(path, response_type, query, patch, name=name, type="merge", namespace=namespace)

        return await retry_on_conflict(attempt)

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
        request = self._post(path, model, query, body, name, namespace)
        return decode_response(request, await self._client.send(request), response_type)

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
        request = self._post(path, model, query, body, name, namespace)
        return decode_object_or_status(request, await self._client.send(request), response_type)

    async def _replace(
        self,
        path: str,
        response_type: type[T],
        query: Query,
        body: Body,
        *,
        namespace: str | None = None,
    ) -> T:
        name = _name(body)
        request = self._send_object("PUT", path, response_type, query, body, name=name, namespace=namespace)
        return decode_response(request, await self._client.send(request), response_type)

    async def _patch(
        self,
        path: str,
        response_type: type[T],
        query: Query,
        body: Body | Sequence[Mapping[str, Any]],
        *,
        name: str,
        type: str | None,
        namespace: str | None = None,
    ) -> T:
        is_list = isinstance(body, (list, tuple))
        kind = type or ("json" if is_list else "merge")
        if kind not in ("merge", "strategic", "json"):
            raise InvalidRequest(f"type is {kind!r}: a patch is 'merge', 'strategic' or 'json'")
        if is_list != (kind == "json"):
            raise InvalidRequest(f"a {kind} patch is {'a list of operations' if kind == 'json' else 'an object'}")
        request = self._build(
            "PATCH", path, query, name=name, namespace=namespace, body=encode(body), content_type=PATCH_TYPES[kind]
        )
        return decode_response(request, await self._client.send(request), response_type)

    async def _apply(
        self,
        path: str,
        response_type: type[T],
        query: Query,
        body: Body,
        *,
        namespace: str | None = None,
    ) -> T:
        name = _name(body)
        request = self._send_object(
            "PATCH", path, response_type, query, body, name=name, namespace=namespace, content_type=PATCH_TYPES["apply"]
        )
        return decode_response(request, await self._client.send(request), response_type)

    async def _delete(
        self,
        path: str,
        response_type: type[T],
        query: Query,
        *,
        options: Body | None = None,
        name: str | None = None,
        namespace: str | None = None,
    ) -> T | Status:
        query, body = _delete_options(query, options)
        request = self._build("DELETE", path, query, name=name, namespace=namespace, body=body)
        return decode_object_or_status(request, await self._client.send(request), response_type)

    async def _text(self, path: str, query: Query, *, name: str, namespace: str | None = None) -> str:
        request = self._build("GET", path, query, name=name, namespace=namespace, accept="*/*")
        response: Response = await self._client.send(request)
        return response.text()

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
        return build(method, path, values, query, body=body, content_type=content_type, accept=accept)

    def _post(
        self, path: str, model: type[Any], query: Query, body: Body | None, name: str | None, namespace: str | None
    ) -> Request:
        about = body or {} if name is None else _about(model, body, name)
        return self._send_object("POST", path, model, query, about, name=name, namespace=namespace)

    def _send_object(
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
            namespace = _metadata(body, "namespace") or None
        return self._build(
            method,
            path,
            query,
            name=name,
            namespace=namespace,
            body=encode(_typed(model, body)),
            content_type=content_type,
        )


def _name(body: Body) -> str:
    """The name in the metadata of an object or manifest.

    Raises:
        InvalidRequest: there is none.
    """
    name = _metadata(body, "name")
    if not name:
        raise InvalidRequest(f"the {type(body).__name__} has no metadata.name, which says what object is meant")
    return name


def _metadata(body: Body, key: str) -> str | None:
    """What an object says of itself; None where it doesn't."""
    metadata = body.get("metadata") if isinstance(body, Mapping) else getattr(body, "metadata", None)
    value = metadata.get(key) if isinstance(metadata, Mapping) else getattr(metadata, key, None)
    return value if isinstance(value, str) else None


def _typed(model: type[Any], body: Body) -> Body:
    """A manifest may leave out the type that its method already says."""
    expected = expected_kind(model)
    if not isinstance(body, Mapping) or expected is None:
        return body
    return {"apiVersion": expected[0], "kind": expected[1], **body}


def _about(model: type[Any], body: Body | None, name: str) -> Body:
    """The body of a subresource that acts on an object: about the object of that name unless it says otherwise."""
    manifest: dict[str, Any] = dict(body) if isinstance(body, Mapping) else {} if body is None else body.to_dict()
    metadata = manifest.get("metadata")
    manifest["metadata"] = {"name": name, **metadata} if isinstance(metadata, Mapping) else {"name": name}
    return _typed(model, manifest)


def _delete_options(query: Query, options: Body | None) -> tuple[Query, bytes | None]:
    """The server reads the options of a delete from the body or from the query, never from both."""
    if options is None:
        return query, None
    body: dict[str, Any] = options.to_dict() if isinstance(options, Model) else dict(options)
    rest: dict[str, object] = {}
    for key, value in query.items():
        if value is None:
            continue
        if key in ("gracePeriodSeconds", "orphanDependents", "propagationPolicy") or key.startswith("ignoreStoreRead"):
            body[key] = value
        elif key == "dryRun":
            body[key] = [value]
        else:
            rest[key] = value
    return rest, encode({"apiVersion": "v1", "kind": "DeleteOptions", **body})
