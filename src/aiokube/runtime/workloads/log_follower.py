"""The logs of many pods as one stream of lines, those of pods to come included."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from functools import partial

from ..errors import StreamError
from ..streams.log import LogLine
from ..watching.informer import Informer
from .container_log import ContainerLog, LogSource
from .pod_logs import LoggedPod, Run, check_container

MAX_LOG_REQUESTS = 100
"""Default maximum number of running containers to follow: each takes a connection, and thus a file descriptor."""

# A slow consumer slows the streams down, and memory stays flat.
_MAX_PENDING = 64

# Logs of ended runs, which many pods of jobs have, are read so many at a time.
_MAX_ENDED_LOGS = 10


class LogFollower:
    """Follows the logs of all pods of an informer, from run to run of their containers.

    Args:
        informer: The pods; it is entered here.
        source: Where the logs come from.
        container: The only container to follow. None: all.
        max_log_requests: Maximum number of running containers.
    """

    def __init__(
        self, informer: Informer[LoggedPod], source: LogSource, container: str | None, max_log_requests: int
    ) -> None:
        self._informer = informer
        self._source = source
        self._container = container
        self._max_log_requests = max_log_requests
        self._logs: dict[tuple[str, str], ContainerLog] = {}
        self._ended_logs = asyncio.Semaphore(_MAX_ENDED_LOGS)
        self._queue: asyncio.Queue[LogLine | Exception] = asyncio.Queue(_MAX_PENDING)
        self._tasks: set[asyncio.Task[None]] = set()

    async def lines(self) -> AsyncGenerator[LogLine, None]:
        """Yield the lines as they arrive, without an end.

        Raises:
            BadRequest: There are pods, and none has such a container.
            ApiError: The server refuses the pods or a log.
            StreamError: A line is too long, or too many containers run.
        """
        async with self._informer:
            pods = self._informer.list()
            check_container(pods, self._container)
            self._check_number(sum(not run.is_over for pod in pods for run in self._runs(pod).values()))
            self._start(self._discover)
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

    def _start(self, work: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.create_task(self._report(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _report(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:
            await self._queue.put(error)

    async def _discover(self) -> None:
        """Start to follow each container that has begun to run, and tell the others of their runs."""
        async with aclosing(self._informer.changes()) as changes:
            async for change in changes:
                pod, uid = change.object.metadata.name, change.object.metadata.uid
                if change.type == "DELETED":
                    for key in [key for key, log in self._logs.items() if key[0] == pod and log.uid == uid]:
                        self._logs[key].leave()
                    continue
                for container, run in self._runs(change.object).items():
                    log = self._logs.get((pod, container))
                    if log is not None and log.uid == uid:
                        log.update(run)
                        continue
                    if log is not None:
                        log.leave()
                    self._follow(pod, uid, container, run, existed=change.is_initial)
                self._check_number(sum(log.is_running for log in self._logs.values()))

    def _follow(self, pod: str, uid: str, container: str, run: Run, *, existed: bool) -> None:
        log = self._logs[pod, container] = ContainerLog(
            pod,
            uid,
            container,
            run,
            source=self._source,
            limits=self._source.limits if existed else {},
            put=self._queue.put,
            ended_logs=self._ended_logs,
        )
        self._start(partial(self._pass_on, (pod, container), log))

    async def _pass_on(self, key: tuple[str, str], log: ContainerLog) -> None:
        try:
            await log.follow()
        finally:
            if self._logs.get(key) is log:
                del self._logs[key]

    def _runs(self, pod: LoggedPod) -> dict[str, Run]:
        """Return the latest run of each container of a pod that is to be followed."""
        return {name: run for name, run in pod.runs().items() if self._container in (None, name)}

    def _check_number(self, running: int) -> None:
        if running > self._max_log_requests:
            raise StreamError(
                f"logs of {running} running containers are to be followed, and max_log_requests is "
                f"{self._max_log_requests}; raise it, or choose fewer pods or one container"
            )
