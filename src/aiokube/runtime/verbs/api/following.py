"""The verbs of `Api` that follow many objects: iterate, watch, informers and waits."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, overload

from ...codec.partial_metadata import PartialObjectMetadata
from ...errors import DecodeError
from ...http.parameters import ResourceVersionMatch
from ...http.selectors import Selector
from ...watching.informer import Informer
from ...watching.wait import Deleted
from ...watching.watcher import Watch
from .base import ApiBase, ObjectT


class FollowingVerbs(ApiBase[ObjectT]):
    """The verbs of `Api` that follow many objects: pages, watches, informers and waits."""

    def iterate(
        self,
        *,
        namespace: str | None = None,
        all_namespaces: bool = False,
        page_size: int = 500,
        on_undecodable: Callable[[DecodeError], object] | None = None,
        field_selector: Selector | None = None,
        label_selector: Selector | None = None,
        resource_version: str | None = None,
        resource_version_match: ResourceVersionMatch | None = None,
        shard_selector: str | None = None,
        timeout_seconds: int | None = None,
    ) -> AsyncGenerator[ObjectT, None]:
        """Iterate over objects in pages, each exactly once, even when a continue token expires.

        Args:
            namespace: Default: the namespace of the client.
            all_namespaces: Cover every namespace.
            page_size: Number of objects in a page.
            on_undecodable: Called with the error of each object that does not fit its class. Default: raise it.
            field_selector: Select objects by their fields: `status.phase=Running`, a list of such texts, or a dict.
            label_selector: Select objects by their labels: `app=web,tier!=cache`, a list of such texts, or a dict.
            resource_version: Unset: the latest state. `0`: any, perhaps an old one. Otherwise at least this version.
            resource_version_match: Meaning of `resource_version`: `NotOlderThan` or `Exact`.
            shard_selector: Select the objects of one shard, by a range of hashes of a field.
            timeout_seconds: Time limit that the server applies, in seconds.

        Raises:
            Expired: `resource_version` is too old.
        """
        return self._iterate(
            self._any_path,
            self._any_all_namespaces_path,
            self._model,
            self._list_type,
            {
                "fieldSelector": field_selector,
                "labelSelector": label_selector,
                "resourceVersion": resource_version,
                "resourceVersionMatch": resource_version_match,
                "shardSelector": shard_selector,
                "timeoutSeconds": timeout_seconds,
            },
            namespace=namespace,
            all_namespaces=all_namespaces,
            page_size=page_size,
            on_undecodable=on_undecodable,
        )

    def watch(
        self,
        *,
        namespace: str | None = None,
        all_namespaces: bool = False,
        on_undecodable: Callable[[DecodeError], object] | None = None,
        watch_timeout: int | None = None,
        allow_watch_bookmarks: bool | None = None,
        field_selector: Selector | None = None,
        label_selector: Selector | None = None,
        resource_version: str | None = None,
        resource_version_match: ResourceVersionMatch | None = None,
        send_initial_events: bool | None = None,
        shard_selector: str | None = None,
        timeout_seconds: int | None = None,
    ) -> Watch[ObjectT]:
        """Watch objects. The watch resumes after broken connections.

        Args:
            namespace: Default: the namespace of the client.
            all_namespaces: Cover every namespace.
            on_undecodable: Called with the error of each object that does not fit its class. Default: log a warning.
            watch_timeout: Seconds after which a watch is renewed. Default: 5 to 10 minutes, at random.
            allow_watch_bookmarks: Yield `BOOKMARK` events, which carry a fresh resource version.
            field_selector: Select objects by their fields: `status.phase=Running`, a list of such texts, or a dict.
            label_selector: Select objects by their labels: `app=web,tier!=cache`, a list of such texts, or a dict.
            resource_version: Resource version to start after. If unset, existing objects come first, as `ADDED`.
            resource_version_match: Meaning of `resource_version`: `NotOlderThan` or `Exact`.
            send_initial_events: Send existing objects first, as `ADDED` events, followed by a bookmark.
            shard_selector: Select the objects of one shard, by a range of hashes of a field.
            timeout_seconds: Seconds after which the watch ends. Default: never.

        Raises:
            Gone: The resource version is too old: list again.
        """
        return self._watch(
            self._any_path,
            self._any_all_namespaces_path,
            self._model,
            self._list_type,
            {
                "allowWatchBookmarks": allow_watch_bookmarks,
                "fieldSelector": field_selector,
                "labelSelector": label_selector,
                "resourceVersion": resource_version,
                "resourceVersionMatch": resource_version_match,
                "sendInitialEvents": send_initial_events,
                "shardSelector": shard_selector,
                "timeoutSeconds": timeout_seconds,
            },
            namespace=namespace,
            all_namespaces=all_namespaces,
            on_undecodable=on_undecodable,
            watch_timeout=watch_timeout,
        )

    def informer(
        self,
        *,
        namespace: str | None = None,
        all_namespaces: bool = False,
        page_size: int = 500,
        indexers: Mapping[str, Callable[[ObjectT], object]] | None = None,
        streaming_list: bool = False,
        keep_managed_fields: bool = False,
        transform: Callable[[ObjectT], ObjectT] | None = None,
        sync_timeout: float | None = 120.0,
        watch_timeout: int | None = None,
        on_undecodable: Callable[[DecodeError], object] | None = None,
        field_selector: Selector | None = None,
        label_selector: Selector | None = None,
        shard_selector: str | None = None,
    ) -> Informer[ObjectT]:
        """Cache objects, kept in sync by `list` and `watch`. Enter it with `async with`.

        Args:
            namespace: Default: the namespace of the client.
            all_namespaces: Cover every namespace.
            page_size: Number of objects per page of a list.
            indexers: Index functions by name; each returns one value, or a list or set of values, for `by_index`.
            streaming_list: Receive existing objects as events, which takes less memory; where that fails, as a list.
            keep_managed_fields: Keep `metadata.managed_fields`, which can be half of an object.
            transform: Drops what nobody reads from an object that it may change, and returns the object to keep.
            sync_timeout: Time limit for the first list, retries included, in seconds. None: no limit.
            watch_timeout: Seconds after which a watch is renewed. Default: 5 to 10 minutes, at random.
            on_undecodable: Called with the error of each object that does not fit its class. Default: log a warning.
            field_selector: Select objects by their fields: `status.phase=Running`, a list of such texts, or a dict.
            label_selector: Select objects by their labels: `app=web,tier!=cache`, a list of such texts, or a dict.
            shard_selector: Select the objects of one shard, by a range of hashes of a field.

        Raises:
            WaitTimeout: On entering: the first list did not complete within `sync_timeout`.
        """
        return self._informer(
            self._any_path,
            self._any_all_namespaces_path,
            self._model,
            self._list_type,
            {"fieldSelector": field_selector, "labelSelector": label_selector, "shardSelector": shard_selector},
            namespace=namespace,
            all_namespaces=all_namespaces,
            page_size=page_size,
            indexers=indexers,
            streaming_list=streaming_list,
            keep_managed_fields=keep_managed_fields,
            transform=transform,
            sync_timeout=sync_timeout,
            watch_timeout=watch_timeout,
            on_undecodable=on_undecodable,
        )

    def metadata_informer(
        self,
        *,
        namespace: str | None = None,
        all_namespaces: bool = False,
        page_size: int = 500,
        indexers: Mapping[str, Callable[[PartialObjectMetadata], object]] | None = None,
        streaming_list: bool = False,
        transform: Callable[[PartialObjectMetadata], PartialObjectMetadata] | None = None,
        sync_timeout: float | None = 120.0,
        watch_timeout: int | None = None,
        on_undecodable: Callable[[DecodeError], object] | None = None,
        field_selector: Selector | None = None,
        label_selector: Selector | None = None,
        shard_selector: str | None = None,
    ) -> Informer[PartialObjectMetadata]:
        """Cache the metadata of objects. Enter it with `async with`.

        Args:
            namespace: Default: the namespace of the client.
            all_namespaces: Cover every namespace.
            page_size: Number of objects per page of a list.
            indexers: Index functions by name; each returns one value, or a list or set of values, for `by_index`.
            streaming_list: Receive existing objects as events, which takes less memory; where that fails, as a list.
            transform: Drops what nobody reads from an object that it may change, and returns the object to keep.
            sync_timeout: Time limit for the first list, retries included, in seconds. None: no limit.
            watch_timeout: Seconds after which a watch is renewed. Default: 5 to 10 minutes, at random.
            on_undecodable: Called with the error of each object that does not fit its class. Default: log a warning.
            field_selector: Select objects by their fields: `status.phase=Running`, a list of such texts, or a dict.
            label_selector: Select objects by their labels: `app=web,tier!=cache`, a list of such texts, or a dict.
            shard_selector: Select the objects of one shard, by a range of hashes of a field.
        """
        return self._metadata_informer(
            self._any_path,
            self._any_all_namespaces_path,
            {"fieldSelector": field_selector, "labelSelector": label_selector, "shardSelector": shard_selector},
            namespace=namespace,
            all_namespaces=all_namespaces,
            page_size=page_size,
            indexers=indexers,
            streaming_list=streaming_list,
            transform=transform,
            sync_timeout=sync_timeout,
            watch_timeout=watch_timeout,
            on_undecodable=on_undecodable,
        )

    @overload
    async def wait_for(
        self,
        name: str,
        condition: str | Callable[[ObjectT], bool],
        *,
        timeout: float | None = 30.0,
        namespace: str | None = None,
    ) -> ObjectT: ...

    @overload
    async def wait_for(
        self, name: str, condition: Deleted, *, timeout: float | None = 30.0, namespace: str | None = None
    ) -> ObjectT | None: ...

    async def wait_for(
        self, name: str, condition: Any, *, timeout: float | None = 30.0, namespace: str | None = None
    ) -> Any:
        """Wait until an object meets a condition, by `list` and `watch`.

        Args:
            name: Name of the object, which need not exist yet.
            condition: Condition in the status (`Ready`, `Ready=False`), place (`jsonpath={.status.phase}=Running`),
                function of the object, `created` or `deleted`.
            timeout: Time limit in seconds; 0 for a single look, None for no limit.
            namespace: Default: the namespace of the client.

        Raises:
            WaitTimeout: The condition was not met in time.
            ObjectDeleted: The object was deleted while something else was waited for.
        """
        path, _ = await self._collection()
        return await self._wait_for(
            path, self._model, self._list_type, condition, name=name, timeout=timeout, namespace=namespace
        )

    @overload
    async def wait_for_all(
        self,
        condition: str | Callable[[ObjectT], bool],
        *,
        names: Sequence[str] | None = None,
        label_selector: Selector | None = None,
        timeout: float | None = 30.0,
        namespace: str | None = None,
    ) -> Sequence[ObjectT]: ...

    @overload
    async def wait_for_all(
        self,
        condition: Deleted,
        *,
        names: Sequence[str] | None = None,
        label_selector: Selector | None = None,
        timeout: float | None = 30.0,
        namespace: str | None = None,
    ) -> Sequence[ObjectT | None]: ...

    async def wait_for_all(
        self,
        condition: Any,
        *,
        names: Sequence[str] | None = None,
        label_selector: Selector | None = None,
        timeout: float | None = 30.0,
        namespace: str | None = None,
    ) -> Any:
        """Wait until each of several objects meets a condition, by `wait_for`.

        Args:
            condition: Condition, as of `wait_for`.
            names: Names of the objects, which need not exist yet. Default: the selector chooses.
            label_selector: Label selector of the objects; those that exist now are waited for.
            timeout: Time limit in seconds; 0 for a single look, None for no limit.
            namespace: Default: the namespace of the client.

        Raises:
            NotFound: No object matches the label selector.
            WaitTimeout: The condition was not met in time.
            ObjectDeleted: An object was deleted while something else was waited for.
        """
        path, _ = await self._collection()
        return await self._wait_for_all(
            path,
            self._model,
            self._list_type,
            {"labelSelector": label_selector},
            condition,
            names=names,
            timeout=timeout,
            namespace=namespace,
        )

    @overload
    async def wait_for_any(
        self,
        condition: str | Callable[[ObjectT], bool],
        *,
        names: Sequence[str] | None = None,
        label_selector: Selector | None = None,
        timeout: float | None = 30.0,
        namespace: str | None = None,
    ) -> ObjectT: ...

    @overload
    async def wait_for_any(
        self,
        condition: Deleted,
        *,
        names: Sequence[str] | None = None,
        label_selector: Selector | None = None,
        timeout: float | None = 30.0,
        namespace: str | None = None,
    ) -> ObjectT | None: ...

    async def wait_for_any(
        self,
        condition: Any,
        *,
        names: Sequence[str] | None = None,
        label_selector: Selector | None = None,
        timeout: float | None = 30.0,
        namespace: str | None = None,
    ) -> Any:
        """Wait until one of several objects meets a condition, by `wait_for`, and return it; see `wait_for_all`."""
        path, _ = await self._collection()
        return await self._wait_for_any(
            path,
            self._model,
            self._list_type,
            {"labelSelector": label_selector},
            condition,
            names=names,
            timeout=timeout,
            namespace=namespace,
        )
