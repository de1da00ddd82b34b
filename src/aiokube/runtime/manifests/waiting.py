"""Waiting until applied objects are ready, and deleted ones are gone, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from ..client import HttpClient
from ..codec.dynamic_object import DynamicObject
from ..errors import AiokubeError, ClientClosed, ObjectDeleted, RolloutError, WaitTimeout
from .calls import CONCURRENCY, Calls, Target, together
from .planning import Kinds
from .readiness import readiness_of
from .results import ObjectResult

_DELETED = "it was deleted before it was ready"


class Waiting:
    """Waits for objects, all of which have the same time. At its end, each is looked at once more.

    Args:
        client: The client to make calls with.
        seconds: The time in seconds.
    """

    def __init__(self, client: HttpClient, seconds: float) -> None:
        self._calls = Calls(client)
        self._seconds = seconds
        self._end = asyncio.get_running_loop().time() + seconds
        self._limit = asyncio.Semaphore(CONCURRENCY)

    async def until_ready(self, results: Sequence[ObjectResult], kinds: Kinds) -> list[ObjectResult]:
        """Wait until all applied objects are ready. Return the results, with an error for those that are not."""
        return await together(self._until_ready(result, kinds) for result in results)

    async def until_gone(self, target: Target, uid: str) -> None:
        """Wait until an object that is being deleted is gone, even if there is another of its name.

        Args:
            target: The object.
            uid: Its UID; empty if it is not known.

        Raises:
            WaitTimeout: It was there until the end of the time. The message says what holds it up.
        """
        async with self._limit:
            found = await self._look_for(target, uid)
            if found is None:
                return
            try:
                if self._left > 0:
                    await self._calls.wait_until_deleted(target, timeout=self._left)
                    return
            except WaitTimeout:
                found = await self._look_for(target, found.metadata.uid)
        if found is not None:
            raise WaitTimeout(
                f"not gone within {self._seconds:g} s: {readiness_of(found).message or 'it exists'}", found
            )

    @property
    def _left(self) -> float:
        return self._end - asyncio.get_running_loop().time()

    async def _look_for(self, target: Target, uid: str) -> DynamicObject | None:
        found = await self._calls.get(target)
        return None if found is not None and uid and found.metadata.uid != uid else found

    async def _until_ready(self, result: ObjectResult, kinds: Kinds) -> ObjectResult:
        if result.error is not None or result.object is None or result.action == "pruned":
            return result
        resource = kinds.resource((result.api_version, result.kind))
        if readiness_of(result.object).is_ready or "watch" not in resource.verbs:
            return result
        target = Target(resource=resource, namespace=result.namespace, name=result.name)
        try:
            async with self._limit:
                latest = await self._settled(target, result.object)
        except ClientClosed:
            raise
        except AiokubeError as error:
            return replace(result, error=error)
        readiness = readiness_of(latest)
        problem: AiokubeError | None = None
        if readiness.will_fail:
            problem = RolloutError(f"will not become ready: {readiness.message}")
        elif not readiness.is_ready:
            problem = WaitTimeout(f"not ready within {self._seconds:g} s: {readiness.message}", latest)
        return replace(result, object=latest, error=problem)

    async def _settled(self, target: Target, latest: DynamicObject) -> DynamicObject:
        """Return an object once it is ready or will not become so, or as it is at the end of the time."""

        def is_settled(obj: DynamicObject) -> bool:
            nonlocal latest
            latest = obj
            readiness = readiness_of(obj)
            return readiness.is_ready or readiness.will_fail

        try:
            if self._left > 0:
                await self._calls.wait(target, is_settled, timeout=self._left)
                return latest
        except WaitTimeout:
            return latest
        except ObjectDeleted as error:
            raise ObjectDeleted(_DELETED) from error
        found = await self._calls.get(target)
        if found is None:
            raise ObjectDeleted(_DELETED)
        return found
