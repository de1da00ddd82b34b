"""Run a cluster by itself, until Ctrl-C: `python -m aiokube.testing`. Prints the path of its kubeconfig when ready.

`python -m aiokube.testing COMMAND` runs a command with KUBECONFIG set to it instead, and ends with the command.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..runtime.errors import AiokubeError
from .cluster import FakeCluster

if TYPE_CHECKING:
    from .real.cluster import RealCluster

_NOT_FOUND = 127
"""The exit code of a shell where a command is not found."""


def serve(cluster: FakeCluster | RealCluster, command: Sequence[str]) -> int:
    """Run a cluster as long as a command, or until SIGINT or SIGTERM, and return the exit code."""
    with cluster:
        if command:
            environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig)}
            try:
                return subprocess.run(command, env=environment, check=False).returncode
            except FileNotFoundError:
                sys.stderr.write(f"{command[0]}: there is no such program\n")
                return _NOT_FOUND
        sys.stderr.write(f"serving at {cluster.url}; Ctrl-C ends it\n")
        sys.stdout.write(f"{cluster.kubeconfig}\n")
        sys.stdout.flush()
        threading.Event().wait()
    return 0


def chosen(arguments: argparse.Namespace) -> FakeCluster | RealCluster:
    """Return the cluster of the command line."""
    if not arguments.real:
        return FakeCluster(spec=arguments.spec, rbac=arguments.rbac, pods_run=arguments.pods_run)
    from .real.cluster import RealCluster

    return RealCluster(version=arguments.version, crds=arguments.crds, pods_run=arguments.pods_run)


def main() -> int:
    """Return the exit code."""
    about, _, more = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(prog="python -m aiokube.testing", description=about, epilog=more)
    parser.add_argument("--spec", type=Path, metavar="FOLDER", help="OpenAPI v3 documents (default: the shipped ones)")
    parser.add_argument("--rbac", action="store_true", help="roles and bindings decide who may do what")
    parser.add_argument("--pods-run", action="store_true", help="there are nodes, and pods seem to run on them")
    parser.add_argument("--real", action="store_true", help="a real kube-apiserver with etcd, instead of a fake one")
    parser.add_argument(
        "--version", default="", metavar="X.Y", help="version of Kubernetes of a real one (default: what is found)"
    )
    parser.add_argument(
        "--crds", nargs=1, action="extend", default=[], metavar="PATH", help="file or folder of CRDs of a real one"
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND", help="what to run with the cluster")
    arguments = parser.parse_args()
    if not arguments.real and (arguments.version or arguments.crds):
        parser.error("--version and --crds need --real")
    if arguments.real and (arguments.spec or arguments.rbac):
        parser.error("--spec and --rbac are for a fake cluster; RBAC of a real one is always on")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        return serve(chosen(arguments), arguments.command[arguments.command[:1] == ["--"] :])
    except (AiokubeError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
