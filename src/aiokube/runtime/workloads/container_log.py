"""The log of one container, followed from run to run and across broken connections."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass

from ..errors import AiokubeError, ApiError, BadRequest, Disconnected, NotFound, printable
from ..failures import is_transient
from ..http.backoff import Backoff
from ..streams.log import LineSplitter, LogLine, line_text
from .log_position import LogPosition, time_of
from .pod_logs import LoggedPod, Run

_log = logging.getLogger("aiokube.workloads")

# Seconds after which a broken connection is no sign of trouble: proxies cut those of quiet containers.
_CALM_S = 10.0

# Seconds after which the lines that exist would have begun to arrive.
_QUIET_S = 1.0


@dataclass(frozen=True, slots=True)
class LogSource:
    """Where followed logs come from."""

    open: Callable[[str, str, Mapping[str, object]], AbstractAsyncContextManager[AsyncIterator[bytes]]]
    """Opens the log of a container, each line with its time: takes the names of pod and container, and parameters."""
    find_pod: Callable[[str], Awaitable[LoggedPod | None]]
    """Reads a pod from the server."""
    limits: Mapping[str, object]
    """`sinceSeconds`, `sinceTime` and `tailLines` of the logs that exist at the start, as far as they are given."""
    max_line: int | None
    """Maximum size of a line in bytes; None sets no limit."""
    timestamps: bool
    """Leave the time at the beginning of each line."""


class ContainerLog:
    """Follows the log of one container of a pod.

    The kubelet keeps the log of the latest run of a container and of the one before. A log is read to its end once the
    run is known to be over: before, the end of a response may be that of a connection between API server and kubelet.
    If the next run has begun by then, the rest is read from the log of the previous run.

    Args:
        pod: Name of the pod.
        uid: UID of the pod.
        container: Name of the container.
        run: Its latest run.
        source: Where the logs come from.
        limits: Parameters for the run.
        put: Takes each line.
        ended_logs: Limits how many logs of ended runs are read at a time.
    """

    def __init__(
        self,
        pod: str,
        uid: str,
        container: str,
        run: Run,
        *,
        source: LogSource,
        limits: Mapping[str, object],
        put: Callable[[LogLine], Awaitable[None]],
        ended_logs: asyncio.Semaphore,
    ) -> None:
        self.uid = uid
        self._pod = pod
        self._container = container
        self._name = f"the log of {container} in {pod}"
        self._source = source
        self._limits = limits
        self._put = put
        self._ended_logs = ended_logs
        self._latest = run
        self._read_up_to = Run(run.number - 1, is_over=True)
        self._position = LogPosition()
        self._quiet_since: float | None = None
        self._last_message = ""
        self._is_gone = False
        self._is_open = False
        self._is_failing = False
        self._changed = asyncio.Event()

    @property
    def is_running(self) -> bool:
        """True if the container runs, as far as is known."""
        return not (self._latest.is_over or self._is_gone)

    def update(self, run: Run) -> None:
        """Note the latest run of the container, whose pod is one of those that are followed."""
        self._is_gone = False
        self._note(run)

    def leave(self) -> None:
        """Open the log no more: the pod is gone, or no longer one of those that are followed."""
        self._is_gone = True
        self._changed.set()

    async def follow(self) -> None:
        """Pass on the lines of the container, run by run, until the pod is gone.

        Raises:
            ApiError: The server refuses the log to this user.
            StreamError: A line is too long.
        """
        backoff = Backoff(reset_after=_CALM_S)
        while not self._is_gone:
            run = self._latest
            if run <= self._read_up_to:
                await self._wait_for_change(None)
                continue
            started = asyncio.get_running_loop().time()
            self._is_open = False
            delay = 0.0
            try:
                is_at_end = await self._read(run, started)
            except AiokubeError as error:
                if not is_transient(error) and not isinstance(error, (BadRequest, NotFound)):
                    error.add_note(f"{self._name} was followed")
                    raise
                if isinstance(error, Disconnected) and not self._is_open:
                    self._note_quiet(started, started)
                self._report(error, started)
                is_at_end = False
                delay = float(error.retry_after or 0) if isinstance(error, ApiError) else 0.0
            if not is_at_end:
                await self._wait_for_change(max(delay, backoff.next()))

    async def _read(self, run: Run, started: float) -> bool:
        """Read the log of a run, or the rest of the run before it; return True if there is more to read at once."""
        is_previous = self._read_up_to < Run(run.number - 1, is_over=True)
        has_end = is_previous or run.is_over
        parameters = {**self._start(started), "previous": is_previous or None, "follow": not has_end or None}
        try:
            async with (
                self._ended_logs if has_end else nullcontext(),
                self._source.open(self._pod, self._container, parameters) as chunks,
            ):
                self._is_open, self._is_failing = True, False
                if not await self._is_of_run(run):
                    return True
                opened = asyncio.get_running_loop().time()
                try:
                    await self._pass_on(chunks, has_end=has_end)
                finally:
                    self._note_quiet(started, opened)
        except (BadRequest, NotFound) as error:
            if not await self._is_of_run(run) or self._is_gone:
                return True
            if not has_end:
                raise
            _log.warning("%s is left out: %s", self._name, printable(error.message))
        if not has_end:
            return self._latest != run
        if self._read_up_to < Run(run.number - 2, is_over=True):
            _log.warning("%s: lines of runs before the last restart may be missing", self._name)
        self._read_up_to = Run(run.number - 1, is_over=True) if is_previous else run
        self._limits = {}
        return True

    def _start(self, now: float) -> Mapping[str, object]:
        """Return the parameters for the lines that have not been delivered."""
        if self._position.since is not None:
            return {"sinceTime": self._position.since}
        if self._quiet_since is not None and self._limits.keys() & {"sinceSeconds", "tailLines"}:
            return {"sinceSeconds": math.ceil(now - self._quiet_since) + 1}
        return self._limits

    def _note_quiet(self, started: float, opened: float) -> None:
        """Note that there was no line when the log was opened first, so that the limits do not hold for those to come.

        Args:
            started: Time at which the log was opened.
            opened: Time from which on lines could arrive.
        """
        is_quiet = self._limits.get("tailLines") == 0 or asyncio.get_running_loop().time() - opened > _QUIET_S
        if self._position.since is None and self._quiet_since is None and is_quiet:
            self._quiet_since = started

    def _note(self, run: Run) -> None:
        if run > self._latest:
            self._latest = run
            self._changed.set()

    async def _is_of_run(self, run: Run) -> bool:
        """Return whether a log that was just opened is that of a run.

        A log is opened by the name of a pod, which another pod may have taken over.
        """
        pod = await self._source.find_pod(self._pod)
        if pod is None:
            self.leave()
            return True
        if pod.metadata.uid != self.uid:
            self.leave()
            return False
        latest = pod.runs().get(self._container)
        if latest is not None:
            self._note(latest)
        return self._latest.number == run.number

    async def _pass_on(self, chunks: AsyncIterator[bytes], *, has_end: bool) -> None:
        self._position.resume()
        splitter = LineSplitter(self._name, self._source.max_line)
        async for chunk in chunks:
            for line in splitter.feed(chunk):
                await self._pass_on_line(line)
        rest = splitter.rest
        # A line that begins with its time comes again, as a whole. A message of the kubelet has no time and no end.
        if rest and (has_end or not rest[:1].isdigit()):
            await self._pass_on_line(rest)

    async def _pass_on_line(self, line: bytes) -> None:
        text = line_text(line)
        stamp, _, after_stamp = text.partition(" ")
        time = time_of(stamp)
        if time is None:
            if text == self._last_message:
                return
            self._last_message = text
        elif not self._position.accept(time):
            return
        else:
            self._last_message = ""
            text = text if self._source.timestamps else after_stamp
        await self._put(LogLine(self._container, text, self._pod))

    def _report(self, error: AiokubeError, started: float) -> None:
        """Log a failure; the first one of an attempt to open the log, until it succeeds, as a warning."""
        is_trouble = not self._is_open and asyncio.get_running_loop().time() - started < _CALM_S
        level = logging.WARNING if is_trouble and not self._is_failing else logging.DEBUG
        self._is_failing = self._is_failing or is_trouble
        _log.log(level, "%s cannot be read, and is opened again later: %s", self._name, printable(str(error)))

    async def _wait_for_change(self, timeout: float | None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._changed.wait()
        self._changed.clear()
