"""The verbs of `Api` on nodes: cordon, uncordon, drain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ...http.parameters import DryRun
from ...http.selectors import Selector
from ...workloads.results import Drained, DrainProgress
from .base import ApiBase, ObjectT

_NODES: Final = ("nodes",)


class DrainVerbs(ApiBase[ObjectT]):
    """The verbs of `Api` on nodes. All raise `UnknownResource` where the resource is another one."""

    async def cordon(self, name: str, *, dry_run: DryRun | None = None, field_manager: str | None = None) -> ObjectT:
        """Keep new pods off a node, by `get` and `patch`, as `kubectl cordon`.

        Args:
            name: Name of the node.
            dry_run: True to process the request, but not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.

        Raises:
            NotFound: The node does not exist.
        """
        path = await self._whole_object("cordon", _NODES)
        query = {"dryRun": dry_run, "fieldManager": field_manager}
        return await self._cordon(path, self._model, query, unschedulable=True, name=name)

    async def uncordon(self, name: str, *, dry_run: DryRun | None = None, field_manager: str | None = None) -> ObjectT:
        """Let pods be scheduled on a node again, by `get` and `patch`, as `kubectl uncordon`; see `cordon`."""
        path = await self._whole_object("uncordon", _NODES)
        return await self._cordon(path, self._model, {"dryRun": dry_run, "fieldManager": field_manager}, name=name)

    async def drain(
        self,
        name: str,
        *,
        ignore_daemonsets: bool = False,
        delete_emptydir_data: bool = False,
        force: bool = False,
        grace_period_seconds: int | None = None,
        disable_eviction: bool = False,
        skip_wait_for_delete_timeout: float | None = None,
        pod_selector: Selector | None = None,
        timeout: float | None = None,
        progress: Callable[[DrainProgress], object] | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
    ) -> Drained:
        """Cordon a node, evict its pods, and wait until they are gone, as `kubectl drain`.

        Evictions that a disruption budget forbids are tried again, after 1 to 5 seconds.

        Args:
            name: Name of the node.
            ignore_daemonsets: Leave pods of DaemonSets alone. Default: they are an error.
            delete_emptydir_data: Evict pods that have an `emptyDir`, too, whose data is lost. Default: they are an
                error.
            force: Evict pods that no controller manages, too, which nothing creates again. Default: they are an error.
            grace_period_seconds: Seconds for each pod to terminate. Default: that of the pod.
            disable_eviction: Delete pods instead of evicting them, whatever disruption budgets say. Default: evict
                them.
            skip_wait_for_delete_timeout: Seconds past the time at which a pod should have been gone, after which
                nothing waits for it, as on a node that is down. Default: wait for all.
            pod_selector: Label selector of the pods to evict. Default: all.
            timeout: Time limit in seconds. None: no limit.
            progress: Called with a `DrainProgress` at each step.
            dry_run: True to only read, and return what would be evicted.
            field_manager: Field manager to record for these changes. Default: that of the client.

        Raises:
            NotFound: The node does not exist.
            DrainError: Pods stand in the way, which `pods` of the error names, with reasons.
        """
        path = await self._whole_object("drain", _NODES)
        return await self._drain(
            path,
            self._model,
            {
                "force": force,
                "gracePeriodSeconds": grace_period_seconds,
                "dryRun": dry_run,
                "fieldManager": field_manager,
            },
            name=name,
            ignore_daemonsets=ignore_daemonsets,
            delete_emptydir_data=delete_emptydir_data,
            disable_eviction=disable_eviction,
            skip_wait_for_delete_timeout=skip_wait_for_delete_timeout,
            pod_selector=pod_selector,
            timeout=timeout,
            progress=progress,
        )
