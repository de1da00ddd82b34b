"""Applying a large manifest again, of which nothing has changed: aiokube against `kubectl apply --server-side`.

Each runs in a new process. The manifests are those of real operators, taken out of their Go modules.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aiokube import manifests
from aiokube.testing.real.binaries import cache_directory, report
from aiokube.testing.real.errors import ClusterError, tail
from aiokube.testing.real.toolchain import environment, find_go
from tests.cluster.cluster import Cluster

from .measure import alternate, python
from .rows import Row

_ROUNDS = 5
_TARGET = 1.5


@dataclass(frozen=True, kw_only=True)
class _Bundle:
    """A file of a Go module."""

    title: str
    module: str
    version: str
    file: str
    go: str
    """The oldest Go that takes the module."""


_BUNDLES = (
    _Bundle(
        title="Argo CD",
        module="github.com/argoproj/argo-cd/v3",
        version="v3.5.7",
        file="manifests/install.yaml",
        go="1.26.3",
    ),
    _Bundle(
        title="prometheus-operator",
        module="github.com/prometheus-operator/prometheus-operator",
        version="v0.85.0",
        file="bundle.yaml",
        go="1.24.0",
    ),
)

_OURS = """
import asyncio, sys
from pathlib import Path
from aiokube import Client

async def main(kubeconfig, file):
    async with Client(kubeconfig=kubeconfig, field_manager="kubectl") as kube:
        print(repr(await kube.apply(Path(file))))

asyncio.run(main(*sys.argv[1:]))
"""


def applies(cluster: Cluster) -> Iterator[Row]:
    """Measure each manifest. One that cannot be downloaded is left out, with a message."""
    for bundle in _BUNDLES:
        try:
            file = _downloaded(bundle)
        except ClusterError as error:
            report(f"no benchmark of {bundle.title}: {error}")
            continue
        yield _measured(cluster, bundle, file)


def _downloaded(bundle: _Bundle) -> Path:
    """The file of a bundle, in the module cache of Go.

    Raises:
        ClusterError: There is no Go, or the module cannot be downloaded.
    """
    go = find_go(bundle.go, cache=cache_directory(), progress=report)
    command = [str(go), "mod", "download", "-json", f"{bundle.module}@{bundle.version}"]
    with tempfile.TemporaryDirectory() as outside:
        done = subprocess.run(command, cwd=outside, env=environment(), text=True, capture_output=True, check=False)
    if done.returncode:
        raise ClusterError(f"`{' '.join(command)}` ended with {done.returncode}:\n{tail(done.stdout + done.stderr)}")
    return Path(json.loads(done.stdout)["Dir"]) / bundle.file


def _measured(cluster: Cluster, bundle: _Bundle, file: Path) -> Row:
    number = len(manifests.load(file, strict=False))

    def ours() -> str:
        return python(_OURS, str(cluster.kubeconfig), str(file)).strip()

    def kubectl() -> None:
        cluster.kubectl("apply", "--server-side", "-f", str(file), timeout=300)

    kubectl()
    ours()
    times = alternate(_ROUNDS, aiokube=ours, kubectl=kubectl)
    expected = f"<Results: {number} unchanged>"
    if (found := ours()) != expected:
        raise RuntimeError(f"{bundle.title}, applied again, is {found}, not {expected}")
    return Row(
        section="Apply",
        measure=f"wall time of {bundle.title}",
        sentence=(
            f"time of a new process that applies {number} objects, {file.stat().st_size / 1e6:.1f} MB of YAML, "
            "of which none has changed."
        ),
        ours=times["aiokube"],
        unit="s",
        against="kubectl",
        theirs=times["kubectl"],
        most_ratio=_TARGET,
    )
