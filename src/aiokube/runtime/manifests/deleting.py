"""Deleting the objects of the manifests of a source, in the reverse of the order in which they are applied."""

from __future__ import annotations

import asyncio

from ..arguments import types
from ..client import HttpClient
from ..errors import AiokubeError, ClientClosed, ManifestError, UnknownResource
from .applying import OnResult
from .calls import CONCURRENCY, Calls, Target, together
from .planning import Kinds, plan, target_of
from .reading import Manifest, Source
from .results import Action, ObjectResult, Results


async def delete(
    client: HttpClient,
    source: Source,
    *,
    dry_run: bool,
    wait: float | None,
    propagation_policy: str | None,
    on_result: OnResult | None,
) -> Results:
    """Delete the objects of a source; see `BaseClient.delete`."""
    types.seconds(wait, "wait")
    planned = await plan(source, strict=False)
    kinds = Kinds(client)
    await kinds.look_up(planned.kinds)
    deleter = _Deleter(client, kinds, propagation_policy or "Background", dry_run=dry_run)
    end = None if wait is None or dry_run else asyncio.get_running_loop().time() + wait
    results: dict[int, ObjectResult] = {}

    async def delete_at(position: int) -> None:
        result = results[position] = await deleter.delete(planned.manifests[position], end)
        if on_result is not None:
            on_result(result)

    for stage in reversed(planned.stages()):
        await together(delete_at(position) for position in stage)
    done = Results([results[position] for position in range(len(planned.manifests))], dry_run=dry_run)
    if done.failures:
        raise ManifestError(done)
    return done


class _Deleter:
    def __init__(self, client: HttpClient, kinds: Kinds, policy: str, *, dry_run: bool) -> None:
        self._calls = Calls(client)
        self._namespace = client.namespace
        self._kinds = kinds
        self._limit = asyncio.Semaphore(CONCURRENCY)
        self._options: dict[str, object] = {"propagationPolicy": policy, "dryRun": ["All"] if dry_run else None}

    async def delete(self, manifest: Manifest, end: float | None) -> ObjectResult:
        """Delete an object, and wait until it is gone if there is an end of the time for that."""
        namespace, problem = manifest.namespace, None
        action: Action
        try:
            target = target_of(manifest, self._kinds, self._namespace)
            namespace = target.namespace
            async with self._limit:
                action = "deleted" if await self._calls.delete(target, options=self._options) else "absent"
            if end is not None and action == "deleted":
                await self._wait(target, end)
        except ClientClosed:
            raise
        except UnknownResource:
            action = "absent"
        except AiokubeError as error:
            action, problem = "failed", error
        return ObjectResult(
            action=action,
            api_version=manifest.api_version,
            kind=manifest.kind,
            namespace=namespace,
            name=manifest.name,
            place=manifest.place,
            error=problem,
        )

    async def _wait(self, target: Target, end: float) -> None:
        left = max(0.0, end - asyncio.get_running_loop().time())
        await self._calls.wait_until_deleted(target, timeout=left)
