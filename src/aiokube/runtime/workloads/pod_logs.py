"""The logs of many pods as one stream of lines, those of pods to come included."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from ..codec.model import Model, field
from ..codec.partial_metadata import ObjectMetadata
from ..codec.status import ListMeta, Status
from ..errors import AiokubeError, BadRequest, NotFound, printable
from ..failures import is_transient
from ..http.backoff import Backoff
from ..streams.log import LogLine, LogLines
from ..streams.pod import PodSpec
from ..watching.informer import Informer

_log = logging.getLogger("aiokube.workloads")

# A slow consumer slows the streams down, and memory stays flat.
_MAX_PENDING = 64


class ContainerState(Model, kw_only=True):
    """The state of a container, which is one of these, or waiting."""

    running: dict[str, Any] | None = None
    terminated: dict[str, Any] | None = None


class ContainerStatus(Model, kw_only=True):
    """The status of a container."""

    name: str = ""
    restart_count: int = 0
    state: ContainerState = field(default_factory=ContainerState)


class PodStatus(Model, kw_only=True):
    """The status of the containers of a pod."""

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

    def runs(self) -> Iterator[Run]:
        """Yield each run of a container that has begun."""
        status = self.status
        all_statuses = (
            *status.init_container_statuses,
            *status.container_statuses,
            *status.ephemeral_container_statuses,
        )
        for one in all_statuses:
            if one.state.running is not None or one.state.terminated is not None:
                yield Run(self.metadata.name, self.metadata.uid, one.name, one.restart_count)


class LoggedPodList(Model, kw_only=True):
    """A list of pods."""

    api_version: str = field(default_factory=lambda: "v1")
    kind: str = field(default_factory=lambda: "PodList")
    metadata: ListMeta = field(default_factory=ListMeta)
    items: list[LoggedPod] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a container, from its start to its end."""

    pod: str
    uid: str
    container: str
    number: int


OpenLog = Callable[[str, str, str | None, bool], LogLines]
"""Opens the log of a container: its pod, its name, the time of the oldest line, and if the options for lines that exist
hold. In a log that is followed, each line begins with its time."""


async def read_logs(pods: list[LoggedPod], open_log: OpenLog, container: str | None) -> AsyncGenerator[LogLine, None]:
    """Yield the lines of the logs that there are, pod by pod, container by container.

    A container whose log the server refuses, such as one that has not started, is left out with a warning, unless all
    are refused.

    Raises:
        BadRequest: No pod has such a container, or all logs are refused.
    """
    _check_container(pods, container)
    refused: BadRequest | None = None
    has_read = False
    for pod in sorted(pods, key=lambda pod: pod.metadata.name):
        for name in pod.containers():
            if container not in (None, name):
                continue
            try:
                async with aclosing(open_log(pod.metadata.name, name, None, True)) as lines:
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


class LogFollower:
    """Follows the logs of all pods of an informer, from each start of a container to its end.

    Args:
        informer: The pods; it is entered here.
        open_log: Opens a log.
        container: The only container to follow. None: all.
        timestamps: Leave the time at the beginning of each line.
    """

    def __init__(
        self, informer: Informer[LoggedPod], open_log: OpenLog, container: str | None, *, timestamps: bool
    ) -> None:
        self._informer = informer
        self._open_log = open_log
        self._container = container
        self._timestamps = timestamps
        self._queue: asyncio.Queue[LogLine | Exception] = asyncio.Queue(_MAX_PENDING)
        self._tasks: set[asyncio.Task[None]] = set()

    async def lines(self) -> AsyncGenerator[LogLine, None]:
        """Yield the lines as they arrive, without an end.

        Raises:
            BadRequest: There are pods, and none has such a container.
            ApiError: The server refuses the pods or a log.
            StreamError: A line is too long.
        """
        async with self._informer:
            _check_container(self._informer.list(), self._container)
            self._start(self._discover())
            try:
                while True:
                    item = await self._queue.get()
                    if isinstance(item, Exception):
                        raise item
                    yield item
            finally:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._report(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _report(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            await self._queue.put(error)

    async def _discover(self) -> None:
        """Start to follow each run of a container."""
        known: set[Run] = set()
        async with aclosing(self._informer.changes()) as changes:
            async for change in changes:
                if change.type == "DELETED":
                    known -= {run for run in known if run.uid == change.object.metadata.uid}
                    continue
                for run in change.object.runs():
                    if run not in known and self._container in (None, run.container):
                        known.add(run)
                        self._start(self._follow(run, existed=change.is_initial))

    async def _follow(self, run: Run, *, existed: bool) -> None:
        """Queue the lines of one run of a container, across broken connections."""
        backoff = Backoff()
        last: str | None = None
        while True:
            resumed_at = last
            try:
                async with aclosing(self._open_log(run.pod, run.container, resumed_at, existed)) as lines:
                    async for line in lines:
                        stamp, _, text = line.partition(" ")
                        if resumed_at is not None and _order(stamp) <= _order(resumed_at):
                            continue
                        last = stamp
                        await self._queue.put(LogLine(run.container, line if self._timestamps else text, run.pod))
                return
            except (NotFound, BadRequest) as error:
                # The pod is gone, or the next run of the container has begun to wait.
                _log.debug("the log of %s in %s ended: %s", run.container, run.pod, printable(str(error)))
                return
            except AiokubeError as error:
                if not is_transient(error):
                    raise
            await asyncio.sleep(backoff.next())


def _check_container(pods: Sequence[LoggedPod], container: str | None) -> None:
    names = {name: None for pod in pods for name in pod.containers()}
    if container is not None and pods and container not in names:
        which = f"pod {pods[0].metadata.name} has" if len(pods) == 1 else f"the {len(pods)} pods have"
        message = f"{which} no container named {container!r}; there are {', '.join(names)}"
        raise BadRequest(Status(status="Failure", reason="BadRequest", message=message, code=400), method="GET")


def _order(stamp: str) -> tuple[str, str]:
    """Return what sorts times of log lines, whose fractions differ in length."""
    whole, _, fraction = stamp.removesuffix("Z").partition(".")
    return whole, fraction
