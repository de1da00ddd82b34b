"""Runs a test cluster by hand: `python -m tests.cluster`. Prints what a shell needs to use it; serves until Ctrl-C.

`python -m tests.cluster -- COMMAND` runs a command with KUBECONFIG set to it instead, and ends with the command.
"""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

from aiokube.testing import ClusterError
from aiokube.testing.real.binaries import default_version, report
from tests.cluster.cluster import Cluster


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument("--nodes", type=int, default=1, metavar="N", help="how many nodes it has (default: 1)")
    parser.add_argument("--version", default="", metavar="X.Y", help=f"of Kubernetes (default: {default_version()})")
    parser.add_argument("command", nargs="*", metavar="COMMAND", help="what to run with the cluster")
    arguments = parser.parse_args()
    nodes = arguments.nodes
    if nodes < 1:
        parser.error(f"--nodes must be 1 or more, not {nodes}")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        with Cluster(nodes=nodes, version=arguments.version) as cluster:
            if arguments.command:
                environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig)}
                return subprocess.run(arguments.command, env=environment, check=False).returncode
            report(f"ready in {cluster.start_seconds:.1f} s at {cluster.url}; Ctrl-C ends it")
            kubectl, *_ = cluster.kubectl_command()
            print(f"export KUBECONFIG={shlex.quote(str(cluster.kubeconfig))}")
            print(f"export PATH={shlex.quote(str(Path(kubectl).parent))}:$PATH", flush=True)
            while True:
                signal.pause()
    except ClusterError as error:
        report(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
