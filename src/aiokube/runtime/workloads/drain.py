"""Draining a node by evictions, by the rules of `kubectl drain`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from ..codec.model import encode
from ..errors import (
    AiokubeError,
    ApiError,
    Conflict,
    ConnectionError,
    DecodeError,
    DrainError,
    Forbidden,
    NotFound,
    TooManyRequests,
)
from ..http.backoff import Backoff
from ..http.request import Request, build
from ..http.responses import decode_response
from ..http.selectors import field_requirement
from .drained import DaemonSet, Pod, PodList
from .results import Drained, DrainProgress

if TYPE_CHECKING:
    from ..client import HttpClient

_PODS: Final = "/api/v1/pods"
_POD: Final = "/api/v1/namespaces/{namespace}/pods/{name}"
_EVICTION: Final = f"{_POD}/eviction"
_DAEMON_SET: Final = "/apis/apps/v1/namespaces/{namespace}/daemonsets/{name}"

# kubectl waits for 5 seconds before it tries a refused eviction again.
_LONGEST_S = 5.0
# kubectl looks once a second for each pod whether it is gone; one list answers for all of them.
_LONGEST_POLL_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainOptions:
    """Pods that may be evicted, and how."""

    ignore_daemonsets: bool = False
    delete_emptydir_data: bool = False
    force: bool = False
    disable_eviction: bool = False
    skip_wait_for_delete_timeout: float | None = None
    grace_period_seconds: int | None = None
    pod_selector: str | None = None
    timeout: float | None = None


class Drainer:
    """Evicts the pods of a node that is cordoned.

    Args:
        client: The client that sends the requests.
        node: Name of the node.
        options: What may be evicted, and how.
        progress: Called with each step.
    """

    def __init__(
        self,
        client: HttpClient,
        node: str,
        options: DrainOptions,
        progress: Callable[[DrainProgress], object] | None,
    ) -> None:
        self._client = client
        self._node = node
        self._options = options
        self._progress = progress
        self._ignored: dict[str, str] = {}
        # The reason why each pod is still there, by name; and the pods that may go at any time, by UID.
        self._remaining: dict[str, str] = {}
        self._failed: dict[str, str] = {}
        self._going: dict[str, asyncio.Event] = {}
        self._stuck: set[str] = set()

    async def select(self) -> list[Pod]:
        """Return the pods to evict.

        Raises:
            DrainError: There are pods that the options do not allow to evict.
        """
        refused: dict[str, str] = {}
        chosen: list[Pod] = []
        for pod in await self._list(self._options.pod_selector):
            ignored, refusal = await self._judge(pod)
            if refusal:
                refused[pod.key] = refusal
            elif ignored:
                self._ignored[pod.key] = ignored
            else:
                chosen.append(pod)
        if refused:
            raise DrainError(f"node {self._node} cannot be drained", refused)
        return chosen

    def result(self, pods: Iterable[Pod]) -> Drained:
        """Return the result for the pods that were evicted."""
        gone = sorted(pod.key for pod in pods if pod.metadata.uid not in self._stuck)
        return Drained(evicted=tuple(gone), ignored=dict(sorted(self._ignored.items())))

    async def evict(self, pods: list[Pod]) -> None:
        """Evict pods and wait until they are gone.

        Raises:
            DrainError: Some could not be evicted, or were not gone in time.
        """
        self._remaining = {pod.key: "" for pod in pods}
        self._going = {pod.metadata.uid: asyncio.Event() for pod in pods}
        for pod, reason in self._ignored.items():
            self._tell(pod, "ignored", reason)
        limit = asyncio.timeout(self._options.timeout)
        try:
            async with limit, asyncio.TaskGroup() as group:
                watching = group.create_task(self._see_them_go())
                evictions = [group.create_task(self._evict(pod)) for pod in pods]
                if evictions:
                    await asyncio.wait(evictions)
                watching.cancel()
        except TimeoutError:
            if not limit.expired():
                raise
            message = f"node {self._node} was not drained within {self._options.timeout:g} s"
            raise DrainError(message, {**self._failed, **self._remaining}) from None
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        if self._failed:
            raise DrainError(f"node {self._node} was not drained", self._failed)

    async def _judge(self, pod: Pod) -> tuple[str, str]:
        """Return why a pod is left alone, and why it must not be evicted; two empty strings if it is to be evicted."""
        metadata, options, controller = pod.metadata, self._options, pod.controller
        if self._is_stuck(pod):
            return self._stuck_reason, ""
        if controller is not None and pod.is_of_daemon_set and not pod.is_finished:
            values = {"namespace": metadata.namespace, "name": controller.name}
            request = build("GET", _DAEMON_SET, values, {})
            try:
                decode_response(request, await self._client.send(request), DaemonSet)
            except NotFound as error:
                if not options.force:
                    return "", f"{error.message} (pass force=True)"
            else:
                if not options.ignore_daemonsets:
                    return "", "it is managed by a DaemonSet, which would create it again (pass ignore_daemonsets=True)"
                return "managed by a DaemonSet", ""
        if pod.is_mirror:
            return "a mirror pod, managed by the kubelet", ""
        if pod.is_finished:
            return "", ""
        if pod.has_local_data and not options.delete_emptydir_data:
            return "", "it has an emptyDir, whose data would be lost (pass delete_emptydir_data=True)"
        if controller is None and not options.force:
            return "", "no controller would create it again (pass force=True)"
        return "", ""

    async def _list(self, selector: str | None = None) -> list[Pod]:
        """Return the pods of the node.

        Raises:
            ConnectionError: The response has pods of another node.
            DecodeError: The response is not a list of pods, or one of them has no name.
        """
        query = {"fieldSelector": field_requirement("spec.nodeName", self._node), "labelSelector": selector}
        request = build("GET", _PODS, {}, query)
        found = decode_response(request, await self._client.send(request), PodList)
        if (found.api_version, found.kind) != ("v1", "PodList"):
            kind = f"{found.kind!r:.80} of {found.api_version!r:.80}"
            raise DecodeError(f"{request}: expected a PodList of v1, but the response is {kind}")
        for pod in found.items:
            if not (pod.metadata.name and pod.metadata.namespace and pod.metadata.uid):
                raise DecodeError(f"{request}: a pod has no name, namespace or UID")
            if pod.spec.node_name not in ("", self._node):
                raise ConnectionError(
                    f"{request}: the response has the pod {pod.key} of the node {pod.spec.node_name!r:.300}, not of "
                    f"{self._node!r}; check whether a proxy mixes up responses or drops queries"
                )
        return found.items

    async def _evict(self, pod: Pod) -> None:
        key, finalizers = pod.key, pod.metadata.finalizers
        gone = self._going[pod.metadata.uid]
        try:
            if await self._is_accepted(pod, gone):
                self._remaining[key] = "it was evicted, and is still terminating"
                if finalizers:
                    self._remaining[key] += f", with the finalizers {', '.join(finalizers)}"
                self._tell(key, "evicting", "")
                await gone.wait()
        except AiokubeError as error:
            del self._remaining[key]
            self._failed[key] = error.message if isinstance(error, ApiError) else str(error)
            self._tell(key, "failed", self._failed[key])
        else:
            del self._remaining[key]
            if pod.metadata.uid in self._stuck:
                self._ignored[key] = self._stuck_reason
                self._tell(key, "ignored", self._stuck_reason)
            else:
                self._tell(key, "gone", "")

    async def _is_accepted(self, pod: Pod, gone: asyncio.Event) -> bool:
        """Evict a pod, as often as it takes; return False if it is gone already."""
        metadata = pod.metadata
        # The delays between refused attempts are made here.
        request = replace(self._removal(pod), retries_429=False)
        backoff = Backoff(first=1.0, longest=_LONGEST_S, jitter=lambda: 0.0)
        while not gone.is_set():
            refusal: ApiError
            try:
                await self._client.send(request)
            except NotFound:
                return False
            except (TooManyRequests, Conflict) as error:
                # A budget is of any pod of this name, and is checked before the UID.
                refusal = error
            except Forbidden as error:
                # The namespace is being deleted, and its pods with it.
                if not any(cause.reason == "NamespaceTerminating" for cause in error.causes):
                    raise
                if metadata.deletion_timestamp is not None:
                    return True
                refusal = error
            else:
                return True
            reasons = [refusal.message, *(cause.message for cause in refusal.causes)]
            self._remaining[pod.key] = " ".join(reason for reason in reasons if reason)
            self._tell(pod.key, "blocked", self._remaining[pod.key])
            with suppress(TimeoutError):
                async with asyncio.timeout(backoff.next()):
                    await gone.wait()
        return False

    def _removal(self, pod: Pod) -> Request:
        options: dict[str, Any] = {"preconditions": {"uid": pod.metadata.uid}}
        if self._options.grace_period_seconds is not None:
            options["gracePeriodSeconds"] = self._options.grace_period_seconds
        values = {"namespace": pod.metadata.namespace, "name": pod.metadata.name}
        if self._options.disable_eviction:
            body = {"apiVersion": "v1", "kind": "DeleteOptions", **options}
            return build("DELETE", _POD, values, {}, body=encode(body))
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": values, "deleteOptions": options}
        return build("POST", _EVICTION, values, {}, body=encode(body))

    def _is_stuck(self, pod: Pod) -> bool:
        """Return True for a pod that should have been gone for so long that nothing waits for it."""
        limit, deletion = self._options.skip_wait_for_delete_timeout, pod.metadata.deletion_timestamp
        if not limit or deletion is None:
            return False
        # Whole seconds, as with kubectl.
        return int((datetime.now(UTC) - deletion).total_seconds()) > limit

    @property
    def _stuck_reason(self) -> str:
        return f"it should have been gone for more than {self._options.skip_wait_for_delete_timeout:g} s"

    async def _see_them_go(self) -> None:
        """Set the events of the pods that are gone, for whatever reason, or that nothing waits for any more."""
        backoff = Backoff(first=0.1, longest=_LONGEST_POLL_S, jitter=lambda: 0.0)
        while True:
            await asyncio.sleep(backoff.next())
            present = {pod.metadata.uid: self._is_stuck(pod) for pod in await self._list()}
            self._stuck |= {uid for uid in self._going if present.get(uid)}
            for uid in {uid for uid in self._going if uid in self._stuck or uid not in present}:
                self._going.pop(uid).set()

    def _tell(self, pod: str, state: Literal["ignored", "evicting", "blocked", "gone", "failed"], message: str) -> None:
        if self._progress is not None:
            self._progress(DrainProgress(pod=pod, state=state, message=message, remaining=len(self._remaining)))
