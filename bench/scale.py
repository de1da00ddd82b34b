"""`make scale`: measure informers of more and more pods, and more and more watches, and write docs/scale.md."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.cluster.cluster import Cluster

from .many_watches import Watches, many_watches
from .pods import make_pods
from .stalls import Phase, Stalls, stalls

_PAGE = Path("docs/scale.md")
_COUNTS = (1_000, 10_000, 50_000, 100_000)
_WATCHES = (1, 100, 500)
_BEGIN, _END = "<!-- begin: make scale -->", "<!-- end: make scale -->"


def main() -> None:
    """Measure, print the tables, and write them to the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("counts", nargs="*", type=int, default=_COUNTS, metavar="PODS")
    counts = parser.parse_args().counts
    with tempfile.TemporaryDirectory() as folder:
        pod = Path(folder) / "pod.json"
        pod.write_bytes(real_pod())
        informers = [stalls(pod, count) for count in counts]
        watches = [many_watches(pod, count) for count in _WATCHES]
    tables = f"Measured on {datetime.now(UTC).date()}.\n\n{informer_table(informers)}\n\n{watch_table(watches)}"
    print(tables)
    page = _PAGE.read_text(encoding="utf-8")
    between = re.compile(f"(?<={re.escape(_BEGIN)}\n).*(?={re.escape(_END)})", re.DOTALL)
    _PAGE.write_text(between.sub(lambda _: f"{tables}\n", page), encoding="utf-8")


def real_pod() -> bytes:
    """Return a pod as a real server has it, with defaults, status and managed fields, in JSON."""
    with Cluster() as cluster:
        pods = json.loads(asyncio.run(make_pods(str(cluster.kubeconfig), 1)))
    return json.dumps(pods["items"][0]).encode()


def informer_table(found: Sequence[Stalls]) -> str:
    """Format the measurements of informers as a Markdown table."""
    head = ["pods", "sync", "CPU", "memory of each", "events in a CPU second", "CPU of a relist"]
    head += ["stalls: sync", "200 changes in a second", "relist", "relist, all changed"]
    rows = [
        [
            f"{each.objects:,}",
            f"{each.sync.wall:.1f} s",
            f"{each.sync.cpu:.1f} s",
            f"{each.kilobytes:.1f} KB",
            f"{each.events:,.0f}",
            f"{each.relist.cpu:.1f} s",
            *(_stall(phase) for phase in (each.sync, each.steady, each.relist, each.relist_all)),
        ]
        for each in found
    ]
    return _table(head, rows)


def watch_table(found: Sequence[Watches]) -> str:
    """Format the measurements of watches as a Markdown table."""
    head = ["watches", "memory of each", "CPU of each event"]
    rows = [[f"{each.count:,}", f"{each.kilobytes:.0f} KB", f"{each.cpu * 1e6:.0f} µs"] for each in found]
    return _table(head, rows)


def _stall(phase: Phase) -> str:
    return f"{phase.stall_999 * 1e3:.0f} / {phase.stall * 1e3:.0f} / {phase.busy * 1e3:.0f} ms"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    main()
