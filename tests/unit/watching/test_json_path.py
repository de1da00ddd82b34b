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
        "ports": [{"name": "http", "port": 80, "open": True}, {"name": "https", "port": 443}],
        "names": ["a", "b"],
        "ratio": 2.0,
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
        (".status.phase=Running", True),
        ("status.phase=Running", True),
        ("status.phase", True),
        ('status.conditions[?(@.type=="Ready")].status=True', True),
        ("{$.status.phase}='Running'", True),
        ('{.status.phase}=" Running "', True),
        ("{.status.conditions[0:1].type}=Ready", True),
        ("{.status.conditions[-1:].type}=Initialized", True),
        ("{.status.conditions[::2].type}=Ready", True),
        ("{.status.conditions[1,7].type}=Initialized", True),
        ("{.status['phase','missing']}=Running", True),
        ("{..phase}=Running", True),
        ("{.status..missing}", False),
        ("{.status.ports[?(@.port==80)].name}=http", True),
        ("{.status.ports[?(@.port>=443)].name}=https", True),
        ("{.status.ports[?(@.port<443)].name}=http", True),
        ("{.status.ports[?(@.open==true)].name}=http", True),
        ("{.status.ports[?(@.open)].name}=http", True),
        ("{.status.ports[?(@.name!='http')].port}=443", True),
        ("{.status.names[?(@=='b')]}=b", True),
        ("{.status.ratio}=2", True),
    ],
)
def test_a_condition_is_met_as_in_kubectl(condition: str, is_met: bool) -> None:
    assert json_path_condition(f"jsonpath={condition}").is_met_by(POD) is is_met


@pytest.mark.parametrize(
    "condition",
    ["", "{}", "{.a[}", "{.a", "{.a}Running", "{.a}=", "{.a}=''", "{...a}", "{.a[1,]}", "{.a b}", "{.a[?(@.b=1)]}"],
)
def test_what_is_no_condition_is_refused(condition: str) -> None:
    with pytest.raises(InvalidArgument, match="condition"):
        json_path_condition(f"jsonpath={condition}")


def test_several_values_are_refused_as_in_kubectl() -> None:
    with pytest.raises(InvalidArgument, match="leads to 2 values"):
        json_path_condition("jsonpath={.status.conditions[*].type}=Ready").is_met_by(POD)


def test_an_object_or_a_list_has_no_value_as_in_kubectl() -> None:
    for path in ("{.status}", "{.status.names}"):
        assert json_path_condition(f"jsonpath={path}").is_met_by(POD)
        with pytest.raises(InvalidArgument, match="leads to an object or a list"):
            json_path_condition(f"jsonpath={path}=x").is_met_by(POD)


@pytest.mark.parametrize("literal", ["'80'", "true", "http"])
def test_values_of_other_types_are_not_compared_as_in_kubectl(literal: str) -> None:
    with pytest.raises(InvalidArgument, match=r"another type|put a text into quotes"):
        json_path_condition(f"jsonpath={{.status.ports[?(@.port=={literal})].name}}").is_met_by(POD)
