"""Informers: caches of one resource, kept in sync with the server and shared by any number of consumers."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import AsyncGenerator, Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Generic, Self, TypeVar

from ..arguments import types
from ..errors import InformerStopped, InvalidArgument, WaitTimeout
from ..public import public
from .change_queue import ChangeQueue, InformerChange
from .events import OnUndecodable, check_on_undecodable
from .kept_objects import KeptObjects, Transform
from .list_watch import ListWatch
from .object_key import ObjectKey, PlainKey, plain_prefix
from .reflector import Reflector
from .restart import check_watch_timeout
from .shared_cache import SharedCache
from .store import IndexFunc, Store
from .subscription import Handler, ResyncTimer, Subscription

T = TypeVar("T")


@public("aiokube")
class Informer(Generic[T]):
    """A cache of the objects of one resource, kept in sync with the server by `list` and `watch`.

    Created by the `informer` method of a resource:

        async with kube.core_v1.pods.informer(all_namespaces=True) as pods:
            pods.get("web-0", namespace="shop")             # from memory, without a request
            async for change in pods.changes():
                ...

    Inside `async with`, the cache holds a consistent state of the resource and follows the server from there, across
    broken connections, expired resource versions and restarts of the server. It may lag behind the server. A relist
    replaces the cache atomically, and consumers are notified after the cache has changed.

    An informer can have any number of consumers: `changes` iterators and handlers. Several tasks may enter it: the
    first starts it, and it stops when the last one leaves. All consumers share the objects, which are read-only: a
    change raises `ReadOnlyObject`; change a copy, `pod.copy()`.
    """

    def __init__(
        self,
        list_watch: ListWatch[T],
        *,
        namespace_of_names: Callable[[], str | None],
        page_size: int,
        indexers: Mapping[str, IndexFunc[T]] | None = None,
        streaming_list: bool = False,
        keep_managed_fields: bool = False,
        transform: Transform[T] | None = None,
        sync_timeout: float | None = None,
        watch_timeout: int | None = None,
        on_undecodable: OnUndecodable | None = None,
    ) -> None:
        check_watch_timeout(watch_timeout)
        types.timeout(sync_timeout, "sync_timeout")
        types.flag(streaming_list, "streaming_list")
        types.flag(keep_managed_fields, "keep_managed_fields")
        types.functions({} if indexers is None else indexers, "indexers")
        check_on_undecodable(on_undecodable)
        types.callback(transform, "transform")
        self._cache = SharedCache[T](indexers or {}, on_undecodable=on_undecodable)
        kept = KeptObjects(
            list_watch.item_type,
            known=self._cache.known,
            keep_managed_fields=keep_managed_fields,
            transform=transform,
        )
        list_watch = replace(list_watch, kept=kept)
        self._reflector = Reflector(
            list_watch, self._cache, page_size=page_size, streaming=streaming_list, watch_timeout=watch_timeout
        )
        self._heard = list_watch.heard
        self._namespace_of_names = namespace_of_names
        self._name = f"informer of {list_watch.plural}"
        self._sync_timeout = sync_timeout
        self._subscriptions: set[Subscription[T]] = set()
        self._users = 0
        self._task: asyncio.Task[None] | None = None
        self._stopped = False
        self._is_leaving = False

    async def __aenter__(self) -> Self:
        """Start the informer, and wait until the first list is complete.

        Raises:
            ApiError: The server refuses the list. If it refuses only the watch, the informer polls lists; see `error`.
            WaitTimeout: The first list did not complete within `sync_timeout`; `__cause__` is the last failure.
            InformerStopped: The informer was stopped before.
        """
        self._check_running()
        self._users += 1
        if self._task is None:
            self._task = self._start()
        try:
            await self._wait_filled(self._task)
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._leave()

    def __len__(self) -> int:
        return len(self._store)

    def __iter__(self) -> Iterator[ObjectKey]:
        """Iterate over the keys of all objects."""
        return map(ObjectKey.of_plain, [*self._store.objects])

    def __contains__(self, key: object) -> bool:
        """Return whether an object is in the cache, by its key or by its name in the default namespace.

        Raises:
            InvalidArgument: `key` is neither a key nor a name, or the informer has not been started.
            InformerStopped: The informer was stopped.
        """
        return self._store.get(self._key(key, None)) is not None

    @property
    def is_synced(self) -> bool:
        """True once the first list is complete."""
        return self._cache.filled.is_set()

    @property
    def resource_version(self) -> str | None:
        """The resource version of the latest list; None before the first one is complete."""
        return self._cache.version

    @property
    def error(self) -> Exception | None:
        """The failure that keeps the cache from following the server at present; None while it is in sync."""
        return self._cache.error

    @property
    def last_heard(self) -> float | None:
        """Seconds since the server was last heard, by a list, an event or a bookmark; None before the first.

        The server sends bookmarks about once a minute, so a higher age shows that the cache may be behind.
        """
        return self._heard.seconds

    def get(self, name: str | ObjectKey, *, namespace: str | None = None) -> T | None:
        """Return an object from the cache, or None if it does not exist.

        Args:
            name: Name or key of the object.
            namespace: Default: the namespace of the informer, else of the client. Ignored with a key.

        Raises:
            InvalidArgument: The name contains a `/`, as `namespace/name` does, or is not a text; or the informer has
                not been started.
            InformerStopped: The informer was stopped.
        """
        return self._store.get(self._key(name, namespace))

    def list(self, *, namespace: str | None = None) -> builtins.list[T]:
        """Return the cached objects, in no particular order.

        Nothing else runs in the meantime: about a millisecond per 100,000 objects, and ten with a namespace. An index
        finds the objects of one namespace, or of any other value, without looking at the rest.

        Args:
            namespace: Return only the objects of this namespace. Default: all objects.

        Raises:
            InvalidArgument: The informer has not been started.
            InformerStopped: The informer was stopped.
        """
        if namespace is None:
            return [*self._store.objects.values()]
        prefix = plain_prefix(namespace)
        return [obj for key, obj in self._store.objects.items() if key.startswith(prefix)]

    def by_index(self, index: str, value: Hashable) -> builtins.list[T]:
        """Return the objects with a value in an index.

        Args:
            index: Name of the index.
            value: Value that the index function returned for the objects.

        Raises:
            InvalidArgument: The index does not exist, or the informer has not been started.
            InformerStopped: The informer was stopped.
        """
        return self._store.find(index, value)

    def add_indexer(self, name: str, indexer: IndexFunc[T]) -> None:
        """Add an index, for `by_index`. Calls the function for every cached object before it returns.

        Args:
            name: Name of the index.
            indexer: Called with each object. Returns a value, a list or set of values, or None to leave the object out.

        Raises:
            InvalidArgument: An index of this name exists, or `indexer` is no function.
        """
        types.function(indexer, "indexer")
        self._cache.add_index(name, indexer)

    async def changes(self, *, resync: float | None = None) -> AsyncGenerator[InformerChange[T], None]:
        """Yield an `ADDED` for each existing object, then all changes.

        A slow consumer may miss intermediate states of an object, but never its latest one.

        Args:
            resync: Period in seconds, at least 1, at which every object is yielded again as an unchanged `MODIFIED`.
                Default: never.

        Raises:
            AiokubeError: The failure that stopped the informer.
            InvalidArgument: The informer has not been started.
            InformerStopped: The informer was stopped before.
        """
        self._check_running()
        self._check_started()
        queue = ChangeQueue[T]()
        resync_timer = ResyncTimer(queue, self._cache.announced, resync)
        self._cache.attach(queue)
        try:
            while (change := await queue.next()) is not None:
                yield change
                queue.task_done(change)
            if self.error is not None:
                raise self.error
        finally:
            resync_timer.stop()
            self._cache.detach(queue)

    def add_handler(self, handler: Handler[T], *, resync: float | None = None) -> Subscription[T]:
        """Call a function with an `ADDED` for each existing object, then with each change.

        Each handler is called from its own task, one change at a time. A slow handler does not delay other consumers;
        it may miss intermediate states of an object, but never its latest one. Exceptions of the handler are logged.

        Args:
            handler: Function or coroutine function that takes an `InformerChange`.
            resync: Period in seconds, at least 1, at which the handler is called again for every object, with an
                unchanged `MODIFIED`. Default: never.

        Raises:
            InvalidArgument: `handler` is no function, or `resync` is too short.
            InformerStopped: The informer was stopped.
        """
        types.function(handler, "handler")
        self._check_running()
        queue = ChangeQueue[T]()
        resync_timer = ResyncTimer(queue, self._cache.announced, resync)
        self._cache.attach(queue)

        def detach() -> None:
            self._cache.detach(queue)
            self._subscriptions.discard(subscription)

        subscription = Subscription(queue, handler, resync_timer, name=self._name, detach=detach)
        self._subscriptions.add(subscription)
        return subscription

    def _start(self) -> asyncio.Task[None]:
        task = asyncio.create_task(self._reflector.run(), name=f"the {self._name}")
        task.add_done_callback(self._end)
        return task

    async def _wait_filled(self, task: asyncio.Task[None]) -> None:
        filled = asyncio.create_task(self._cache.filled.wait())
        try:
            await asyncio.wait([filled, task], timeout=self._sync_timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            filled.cancel()
        if self.is_synced:
            return
        if task.done() and self.error is not None:
            raise self.error
        raise WaitTimeout(
            f"the {self._name} did not sync within {self._sync_timeout} s: {self.error or 'the server did not respond'}"
        ) from self.error

    async def _leave(self) -> None:
        self._users -= 1
        if self._users or self._task is None:
            return
        self._stopped = True
        if self._task.get_loop().is_closed():
            # Nothing of it runs any more.
            return
        self._is_leaving = True
        try:
            self._task.cancel()
            await asyncio.wait([self._task])
            others = []
            for subscription in [*self._subscriptions]:
                if subscription.is_current:
                    # A handler that leaves its own informer cannot wait for itself.
                    await subscription.close()
                else:
                    others.append(subscription.close())
            await asyncio.gather(*others)
        finally:
            # Until here, running handlers may read the cache.
            self._is_leaving = False
        await self._cache.store.free()

    def _end(self, task: asyncio.Task[None]) -> None:
        self._stopped = True
        self._cache.on_error(self._error_of(task))
        for queue in self._cache.queues:
            queue.close()

    def _error_of(self, task: asyncio.Task[None]) -> Exception | None:
        """Return the error that ended the task of the informer; None if the last user has left."""
        if task.cancelled():
            return InformerStopped(f"the {self._name} was cancelled by another task") if self._users else None
        error = task.exception()
        return error if isinstance(error, Exception) else None

    @property
    def _store(self) -> Store[T]:
        if not self._is_leaving:
            self._check_running()
        self._check_started()
        return self._cache.store

    def _key(self, name: object, namespace: str | None) -> PlainKey:
        if isinstance(name, tuple) and len(name) == 2:
            return ObjectKey(*name).plain
        if not isinstance(name, str) or "/" in name:
            raise InvalidArgument(f"{name!r} is not a name; pass the name and the namespace, or an ObjectKey")
        return ObjectKey(namespace or self._namespace_of_names(), name).plain

    def _check_started(self) -> None:
        if self._task is None:
            raise InvalidArgument(f"the {self._name} has not been started; enter it with `async with`")

    def _check_running(self) -> None:
        if self._task is not None and self._task.get_loop().is_closed():
            self._stopped = True
        if self._stopped:
            raise InformerStopped(f"the {self._name} was stopped; create a new one") from self.error
