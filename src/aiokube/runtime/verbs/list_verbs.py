"""The verbs that are built on lists and watches: iteration, watches and informers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import Any, TypeVar

from ..arguments import types
from ..codec.partial_metadata import ACCEPT_ITEM, ACCEPT_LIST, PartialObjectMetadata, PartialObjectMetadataList
from ..errors import DecodeError, InvalidRequest
from ..http.parameters import checked_query
from ..http.request import JSON
from ..watching.events import check_on_undecodable
from ..watching.informer import Informer
from ..watching.list_watch import ListWatch, Query
from ..watching.pagination import iterate
from ..watching.restart import check_watch_timeout
from ..watching.watcher import Watch, watch
from .base import ResourceBase

T = TypeVar("T")

# Query parameters of a watch that do not select objects.
_WATCH_PARAMETERS = (
    "allowWatchBookmarks",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "timeoutSeconds",
)


class ListVerbs(ResourceBase):
    """The verbs of `Resource` on collections of objects."""

    def _iterate(
        self,
        path: str,
        all_namespaces_path: str | None,
        item_type: type[T],
        response_type: type[Any],
        query: Query,
        *,
        page_size: int,
        on_undecodable: Callable[[DecodeError], object] | None = None,
        namespace: str | None = None,
        all_namespaces: bool = False,
    ) -> AsyncGenerator[T, None]:
        """GET a list page by page, and yield its objects.

        Args:
            path: Path template of the collection.
            all_namespaces_path: Path of the collection in all namespaces; None if the API has no such path.
            item_type: Class of the objects.
            response_type: Class of the list.
            query: Query parameters, without `limit` and `continue`.
            page_size: Number of objects per page.
            on_undecodable: Called with the error of each object that does not fit its class, and is left out. None
                raises the error.
            namespace: Namespace to list. Default: that of the client.
            all_namespaces: List all namespaces.

        Raises:
            InvalidRequest: `page_size` is below 1, or both `namespace` and `all_namespaces` are given.
            Expired: The resource version is too old. See `iterate` for continue tokens.
        """
        _check_page_size(page_size)
        check_on_undecodable(on_undecodable)
        query = checked_query(query)
        list_watch = self._list_watch(
            list_path(path, all_namespaces_path, namespace, all_namespaces), item_type, response_type, {}, namespace
        )
        return iterate(list_watch, query, page_size=page_size, on_undecodable=on_undecodable)

    def _watch(
        self,
        path: str,
        all_namespaces_path: str | None,
        item_type: type[T],
        response_type: type[Any],
        query: Query,
        *,
        on_undecodable: Callable[[DecodeError], object] | None,
        watch_timeout: int | None = None,
        namespace: str | None = None,
        all_namespaces: bool = False,
    ) -> Watch[T]:
        """GET a collection with `watch=true`, and yield its events across reconnects.

        Args:
            path: Path template of the collection.
            all_namespaces_path: Path of the collection in all namespaces; None if the API has no such path.
            item_type: Class of the objects.
            response_type: Class of the list, from which a watch without a resource version starts.
            query: Query parameters.
            on_undecodable: Called with the error of each object that does not fit its class; None logs a warning.
            watch_timeout: Seconds after which a connection is renewed; None for 5 to 10 minutes.
            namespace: Namespace to watch. Default: that of the client.
            all_namespaces: Watch all namespaces.

        Raises:
            InvalidRequest: `timeoutSeconds` is not a positive integer, `resourceVersion` is no string, or both
                `namespace` and `all_namespaces` are given.
            InvalidArgument: `watch_timeout` is not a whole number of seconds, or `on_undecodable` is no function.
            Gone: The resource version is too old.
        """
        check_watch_timeout(watch_timeout)
        check_on_undecodable(on_undecodable)
        seconds, version = query.get("timeoutSeconds"), query.get("resourceVersion")
        if not (version is None or isinstance(version, str)):
            raise InvalidRequest(f"resource_version is {version!r:.80}; use a string, as in metadata.resource_version")
        if seconds is not None and not (isinstance(seconds, int) and seconds >= 1 and seconds is not True):
            raise InvalidRequest(f"timeout_seconds is {seconds!r:.80}; use a whole number of seconds, at least 1")
        query = checked_query(query)
        list_watch = self._list_watch(
            list_path(path, all_namespaces_path, namespace, all_namespaces),
            item_type,
            response_type,
            {key: value for key, value in query.items() if key not in _WATCH_PARAMETERS},
            namespace,
        )
        events = watch(
            list_watch,
            {key: query.get(key) for key in ("allowWatchBookmarks", "resourceVersionMatch", "sendInitialEvents")},
            version=version,
            seconds=seconds,
            show_bookmarks=query.get("allowWatchBookmarks") is True,
            watch_timeout=watch_timeout,
        )
        return Watch(events, list_watch.heard, on_undecodable)

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
        """Return an informer, which lists and watches a collection once it is entered.

        Args:
            path: Path template of the collection.
            all_namespaces_path: Path of the collection in all namespaces; None if the API has no such path.
            item_type: Class of the objects.
            response_type: Class of the list.
            query: The selectors.
            page_size: Number of objects per page of a list.
            namespace: Namespace to cover. Default: that of the client.
            all_namespaces: Cover all namespaces.
            accept_item: Accept header of watches.
            accept_list: Accept header of lists.
            options: Further arguments of `Informer`.

        Raises:
            InvalidRequest: `page_size` is below 1, or both `namespace` and `all_namespaces` are given.
        """
        _check_page_size(page_size)
        return Informer(
            self._list_watch(
                list_path(path, all_namespaces_path, namespace, all_namespaces),
                item_type,
                response_type,
                query,
                namespace,
                accept_item=accept_item,
                accept_list=accept_list,
            ),
            namespace_of_names=partial(self._namespace_of_names, path, namespace),
            page_size=page_size,
            **options,
        )

    def _metadata_informer(
        self, path: str, all_namespaces_path: str | None, query: Query, **options: Any
    ) -> Informer[PartialObjectMetadata]:
        """Return an informer that requests the metadata of objects only.

        Args:
            path: Path template of the collection.
            all_namespaces_path: Path of the collection in all namespaces; None if the API has no such path.
            query: The selectors.
            options: Further arguments of `_informer`.

        Raises:
            InvalidRequest: `page_size` is below 1, or both `namespace` and `all_namespaces` are given.
        """
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

    def _namespace_of_names(self, path: str, namespace: str | None) -> str | None:
        """Return the namespace of names that come without one; None if objects have none."""
        return (namespace or self._client.namespace) if "{namespace}" in path else None

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
            query=checked_query(query),
            item_type=item_type,
            list_type=response_type,
            accept_item=accept_item,
            accept_list=accept_list,
        )
        # Raise errors of arguments now, instead of from the iterator or informer that the call returns.
        list_watch.request({}, accept=accept_list)
        return list_watch


def list_path(path: str, all_namespaces_path: str | None, namespace: str | None, all_namespaces: bool) -> str:
    """Return the path template of a collection in one namespace or in all namespaces.

    Raises:
        InvalidRequest: Both `namespace` and `all_namespaces` are given.
        InvalidArgument: `all_namespaces` is no boolean.
    """
    if not types.flag(all_namespaces, "all_namespaces") or all_namespaces_path is None:
        return path
    if namespace is not None:
        raise InvalidRequest(f"namespace {namespace!r} cannot be combined with all_namespaces; use one of them")
    return all_namespaces_path


def _check_page_size(page_size: object) -> None:
    if not isinstance(page_size, int) or page_size < 1 or page_size is True:
        raise InvalidRequest(f"page_size is {page_size!r:.80}; use at least 1, as a whole number")
