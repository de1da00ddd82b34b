"""A cache of a resource that the server keeps up to date, for as many consumers as like to share it."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import AsyncGenerator, Hashable, Iterator, Mapping
from types import TracebackType
from typing import Generic, Self, TypeVar

from ..errors import InformerStopped, InvalidArgument, WaitTimeout
from ..public import public
from .change_queue import ChangeQueue, InformerChange
from .events import OnUndecodable
from .list_watch import ListWatch
from .object_key import ObjectKey
from .reflector import Reflector
from .shared_cache import SharedCache
from .store import IndexFunc
from .subscription import Handler, ResyncTimer, Subscription

T = TypeVar("T")


@public("aiokube")
class Informer(Generic[T]):
    """A cache of the objects of one resource, kept up to date by a list and a watch.

    The method `informer` of a resource makes one:

        async with kube.core_v1.pods.informer(all_namespaces=True) as pods:
            pods.get("web-0", namespace="shop")             # from memory, without waiting
            async for change in pods.changes():
                ...

    Inside `async with`, the cache holds what the server held at one moment, and follows it from there: over broken
    connections, expired resource versions and restarts. It may lag behind the server. It never shows a half of a list:
    a new list takes the place of everything in one step. It has changed before anyone is told.

    An informer has any number of consumers, `changes` and handlers. Several tasks may enter it: the first starts it,
    the last to leave ends it. Its objects are shared: read them, and copy what you want to change.
    """

    def __init__(
        self,
        list_watch: ListWatch[T],
        *,
        namespace: str | None,
        page_size: int,
        indexers: Mapping[str, IndexFunc[T]] | None = None,
        streaming_list: bool = False,
        keep_managed_fields: bool = False,
        sync_timeout: float | None = None,
        on_undecodable: OnUndecodable | None = None,
    ) -> None:
        self._cache = SharedCache[T](
            indexers or {}, keep_managed_fields=keep_managed_fields, on_undecodable=on_undecodable
        )
        self._reflector = Reflector(list_watch, self._cache, page_size=page_size, streaming=streaming_list)
        self._namespace = namespace
        self._name = f"informer of {list_watch.plural}"
        self._sync_timeout = sync_timeout
        self._subscriptions: set[Subscription[T]] = set()
        self._users = 0
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    async def __aenter__(self) -> Self:
        """Start, and wait until the first list is complete.

        Raises:
            ApiError: the server says no to the list; without the right to watch it goes on by lists, see `error`.
            WaitTimeout: the first list is not complete in time; the cause is the last failure.
            InformerStopped: the informer has ended before.
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
        return len(self._cache.store)

    def __iter__(self) -> Iterator[ObjectKey]:
        """The key of every object."""
        return iter([key for key, _ in self._cache.store.items()])

    def __contains__(self, key: object) -> bool:
        return isinstance(key, ObjectKey) and self._cache.store.get(key) is not None

    @property
    def is_synced(self) -> bool:
        """Whether the cache has been filled once."""
        return self._cache.filled.is_set()

    @property
    def resource_version(self) -> str | None:
        """The version of the newest complete list."""
        return self._cache.version

    @property
    def error(self) -> Exception | None:
        """What keeps the cache from following the server now; None while all is well."""
        return self._cache.error

    def get(self, name: str | ObjectKey, *, namespace: str | None = None) -> T | None:
        """The object of a name; None when there is none.

        Args:
            name: the name, or the key, which has a namespace of its own.
            namespace: default: that of the informer, else of the client.

        Raises:
            InvalidArgument: the name holds a `/`: it is not one but `namespace/name`.
        """
        if isinstance(name, ObjectKey):
            return self._cache.store.get(name)
        if "/" in name:
            raise InvalidArgument(f"{name!r} is no name: give the name and the namespace, or a Key")
        return self._cache.store.get(ObjectKey(namespace or self._namespace, name))

    def list(self, *, namespace: str | None = None) -> builtins.list[T]:
        """The objects, in no order.

        Args:
            namespace: only those of this namespace.
        """
        if namespace is None:
            return [*self._cache.store.values()]
        return [obj for key, obj in self._cache.store.items() if key.namespace == namespace]

    def by_index(self, index: str, value: Hashable) -> builtins.list[T]:
        """The objects for which an indexer gave a value.

        Args:
            index: the name of the indexer.
            value: what it has to have given.

        Raises:
            InvalidArgument: there is no such index.
        """
        return self._cache.store.find(index, value)

    def add_indexer(self, name: str, indexer: IndexFunc[T]) -> None:
        """Find objects by what a function gives for them.

        Args:
            name: what to know the index by.
            indexer: called with each object; returns a value, several in a list or set, or None for nothing.

        Raises:
            InvalidArgument: the name is taken.
        """
        self._cache.store.add_index(name, indexer)

    async def changes(self, *, resync: float | None = None) -> AsyncGenerator[InformerChange[T], None]:
        """Yield the changes from now on, first an `ADDED` for each object that is there.

        A consumer that is slower than the changes misses intermediate states, never the last one of an object.

        Args:
            resync: seconds, at least 1, after which every object comes up again as a `MODIFIED` without a difference.

        Raises:
            AiokubeError: what ended the informer, if it was not its last user who left.
            InvalidArgument: nobody has entered the informer.
            InformerStopped: the informer has ended before.
        """
        self._check_running()
        if self._task is None:
            raise InvalidArgument(f"the {self._name} has not been started: enter it with `async with`")
        queue = ChangeQueue[T]()
        resync_timer = ResyncTimer(queue, self._cache.store.items, resync)
        self._cache.attach(queue)
        try:
            while (change := await queue.next()) is not None:
                yield change
                queue.task_done(change)
            if (error := _failure(self._task)) is not None:
                raise error
        finally:
            resync_timer.stop()
            self._cache.detach(queue)

    def add_handler(self, handler: Handler[T], *, resync: float | None = None) -> Subscription[T]:
        """Have a function called for each change, first with an `ADDED` for each object that is there.

        The calls of one handler come one after the other, in a task of its own: a slow handler keeps nobody else
        waiting, and misses intermediate states, never the last one of an object. What it raises is logged.

        Args:
            handler: called with an `InformerChange`; a coroutine function is awaited.
            resync: seconds, at least 1, after which every object comes up again as a `MODIFIED` without a difference.

        Raises:
            InformerStopped: the informer has ended.
        """
        self._check_running()
        queue = ChangeQueue[T]()
        resync_timer = ResyncTimer(queue, self._cache.store.items, resync)
        self._cache.attach(queue)

        def forget() -> None:
            self._cache.detach(queue)
            self._subscriptions.discard(subscription)

        subscription = Subscription(queue, handler, resync_timer, name=self._name, forget=forget)
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
        if task.done():
            task.result()
        raise WaitTimeout(
            f"the {self._name} was not filled within {self._sync_timeout} s: {self.error or 'there was no answer'}"
        ) from self.error

    async def _leave(self) -> None:
        self._users -= 1
        if self._users or self._task is None:
            return
        self._stopped = True
        self._task.cancel()
        await asyncio.wait([self._task])
        await asyncio.gather(*(subscription.close() for subscription in [*self._subscriptions]))

    def _end(self, task: asyncio.Task[None]) -> None:
        self._stopped = True
        self._cache.on_error(_failure(task))
        for queue in self._cache.queues:
            queue.close()

    def _check_running(self) -> None:
        if self._stopped:
            raise InformerStopped(f"the {self._name} has ended: make a new one") from self.error


def _failure(task: asyncio.Task[None]) -> Exception | None:
    """What a task ended with."""
    error = task.exception() if task.done() and not task.cancelled() else None
    return error if isinstance(error, Exception) else None
