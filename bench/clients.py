"""The clients that are measured side by side, each in new processes: aiokube, the floor, client-go, and the peers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median

from aiokube.testing.real.binaries import Module, build, cache_directory, report
from aiokube.testing.real.errors import ClusterError

from .peers import SOURCES
from .worker import Result

OURS = "aiokube"
FLOOR = "bytes only"
SOCKET = "bytes only, a TLS socket"
CLIENT_GO = {"client-go JSON": "json", "client-go protobuf": "protobuf"}
PEERS = tuple(SOURCES)
QUICK_PEERS = tuple(name for name, source in SOURCES.items() if not source.slow)

_MODULE = Module(Path(__file__).parent / "client_go", {"client_go": "aiokube.test/client_go"})
CLIENT_GO_VERSION = _MODULE.require(r"^\s*k8s\.io/client-go (v\S+)", "version of client-go")
_PATIENCE_S = 240
_PODS = "/v1/pods"


@dataclass(frozen=True, kw_only=True)
class Job:
    """The work of each client. The rounds of all clients take turns, a process for each turn."""

    work: str
    kubeconfig: str
    count: int
    """Events or calls; the objects of a list are those that exist."""
    processes: int = 1
    rounds: int = 1
    """Rounds of each process, after one that warms it up."""
    resource: str = _PODS
    version: str = ""


@dataclass(frozen=True, kw_only=True)
class Found:
    """The measurements of one client: times of the best round, and the median of the memory of its processes."""

    count: int
    wall: float
    cpu: float
    memory: float
    """Bytes by which the process grew."""


@dataclass(frozen=True)
class Missing:
    """A client that could not be measured, and why."""

    reason: str


Side = Found | Missing


def measure(job: Job, clients: Iterable[str]) -> Mapping[str, Side]:
    """Measure a job with each of the clients, which must all see the same number of objects."""
    results: dict[str, list[Result]] = {name: [] for name in clients}
    missing: dict[str, Missing] = {}
    for turn in range(job.processes):
        for name in results:
            if name in missing or (turn and _is_slow(name)):
                continue
            print(f"measuring {job.work} with {name} ...", file=sys.stderr)
            try:
                results[name].append(_run(name, job))
            except (ClusterError, RuntimeError) as error:
                if name == OURS:
                    raise
                missing[name] = Missing(str(error))
    found = {name: missing.get(name) or _best(parts) for name, parts in results.items()}
    # The floor does not decode what it lists.
    counts = {name: side.count for name, side in found.items() if isinstance(side, Found) and name != FLOOR}
    if len(set(counts.values())) > 1:
        raise RuntimeError(f"the clients saw different numbers of objects: {counts}")
    return found


def _best(results: list[Result]) -> Found:
    return Found(
        count=results[0].count,
        wall=min((value for result in results for value in result.wall), default=0.0),
        cpu=min((value for result in results for value in result.cpu), default=0.0),
        memory=median(result.memory for result in results),
    )


def _is_slow(name: str) -> bool:
    return name in SOURCES and SOURCES[name].slow


def reason_of(stderr: str) -> str:
    """Return the last line of what a process has written, without paths of this machine."""
    lines = stderr.strip().splitlines()
    return re.sub(r"\s*\(?(?<!\S)\(?/\S+", "", lines[-1]) if lines else ""


@cache
def _client_go() -> Path:
    return build(_MODULE, cache=cache_directory(), progress=report)["client_go"]


def _run(name: str, job: Job) -> Result:
    """Run one process.

    Raises:
        ClusterError: client-go could not be built.
        RuntimeError: The process failed, or took too long.
    """
    rounds = min(job.rounds, 1) if _is_slow(name) else job.rounds
    rest = [job.kubeconfig, str(rounds), str(job.count), job.resource, job.version]
    if name in CLIENT_GO:
        command = [str(_client_go()), job.work, CLIENT_GO[name], *rest]
    else:
        command = [sys.executable, "-m", "bench.worker", job.work, name, *rest]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, timeout=_PATIENCE_S
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"took longer than {_PATIENCE_S} s") from None
    if done.returncode:
        print(done.stderr[-2000:], file=sys.stderr)
        raise RuntimeError(reason_of(done.stderr) or f"exit code {done.returncode}")
    return Result(**json.loads(done.stdout.splitlines()[-1]))
