"""Runs a test cluster by hand: `python -m tests.cluster`. Prints the path of its kubeconfig and serves until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys

from tests.cluster.binaries import report
from tests.cluster.cluster import Cluster
from tests.cluster.errors import ClusterError


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument("--nodes", type=int, default=1, metavar="N", help="how many nodes it has (default: 1)")
    nodes = parser.parse_args().nodes
    if nodes < 1:
        parser.error(f"--nodes must be 1 or more, not {nodes}")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        with Cluster(nodes=nodes) as cluster:
            report(f"ready in {cluster.start_seconds:.1f} s at {cluster.server}; Ctrl-C ends it")
            print(cluster.kubeconfig, flush=True)
            while True:
                signal.pause()
    except ClusterError as error:
        report(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
