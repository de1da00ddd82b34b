"""Leader election: of many replicas of a service, one works at a time, the one that holds a Lease."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import logging
import math
import os
import random
import secrets
import socket
import time
from collections.abc import Awaitable, Callable
from datetime import UTC
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ..codec.model import Model, dataclass, decode, field
from ..codec.scalars import MicroTime
from ..errors import (
    AiokubeError,
    AlreadyExists,
    ClientClosed,
    Conflict,
    Invalid,
    InvalidArgument,
    LeadershipLost,
    NotFound,
)
from ..http.request import fill
from ..http.retry_on_conflict import retry_on_conflict
from ..public import public

if TYPE_CHECKING:
    from ..client import BaseClient

T = TypeVar("T")

_LEASES = "/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"

# client-go's JitterFactor: candidates wait up to so much longer than `retry_period`, lest they all come at once.
_JITTER = 1.2
# Seconds, and client-go's: a request has half of `renew_deadline`, and never less than this.
_SHORTEST_TIMEOUT = 1.0
_LONGEST_LEASE = 2**31 - 1

_log = logging.getLogger("aiokube.controllers")


@dataclass
class LeaseSpec(Model, kw_only=True):
    """Who holds a lease, and for how long."""

    holder_identity: str | None = None
    """The leader; absent or empty when the lease is free."""
    lease_duration_seconds: int | None = None
    """How long others wait, from when they saw it renewed."""
    acquire_time: MicroTime | None = None
    """When the leader became it, by the leader's clock."""
    renew_time: MicroTime | None = None
    """When the leader last renewed it, by the leader's clock."""
    lease_transitions: int | None = None
    """How often the lease went from one holder to another."""
    strategy: str | None = None
    """Of coordinated leader election; kept as it is."""
    preferred_holder: str | None = None
    """Of coordinated leader election; kept as it is."""


@dataclass
class Lease(Model, kw_only=True):
    """`Lease` of coordination.k8s.io/v1, with metadata as the server sends it, so that an update loses none of it."""

    api_version: str = field(default_factory=lambda: "coordination.k8s.io/v1")
    kind: str = field(default_factory=lambda: "Lease")
    metadata: dict[str, Any] = field(default_factory=dict)
    spec: LeaseSpec = field(default_factory=LeaseSpec)


@public("aiokube")
class LeaderElector:
    """Takes part in the election of a leader, as client-go's leader election does and together with it.

        elector = LeaderElector(kube, "my-service")
        await elector.run(serve)                 # waits to be the leader, then serves

    The same as a context: `async with elector:` waits to be the leader, and cancels its body when that ends.

    Whoever holds the Lease `name` leads, and renews it every `retry_period`. The others take it over when they have
    not seen it change for `lease_duration`. A leader that could not renew it for `renew_deadline` gives up earlier, so
    the work has `lease_duration - renew_deadline` to end. All is measured with the monotonic clock of this machine,
    never with a time that another one wrote: clocks may differ, as long as they run at the same rate.

    No lease can stop a process that was suspended between asking `is_leader` and acting on the answer. What must never
    be done by two sends `transitions` along as a fencing token, or changes objects under their resourceVersion.

    The user needs the verbs get, create and update on leases.coordination.k8s.io.

    Args:
        kube: the client; it must stay open.
        name: the name of the Lease, the same for all replicas.
        namespace: of the Lease; the client's by default.
        identity: the name of this candidate, different for each; host name, process id and random digits by default.
        lease_duration: seconds that others wait before they take over from a leader they see nothing of; 15 by
            default. The Lease holds it in whole seconds, rounded up.
        renew_deadline: seconds after which a leader that cannot renew the lease gives up; 10 by default.
        retry_period: seconds between attempts to take or to renew the lease; 2 by default.
        release_on_cancel: whether a leader whose work has ended, by cancellation or by itself, frees the lease, so
            that another needn't wait for it to expire; True by default.
        on_new_leader: called with the identity of each leader that is seen, this one too.
        clock: seconds that only go up, also while this process is busy.

    Raises:
        InvalidArgument: the durations are not `lease_duration > renew_deadline > 1.2 * retry_period > 0`, a name cannot
            be part of a path, or `on_new_leader` is async.
    """

    def __init__(
        self,
        kube: BaseClient,
        name: str,
        *,
        namespace: str | None = None,
        identity: str | None = None,
        lease_duration: float = 15.0,
        renew_deadline: float = 10.0,
        retry_period: float = 2.0,
        release_on_cancel: bool = True,
        on_new_leader: Callable[[str], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not _LONGEST_LEASE >= lease_duration > renew_deadline > _JITTER * retry_period > 0:
            raise InvalidArgument(
                f"lease_duration={lease_duration}, renew_deadline={renew_deadline}, retry_period={retry_period}: "
                f"seconds with lease_duration > renew_deadline > {_JITTER} * retry_period > 0"
            )
        if identity == "":
            raise InvalidArgument("identity is empty, which stands for no holder: leave it out for one of its own")
        if inspect.iscoroutinefunction(on_new_leader):
            raise InvalidArgument("on_new_leader is an async function, which nobody would await: give one that is not")
        self.identity: str = identity or f"{socket.gethostname()}_{os.getpid()}_{secrets.token_hex(4)}"
        """The name of this candidate in the Lease."""
        self._kube = kube
        self._name = name
        self._leases = fill(_LEASES, {"namespace": namespace or kube.namespace})
        self._path = self._leases + fill("/{name}", {"name": name})
        self._lease_duration = lease_duration
        self._renew_deadline = renew_deadline
        self._retry_period = retry_period
        self._release_on_cancel = release_on_cancel
        self._on_new_leader = on_new_leader
        self._clock = clock
        self._timeout = max(renew_deadline / 2, _SHORTEST_TIMEOUT)
        # What was last seen of the lease, and when that was seen first.
        self._lease = Lease()
        self._seen = -math.inf
        self._leads_until = -math.inf
        self._leader: str | None = None
        self._failure = ""
        self._entered = False
        self._cancellations = 0
        self._renewing: asyncio.Task[None] | None = None
        self._lost: LeadershipLost | None = None

    def is_leader(self) -> bool:
        """Whether this candidate holds the lease, and began its last renewal less than `renew_deadline` ago.

        Asked in the middle of a long computation that kept the lease from being renewed, it tells the truth.
        """
        return self._clock() < self._leads_until

    @property
    def leader(self) -> str | None:
        """The identity of the leader that was seen last; None when there was none yet."""
        return self._leader

    @property
    def transitions(self) -> int:
        """How often the lease went from one holder to another, as last seen: a fencing token, which grows.

        It starts again at 0 when somebody deletes the Lease.
        """
        return self._lease.spec.lease_transitions or 0

    async def run(self, lead: Callable[[], Awaitable[T]]) -> T:
        """Wait to be the leader, then do the work for as long as this lasts: GET, POST and PUT of the Lease.

        Failed requests are logged and repeated. The lease is renewed until the work has ended, and freed only then:
        when this call is cancelled, clean up in peace. To stand for election again and again, call it in a loop:

            while True:
                with contextlib.suppress(LeadershipLost):
                    await elector.run(serve)

        Args:
            lead: the work; cancelled when leadership is lost.

        Returns:
            What the work returns, when it ends by itself.

        Raises:
            LeadershipLost: the lease could not be renewed in time, or is another's; the work has been cancelled.
            Invalid: the server will never accept this Lease, such as one with a wrong name.
            ClientClosed: the client was closed while waiting.
            InvalidArgument: this elector is in use already.
        """
        async with self:
            return await lead()

    async def __aenter__(self) -> Self:
        if self._entered:
            raise InvalidArgument(f"{self!r} is already in use: make one for each candidate")
        task = asyncio.current_task()
        assert task is not None, "async code runs in a task"
        self._entered = True
        try:
            while not await self._acquire():
                jitter = _JITTER * random.random()  # noqa: S311 - it only spreads the load
                await asyncio.sleep(self._retry_period * (1 + jitter))
        except BaseException:
            self._entered = False
            raise
        _log.info("%s: %s leads", self._name, self.identity)
        self._lost = None
        self._cancellations = task.cancelling()
        self._renewing = asyncio.create_task(self._renew_until_lost(task))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._renewing is not None
        try:
            self._leads_until = -math.inf
            lost = self._lost
            if lost is None:
                await _cancel(self._renewing)
                if self._release_on_cancel:
                    await self._release()
                return
            task = asyncio.current_task()
            assert task is not None
            # As asyncio.timeout does it: when others cancelled this task too, it stays cancelled.
            cancelled_by_others = task.uncancel() > self._cancellations
            if kind is None or (kind is asyncio.CancelledError and not cancelled_by_others):
                raise lost from lost.__cause__ or error
        finally:
            self._renewing = None
            self._entered = False

    def __repr__(self) -> str:
        return f"LeaderElector({self._name!r}, identity={self.identity!r})"

    async def _acquire(self) -> bool:
        """Try once to become the leader."""
        try:
            try:
                lease = await self._get()
            except NotFound:
                await self._hold(Lease(metadata={"name": self._name}), create=True)
            else:
                if not self._is_free(lease):
                    self._failure = ""
                    return False
                await self._hold(lease)
        except (Conflict, AlreadyExists):
            # Another was faster.
            return False
        except (ClientClosed, Invalid):
            raise
        except (AiokubeError, TimeoutError) as error:
            self._report("cannot be taken", error)
            return False
        # An answer that came too late makes no leader.
        return self.is_leader()

    def _is_free(self, lease: Lease) -> bool:
        holder = lease.spec.holder_identity
        duration = lease.spec.lease_duration_seconds or self._lease_duration
        return not holder or holder == self.identity or self._clock() >= self._seen + duration

    async def _renew_until_lost(self, leading: asyncio.Task[Any]) -> None:
        try:
            while True:
                async with asyncio.timeout(self._leads_until - self._clock()):
                    renewed = False
                    while not renewed:
                        await asyncio.sleep(self._retry_period)
                        renewed = await self._renew()
        except TimeoutError:
            reason = f"not renewed for {self._renew_deadline:g} s"
            self._lost = LeadershipLost(f"{self._name}: {reason}: {self._failure or 'this process was too busy'}")
        except LeadershipLost as error:
            self._lost = error
        except Exception as error:
            # Whatever it is, the client being closed or worse: work that nobody renews the lease for must end.
            self._lost = LeadershipLost(f"{self._name}: the lease cannot be renewed any more: {error}")
            self._lost.__cause__ = error
        self._leads_until = -math.inf
        _log.warning("%s", self._lost)
        leading.cancel()

    async def _renew(self) -> bool:
        """Try once to stay the leader."""
        try:
            try:
                # Nobody else writes to it but to take it over: mostly, there's no need to read it first.
                await self._hold(self._lease)
            except Conflict:
                lease = await self._get()
                if lease.spec.holder_identity != self.identity:
                    raise LeadershipLost(
                        f"{self._name}: the lease is held by {lease.spec.holder_identity or 'nobody'} now"
                    ) from None
                await self._hold(lease)
        except NotFound as error:
            # Others may have made it anew, and led, and be gone again.
            raise LeadershipLost(f"{self._name}: the lease was deleted") from error
        except (LeadershipLost, ClientClosed):
            raise
        except (AiokubeError, TimeoutError) as error:
            self._report("was not renewed", error)
            return False
        return True

    async def _hold(self, lease: Lease, *, create: bool = False) -> None:
        """Write this candidate into the lease."""
        # Before the request goes: whoever sees its effect does so later, and waits longer than this one leads.
        started = self._clock()
        spec, now = lease.spec, MicroTime.now(UTC)
        held = spec.holder_identity == self.identity
        transitions = spec.lease_transitions or 0
        spec = dataclasses.replace(
            spec,
            holder_identity=self.identity,
            lease_duration_seconds=math.ceil(self._lease_duration),
            acquire_time=(spec.acquire_time if held else None) or now,
            renew_time=now,
            lease_transitions=transitions if held or create else transitions + 1,
        )
        await self._write(lease, spec, create=create)
        self._leads_until = started + self._renew_deadline
        self._failure = ""

    async def _release(self) -> None:
        """Free the lease, which this candidate has no use for any more."""

        async def release() -> None:
            lease = await self._get()
            if lease.spec.holder_identity == self.identity:
                now = MicroTime.now(UTC)
                spec = dataclasses.replace(
                    lease.spec, holder_identity="", lease_duration_seconds=1, acquire_time=now, renew_time=now
                )
                await self._write(lease, spec)

        try:
            async with asyncio.timeout(self._renew_deadline):
                await retry_on_conflict(release)
        except (AiokubeError, TimeoutError) as error:
            self._report("was not released", error)

    async def _get(self) -> Lease:
        return await self._request("GET", self._path)

    async def _write(self, lease: Lease, spec: LeaseSpec, *, create: bool = False) -> None:
        body = Lease(metadata=lease.metadata, spec=spec)
        await self._request("POST" if create else "PUT", self._leases if create else self._path, body)

    async def _request(self, method: str, path: str, body: Lease | None = None) -> Lease:
        async with asyncio.timeout(self._timeout):
            response = await self._kube.request(method, path, body=body, accept="application/json")
        lease = decode(response.body, Lease)
        if lease.spec != self._lease.spec:
            self._seen = self._clock()
        self._lease = lease
        holder = lease.spec.holder_identity
        if holder and holder != self._leader:
            self._leader = holder
            # Once this candidate, too, has drawn its conclusions from it.
            asyncio.get_running_loop().call_soon(self._tell, holder)
        return lease

    def _tell(self, leader: str) -> None:
        if self._on_new_leader is None:
            return
        try:
            self._on_new_leader(leader)
        except Exception:
            _log.exception("%s: on_new_leader failed", self._name)

    def _report(self, what: str, error: Exception) -> None:
        failure = str(error) or f"no answer within {self._timeout:g} s"
        # It comes again every few seconds until somebody does something about it.
        level = logging.DEBUG if failure == self._failure else logging.WARNING
        self._failure = failure
        _log.log(level, "%s: the lease %s: %s", self._name, what, failure)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
