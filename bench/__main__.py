"""`make bench`: measure everything in one run, and print the table."""

from __future__ import annotations

import asyncio
import sys

from tests.cluster.cluster import Cluster

from .decode import decode
from .imports import imports
from .measure import table
from .pods import make_pods

_PODS = 1000


def main() -> int:
    """Returns 1 when a target was missed."""
    rows = imports()
    with Cluster() as cluster:
        body = asyncio.run(make_pods(str(cluster.kubeconfig), _PODS))
    rows.append(decode(body))
    print(table(rows))
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
