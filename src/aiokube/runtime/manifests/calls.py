"""The calls of a client on objects of any kind, which are known by their resource, namespace and name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from ..client import HttpClient
from ..codec.absent import ABSENT_LIST, absent
from ..codec.dynamic_object import DynamicMetadata, DynamicObject
from ..codec.model import Model, encode, encode_as_yaml
from ..codec.model import dataclass as model
from ..codec.open_types import Open
from ..codec.partial_metadata import ACCEPT_ITEM
from ..codec.status import ListMeta, Status
from ..discovery.api_resource import ApiResource
from ..errors import DecodeError, NotFound, printable
from ..http.request import JSON, PATCH_TYPES, Request, Response, build
from ..http.responses import decode_object_or_status, decode_response
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

    kind: str = ""
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

    async def get(self, target: Target) -> DynamicObject | None:
        """GET an object; None if it does not exist."""
        request = target.request("GET", {})
        try:
            response = await self._client.send(request)
        except NotFound:
            return None
        return _object(request, response, target)

    async def get_plain(self, target: Target) -> dict[str, Any] | None:
        """GET an object as plain data; None if it does not exist."""
        request = target.request("GET", {})
        try:
            response = await self._client.send(request)
        except NotFound:
            return None
        return _plain(request, response, target)

    async def metadata(self, target: Target) -> DynamicMetadata | None:
        """GET the metadata of an object; None if it does not exist."""
        request = target.request("GET", {}, accept=f"{ACCEPT_ITEM},{JSON}")
        try:
            response = await self._client.send(request)
        except NotFound:
            return None
        return decode_response(request, response, ObjectWithMetadata).metadata

    @hides_arguments
    async def apply(
        self, target: Target, data: Mapping[str, Any], query: Mapping[str, object]
    ) -> tuple[bool, DynamicObject]:
        """PATCH an object by server-side apply. Return True if it was created; and the object."""
        request = target.request("PATCH", query, body=encode_as_yaml(data), kind=PATCH_TYPES["apply"])
        response = await self._client.send(request)
        return response.status == 201, _object(request, response, target)

    @hides_arguments
    async def merged(self, target: Target, data: Mapping[str, Any], query: Mapping[str, object]) -> dict[str, Any]:
        """PATCH an object by server-side apply, and return it as plain data."""
        request = target.request("PATCH", query, body=encode_as_yaml(data), kind=PATCH_TYPES["apply"])
        return _plain(request, await self._client.send(request), target)

    async def replace_managed_fields(self, target: Target, entries: list[dict[str, Any]], *, version: str) -> None:
        """PATCH the managed fields of an object at a resource version.

        Raises:
            Conflict: The object has another resource version by now.
        """
        changes = [
            {"op": "replace", "path": "/metadata/managedFields", "value": entries},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
        ]
        request = target.request("PATCH", {}, body=encode(changes), kind=PATCH_TYPES["json"])
        _object(request, await self._client.send(request), target)

    async def delete(self, target: Target, *, options: Mapping[str, object]) -> str | None:
        """DELETE an object. Return its UID, empty if the server does not say it; None if it did not exist.

        Raises:
            NotFound: The server does not serve the path of the object.
        """
        body = encode({"apiVersion": "v1", "kind": "DeleteOptions", **options})
        request = target.request("DELETE", {}, body=body)
        try:
            response = await self._client.send(request)
        except NotFound as error:
            if error.is_unserved:
                raise
            return None
        found = decode_object_or_status(request, response, DynamicObject)
        if isinstance(found, Status):
            return found.details.uid
        return _checked(request, found, target).metadata.uid

    async def list(self, resource: ApiResource, namespace: str, *, label_selector: str) -> list[DynamicObject]:
        """GET the objects of a resource in a namespace that a selector matches."""
        values = {"namespace": namespace} if resource.namespaced else {}
        request = build("GET", resource.path, values, {"labelSelector": label_selector})
        found = decode_object_or_status(request, await self._client.send(request), ObjectList)
        if isinstance(found, Status) or not found.kind.endswith("List"):
            raise _other(request, f"a list of {resource.kind}", found.kind)
        return [_typed(obj, resource) for obj in found.items]

    async def wait(self, target: Target, condition: Callable[[DynamicObject], bool], *, timeout: float) -> None:
        """Wait until an object meets a condition; see `wait_for` of a resource."""

        @wraps(condition)
        def typed(obj: DynamicObject) -> bool:
            return condition(_typed(obj, target.resource))

        await self._wait(target, typed, timeout)

    async def wait_until_deleted(self, target: Target, *, timeout: float) -> None:
        """Wait until an object is gone."""
        await self._wait(target, deleted, timeout)

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


def _typed(obj: DynamicObject, resource: ApiResource) -> DynamicObject:
    """Add the type of an object of a list, which servers leave out."""
    obj.api_version, obj.kind = resource.api_version, resource.kind
    return obj


def _object(request: Request, response: Response, target: Target) -> DynamicObject:
    """Decode an object.

    Raises:
        ApiError: The response is the `Status` of a failure.
        DecodeError: It is no object of the kind.
        ConnectionError: It is another object.
    """
    return _checked(request, decode_object_or_status(request, response, DynamicObject), target)


def _plain(request: Request, response: Response, target: Target) -> dict[str, Any]:
    _object(request, response, target)
    data: dict[str, Any] = response.json()
    return data


def _checked(request: Request, found: DynamicObject | Status, target: Target) -> DynamicObject:
    if isinstance(found, Status) or found.kind != target.resource.kind:
        raise _other(request, target.resource.kind, found.kind)
    check_object(request, found, target.name)
    return found


def _other(request: Request, expected: str, found: str) -> DecodeError:
    return DecodeError(f"{request}: expected {expected}, got {printable(found[:80]) or 'no kind'}{request.outcome}")


async def together(calls: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Make calls in parallel. The first failure ends the others, and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except ExceptionGroup as error:
        raise error.exceptions[0] from None
    return [task.result() for task in tasks]
