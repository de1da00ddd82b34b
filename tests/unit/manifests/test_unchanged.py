"""Changes by an apply, told by an object before and after."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from aiokube import DynamicMetadata, DynamicObject
from aiokube.runtime.codec.dynamic_object import ManagedFieldsEntry
from aiokube.runtime.manifests.unchanged import is_unchanged


def settings(version: str, *, second: int = 0, uid: str = "u", label: str = "a", **items: Any) -> DynamicObject:
    """Settings that `ci` applied in a second."""
    time = datetime(2026, 1, 1, second=second, tzinfo=UTC)
    entries = [
        ManagedFieldsEntry(manager="ci", operation="Update", time=datetime(2026, 1, 1, tzinfo=UTC)),
        ManagedFieldsEntry(manager="ci", operation="Apply", time=time),
    ]
    metadata = DynamicMetadata(
        name="a", uid=uid, labels={"a": label}, resource_version=version, generation=1, managed_fields=entries
    )
    obj = DynamicObject(api_version="v1", kind="ConfigMap", metadata=metadata)
    for name, value in items.items():
        obj[name] = value
    return obj


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (settings("1"), True),
        (settings("1", uid="v"), False),
        # A controller wrote the status between the two.
        (settings("2", status={"a": 1}), True),
        (settings("2", second=1), False),
        # Changed within the second of the apply before.
        (settings("2", data={"a": "b"}), False),
        (settings("2", label="b"), False),
    ],
)
def test_an_apply_without_effect(after: DynamicObject, expected: bool) -> None:
    assert is_unchanged(settings("1"), after, "ci", dry_run=False) is expected


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (settings("1"), True),
        (settings("1", data={"a": "b"}), False),
        (settings("1", label="b"), False),
        (settings("1", second=1), False),
        (settings("1", status={"a": 1}), True),
    ],
)
def test_a_dry_run_keeps_the_version_of_what_it_would_change(after: DynamicObject, expected: bool) -> None:
    assert is_unchanged(settings("1"), after, "ci", dry_run=True) is expected


def test_an_apply_of_a_new_manager_has_an_effect() -> None:
    before = settings("1")
    before.metadata.managed_fields.pop()
    assert not is_unchanged(before, settings("2"), "ci", dry_run=False)


def test_a_manager_that_owns_nothing_has_changed_nothing() -> None:
    assert is_unchanged(settings("1"), settings("2"), "other", dry_run=False)
