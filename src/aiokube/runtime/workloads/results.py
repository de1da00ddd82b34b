"""The results of the verbs of workloads, nodes and pods."""

from dataclasses import dataclass
from typing import Any, Literal

from ..codec.scalars import Quantity
from ..public import public


@public("aiokube.workloads")
@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """The progress of a rollout."""

    message: str
    """The state in words, as kubectl says it."""
    done: bool
    """The rollout is complete."""
    desired: int
    """Number of pods that the workload should have."""
    updated: int
    """Number of pods of the new revision."""
    available: int
    """Number of pods that are available; of a StatefulSet, ready."""


@public("aiokube.workloads")
@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A revision of a workload, which `undo` can go back to."""

    number: int
    name: str
    """Name of the ReplicaSet or ControllerRevision that holds it."""
    change_cause: str | None
    """The annotation `kubernetes.io/change-cause` of the time."""
    template: dict[str, Any]
    """The pod template, as a manifest."""


@public("aiokube.workloads")
@dataclass(frozen=True, slots=True, kw_only=True)
class DrainProgress:
    """A step of draining a node."""

    pod: str
    """The pod, as `namespace/name`."""
    state: Literal["ignored", "evicting", "blocked", "gone", "failed"]
    """`blocked`: a disruption budget forbids the eviction now; it is tried again."""
    message: str
    """The reason, in words; empty if there is none."""
    remaining: int
    """Number of pods that are not gone yet."""


@public("aiokube.workloads")
@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """The result of draining a node. Pods are named `namespace/name`."""

    evicted: tuple[str, ...]
    """The pods that were evicted and are gone; of a dry run, those that would be evicted."""
    ignored: dict[str, str]
    """The reason for each pod that stays: a DaemonSet or the kubelet manages it, or nothing waits for it any more."""


@public("aiokube.workloads")
@dataclass(frozen=True, slots=True, kw_only=True)
class PodUsage:
    """The resources that a pod uses, on average over the last moments."""

    namespace: str
    name: str
    cpu: Quantity
    """Cores, of all containers."""
    memory: Quantity
    """Bytes, of all containers."""
    containers: dict[str, dict[str, Quantity]]
    """The usage of each container by resource: `cpu`, `memory`."""


@public("aiokube.workloads")
@dataclass(frozen=True, slots=True, kw_only=True)
class NodeUsage:
    """The resources that a node uses, on average over the last moments."""

    name: str
    cpu: Quantity
    """Cores."""
    memory: Quantity
    """Bytes."""
    allocatable_cpu: Quantity
    """Cores that the node has for pods."""
    allocatable_memory: Quantity
    """Bytes that the node has for pods."""
