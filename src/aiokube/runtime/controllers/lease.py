"""The Lease of a leader election."""

from __future__ import annotations

from typing import Any

from ..codec.model import Model, dataclass, field
from ..codec.scalars import MicroTime
from ..errors import ConnectionError


@dataclass
class LeaseSpec(Model, kw_only=True):
    """The holder of a lease, and its duration."""

    holder_identity: str | None = None
    """Identity of the leader; absent or empty if the lease is free."""
    lease_duration_seconds: int | None = None
    """Time after the last observed renewal until other candidates may take over."""
    acquire_time: MicroTime | None = None
    """Time at which the leader acquired the lease, by the leader's clock."""
    renew_time: MicroTime | None = None
    """Time of the last renewal, by the leader's clock."""
    lease_transitions: int | None = None
    """Number of changes of the holder."""
    strategy: str | None = None
    """Strategy of coordinated leader election; not changed here."""
    preferred_holder: str | None = None
    """Preferred holder in coordinated leader election; not changed here."""


@dataclass
class Lease(Model, kw_only=True):
    """`Lease` of coordination.k8s.io/v1, with plain metadata, so that an update preserves unknown fields."""

    api_version: str = field(default_factory=lambda: "coordination.k8s.io/v1")
    kind: str = field(default_factory=lambda: "Lease")
    metadata: dict[str, Any] = field(default_factory=dict)
    spec: LeaseSpec = field(default_factory=LeaseSpec)


def check_lease(request: str, lease: Lease, namespace: str, name: str, written: Lease | None) -> None:
    """Check that a response belongs to its request, before anything is concluded from it.

    Args:
        request: The request, for the error.
        lease: The Lease in the response.
        namespace: Namespace of the Lease that was asked for.
        name: Name of the Lease that was asked for.
        written: The Lease that was written; None if it was read.

    Raises:
        ConnectionError: It is another Lease, or has another holder than the one that was written.
    """
    found_namespace, found_name = (lease.metadata.get(key) for key in ("namespace", "name"))
    holder = lease.spec.holder_identity or ""
    if found_name != name or found_namespace not in (None, namespace):
        problem = f"the Lease {f'{found_namespace}/{found_name}'!r:.300}"
    elif written is not None and holder != (written.spec.holder_identity or ""):
        problem = f"a Lease held by {holder!r:.300}, not by {written.spec.holder_identity!r:.300}"
    else:
        return
    raise ConnectionError(f"{request}: the response is {problem}; check whether a proxy mixes up responses")
