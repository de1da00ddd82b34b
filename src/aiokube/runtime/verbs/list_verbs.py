"""What every resource that can be listed shares: whatever is built on its lists and watches."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable
from typing import Any, TypeVar

from ..codec.partial_metadata import ACCEPT_ITEM, ACCEPT_LIST, PartialObjectMetadata, PartialObjectMetadataList
from ..errors import DecodeError, InvalidRequest
from ..http.request import JSON, fill
from ..watching.events import WatchEvent
from ..watching.informer import Informer
from ..watching.list_watch import ListWatch, Query
from ..watching.pagination import iterate
from ..watching.wait import Deleted, wait_for
from ..watching.watcher import watch
from .base import ResourceBase

T = TypeVar("T")

# What a watch asks for besides the objects that it selects.
_OF_WATCHES = (
    "allowWatchBookmarks",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "timeoutSeconds",
)


class ListVerbs(ResourceBase):
    """A resource, as far as it is a collection of objects."""

    def _iterate(
        self,
        path: str,
        all_namespaces_path: str | None,
        item_type: type[T],
        response_type: type[Any],
        query: Query,
        *,
        page_size: int,
        namespace: str | None = None,
        all_namespaces: bool = False,
    ) -> AsyncGenerator[T, None]:
        _check_page_size(page_size)
        list_watch = self._list_watch(
            scope(path, all_namespaces_path, namespace, all_namespaces), item_type, response_type, {}, namespace
        )
        return iterate(list_watch, query, page_size=page_size)

    def _watch(
        self,
        path: str,
        all_namespaces_path: str | None,
        item_type: type[T],
        response_type: type[Any],
        query: Query,
        *,
        on_undecodable: Callable[[DecodeError], object] | None,
        namespace: str | None = None,
        all_namespaces: bool = False,
    ) -> AsyncGenerator[WatchEvent[T], None]:
        seconds, version = query.get("timeoutSeconds"), query.get("resourceVersion")
        if seconds is not None and not (isinstance(seconds, int) and seconds >= 1):
            raise InvalidRequest(f"timeout_seconds is {seconds}: a watch takes whole seconds, at least 1")
        return watch(
            self._list_watch(
                scope(path, all_namespaces_path, namespace, all_namespaces),
                item_type,
                response_type,
                {key: value for key, value in query.items() if key not in _OF_WATCHES},
                namespace,
            ),
            {key: query.get(key) for key in ("allowWatchBookmarks", "resourceVersionMatch", "sendInitialEvents")},
            version=version if isinstance(version, str) else None,
            seconds=seconds,
            show_bookmarks=query.get("allowWatchBookmarks") is True,
            on_undecodable=on_undecodable,
        )

    def _informer(
        self,
        path: str,
        all_namespaces_path: str | None,
        item_type: type[T],
        response_type: type[Any],
        query: Query,
        *,
        page_size: int,
        namespace: str | None = None,
        all_namespaces: bool = False,
        accept_item: str = JSON,
        accept_list: str = JSON,
        **options: Any,
    ) -> Informer[T]:
        _check_page_size(page_size)
        return Informer(
            self._list_watch(
                scope(path, all_namespaces_path, namespace, all_namespaces),
                item_type,
                response_type,
                query,
                namespace,
                accept_item=accept_item,
                accept_list=accept_list,
            ),
            # Where no namespace is named, objects are looked up in the one that calls without a namespace go to.
            namespace=(namespace or self._client.namespace) if "{namespace}" in path else None,
            page_size=page_size,
            **options,
        )

    def _metadata_informer(
        self, path: str, all_namespaces_path: str | None, query: Query, **options: Any
    ) -> Informer[PartialObjectMetadata]:
        return self._informer(
            path,
            all_namespaces_path,
            PartialObjectMetadata,
            PartialObjectMetadataList,
            query,
            accept_item=ACCEPT_ITEM,
            accept_list=ACCEPT_LIST,
            **options,
        )

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
    ) -> T | None:
        fill("/{name}", {"name": name})
        query = {"fieldSelector": "metadata.name=" + re.sub(r"[\\,=]", r"\\\g<0>", name)}
        return await wait_for(
            self._list_watch(path, item_type, response_type, query, namespace), name, condition, timeout=timeout
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
        list_watch = ListWatch(
            client=self._client,
            template=template,
            values=self._path_values(template, namespace=namespace),
            query=query,
            item_type=item_type,
            list_type=response_type,
            accept_item=accept_item,
            accept_list=accept_list,
        )
        # A wrong argument is an error of the call, not of what it returns.
        list_watch.request({}, accept=accept_list)
        return list_watch


def scope(path: str, all_namespaces_path: str | None, namespace: str | None, all_namespaces: bool) -> str:
    """The path that covers what was asked for.

    Raises:
        InvalidRequest: one namespace and all of them were asked for.
    """
    if not all_namespaces or all_namespaces_path is None:
        return path
    if namespace is not None:
        raise InvalidRequest(f"namespace is {namespace!r} and all_namespaces is set: give one of them")
    return all_namespaces_path


def _check_page_size(page_size: int) -> None:
    if page_size < 1:
        raise InvalidRequest(f"page_size is {page_size}: a page holds at least one object")
