"""The verbs that wait for conditions of objects."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from ..arguments import types
from ..codec.partial_metadata import ACCEPT_LIST, PartialObjectMetadataList
from ..codec.status import Status
from ..errors import InvalidRequest, NotFound
from ..http.parameters import checked_query
from ..http.request import build, check_name
from ..http.responses import decode_response
from ..http.selectors import field_requirement, selector_text
from ..watching.list_watch import Query
from ..watching.wait import Deleted, check_wait, wait_for
from ..watching.wait_many import wait_for_all, wait_for_any
from .list_verbs import ListVerbs

T = TypeVar("T")


class WaitVerbs(ListVerbs):
    """The verbs of `Resource` that wait for conditions of objects."""

    async def _wait_for(
        self,
        path: str,
        item_type: type[T],
        response_type: type[Any],
        condition: str | Callable[[T], bool] | Deleted,
        *,
        name: str,
        timeout: float | None,
        namespace: str | None = None,
        unmet: str = "",
        must_exist: bool = False,
    ) -> T | None:
        """Wait until an object meets a condition, by a list and a watch with `fieldSelector=metadata.name=...`.

        Args:
            path: Path template of the collection.
            item_type: Class of the object.
            response_type: Class of the list.
            condition: Type of a status condition, with an optional `=status`; a function of the object that returns a
                bool; or `deleted`.
            name: Name of the object.
            timeout: Timeout in seconds; 0 for a single look, None disables it.
            namespace: Namespace of the object. Default: that of the client.
            unmet: Text for messages that the condition was not met. Default: one about the condition.
            must_exist: Raise an error if the object does not exist at the start, instead of waiting for it.

        Returns:
            The object that meets the condition. For `deleted`, its last decodable state, or None if there was none.

        Raises:
            WaitTimeout: The condition was not met in time.
            NotFound: The object must exist, and does not.
            ObjectDeleted: The object was deleted while something else was waited for.
            ConnectionError: The server listed other objects only.
            InvalidArgument: The condition is empty, an async function or no function at all, or the timeout is negative
                or no number.
        """
        check_name(name)
        query = {"fieldSelector": field_requirement("metadata.name", name)}
        return await wait_for(
            self._list_watch(path, item_type, response_type, query, namespace),
            name,
            condition,
            timeout=timeout,
            unmet=unmet,
            must_exist=must_exist,
        )

    async def _wait_for_all(
        self,
        path: str,
        item_type: type[T],
        response_type: type[Any],
        query: Query,
        condition: str | Callable[[T], bool] | Deleted,
        *,
        names: Sequence[str] | None = None,
        timeout: float | None,
        namespace: str | None = None,
    ) -> list[T | None]:
        """Wait until each of several objects meets a condition, as `_wait_for` does for one.

        Args:
            path: Path template of the collection.
            item_type: Class of the objects.
            response_type: Class of the list.
            query: A label selector of the objects that exist now.
            condition: The condition.
            names: Names of the objects. None: the selector chooses.
            timeout: Timeout in seconds; None disables it.
            namespace: Namespace of the objects. Default: that of the client.

        Returns:
            The objects, one for each of the names, in their order.

        Raises:
            InvalidRequest: Neither names nor a selector is given, or both.
            NotFound: The selector matches no object, and something else than a deletion is waited for.
            AiokubeError: As of `_wait_for`.
        """
        check_wait(condition, timeout)
        names = await self._names(path, query, names, namespace)
        if not names and not isinstance(condition, Deleted):
            raise _no_match(query)
        waits = self._waits(path, item_type, response_type, condition, names, timeout, namespace)
        if not waits:
            return []
        found = dict(zip(waits, await wait_for_all(waits), strict=True))
        return [found[name] for name in names]

    async def _wait_for_any(
        self,
        path: str,
        item_type: type[T],
        response_type: type[Any],
        query: Query,
        condition: str | Callable[[T], bool] | Deleted,
        *,
        names: Sequence[str] | None = None,
        timeout: float | None,
        namespace: str | None = None,
    ) -> T | None:
        """Wait until the first of several objects meets a condition, as `_wait_for` does for one.

        Args:
            path: Path template of the collection.
            item_type: Class of the objects.
            response_type: Class of the list.
            query: A label selector of the objects that exist now.
            condition: The condition.
            names: Names of the objects. None: the selector chooses.
            timeout: Timeout in seconds; None disables it.
            namespace: Namespace of the objects. Default: that of the client.

        Returns:
            The object that meets the condition.

        Raises:
            InvalidRequest: Neither names nor a selector is given, or both.
            NotFound: The selector matches no object.
            AiokubeError: As of `_wait_for`, when no object can meet the condition any more.
        """
        check_wait(condition, timeout)
        names = await self._names(path, query, names, namespace)
        if not names:
            raise _no_match(query)
        waits = self._waits(path, item_type, response_type, condition, names, timeout, namespace)
        return await wait_for_any(waits)

    def _waits(
        self,
        path: str,
        item_type: type[T],
        response_type: type[Any],
        condition: str | Callable[[T], bool] | Deleted,
        names: Sequence[str],
        timeout: float | None,
        namespace: str | None,
    ) -> dict[str, Coroutine[Any, Any, T | None]]:
        waits: dict[str, Coroutine[Any, Any, T | None]] = {}
        for name in dict.fromkeys(names):
            wait = self._wait_for(
                path, item_type, response_type, condition, name=name, timeout=timeout, namespace=namespace
            )
            waits[name] = wait
        return waits

    async def _names(
        self, path: str, query: Query, names: Sequence[str] | None, namespace: str | None
    ) -> Sequence[str]:
        has_selector = query.get("labelSelector") is not None
        if names is None and not has_selector:
            raise InvalidRequest(
                "neither names nor a label selector is given; pass one of them: for all objects, the names in a list"
            )
        if names is not None and has_selector:
            raise InvalidRequest("names and a selector are given; pass one of them")
        if names is not None:
            found = types.texts(names, "names")
            if not found:
                raise InvalidRequest("names is empty; pass at least one")
            return found
        request = build(
            "GET", path, self._path_values(path, namespace=namespace), checked_query(query), accept=ACCEPT_LIST
        )
        listed = decode_response(request, await self._client.send(request), PartialObjectMetadataList)
        return [one.metadata.name for one in listed.items]


def _no_match(query: Query) -> NotFound:
    message = f"no object matches the label selector {selector_text('labelSelector', query['labelSelector'])!r}"
    return NotFound(Status(status="Failure", reason="NotFound", message=message, code=404))
