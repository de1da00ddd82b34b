"""Lists, informers, watches and gets of the same pods by all clients, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .clients import CLIENT_GO, FLOOR, OURS, PEERS, QUICK_PEERS, SOCKET, Found, Job, measure
from .rows import Measure, Row

PROTOBUF = "client-go protobuf"
_MB = 1e6


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much is measured."""

    processes: int
    """Processes of each client and work; slow peers have one."""
    rounds: int
    """Rounds in each process; slow peers have one."""
    calls: int
    """Calls of each round of gets."""
    peers: Sequence[str]


FULL = Effort(processes=3, rounds=3, calls=3000, peers=PEERS)
QUICK = Effort(processes=2, rounds=2, calls=1500, peers=QUICK_PEERS)


def list_rows(kubeconfig: str, count: int, effort: Effort) -> list[Row]:
    """Measure lists of all pods at once."""
    job = Job(work="list", kubeconfig=kubeconfig, count=count, processes=effort.processes, rounds=effort.rounds)
    sides = measure(job, (OURS, FLOOR, *CLIENT_GO, *effort.peers))
    measures = (
        Measure(
            name="wall time",
            sentence=f"time from the call of a list until {count:,} typed pods are in memory.",
            unit="s",
            value=lambda found: found.wall,
            most_ratios={FLOOR: 1.15},
        ),
        Measure(
            name="CPU time",
            sentence="processor time of the client's process for it, in user and in system mode.",
            unit="s",
            value=lambda found: found.cpu,
        ),
        Measure(
            name="memory",
            sentence="growth of the process by the first list, with the pods and all that reading left behind.",
            unit="MB",
            value=lambda found: found.memory / _MB,
            most=0.025 * count,
        ),
    )
    return [row for each in measures for row in each.rows("List", sides)]


def informer_rows(kubeconfig: str, count: int, pod_bytes: float, effort: Effort) -> list[Row]:
    """Measure informers of all pods; `pod_bytes` is the size of the JSON of one."""
    job = Job(work="informer", kubeconfig=kubeconfig, count=count, processes=effort.processes, rounds=effort.rounds)
    sides = measure(job, (OURS, *CLIENT_GO))
    measures = (
        Measure(
            name="wall time of a sync",
            sentence=f"time from the start of an informer until its cache holds {count:,} pods.",
            unit="s",
            value=lambda found: found.wall,
            most_ratios={PROTOBUF: 1.0},
        ),
        Measure(
            name="CPU time of a sync",
            sentence="processor time of the client's process for it.",
            unit="s",
            value=lambda found: found.cpu,
        ),
    )
    rows = [row for each in measures for row in each.rows("Informer", sides)]
    return [*rows, *memory_measure("pod", most=6.0).rows("Informer", {**sides, "its JSON": wire(pod_bytes)})]


def wire(size: float) -> Found:
    """Return the JSON of an object as a reference of its memory."""
    return Found(count=1, wall=0.0, cpu=0.0, memory=size)


def memory_measure(kind: str, most: float | None = None) -> Measure:
    """Return the measure of the memory of a cached object."""
    return Measure(
        name=f"memory of a {kind}",
        sentence=(
            f"growth by each cached {kind}, after a garbage collection: of aiokube's whole process, and of the heap of "
            "client-go."
        ),
        unit="KB",
        value=lambda found: found.memory / found.count / 1024,
        most=most,
    )


def watch_rows(kubeconfig: str, version: str, count: int, effort: Effort) -> list[Row]:
    """Measure watches of the same changes since a resource version."""
    job = Job(
        work="watch",
        kubeconfig=kubeconfig,
        count=count,
        processes=effort.processes,
        rounds=effort.rounds,
        version=version,
    )
    sides = measure(job, (OURS, FLOOR, SOCKET, *CLIENT_GO, *effort.peers))
    measures = (
        Measure(
            name="CPU time of an event",
            sentence=f"processor time of the client's process for one of {count:,} changes of pods, as typed objects.",
            unit="µs",
            value=lambda found: found.cpu / found.count * 1e6,
            most_ratios=dict.fromkeys(CLIENT_GO, 1.0),
        ),
        Measure(
            name="wall time of an event",
            sentence="time from the request of a watch until the last change, divided by their number.",
            unit="µs",
            value=lambda found: found.wall / found.count * 1e6,
        ),
    )
    return [row for each in measures for row in each.rows("Watch", sides)]


def get_rows(kubeconfig: str, effort: Effort) -> list[Row]:
    """Measure reads of the ConfigMap `small`."""
    job = Job(work="get", kubeconfig=kubeconfig, count=effort.calls, processes=effort.processes, rounds=effort.rounds)
    sides = measure(job, (OURS, FLOOR, *CLIENT_GO))
    measures = (
        Measure(
            name="CPU time of a call",
            sentence="processor time of the client's process to read a small object, with 50 calls in flight.",
            unit="µs",
            value=lambda found: found.cpu / found.count * 1e6,
            most=140.0,
        ),
        Measure(
            name="wall time of a call",
            sentence="time of all these calls, divided by their number.",
            unit="µs",
            value=lambda found: found.wall / found.count * 1e6,
            most_ratios={FLOOR: 1.1},
        ),
    )
    return [row for each in measures for row in each.rows("Get", sides)]
