"""The base of `Api`: the resource that it is of, and the paths and bodies of requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from ...codec.dynamic_object import DynamicObject
from ...codec.model import expected_kind
from ...codec.object_list import ObjectList, list_of
from ...codec.partial_metadata import ACCEPT_ITEM, ACCEPT_LIST, PartialObjectMetadata
from ...discovery.api_resource import ApiResource
from ...errors import InvalidArgument, InvalidRequest, UnknownResource
from ...http.request import JSON, Request
from ...watching.list_watch import ListWatch, Query
from ..resource import Resource
from .list_watch import DiscoveredListWatch

if TYPE_CHECKING:
    from ...client import HttpClient
    from .target import Target

# Without a bound, as generic code has one of its own; `Client.api` takes classes of objects alone.
ObjectT = TypeVar("ObjectT")
T = TypeVar("T")

# Resources that an error lists; most have a status.
_MAX_LISTED: Final = 10


class ApiBase(Resource, Generic[ObjectT]):
    """A resource that discovery finds at the first call.

    Args:
        client: The client to make calls with.
        model: Class of the objects.
        target: The resource, or how to find it.
    """

    def __init__(self, client: HttpClient, model: type[ObjectT], target: Target) -> None:
        super().__init__(client)
        self._model = model
        self._target = target

    def __repr__(self) -> str:
        resource = self._known_resource()
        named = self._target if resource is None else repr(str(resource))
        return f"Api({named}, {self._model.__name__}, namespace={self._client.namespace!r})"

    async def resource(self) -> ApiResource:
        """Return the resource, as the server describes it.

        Raises:
            UnknownResource: The server does not serve it.
            AmbiguousResource: Several resources have the name.
            InvalidArgument: Its objects are not of the class that was passed.
        """
        resource = self._target.resource
        if resource is None:
            resource = await self._client._discovery.find(self._client, self._target.find)
        expected = None if issubclass(self._model, PartialObjectMetadata) else expected_kind(self._model)
        if expected is not None and expected != (resource.api_version, resource.kind):
            raise InvalidArgument(
                f"the objects of {resource} are {resource.kind} of {resource.api_version}, no {expected[1]} of "
                f"{expected[0]}; leave `of` out, or pass a class of theirs"
            )
        return resource

    @property
    def _list_type(self) -> type[ObjectList[ObjectT]]:
        return list_of(self._model)

    @property
    def _any_path(self) -> str:
        """A path template that stands for the one that is found, in verbs that return before the first request."""
        return f"/namespaces/{{namespace}}/{self._target.title}"

    @property
    def _any_all_namespaces_path(self) -> str:
        return f"/{self._target.title}"

    def _kind_of(self, model: type[Any]) -> str:
        resource = self._known_resource()
        return super()._kind_of(model) if resource is None else resource.kind

    def _known_resource(self) -> ApiResource | None:
        """Return the resource as far as it is known without asking the server."""
        return self._target.resource or self._client._discovery.known(self._target.find)

    async def _collection(self, body: object = None) -> tuple[str, Any]:
        """Return the path template of the collection, and a body as the server expects it."""
        resource = await self.resource()
        return resource.path, _complete(body, resource)

    async def _object(self, body: object = None, *, subresource: str = "") -> tuple[str, Any]:
        """Return the path template of an object or its subresource, and a body as the server expects it.

        Raises:
            UnknownResource: The resource has no such subresource.
        """
        resource = await self.resource()
        path = f"{resource.path}/{{name}}"
        if not subresource:
            return path, _complete(body, resource)
        found = resource.subresource(subresource)
        if found is None:
            names = ", ".join(one.name for one in resource.subresources) or "none"
            others = await self._client._discovery.find(self._client, lambda one: one.with_subresource(subresource))
            listed = ", ".join(others[:_MAX_LISTED]) + (", ..." if len(others) > _MAX_LISTED else "")
            raise UnknownResource(
                f"{resource} has no subresource {subresource!r:.80}; it has {names}"
                + (f"; {subresource!r:.80} is of {listed}" if others else "")
            )
        return f"{path}/{subresource}", _complete(body, found)

    async def _whole_object(self, verb: str, kinds: Sequence[str]) -> str:
        """Return the path template of an object, for a verb of kubectl that reads it and that only some kinds have.

        Args:
            verb: Name of the method.
            kinds: The resources that have it: `deployments.apps`.

        Raises:
            UnknownResource: The resource has no such verb.
            InvalidRequest: The objects are their metadata only.
        """
        resource = await self._kind(verb, kinds)
        self._refuse_metadata(verb, resource)
        return f"{resource.path}/{{name}}"

    async def _part(self, verb: str, subresource: str, body: object = None) -> tuple[str, Any]:
        """Return what `_object` returns, of a subresource that stores a part of the object, such as its status.

        Args:
            verb: Name of the method.
            subresource: Name of the subresource.
            body: The object or manifest to send.

        Raises:
            UnknownResource: The resource has no such subresource.
            InvalidRequest: The objects are their metadata only.
        """
        found = await self._object(body, subresource=subresource)
        self._refuse_metadata(verb, await self.resource())
        return found

    def _refuse_metadata(self, verb: str, resource: ApiResource) -> None:
        if issubclass(self._model, PartialObjectMetadata):
            raise InvalidRequest(f"{verb} reads more than the metadata of objects; use api({str(resource)!r})")

    async def _kind(self, verb: str, kinds: Sequence[str]) -> ApiResource:
        """Return the resource, for a verb that only some kinds have.

        Raises:
            UnknownResource: The resource has no such verb.
        """
        resource = await self.resource()
        if str(resource) not in kinds:
            raise UnknownResource(f"{verb} is for {', '.join(kinds)}; {resource} ({resource.kind}) has none")
        return resource

    async def _stores_status(self) -> bool:
        return (await self.resource()).subresource("status") is not None

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
        if issubclass(self._model, PartialObjectMetadata) and accept == JSON and "{name}/" not in path:
            accept = ACCEPT_ITEM if "{name}" in path or method == "POST" else ACCEPT_LIST
        return super()._build(
            method, path, query, name=name, namespace=namespace, body=body, content_type=content_type, accept=accept
        )

    def _list_watch(
        self,
        template: str,
        item_type: type[T],
        response_type: type[Any],
        query: Query,
        namespace: str | None,
        *,
        accept_item: str = JSON,
        accept_list: str = JSON,
    ) -> ListWatch[T]:
        if issubclass(item_type, PartialObjectMetadata):
            accept_item, accept_list = ACCEPT_ITEM, ACCEPT_LIST
        made = super()._list_watch(
            template,
            item_type,
            response_type,
            query,
            namespace,
            accept_item=accept_item,
            accept_list=accept_list,
        )
        if template not in (self._any_path, self._any_all_namespaces_path):
            return made
        return DiscoveredListWatch(
            client=made.client,
            template=made.template,
            values=made.values,
            query=made.query,
            item_type=made.item_type,
            list_type=made.list_type,
            accept_item=accept_item,
            accept_list=accept_list,
            find=self.resource,
        )

    def _namespace_of_names(self, path: str, namespace: str | None) -> str | None:
        resource = self._known_resource()
        is_without = resource is not None and not resource.namespaced
        return None if is_without else super()._namespace_of_names(path, namespace)


def _complete(body: object, of: Any) -> Any:
    """Return a body with the `apiVersion` and `kind` that its class does not imply."""
    manifest: Mapping[str, Any]
    if isinstance(body, PartialObjectMetadata):
        manifest = {**body.to_dict(), "apiVersion": of.api_version, "kind": of.kind}
    elif isinstance(body, DynamicObject) and not (body.api_version and body.kind):
        manifest = body.to_dict()
    elif isinstance(body, Mapping):
        manifest = body
    else:
        return body
    return {"apiVersion": of.api_version, "kind": of.kind, **manifest}
