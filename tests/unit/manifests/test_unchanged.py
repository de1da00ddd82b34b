"""Changes by an apply, told by an object before and after."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import Raw

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


def owning(fields: str, version: str, annotation: str, **items: Any) -> DynamicObject:
    """Settings of which `ci` owns some fields; the annotation is of a controller."""
    obj = settings(version, **items)
    obj.metadata.managed_fields[1].fields_v1 = Raw(fields.encode())
    obj.metadata.annotations = {"controller": annotation}
    return obj


DATA = '{"f:data": {"f:a": {}}}'


@pytest.mark.parametrize("dry_run", [False, True])
def test_an_apply_has_not_changed_what_others_wrote_meanwhile(dry_run: bool) -> None:
    before = owning(DATA, "1", "old", data={"a": "1"})
    version = "1" if dry_run else "2"
    for data, expected in (({"a": "1"}, True), ({"a": "1", "b": "2"}, True), ({"a": "2"}, False)):
        assert is_unchanged(before, owning(DATA, version, "new", data=data), "ci", dry_run=dry_run) is expected
    more = owning('{"f:data": {"f:a": {}, "f:b": {}}}', version, "new", data={"a": "1", "b": "2"})
    assert not is_unchanged(before, more, "ci", dry_run=dry_run)


def test_an_apply_may_have_changed_values_that_are_not_returned() -> None:
    fields = '{"f:stringData": {"f:a": {}}}'
    before, after = owning(fields, "1", "old", data={"a": "1"}), owning(fields, "2", "new", data={"a": "2"})
    assert not is_unchanged(before, after, "ci", dry_run=False)
