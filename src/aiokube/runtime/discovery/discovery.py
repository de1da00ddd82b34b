"""The discovery of a client: asks its server which resources it serves, and remembers them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from ..errors import AmbiguousResource, ApiError, ConnectionError, DecodeError, NotFound, UnknownResource
from ..http.request import JSON, build
from .catalog import Catalog
from .documents import AGGREGATED, ServedVersion, read_resources, read_versions

if TYPE_CHECKING:
    from ..client import HttpClient

T = TypeVar("T")

# Requests at a time to a server without the aggregated form, which has one document for each group-version.
_CONCURRENCY = 10


class Discovery:
    """Resources that the server of a client serves. A client and its views share it.

    The server is asked at the first use, and again if something is not found. Who looks for the same at the same time
    shares the requests.
    """

    def __init__(self) -> None:
        self._catalog: Catalog | None = None
        self._steps = itertools.count()
        self._asked_at = -1
        # A client may be used in another event loop once the first is closed.
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    async def find(self, client: HttpClient, find: Callable[[Catalog], T]) -> T:
        """Return what a function finds in the catalog, which is read again if it raises `UnknownResource`.

        Args:
            client: The client to ask with.
            find: A method of the catalog with its arguments.

        Raises:
            UnknownResource: It is not found in what the server serves now.
            AmbiguousResource: Several resources match.
        """
        if self._catalog is not None:
            try:
                return find(self._catalog)
            except UnknownResource:
                pass
        return find(await self.read(client))

    def known(self, find: Callable[[Catalog], T]) -> T | None:
        """Return what a function finds in the catalog as it was last read; None if it does not."""
        try:
            return None if self._catalog is None else find(self._catalog)
        except (AmbiguousResource, UnknownResource):
            return None

    def forget(self) -> None:
        """Ask the server at the next use: it does not serve what it served before."""
        self._catalog = None

    async def read(self, client: HttpClient) -> Catalog:
        """Return the catalog as the server has it now."""
        called_at = next(self._steps)
        async with self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            # Requests of others count if they were sent after this call.
            if self._catalog is None or self._asked_at < called_at:
                asked_at = next(self._steps)
                self._catalog = Catalog(await _ask(client))
                self._asked_at = asked_at
            return self._catalog


async def _ask(client: HttpClient) -> list[ServedVersion]:
    responses = await _together(_versions(client, path) for path in ("/api", "/apis"))
    failures = [one for one in responses if isinstance(one, NotFound)]
    if len(failures) == len(responses):
        raise failures[0]
    versions = [version for response in responses if isinstance(response, list) for version in response]
    limit = asyncio.Semaphore(_CONCURRENCY)
    return await _together(_completed(client, version, limit) for version in versions)


async def _together(calls: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Make calls in parallel. The first failure ends the others, and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except ExceptionGroup as error:
        raise error.exceptions[0] from None
    return [task.result() for task in tasks]


async def _versions(client: HttpClient, path: str) -> list[ServedVersion] | NotFound:
    """Read `/api` or `/apis`. A server may have one of them only."""
    try:
        response = await client.send(build("GET", path, {}, {}, accept=AGGREGATED))
    except NotFound as error:
        return error
    return read_versions(response.json())


async def _completed(client: HttpClient, version: ServedVersion, limit: asyncio.Semaphore) -> ServedVersion:
    """Return a group-version with its resources, for which the old form needs another request."""
    if version.resources is not None:
        return version
    try:
        async with limit:
            response = await client.send(build("GET", version.path, {}, {}, accept=JSON))
        return replace(version, resources=read_resources(response.json(), version.group, version.version))
    except (ApiError, ConnectionError, DecodeError):
        # One of an aggregated server that is down, which must not hide all others.
        return replace(version, resources=(), is_available=False)
