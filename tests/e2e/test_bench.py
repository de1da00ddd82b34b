"""The works of the benchmarks, with a few objects: aiokube, the floor and client-go do them all."""

from __future__ import annotations

import asyncio

import pytest

from bench.clients import CLIENT_GO, FLOOR
from bench.kinds import kind_rows
from bench.pods import change_pods, make_pods, make_small
from bench.rows import Row
from bench.works import Effort, get_rows, informer_rows, list_rows, watch_rows
from tests.cluster.cluster import Cluster

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.timeout(300)]

PODS = 10
LITTLE = Effort(processes=1, rounds=1, calls=50, peers=())


def test_every_client_does_every_work() -> None:
    with Cluster() as cluster:
        kubeconfig = str(cluster.kubeconfig)
        asyncio.run(make_small(kubeconfig))
        body = asyncio.run(make_pods(kubeconfig, PODS))
        rows = [
            *get_rows(kubeconfig, LITTLE),
            *list_rows(kubeconfig, PODS, LITTLE),
            *informer_rows(kubeconfig, PODS, len(body) / PODS, LITTLE),
            *watch_rows(kubeconfig, *asyncio.run(change_pods(kubeconfig, 1)), LITTLE),
            *kind_rows(kubeconfig, PODS),
        ]
    assert [row.missing for row in rows if row.missing] == []
    assert all(row.ours > 0 and row.ratio for row in rows if not _is_memory(row))
    assert {row.section for row in rows} == {"Get", "List", "Informer", "Watch", "Other kinds"}
    for section in ("Get", "List", "Watch"):
        against = {row.against for row in rows if row.section == section}
        assert {FLOOR, *CLIENT_GO} <= against


def _is_memory(row: Row) -> bool:
    """True if so few objects may fit into what the process has already."""
    return "memory" in row.measure
