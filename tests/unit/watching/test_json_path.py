"""JSONPath in conditions of `wait_for`."""

from __future__ import annotations

from typing import Any

import pytest

from aiokube.errors import InvalidArgument
from aiokube.runtime.watching.json_path import json_path_condition

POD: dict[str, Any] = {
    "metadata": {"labels": {"app.kubernetes.io/name": "web"}},
    "status": {
        "phase": "Running",
        "replicas": 3,
        "ready": True,
        "gone": None,
        "conditions": [{"type": "Ready", "status": "True"}, {"type": "Initialized", "status": "False"}],
    },
}


@pytest.mark.parametrize(
    ("condition", "is_met"),
    [
        ("{.status.phase}=Running", True),
        ("{.status.phase}=Pending", False),
        ("{status.phase}=Running", True),
        ("{.status.phase}", True),
        ("{.status.missing}", False),
        ("{.status.missing}=x", False),
        ("{.status.gone}", False),
        ("{.status.replicas}=3", True),
        ("{.status.ready}=true", True),
        (r"{.metadata.labels.app\.kubernetes\.io/name}=web", True),
        ("{.metadata.labels['app.kubernetes.io/name']}=web", True),
        ("{.status.conditions[0].type}=Ready", True),
        ("{.status.conditions[-1].type}=Initialized", True),
        ("{.status.conditions[5].type}=Ready", False),
        ('{.status.conditions[?(@.type=="Ready")].status}=True', True),
        ('{.status.conditions[?(@.type=="Initialized")].status}=True', False),
        ("{.status.phase.deeper}", False),
        ("{.status.conditions[?(@.type=='None')].status}=True", False),
    ],
)
def test_a_condition_is_met_as_in_kubectl(condition: str, is_met: bool) -> None:
    assert json_path_condition(f"jsonpath={condition}").is_met_by(POD) is is_met


@pytest.mark.parametrize("condition", ["", ".status.phase=Running", "{.a[}", "{.a", "{.a}Running", "{..a}"])
def test_what_is_no_condition_is_refused(condition: str) -> None:
    with pytest.raises(InvalidArgument, match="condition"):
        json_path_condition(f"jsonpath={condition}")


def test_several_values_are_refused_as_in_kubectl() -> None:
    with pytest.raises(InvalidArgument, match="leads to 2 values"):
        json_path_condition("jsonpath={.status.conditions[*].type}=Ready").is_met_by(POD)
