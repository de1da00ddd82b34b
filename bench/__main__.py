"""`make bench`: run every benchmark, write docs/performance.md, and compare with the last run.

`make bench-quick` runs some of them with fewer objects, and writes nothing but a line of the history.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.cluster.cluster import Cluster

from .applies import applies
from .calls import call_rows
from .chart import chart
from .decode import decode
from .history import append, committed, last, this_run, worse
from .imports import imports
from .kinds import kind_rows
from .page import keep_section, page
from .pods import change_pods, make_pods, make_small
from .rows import Row, table
from .stalls import stall_rows
from .works import FULL, QUICK, get_rows, informer_rows, list_rows, watch_rows

_PAGE = Path("docs/performance.md")
_CHART = Path("docs/performance.svg")
_CHANGES = 5


def full() -> Iterator[Row]:
    """Run every benchmark."""
    yield from imports(15)
    with Cluster() as cluster:
        kubeconfig = str(cluster.kubeconfig)
        asyncio.run(make_small(kubeconfig))
        yield from get_rows(kubeconfig, FULL)
        yield from call_rows(kubeconfig)
        yield decode(asyncio.run(make_pods(kubeconfig, 1000)))
        yield from watch_rows(kubeconfig, *asyncio.run(change_pods(kubeconfig, _CHANGES)), FULL)
    with Cluster() as cluster:
        kubeconfig = str(cluster.kubeconfig)
        body = asyncio.run(make_pods(kubeconfig, 5000))
        yield from list_rows(kubeconfig, 5000, FULL)
        yield from informer_rows(kubeconfig, 5000, len(body) / 5000, FULL)
    with Cluster() as cluster:
        yield from kind_rows(str(cluster.kubeconfig), 2000)
    yield from _stalls(body, 50_000)
    with Cluster() as cluster:
        yield from applies(cluster)


def quick() -> Iterator[Row]:
    """Run the benchmarks that show the most in the least time."""
    yield from imports(5)
    with Cluster() as cluster:
        kubeconfig = str(cluster.kubeconfig)
        asyncio.run(make_small(kubeconfig))
        body = asyncio.run(make_pods(kubeconfig, 1000))
        yield from get_rows(kubeconfig, QUICK)
        yield decode(body)
        yield from list_rows(kubeconfig, 1000, QUICK)
        yield from informer_rows(kubeconfig, 1000, len(body) / 1000, QUICK)
        yield from watch_rows(kubeconfig, *asyncio.run(change_pods(kubeconfig, 2)), QUICK)
    yield from _stalls(body, 5000)


def _stalls(pods: bytes, count: int) -> list[Row]:
    """Measure the event loop with pods like the first of a list."""
    with tempfile.TemporaryDirectory() as folder:
        pod = Path(folder) / "pod.json"
        pod.write_text(json.dumps(json.loads(pods)["items"][0]), encoding="utf-8")
        return stall_rows(pod, count)


def main() -> int:
    """Measure, and return 1 if a ratio is worse than before, or a full run has missed a target."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    kind = "quick" if parser.parse_args().quick else "full"
    started = time.monotonic()
    rows = list(quick() if kind == "quick" else full())
    print(table(rows, sections=True))
    print(f"measured in {time.monotonic() - started:.0f} s")
    run, earlier = this_run(kind, rows), committed()
    append(run)
    if kind == "full":
        text = keep_section(page(run, rows, earlier), "Pages", _PAGE.read_text(encoding="utf-8"))
        _PAGE.write_text(text, encoding="utf-8")
        _CHART.write_text(chart(rows), encoding="utf-8")
    failures = [f"worse by more than 15 %: {name}" for name in worse(last(earlier, kind), run)]
    if kind == "full":
        failures += [f"target missed: {row.name}: {row.target}" for row in rows if not row.reached]
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
