"""Lists and watches of a resource that is found by the first request."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from ...discovery.api_resource import ApiResource
from ...errors import NotFound
from ...watching.list_watch import Batch, ListWatch, Query
from ...watching.pages import Page

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class DiscoveredListWatch(ListWatch[T]):
    """A `ListWatch` whose template stands for the path of a resource: its last part names it, for messages."""

    find: Callable[[], Awaitable[ApiResource]]

    async def page(
        self, query: Query, *, max_retries: int | None = None, on_token: Callable[[str], object] | None = None
    ) -> Page[T]:
        """Find the resource, and send one list request."""
        found = await self._found()
        try:
            return await found.page(query, max_retries=max_retries, on_token=on_token)
        except NotFound as error:
            moved = await self._moved(found, error)
            if moved is None:
                raise
        return await moved.page(query, max_retries=max_retries, on_token=on_token)

    @asynccontextmanager
    async def watch(
        self, query: Query, *, seconds: int, max_retries: int | None = 0
    ) -> AsyncIterator[AsyncIterator[Batch[T]]]:
        """Find the resource, and watch over one connection."""
        found = await self._found()
        async with AsyncExitStack() as stack:
            try:
                watch = found.watch(query, seconds=seconds, max_retries=max_retries)
                batches = await stack.enter_async_context(watch)
            except NotFound as error:
                moved = await self._moved(found, error)
                if moved is None:
                    raise
                watch = moved.watch(query, seconds=seconds, max_retries=max_retries)
                batches = await stack.enter_async_context(watch)
            yield batches

    async def _moved(self, used: ListWatch[T], error: NotFound) -> ListWatch[T] | None:
        """Return the selection with the path that the resource has now; None if it is still the same."""
        found = await self._found() if error.is_unserved else used
        return None if found.template == used.template else found

    async def _found(self) -> ListWatch[T]:
        resource = await self.find()
        is_in_one_namespace = "{namespace}" in self.template
        template = resource.path if is_in_one_namespace else (resource.all_namespaces_path or resource.path)
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(ListWatch)}
        return ListWatch(**{**fields, "template": template})
