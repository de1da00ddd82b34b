"""The verb that changes an object by a function."""

from __future__ import annotations

import inspect
from typing import Any, TypeVar

from ..codec.status import Status
from ..errors import Conflict, Invalid, InvalidArgument, InvalidRequest
from ..http.parameters import checked_query
from ..http.request import Request
from ..http.responses import decode_response
from ..http.retry_on_conflict import retry_on_conflict
from ..secret import Hidden
from ..watching.list_watch import Query
from .base import ResourceBase
from .bodies import (
    Change,
    check_object,
    metadata_field,
)
from .json_patch import RESOURCE_VERSION, JsonPatchBase, place
from .stored import check_is_settable, check_is_stored

T = TypeVar("T")


class EditVerbs(ResourceBase):
    """The verb of `Resource` that changes an object by a function."""

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
        query = checked_query(query)

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
            what = f"{self._kind_of(response_type)} {name}"
            if changed is obj:
                check_is_settable(patch.value, what)
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
