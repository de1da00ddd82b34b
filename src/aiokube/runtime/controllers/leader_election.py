"""Leader election: of several replicas of a service, only the holder of a Lease is active."""

from __future__ import annotations

import asyncio
import dataclasses
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

from ..arguments import types
from ..codec.model import decode
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
    printable,
)
from ..http.request import fill
from ..http.retry_on_conflict import retry_on_conflict
from ..public import public
from .lease import Lease, LeaseSpec, check_lease

if TYPE_CHECKING:
    from ..base_client import BaseClient

T = TypeVar("T")

_LEASES = "/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"

# client-go's JitterFactor: candidates wait up to this multiple of `retry_period` longer, so that they spread out.
_JITTER = 1.2
# As in client-go, the timeout of a request is half of `renew_deadline`, but at least this.
_MIN_TIMEOUT_S = 1.0
_MAX_LEASE_DURATION_S = 2**31 - 1

_log = logging.getLogger("aiokube.controllers")


@public("aiokube")
class LeaderElector:
    """A candidate in a leader election, compatible with client-go's.

        elector = LeaderElector(kube, "my-service")
        await elector.run(serve)                 # waits for leadership, then serves

    As a context manager, `async with elector:` waits for leadership, and cancels its body when leadership is lost.

    The leader is the holder of the Lease `name`, and renews it every `retry_period`. Other candidates take over once
    they have seen no change of the Lease for `lease_duration`. A leader that cannot renew the Lease gives up after
    `renew_deadline`, so that its work has `lease_duration - renew_deadline` to end. All times are measured with the
    monotonic clock of this machine; timestamps of other machines are never compared. Clocks may differ, as long as they
    run at the same rate.

    No lease can stop a process that is suspended between a call of `is_leader` and the action that depends on it. For
    actions that two leaders must never both perform, pass `transitions` along as a fencing token, or make changes
    conditional on the resourceVersion.

    The user needs the verbs get, create and update on leases.coordination.k8s.io.

    Args:
        kube: The client; it must stay open.
        name: Name of the Lease, the same for all replicas.
        namespace: Namespace of the Lease. Default: the namespace of the client.
        identity: Unique name of this candidate. Default: host name, process ID and random digits.
        lease_duration: Time without a renewal after which other candidates take over, in seconds. Default: 15. Rounded
            up to whole seconds in the Lease.
        renew_deadline: Time without a renewal after which the leader gives up, in seconds. Default: 10.
        retry_period: Time between attempts to acquire or renew the Lease, in seconds. Default: 2.
        release_on_cancel: Release the Lease once the work has ended, by itself or by cancellation, so that another
            candidate need not wait until it expires. Default: True.
        on_new_leader: Called with the identity of each new leader, including this candidate.
        clock: Monotonic clock in seconds that also advances while this process is busy.

    Raises:
        InvalidArgument: The durations do not satisfy `lease_duration > renew_deadline > 1.2 * retry_period > 0`, a name
            is invalid, or `on_new_leader` is async or no function.
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
        durations = {"lease_duration": lease_duration, "renew_deadline": renew_deadline, "retry_period": retry_period}
        for argument, value in durations.items():
            types.number(value, argument)
        if not _MAX_LEASE_DURATION_S >= lease_duration > renew_deadline > _JITTER * retry_period > 0:
            raise InvalidArgument(
                f"lease_duration={lease_duration}, renew_deadline={renew_deadline}, retry_period={retry_period}; "
                f"use numbers of seconds with lease_duration > renew_deadline > {_JITTER} * retry_period > 0"
            )
        if identity == "":
            raise InvalidArgument("identity is empty, which means no holder; omit it for a generated one")
        types.text(identity, "identity")
        types.callback(on_new_leader, "on_new_leader")
        self.identity: str = identity or f"{socket.gethostname()}_{os.getpid()}_{secrets.token_hex(4)}"
        """Name of this candidate in the Lease."""
        self._kube = kube
        self._name = name
        self._namespace = namespace or kube.namespace
        self._leases = fill(_LEASES, {"namespace": self._namespace})
        self._path = self._leases + fill("/{name}", {"name": name})
        self._lease_duration = lease_duration
        self._renew_deadline = renew_deadline
        self._retry_period = retry_period
        self._release_on_cancel = release_on_cancel
        self._on_new_leader = on_new_leader
        self._clock = clock
        self._timeout = max(renew_deadline / 2, _MIN_TIMEOUT_S)
        # The last observed state of the Lease, and the time at which it was first observed.
        self._lease = Lease()
        self._observed_at = -math.inf
        self._leads_until = -math.inf
        self._leader: str | None = None
        self._failure = ""
        self._entered = False
        self._cancellations = 0
        self._renewing: asyncio.Task[None] | None = None
        self._lost: LeadershipLost | None = None

    def is_leader(self) -> bool:
        """Return True if this candidate holds the Lease and began its last renewal less than `renew_deadline` ago.

        This is also correct during a long computation that keeps the event loop from renewing the Lease.
        """
        return self._clock() < self._leads_until

    @property
    def leader(self) -> str | None:
        """The identity of the last observed leader; None before the first one."""
        return self._leader

    @property
    def transitions(self) -> int:
        """Number of changes of the holder, as last observed. It grows with each leader: a fencing token.

        It restarts at 0 if the Lease is deleted.
        """
        return self._lease.spec.lease_transitions or 0

    async def run(self, lead: Callable[[], Awaitable[T]]) -> T:
        """Wait for leadership, then run the work while it lasts. Sends GET, POST and PUT requests for the Lease.

        Failed requests are logged and retried. The Lease is renewed until the work has ended, and released afterwards,
        so the work can clean up when this call is cancelled. To stand for election repeatedly, call it in a loop:

            while True:
                with contextlib.suppress(LeadershipLost):
                    await elector.run(serve)

        Args:
            lead: The work, a coroutine function; cancelled when leadership is lost.

        Returns:
            The result of the work.

        Raises:
            LeadershipLost: The Lease could not be renewed in time, or another candidate holds it. The work was
                cancelled.
            Invalid: The server does not accept the Lease, for example because of its name.
            ClientClosed: The client was closed while this candidate waited.
            InvalidArgument: This elector is already in use.
        """
        async with self:
            return await lead()

    async def __aenter__(self) -> Self:
        if self._entered:
            raise InvalidArgument(f"{self!r} is already in use; create one elector per candidate")
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
        _log.info("%s: %s became the leader", self._name, self.identity)
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
            # As in asyncio.timeout: if the task was also cancelled by others, it stays cancelled.
            cancelled_by_others = task.uncancel() > self._cancellations
            if kind is None or (kind is asyncio.CancelledError and not cancelled_by_others):
                raise lost from lost.__cause__ or error
        finally:
            self._renewing = None
            self._entered = False

    def __repr__(self) -> str:
        return f"LeaderElector({self._name!r}, identity={self.identity!r})"

    async def _acquire(self) -> bool:
        """Try once to acquire the Lease; return True on success."""
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
            # Another candidate was faster.
            return False
        except (ClientClosed, Invalid):
            raise
        except (AiokubeError, TimeoutError) as error:
            self._report("acquire", error)
            return False
        # A response that arrives after the deadline does not count.
        return self.is_leader()

    def _is_free(self, lease: Lease) -> bool:
        holder = lease.spec.holder_identity
        duration = lease.spec.lease_duration_seconds or self._lease_duration
        return not holder or holder == self.identity or self._clock() >= self._observed_at + duration

    async def _renew_until_lost(self, leading: asyncio.Task[Any]) -> None:
        try:
            while True:
                async with asyncio.timeout(self._leads_until - self._clock()):
                    renewed = False
                    while not renewed:
                        await asyncio.sleep(self._retry_period)
                        renewed = await self._renew()
        except TimeoutError:
            reason = self._failure or "the event loop was blocked"
            self._lost = LeadershipLost(f"{self._name}: not renewed for {self._renew_deadline:g} s: {reason}")
        except LeadershipLost as error:
            self._lost = error
        except Exception as error:
            # Any other error also stops the renewal, so the work must end.
            self._lost = LeadershipLost(f"{self._name}: the lease can no longer be renewed: {error}")
            self._lost.__cause__ = error
        self._leads_until = -math.inf
        _log.warning("leadership lost: %s", self._lost)
        leading.cancel()

    async def _renew(self) -> bool:
        """Try once to renew the Lease; return True on success."""
        try:
            try:
                # Other candidates only write to take over, so reading the Lease first is rarely necessary.
                await self._hold(self._lease)
            except Conflict:
                lease = await self._get()
                if lease.spec.holder_identity != self.identity:
                    raise LeadershipLost(
                        f"{self._name}: the lease is now held by {printable(lease.spec.holder_identity or 'nobody')}"
                    ) from None
                await self._hold(lease)
        except NotFound as error:
            # Since the deletion, another leader may have created the Lease again and released it.
            raise LeadershipLost(f"{self._name}: the lease was deleted") from error
        except (LeadershipLost, ClientClosed):
            raise
        except (AiokubeError, TimeoutError) as error:
            self._report("renew", error)
            return False
        return True

    async def _hold(self, lease: Lease, *, create: bool = False) -> None:
        """Write this candidate to the Lease as its holder."""
        # Measured before the request is sent: other candidates see the Lease later, so they wait beyond this deadline.
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
        """Release the Lease, if this candidate still holds it."""

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
            self._report("release", error)

    async def _get(self) -> Lease:
        return await self._request("GET", self._path)

    async def _write(self, lease: Lease, spec: LeaseSpec, *, create: bool = False) -> None:
        body = Lease(metadata=lease.metadata, spec=spec)
        await self._request("POST" if create else "PUT", self._leases if create else self._path, body)

    async def _request(self, method: str, path: str, body: Lease | None = None) -> Lease:
        query = None if body is None else {"fieldManager": self._kube.field_manager}
        async with asyncio.timeout(self._timeout):
            response = await self._kube.request(method, path, query=query, body=body, accept="application/json")
        lease = decode(response.body, Lease)
        check_lease(f"{method} {path}", lease, self._namespace, self._name, body)
        if lease.spec != self._lease.spec:
            self._observed_at = self._clock()
        self._lease = lease
        holder = lease.spec.holder_identity
        if holder and holder != self._leader:
            self._leader = holder
            # Deferred until this candidate has updated its own state.
            asyncio.get_running_loop().call_soon(self._notify, holder)
        return lease

    def _notify(self, leader: str) -> None:
        if self._on_new_leader is None:
            return
        try:
            self._on_new_leader(leader)
        except Exception:
            _log.exception("%s: the on_new_leader callback raised", self._name)

    def _report(self, action: str, error: Exception) -> None:
        failure = str(error) or f"no response within {self._timeout:g} s"
        # The same failure repeats every few seconds: only the first one is a warning.
        level = logging.DEBUG if failure == self._failure else logging.WARNING
        self._failure = failure
        _log.log(level, "%s: failed to %s the lease: %s", self._name, action, failure)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
