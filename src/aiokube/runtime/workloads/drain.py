"""Draining a node by evictions, by the rules of `kubectl drain`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from ..codec.model import encode
from ..errors import AiokubeError, ApiError, Conflict, DrainError, Forbidden, NotFound, TooManyRequests
from ..http.backoff import Backoff
from ..http.request import build
from ..http.selectors import field_requirement
from .results import Drained, DrainProgress

if TYPE_CHECKING:
    from ..client import HttpClient

_PODS: Final = "/api/v1/pods"
_EVICTION: Final = "/api/v1/namespaces/{namespace}/pods/{name}/eviction"
_DAEMON_SET: Final = "/apis/apps/v1/namespaces/{namespace}/daemonsets/{name}"
_MIRROR: Final = "kubernetes.io/config.mirror"

# kubectl waits for 5 seconds before it tries a refused eviction again.
_LONGEST_S = 5.0
# kubectl looks once a second for each pod whether it is gone; one list answers for all of them.
_LONGEST_POLL_S = 1.0

Pod = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainOptions:
    """Pods that may be evicted, and how."""

    ignore_daemonsets: bool = False
    delete_emptydir_data: bool = False
    force: bool = False
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
        # The reason why each pod is still there, by name; and those that are being deleted, by UID.
        self._remaining: dict[str, str] = {}
        self._failed: dict[str, str] = {}
        self._deleting: dict[str, asyncio.Event] = {}

    async def select(self) -> list[Pod]:
        """Return the pods to evict.

        Raises:
            DrainError: There are pods that the options do not allow to evict.
        """
        refused: dict[str, str] = {}
        chosen: list[Pod] = []
        for pod in await self._list():
            ignored, refusal = await self._judge(pod)
            if refusal:
                refused[_key(pod)] = refusal
            elif ignored:
                self._ignored[_key(pod)] = ignored
            else:
                chosen.append(pod)
        if refused:
            raise DrainError(f"node {self._node} cannot be drained", refused)
        return chosen

    def result(self, pods: Iterable[Pod]) -> Drained:
        """Return the result for the pods that were evicted."""
        return Drained(evicted=tuple(sorted(map(_key, pods))), ignored=dict(sorted(self._ignored.items())))

    async def evict(self, pods: list[Pod]) -> None:
        """Evict pods and wait until they are gone.

        Raises:
            DrainError: Some could not be evicted, or were not gone in time.
        """
        self._remaining = {_key(pod): "" for pod in pods}
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
        metadata, options = pod["metadata"], self._options
        controller = next((one for one in metadata.get("ownerReferences", ()) if one.get("controller")), None)
        is_finished = pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
        if controller is not None and controller["kind"] == "DaemonSet" and not is_finished:
            try:
                await self._client.send(
                    build("GET", _DAEMON_SET, {"namespace": metadata["namespace"], "name": controller["name"]}, {})
                )
            except NotFound as error:
                if not options.force:
                    return "", f"{error.message} (pass force=True)"
            else:
                if not options.ignore_daemonsets:
                    return "", "it is managed by a DaemonSet, which would create it again (pass ignore_daemonsets=True)"
                return "managed by a DaemonSet", ""
        if _MIRROR in metadata.get("annotations", {}):
            return "a mirror pod, managed by the kubelet", ""
        if is_finished:
            return "", ""
        volumes = pod.get("spec", {}).get("volumes", ())
        if any("emptyDir" in volume for volume in volumes) and not options.delete_emptydir_data:
            return "", "it has an emptyDir, whose data would be lost (pass delete_emptydir_data=True)"
        if controller is None and not options.force:
            return "", "no controller would create it again (pass force=True)"
        return "", ""

    async def _list(self) -> list[Pod]:
        query = {
            "fieldSelector": field_requirement("spec.nodeName", self._node),
            "labelSelector": self._options.pod_selector,
        }
        found: Any = (await self._client.send(build("GET", _PODS, {}, query))).json()
        pods: list[Pod] = found.get("items") or []
        return pods

    async def _evict(self, pod: Pod) -> None:
        key, uid = _key(pod), pod["metadata"]["uid"]
        try:
            if await self._is_accepted(pod):
                self._remaining[key] = "it was evicted, and is still terminating"
                finalizers = pod["metadata"].get("finalizers")
                if finalizers:
                    self._remaining[key] += f", with the finalizers {', '.join(finalizers)}"
                self._tell(key, "evicting", "")
                await self._deleting.setdefault(uid, asyncio.Event()).wait()
        except AiokubeError as error:
            del self._remaining[key]
            self._failed[key] = error.message if isinstance(error, ApiError) else str(error)
            self._tell(key, "failed", self._failed[key])
        else:
            del self._remaining[key]
            self._tell(key, "gone", "")

    async def _is_accepted(self, pod: Pod) -> bool:
        """Evict a pod, as often as it takes; return False if it is gone already."""
        metadata = pod["metadata"]
        options: dict[str, Any] = {"preconditions": {"uid": metadata["uid"]}}
        if self._options.grace_period_seconds is not None:
            options["gracePeriodSeconds"] = self._options.grace_period_seconds
        name, namespace = metadata["name"], metadata["namespace"]
        body = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": name, "namespace": namespace},
            "deleteOptions": options,
        }
        values = {"namespace": namespace, "name": name}
        # The delays between attempts are made here.
        request = replace(build("POST", _EVICTION, values, {}, body=encode(body)), max_retries=0)
        backoff = Backoff(first=1.0, longest=_LONGEST_S, jitter=lambda: 0.0)
        while True:
            blocked: ApiError
            try:
                await self._client.send(request)
            except NotFound:
                return False
            except TooManyRequests as error:
                blocked = error
            except Forbidden as error:
                # The namespace is being deleted, and its pods with it.
                if not any(cause.reason == "NamespaceTerminating" for cause in error.causes):
                    raise
                if metadata.get("deletionTimestamp"):
                    return True
                blocked = error
            except Conflict as error:
                # Another pod of this name, or a change at the same time.
                if metadata["uid"] not in {one["metadata"]["uid"] for one in await self._list()}:
                    return False
                blocked = error
            else:
                return True
            reasons = [blocked.message, *(cause.message for cause in blocked.causes)]
            self._remaining[_key(pod)] = " ".join(reason for reason in reasons if reason)
            self._tell(_key(pod), "blocked", self._remaining[_key(pod)])
            await asyncio.sleep(backoff.next())

    async def _see_them_go(self) -> None:
        """Set the events of the pods that are gone."""
        while True:
            backoff = Backoff(first=0.1, longest=_LONGEST_POLL_S, jitter=lambda: 0.0)
            while self._deleting:
                await asyncio.sleep(backoff.next())
                present = {pod["metadata"]["uid"] for pod in await self._list()}
                for uid in self._deleting.keys() - present:
                    self._deleting.pop(uid).set()
            await asyncio.sleep(0.1)

    def _tell(self, pod: str, state: Literal["ignored", "evicting", "blocked", "gone", "failed"], message: str) -> None:
        if self._progress is not None:
            self._progress(DrainProgress(pod=pod, state=state, message=message, remaining=len(self._remaining)))


def _key(pod: Pod) -> str:
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
