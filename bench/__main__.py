"""`make bench`: run every benchmark, print the table, and write it to docs/performance.md."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.cluster.cluster import Cluster

from .applies import applies
from .decode import decode
from .gets import gets
from .imports import imports
from .lists import lists
from .measure import table
from .pods import change_pods, make_pods
from .stalls import stall_rows
from .watches import informer, watches

_WATCHED_PODS = 1000
_CHANGES = 5
_LISTED_PODS = 5000
_CACHED_PODS = 50_000

_PAGE = """# Performance

Written by `make bench` on {date}, in one run on one machine. Each client runs in a new process against a real
kube-apiserver whose pods were created, scheduled and reported as running, and receives the same bytes. The ratios
matter; the seconds are those of one small machine. "Bytes only" receives the response and does not decode it. The
manifests that are applied again are those of real operators, out of their Go modules; the time is that of a process.

{table}

The peers: {peers}.
"""
_PEERS = ("lightkube", "kubernetes_asyncio", "kubernetes", "kr8s", "aiohttp", "orjson")


def main() -> int:
    """Run every benchmark, and return 1 if a target was missed."""
    rows = imports()
    with Cluster() as cluster:
        kubeconfig = str(cluster.kubeconfig)
        rows.append(asyncio.run(gets(kubeconfig)))
        rows.append(decode(asyncio.run(make_pods(kubeconfig, _WATCHED_PODS))))
        rows += watches(kubeconfig, *asyncio.run(change_pods(kubeconfig, _CHANGES)))
    with Cluster() as cluster:
        kubeconfig = str(cluster.kubeconfig)
        body = asyncio.run(make_pods(kubeconfig, _LISTED_PODS))
        rows.append(informer(kubeconfig, body))
        rows += lists(kubeconfig, _LISTED_PODS)
    with Cluster() as cluster:
        rows += applies(cluster)
    with tempfile.TemporaryDirectory() as folder:
        pod = Path(folder) / "pod.json"
        pod.write_text(json.dumps(json.loads(body)["items"][0]), encoding="utf-8")
        rows += stall_rows(pod, _CACHED_PODS)
    results = table(rows)
    print(results)
    peers = ", ".join(f"{name} {version(name)}" for name in _PEERS)
    page = _PAGE.format(date=datetime.now(UTC).date(), table=results, peers=peers)
    Path("docs/performance.md").write_text(page, encoding="utf-8")
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
