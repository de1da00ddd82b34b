"""Changes by an apply, told by metadata before and after."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aiokube import DynamicMetadata
from aiokube.runtime.codec.dynamic_object import ManagedFieldsEntry
from aiokube.runtime.manifests.unchanged import is_unchanged


def metadata(version: str, *, second: int = 0, generation: int | None = 1, uid: str = "u") -> DynamicMetadata:
    time = datetime(2026, 1, 1, second=second, tzinfo=UTC)
    entries = [
        ManagedFieldsEntry(manager="ci", operation="Update", time=datetime(2026, 1, 1, tzinfo=UTC)),
        ManagedFieldsEntry(manager="ci", operation="Apply", time=time),
    ]
    return DynamicMetadata(name="a", uid=uid, resource_version=version, generation=generation, managed_fields=entries)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (metadata("1"), True),
        (metadata("1", uid="v"), False),
        # A controller wrote the status between the two.
        (metadata("2"), True),
        (metadata("2", second=1), False),
        # Changed within the second of the apply before.
        (metadata("2", generation=2), False),
    ],
)
def test_an_apply_without_effect(after: DynamicMetadata, expected: bool) -> None:
    assert is_unchanged(metadata("1"), after, "ci") is expected


def test_without_a_generation_only_the_version_tells() -> None:
    before, after = metadata("1", generation=None), metadata("2", generation=None)
    assert not is_unchanged(before, after, "ci")


def test_an_apply_of_a_new_manager_has_an_effect() -> None:
    before = metadata("1")
    before.managed_fields.pop()
    assert not is_unchanged(before, metadata("2"), "ci")


def test_a_manager_that_owns_nothing_has_changed_nothing() -> None:
    assert is_unchanged(metadata("1", generation=None), metadata("2", generation=None), "other")
