"""The calls of a client on objects of any kind, which are known by their resource, namespace and name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ..client import HttpClient
from ..codec.absent import ABSENT_LIST, absent
from ..codec.dynamic_object import DynamicMetadata, DynamicObject
from ..codec.model import Model, encode
from ..codec.model import dataclass as model
from ..codec.open_types import Open
from ..codec.partial_metadata import ACCEPT_ITEM
from ..codec.status import ListMeta
from ..discovery.api_resource import ApiResource
from ..discovery.catalog import Catalog
from ..errors import NotFound, UnknownResource
from ..http.request import JSON, PATCH_TYPES, Request, Response, build
from ..http.responses import decode_response
from ..secret import hides_arguments
from ..verbs.bodies import check_object
from ..verbs.resource import Resource
from ..watching.wait import Deleted, deleted

CONCURRENCY = 16
"""Requests at a time."""


T = TypeVar("T")

Identity = tuple[str, str, str, str]
"""Group, kind, namespace and name: what is the same for every version of an object."""


@model
class ObjectList(Model, kw_only=True):
    """A list of objects of any kind."""

    metadata: ListMeta = absent(ListMeta)
    items: list[Open[DynamicObject]] = ABSENT_LIST


@model
class ObjectWithMetadata(Model, kw_only=True):
    """The metadata of an object with its managed fields, from a server that may send the rest, too."""

    metadata: Open[DynamicMetadata] = absent(DynamicMetadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An object on the server, which may not exist."""

    resource: ApiResource
    namespace: str
    """Empty for an object without a namespace."""
    name: str

    @property
    def identity(self) -> Identity:
        """Identity of the object, the same for each of its versions."""
        return (self.resource.group, self.resource.kind, self.namespace, self.name)

    def request(
        self,
        method: str,
        query: Mapping[str, object],
        *,
        body: bytes | None = None,
        kind: str = JSON,
        accept: str = JSON,
    ) -> Request:
        """Build a request for the object."""
        values = {"name": self.name, **({"namespace": self.namespace} if self.resource.namespaced else {})}
        path = f"{self.resource.path}/{{name}}"
        return build(method, path, values, query, body=body, content_type=kind, accept=accept)


class Calls:
    """The calls of a client on objects of any kind."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    async def get(self, target: Target) -> dict[str, Any] | None:
        """GET an object as plain data; None if it does not exist."""
        try:
            request, response = await self._send(target, lambda one: one.request("GET", {}))
        except NotFound:
            return None
        return _object(request, response, target).to_dict()

    async def metadata(self, target: Target) -> DynamicMetadata | None:
        """GET the metadata of an object; None if it does not exist."""
        accept = f"{ACCEPT_ITEM},{JSON}"
        try:
            request, response = await self._send(target, lambda one: one.request("GET", {}, accept=accept))
        except NotFound:
            return None
        return decode_response(request, response, ObjectWithMetadata).metadata

    @hides_arguments
    async def apply(
        self, target: Target, data: Mapping[str, Any], query: Mapping[str, object]
    ) -> tuple[bool, DynamicObject]:
        """PATCH an object by server-side apply. Return True if it was created; and the object."""
        request, response = await self._patch(target, data, query)
        return response.status == 201, _object(request, response, target)

    @hides_arguments
    async def merged(self, target: Target, data: Mapping[str, Any], query: Mapping[str, object]) -> dict[str, Any]:
        """PATCH an object by server-side apply, and return it as plain data."""
        request, response = await self._patch(target, data, query)
        return _object(request, response, target).to_dict()

    async def delete(self, target: Target, *, options: Mapping[str, object]) -> bool:
        """DELETE an object. Return False if it did not exist."""
        body = encode({"apiVersion": "v1", "kind": "DeleteOptions", **options})
        try:
            await self._send(target, lambda one: one.request("DELETE", {}, body=body))
        except NotFound:
            return False
        return True

    async def list(self, resource: ApiResource, namespace: str, *, label_selector: str) -> list[DynamicObject]:
        """GET the objects of a resource in a namespace that a selector matches."""
        values = {"namespace": namespace} if resource.namespaced else {}
        request = build("GET", resource.path, values, {"labelSelector": label_selector})
        response = await self._client.send(request)
        return [_typed(obj, resource) for obj in decode_response(request, response, ObjectList).items]

    async def wait(self, target: Target, condition: Callable[[DynamicObject], bool], *, timeout: float) -> None:
        """Wait until an object meets a condition; see `wait_for` of a resource."""
        await self._wait(target, lambda obj: condition(_typed(obj, target.resource)), timeout)

    async def wait_until_deleted(self, target: Target, *, timeout: float) -> None:
        """Wait until an object is gone."""
        await self._wait(target, deleted, timeout)

    async def _patch(
        self, target: Target, data: Mapping[str, Any], query: Mapping[str, object]
    ) -> tuple[Request, Response]:
        body = encode(data)
        return await self._send(target, lambda one: one.request("PATCH", query, body=body, kind=PATCH_TYPES["apply"]))

    async def _send(self, target: Target, request_for: Callable[[Target], Request]) -> tuple[Request, Response]:
        """Send a request for an object; once more if its resource has another path since the last discovery."""
        request = request_for(target)
        try:
            return request, await self._client.send(request)
        except NotFound as error:
            moved = await self._moved(target) if error.is_unserved else None
            if moved is None:
                raise
        request = request_for(moved)
        return request, await self._client.send(request)

    async def _moved(self, target: Target) -> Target | None:
        """Return the object with the path that its resource has now; None if there is none, or still the same."""
        resource = target.resource

        def find(catalog: Catalog) -> ApiResource:
            return catalog.by_kind(resource.api_version, resource.kind)

        try:
            found = await self._client._discovery.find(self._client, find)
        except UnknownResource:
            return None
        if found.path == resource.path:
            return None
        namespace = (target.namespace or self._client.namespace) if found.namespaced else ""
        return replace(target, resource=found, namespace=namespace)

    async def _wait(
        self, target: Target, condition: Callable[[DynamicObject], bool] | Deleted, timeout: float
    ) -> DynamicObject | None:
        return await Resource(self._client)._wait_for(
            target.resource.path,
            DynamicObject,
            ObjectList,
            condition,
            name=target.name,
            timeout=timeout,
            namespace=target.namespace or None,
        )


def _object(request: Request, response: Response, target: Target) -> DynamicObject:
    """Decode a response, and check that it has the object that was asked for."""
    obj = decode_response(request, response, DynamicObject)
    check_object(request, obj, target.name)
    return obj


def _typed(obj: DynamicObject, resource: ApiResource) -> DynamicObject:
    """Add the type of an object of a list, which servers leave out."""
    obj.api_version, obj.kind = resource.api_version, resource.kind
    return obj


async def together(calls: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Make calls in parallel. The first failure ends the others, and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except ExceptionGroup as error:
        raise error.exceptions[0] from None
    return [task.result() for task in tasks]
