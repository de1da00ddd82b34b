"""The verbs of kubectl on nodes: cordon, uncordon, drain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..arguments import types
from ..errors import InvalidRequest
from ..http.parameters import checked_query
from ..http.selectors import Selector, selector_text
from ..watching.list_watch import Query
from ..workloads.drain import Drainer, DrainOptions
from ..workloads.drained import Node
from ..workloads.results import Drained, DrainProgress
from .base import ResourceBase

T = TypeVar("T")


class NodeVerbs(ResourceBase):
    """The verbs of `Resource` on nodes."""

    async def _cordon(
        self, path: str, response_type: type[T], query: Query, *, unschedulable: bool = False, name: str
    ) -> T:
        """PATCH whether pods may be scheduled on a node. Without a difference, nothing is sent.

        Args:
            path: Path template of the node.
            response_type: Class of the node.
            query: Query parameters of the PATCH.
            unschedulable: No new pods may be scheduled.
            name: Name of the node.

        Raises:
            NotFound: The node does not exist.
        """
        query = checked_query(query)
        obj, node = await self._read(path, response_type, Node, name, None)
        if node.spec.unschedulable == unschedulable:
            return obj
        body = {"spec": {"unschedulable": unschedulable or None}}
        return await self._send_patch(path, response_type, query, body, "strategic", name, None)

    async def _drain(
        self,
        path: str,
        response_type: type[Any],
        query: Query,
        *,
        name: str,
        ignore_daemonsets: bool = False,
        delete_emptydir_data: bool = False,
        disable_eviction: bool = False,
        skip_wait_for_delete_timeout: float | None = None,
        pod_selector: Selector | None = None,
        timeout: float | None = None,
        progress: Callable[[DrainProgress], object] | None = None,
    ) -> Drained:
        """Cordon a node, evict its pods, and wait until they are gone, as `kubectl drain`.

        Args:
            path: Path template of the node.
            response_type: Class of the node.
            query: `force`, `gracePeriodSeconds` and `dryRun`, which sends nothing but reads; and query parameters of
                the PATCH.
            name: Name of the node.
            ignore_daemonsets: Leave pods of DaemonSets alone.
            delete_emptydir_data: Evict pods with an emptyDir.
            disable_eviction: Delete pods instead of evicting them.
            skip_wait_for_delete_timeout: Seconds past the time at which a pod should have been gone, after which
                nothing waits for it; None waits for all.
            pod_selector: Label selector of the pods.
            timeout: Time limit in seconds; None disables it.
            progress: Called with each step.

        Raises:
            NotFound: The node does not exist.
            DrainError: Pods stand in the way; the error names them.
        """
        if types.timeout(timeout, "timeout") == 0:
            raise InvalidRequest("timeout is 0, in which no pod can end; pass more seconds, or None for no limit")
        types.callback(progress, "progress")
        rest: dict[str, Any] = dict(checked_query(query))
        dry_run, force, seconds = (rest.pop(key, None) for key in ("dryRun", "force", "gracePeriodSeconds"))
        options = DrainOptions(
            ignore_daemonsets=types.flag(ignore_daemonsets, "ignore_daemonsets"),
            delete_emptydir_data=types.flag(delete_emptydir_data, "delete_emptydir_data"),
            force=bool(force),
            disable_eviction=types.flag(disable_eviction, "disable_eviction"),
            skip_wait_for_delete_timeout=types.timeout(skip_wait_for_delete_timeout, "skip_wait_for_delete_timeout"),
            grace_period_seconds=seconds,
            pod_selector=None if pod_selector is None else selector_text("pod_selector", pod_selector),
            timeout=timeout,
        )
        if dry_run:
            await self._read(path, response_type, Node, name, None)
        else:
            await self._cordon(path, response_type, rest, unschedulable=True, name=name)
        drainer = Drainer(self._client, name, options, progress)
        pods = await drainer.select()
        if not dry_run:
            await drainer.evict(pods)
        return drainer.result(pods)
