"""The logs of many pods, as they are now."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ..codec.model import Model, field
from ..codec.partial_metadata import ObjectMetadata
from ..codec.status import ListMeta, Status
from ..errors import BadRequest, NotFound, printable
from ..http.backoff import Backoff
from ..http.responses import decode_response
from ..streams.log import LogLine, LogLines
from ..streams.pod import PodSpec

if TYPE_CHECKING:
    from ..client import HttpClient
    from ..http.request import Request

_log = logging.getLogger("aiokube.workloads")

_LONGEST_POLL_S: Final = 1.0


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """A run of a container, from its start to its end; later ones are greater."""

    number: int
    """Number of restarts before it."""
    is_over: bool


class ContainerState(Model, kw_only=True):
    """The state of a container, which is one of these, or waiting."""

    running: dict[str, Any] | None = None
    terminated: dict[str, Any] | None = None


class ContainerStatus(Model, kw_only=True):
    """The status of a container."""

    name: str = ""
    restart_count: int = 0
    state: ContainerState = field(default_factory=ContainerState)
    last_state: ContainerState = field(default_factory=ContainerState)

    @property
    def run(self) -> Run | None:
        """The latest run that has begun, which is the one whose log there is; None if there was none.

        A container that waits for its next run, as in CrashLoopBackOff, has the log of its last one.
        """
        if self.state.running is not None:
            return Run(self.restart_count, is_over=False)
        if self.state.terminated is not None or self.last_state.terminated is not None:
            return Run(self.restart_count, is_over=True)
        return None


class PodStatus(Model, kw_only=True):
    """The status of the containers of a pod."""

    phase: str = ""
    container_statuses: list[ContainerStatus] = field(default_factory=list)
    init_container_statuses: list[ContainerStatus] = field(default_factory=list)
    ephemeral_container_statuses: list[ContainerStatus] = field(default_factory=list)


class LoggedPod(Model, kw_only=True):
    """A pod, as far as its logs are concerned."""

    metadata: ObjectMetadata = field(default_factory=ObjectMetadata)
    spec: PodSpec = field(default_factory=PodSpec)
    status: PodStatus = field(default_factory=PodStatus)

    def containers(self) -> Iterator[str]:
        """Yield the names of all containers in the order in which they start."""
        for one in (*self.spec.init_containers, *self.spec.containers, *self.spec.ephemeral_containers):
            yield one.name

    def runs(self) -> dict[str, Run]:
        """Return the latest run of each container that has begun, by name."""
        status = self.status
        all_statuses = (
            *status.init_container_statuses,
            *status.container_statuses,
            *status.ephemeral_container_statuses,
        )
        return {one.name: run for one in all_statuses if (run := one.run) is not None}


class LoggedPodList(Model, kw_only=True):
    """A list of pods."""

    api_version: str = field(default_factory=lambda: "v1")
    kind: str = field(default_factory=lambda: "PodList")
    metadata: ListMeta = field(default_factory=ListMeta)
    items: list[LoggedPod] = field(default_factory=list)


async def has_started(client: HttpClient, request: Request, container: str) -> bool:
    """Wait until a container has started; return False if its pod is gone or has ended before.

    Args:
        client: The client that reads the pod, about once a second.
        request: The request for the pod.
        container: Name of the container.

    Raises:
        AiokubeError: The pod cannot be read.
    """
    backoff = Backoff(first=0.1, longest=_LONGEST_POLL_S, jitter=lambda: 0.0)
    uid = ""
    while True:
        try:
            pod = decode_response(request, await client.send(request), LoggedPod)
        except NotFound:
            return False
        if uid and pod.metadata.uid != uid:
            return False
        uid = pod.metadata.uid
        if container in pod.runs():
            return True
        if pod.status.phase in ("Succeeded", "Failed"):
            return False
        await asyncio.sleep(backoff.next())


async def read_logs(
    pods: list[LoggedPod], open_log: Callable[[str, str], LogLines], container: str | None
) -> AsyncGenerator[LogLine, None]:
    """Yield the lines of the logs that there are, pod by pod, container by container.

    A container whose log the server refuses, such as one that has not started, is left out with a warning, unless all
    are refused.

    Raises:
        BadRequest: No pod has such a container, or all logs are refused.
    """
    check_container(pods, container)
    refused: BadRequest | None = None
    has_read = False
    for pod in sorted(pods, key=lambda pod: pod.metadata.name):
        for name in pod.containers():
            if container not in (None, name):
                continue
            try:
                async with aclosing(open_log(pod.metadata.name, name)) as lines:
                    async for line in lines:
                        yield LogLine(name, line, pod.metadata.name)
                has_read = True
            except NotFound:
                # The pod was deleted meanwhile.
                continue
            except BadRequest as error:
                _log.warning("a log is left out: %s", printable(error.message))
                refused = error
    if refused is not None and not has_read:
        raise refused


def check_container(pods: Sequence[LoggedPod], container: str | None) -> None:
    """Check that there is a container of a name, if there are pods.

    Raises:
        BadRequest: No pod has such a container.
    """
    names = {name: None for pod in pods for name in pod.containers()}
    if container is not None and pods and container not in names:
        which = f"pod {pods[0].metadata.name} has" if len(pods) == 1 else f"the {len(pods)} pods have"
        message = f"{which} no container named {container!r}; there are {', '.join(names)}"
        raise BadRequest(Status(status="Failure", reason="BadRequest", message=message, code=400), method="GET")
