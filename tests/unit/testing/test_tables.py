"""Tables: durations, and paths of printer columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from aiokube.testing.tables.columns import duration
from aiokube.testing.tables.json_path import JsonPath, NoResult, UnknownPath
from aiokube.testing.tables.layouts import LAYOUTS

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86400, 365 * 86400

DURATIONS = {
    -3: "<invalid>",
    -1: "0s",
    0.9: "0s",
    119: "119s",
    2 * MINUTE: "2m",
    5 * MINUTE + 7: "5m7s",
    10 * MINUTE + 7: "10m",
    3 * HOUR - 1: "179m",
    3 * HOUR: "3h",
    7 * HOUR + 5 * MINUTE: "7h5m",
    9 * HOUR + 5 * MINUTE: "9h",
    2 * DAY: "2d",
    7 * DAY + 3 * HOUR: "7d3h",
    9 * DAY + 3 * HOUR: "9d",
    2 * YEAR - 1: "729d",
    2 * YEAR: "2y",
    3 * YEAR + 4 * DAY: "3y4d",
    9 * YEAR + 4 * DAY: "9y",
}


@pytest.mark.parametrize("seconds", DURATIONS)
def test_a_duration_has_few_digits(seconds: float) -> None:
    assert duration(seconds) == DURATIONS[seconds]


def cells(collection: str, obj: dict[str, Any]) -> list[Any]:
    """Return the cells of an object."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return [column.cell(obj, now) for column in LAYOUTS[collection].columns]


NODE = {
    "metadata": {
        "name": "n",
        "creationTimestamp": "2025-12-31T23:58:00Z",
        "labels": {"node-role.kubernetes.io/worker": "", "kubernetes.io/role": "front", "node-role.kubernetes.io/": ""},
    },
    "spec": {"unschedulable": True},
    "status": {
        "conditions": [{"type": "Ready", "status": "Unknown"}],
        "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
        "nodeInfo": {"kubeletVersion": "v1.37.2", "kernelVersion": "6", "architecture": "amd64", "osImage": "Linux"},
    },
}


def test_the_cells_of_a_node() -> None:
    shown = ["n", "NotReady,SchedulingDisabled", "front,worker", "2m", "v1.37.2"]
    wide = ["10.0.0.1", "<none>", "Linux", "6 (amd64)", "<unknown>"]
    assert cells("nodes", NODE) == shown + wide


def test_the_cells_of_an_object_that_says_nothing() -> None:
    for collection in LAYOUTS:
        assert cells(collection, {"metadata": {}}), collection


OBJECT = {"a": {"b": [{"n": 1, "t": "x"}, {"n": 2}], "c.d": "e"}, "list": [1, 2, 3]}

PATHS: dict[str, list[Any]] = {
    ".": [OBJECT],
    ".a.b[0].n": [1],
    ".a.b[-1].n": [2],
    ".a.b[*].n": [1, 2],
    ".a['c\\.d']": ["e"],
    ".a['b'][0].n": [1],
    ".a.c\\.d": ["e"],
    ".a.missing.n": [],
    ".a.b[?(@.t)].n": [1],
    ".a.b[?(@.n>=2)].n": [2],
    ".a.b[?(@.t=='x')].n": [1],
    ".list[1:]": [2, 3],
    ".list[:1]": [1],
}


@pytest.mark.parametrize("path", PATHS)
def test_a_path_leads_to_values(path: str) -> None:
    assert JsonPath(path).all(OBJECT) == PATHS[path]


@pytest.mark.parametrize("path", [".a['c.d']", ".list[9]", ".a.b[?(@.n=='1')]", ".a[0]", ".missing"])
def test_a_path_without_a_result(path: str) -> None:
    with pytest.raises(NoResult):
        JsonPath(path).first(OBJECT)


@pytest.mark.parametrize("path", ["..a", '.a["b"]', ".a[?(@.n==x)]", ".a[0,1]", ".a[0", "a"])
def test_a_path_in_another_part_of_the_language(path: str) -> None:
    with pytest.raises(UnknownPath):
        JsonPath(path)
