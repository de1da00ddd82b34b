"""Deleting the objects of the manifests of a source, in the reverse of the order in which they are applied."""

from __future__ import annotations

import asyncio

from ..client import HttpClient
from ..errors import AiokubeError, ClientClosed, ManifestError, NotFound, UnknownResource
from ..secret import Hidden
from .applying import OnResult
from .calls import CONCURRENCY, Calls, Target, together
from .planning import Kinds, Plan, at_its_path, kind_of, plan, target_of
from .reading import Manifest, Source
from .results import Action, ObjectResult, Results
from .waiting import Waiting


async def delete(
    client: HttpClient,
    source: Hidden[Source],
    *,
    dry_run: bool,
    wait: float | None,
    propagation_policy: str | None,
    on_result: OnResult | None,
) -> Results:
    """Delete the objects of a source; see `BaseClient.delete`."""
    planned = await plan(client, source.value, strict=False, to_apply=False)
    kinds = Kinds(client)
    await kinds.look_up(planned.kinds)
    waiting = None if wait is None or dry_run else Waiting(client, wait)
    deleter = _Deleter(client, planned, kinds, propagation_policy or "Background", waiting, dry_run=dry_run)
    results: dict[int, ObjectResult] = {}

    async def delete_at(position: int) -> None:
        result = results[position] = await deleter.delete(planned.manifests[position])
        if on_result is not None:
            on_result(result)

    for stage in reversed(planned.stages()):
        await together(delete_at(position) for position in stage)
    done = Results([results[position] for position in range(len(planned.manifests))], dry_run=dry_run)
    if done.failures:
        raise ManifestError(done)
    return done


class _Deleter:
    def __init__(
        self, client: HttpClient, planned: Plan, kinds: Kinds, policy: str, waiting: Waiting | None, *, dry_run: bool
    ) -> None:
        self._calls = Calls(client)
        self._namespace = client.namespace
        self._defined = planned.defined_kinds()
        self._kinds = kinds
        self._waiting = waiting
        self._limit = asyncio.Semaphore(CONCURRENCY)
        self._options: dict[str, object] = {"propagationPolicy": policy, "dryRun": ["All"] if dry_run else None}

    async def delete(self, manifest: Manifest) -> ObjectResult:
        """Delete an object, and wait until it is gone if that is wanted."""
        namespace = manifest.namespace
        action: Action
        problem: AiokubeError | None = None
        try:
            namespace = target_of(manifest, self._kinds, self._namespace).namespace
            action = await at_its_path(manifest, self._kinds, self._namespace, self._delete)
            namespace = target_of(manifest, self._kinds, self._namespace).namespace
        except ClientClosed:
            raise
        except NotFound:
            action = "absent"
        except UnknownResource as error:
            # Of a kind that the source defines, nothing is left once its definition is gone.
            is_defined = kind_of(manifest) in self._defined
            action, problem = ("absent", None) if is_defined else ("failed", error)
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

    async def _delete(self, target: Target) -> Action:
        async with self._limit:
            uid = await self._calls.delete(target, options=self._options)
        if uid is None:
            return "absent"
        if self._waiting is not None:
            await self._waiting.until_gone(target, uid)
        return "deleted"
