"""Fields that hold quantities take text and numbers, and hold quantities."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from decimal import Decimal
from typing import Any

import pytest

from aiokube.errors import InvalidArgument
from aiokube.models import core_v1, resource_v1
from aiokube.runtime.codec.scalars import Quantity


def test_text_and_numbers_become_quantities() -> None:
    resources = core_v1.ResourceRequirements(
        limits={"cpu": "500m", "memory": Quantity("1Gi"), "pods": 5, "a": 0.5, "b": Decimal("1.5")}
    )
    assert list(map(str, resources.limits.values())) == ["500m", "1Gi", "5", "0.5", "1.5"]
    assert all(isinstance(value, Quantity) for value in resources.limits.values())
    assert core_v1.EmptyDirVolumeSource(size_limit="1Gi").size_limit == Quantity("1Gi")
    assert resource_v1.DeviceCapacity(value="5").value == Quantity("5")
    assert core_v1.ResourceRequirements.from_json(resources.to_json()) == resources


def test_an_assigned_value_becomes_a_quantity() -> None:
    resources = core_v1.ResourceRequirements()
    resources.requests = {"cpu": "1"}
    assert resources.requests == {"cpu": Quantity("1")}
    volume = core_v1.EmptyDirVolumeSource()
    volume.size_limit = 1024
    assert volume.size_limit == Quantity("1Ki")
    volume.size_limit = None
    assert volume.to_dict() == {}
    changed = dataclasses.replace(resources, limits={"cpu": "2"})
    assert changed.limits == {"cpu": Quantity("2")}


def test_quantities_are_kept_as_they_are() -> None:
    limits = {"cpu": Quantity("1"), "odd": Quantity.from_wire("five")}
    resources = core_v1.ResourceRequirements(limits=limits)
    assert resources.limits is limits
    for twin in (copy.deepcopy(resources), pickle.loads(pickle.dumps(resources))):  # noqa: S301 - our own bytes
        assert twin == resources


def _wrong(value: Any) -> Any:
    return value


@pytest.mark.parametrize("value", ["1GB", "", True, b"1", None, float("nan"), []], ids=repr)
def test_another_value_is_an_invalid_argument_that_names_the_field(value: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"^ResourceRequirements\.limits: .*is not a quantity; use a number"):
        core_v1.ResourceRequirements(limits=_wrong({"cpu": value}))
    resources = core_v1.ResourceRequirements()
    with pytest.raises(InvalidArgument, match=r"^ResourceRequirements\.requests: .*is not a quantity; use a number"):
        resources.requests = _wrong({"cpu": value})
    assert resources == core_v1.ResourceRequirements()


def test_a_quantity_of_a_server_is_not_looked_at() -> None:
    text = b'{"limits":{"cpu":"five"}}'
    assert core_v1.ResourceRequirements.from_json(text).to_json() == text


def test_an_unknown_attribute_is_still_an_error() -> None:
    container = core_v1.Container(name="a")
    with pytest.raises(AttributeError):
        container.replicas = 5  # type: ignore[attr-defined]  # the mistake under test
    with pytest.raises(TypeError):
        core_v1.Container(name="a", replicas=5)  # type: ignore[call-arg]  # the mistake under test
