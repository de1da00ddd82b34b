"""Managed fields of client-side applies, handed over to a manager of server-side applies."""

from __future__ import annotations

from typing import Any

import pytest

from aiokube.runtime.manifests.migration import LAST_APPLIED, upgraded


def entry(manager: str, operation: str, *data: str, client: bool = False, **more: str) -> dict[str, Any]:
    """Managed fields of keys of data, and of the annotation of a client-side apply."""
    fields: dict[str, Any] = {"f:data": {f"f:{key}": {} for key in data}}
    if client:
        fields["f:metadata"] = {"f:annotations": {".": {}, f"f:{LAST_APPLIED}": {}}}
    return {"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsV1": fields, **more}


CLIENT = entry("kubectl-client-side-apply", "Update", "a", "b", client=True)
OTHER = entry("controller", "Update", "z")
STATUS = entry("kubectl-client-side-apply", "Update", "s", subresource="status")


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [OTHER],
        [entry("ci", "Apply", "a")],
        [entry("kubectl-edit", "Update", "a")],
        [entry("ci", "Apply", client=True)],
    ],
)
def test_without_a_client_side_apply_nothing_changes(entries: list[dict[str, Any]]) -> None:
    assert upgraded(entries, "ci") is None


def test_an_entry_of_a_client_side_apply_becomes_that_of_the_manager() -> None:
    found = upgraded([OTHER, CLIENT, STATUS], "ci")
    assert found == [{**CLIENT, "manager": "ci", "operation": "Apply"}, OTHER, STATUS]


def test_an_entry_of_a_client_side_apply_is_merged_into_that_of_the_manager() -> None:
    found = upgraded([entry("ci", "Apply", "b", "c"), CLIENT], "ci")
    assert found is not None and len(found) == 1
    assert found[0]["fieldsV1"]["f:data"].keys() == {"f:a", "f:b", "f:c"}
    assert found[0]["fieldsV1"]["f:metadata"] == CLIENT["fieldsV1"]["f:metadata"]


def test_every_client_side_apply_is_merged_if_it_is_of_the_version() -> None:
    same, old = (entry(name, "Update", name, client=True) for name in ("same", "old"))
    found = upgraded([entry("ci", "Apply", "a"), same, {**old, "apiVersion": "v1beta1"}], "ci")
    assert found is not None and [one["manager"] for one in found] == ["ci"]
    assert found[0]["fieldsV1"]["f:data"].keys() == {"f:a", "f:same"}
