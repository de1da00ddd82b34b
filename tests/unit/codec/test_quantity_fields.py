"""Fields that hold quantities take text and numbers, and hold quantities."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from decimal import Decimal
from typing import Any

import pytest

from aiokube import UNSET
from aiokube.errors import InvalidArgument
from aiokube.models import core_v1, resource_v1
from aiokube.runtime.codec.scalars import Quantity
from aiokube.runtime.verbs import ABSENT_QUANTITY_LIST, ABSENT_QUANTITY_MAP
from tests.support.open_models import Sizes


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


@pytest.mark.parametrize("spelling", ["1", "1.50Gi", 1, 0, -7, 1.5, 1.0, 10**20, 1e-9])
def test_a_quantity_is_sent_back_as_the_text_or_number_that_it_was(spelling: str | int | float) -> None:
    data: dict[str, Any] = {
        **dict.fromkeys(("needed", "maybe", "null"), spelling),
        **{key: [spelling, "2"] for key in ("nullList", "all")},
        **{key: {"a": spelling, "b": 2} for key in ("nullMap", "byName")},
    }
    read = [Sizes.from_dict(data), Sizes.from_json(json.dumps(data))]
    # In a manifest, 1.0 is the integer, as it is to kubectl.
    for sizes in read if spelling == 1.0 else [*read, Sizes.from_yaml(json.dumps(data))]:
        for twin in (sizes, copy.deepcopy(sizes), pickle.loads(pickle.dumps(sizes)), dataclasses.replace(sizes)):  # noqa: S301 - our own bytes
            # To Python, 1 and 1.0 are equal.
            assert json.dumps(twin.to_dict(), sort_keys=True) == json.dumps(data, sort_keys=True)
            assert twin.needed == Quantity(str(spelling))
            assert str(twin.needed) == str(spelling)


def test_a_number_that_was_calculated_or_assigned_is_sent_as_text() -> None:
    sizes = Sizes.from_dict({"needed": 1})
    sizes.needed += Quantity(1)
    sizes.null = 1.5
    assert sizes.to_dict() == {"needed": "2", "null": "1.5"}


def test_null_and_absent_are_assigned_to_nullable_fields() -> None:
    sizes = Sizes(needed=1, maybe=None, null=None, null_list=None, null_map=None)
    assert sizes.to_dict() == {"needed": "1", "null": None, "nullList": None, "nullMap": None}
    sizes.null, sizes.null_list, sizes.null_map = "1", ["1", 2], {"a": 0.5}
    assert (sizes.null, sizes.null_list, sizes.null_map) == (
        Quantity("1"),
        [Quantity("1"), Quantity("2")],
        {"a": Quantity("0.5")},
    )
    sizes.null, sizes.null_list, sizes.null_map = UNSET, ABSENT_QUANTITY_LIST, ABSENT_QUANTITY_MAP
    assert sizes.to_dict() == {"needed": "1"}
    with pytest.raises(InvalidArgument, match=r"^Sizes\.null: '1x' is not a quantity"):
        sizes.null = "1x"
