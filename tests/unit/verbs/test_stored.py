"""Changes that the path of a method does not store are refused: servers ignore them without a word."""

from __future__ import annotations

from typing import Any

import pytest

from aiokube.errors import InvalidRequest
from aiokube.models import core_v1
from aiokube.runtime.verbs.stored import changes_of, check_apply, check_is_settable, check_is_stored


@pytest.mark.parametrize(
    ("path", "change", "has_status", "problem"),
    [
        ("/{name}", "status.phase", True, "status.phase is not stored by edit; change it with edit_status"),
        ("/{name}/status", "spec.a/b", True, "spec.a/b is not stored by edit_status; change it with edit"),
        ("/{name}/status", "metadata.a", True, "metadata.a is not stored by edit_status; change it with edit"),
        ("/{name}/scale", "status.x", False, "status.x is not stored by edit_scale; change it with edit_status"),
        ("/{name}", "status.phase", False, None),
        ("/{name}", "spec.a", True, None),
        ("/{name}/status", "status.phase", True, None),
        ("/{name}/scale", "spec.replicas", True, None),
        ("/{name}/resize", "spec.containers", True, None),
    ],
)
def test_a_change_that_is_not_stored_names_the_method_that_stores_it(
    path: str, change: str, has_status: bool, problem: str | None
) -> None:
    changes = [["metadata"], change.split(".")] if "/" not in path[1:] else [change.split(".")]
    if problem is None:
        check_is_stored(changes, "edit", path, "Pod web", has_status=has_status)
        return
    with pytest.raises(InvalidRequest) as caught:
        check_is_stored(changes, "edit", path, "Pod web", has_status=has_status)
    assert str(caught.value) == f"Pod web: {problem}"


@pytest.mark.parametrize("name", ["creationTimestamp", "generation", "resourceVersion", "selfLink"])
def test_a_field_that_the_server_sets_cannot_be_set_but_removed(name: str) -> None:
    kept: list[dict[str, Any]] = [
        {"op": "remove", "path": f"/metadata/{name}"},
        {"op": "add", "path": f"/spec/{name}", "value": 1},
    ]
    check_is_settable(kept, "Pod web")
    with pytest.raises(InvalidRequest, match=rf"^Pod web: metadata\.{name} is set by the server; leave it as it is$"):
        check_is_settable([*kept, {"op": "replace", "path": f"/metadata/{name}", "value": 1}], "Pod web")


@pytest.mark.parametrize(
    ("body", "path", "problem"),
    [
        ({"metadata": {"name": "web"}, "status": {}}, "/{name}", "status is not stored by apply; change it with"),
        ({"kind": "Pod", "spec": {}}, "/{name}/status", "spec is not stored by apply_status; change it with apply"),
        ({"metadata": {"name": "web"}, "spec": {}, "status": {}}, "/{name}", None),
        ({"spec": {}, "status": {}}, "/{name}/status", None),
        ({"metadata": {"name": "web"}}, "/{name}", None),
        ({"data": {"a": "b"}}, "/{name}", None),
        # One that was read.
        (core_v1.Pod(status=core_v1.PodStatus(phase="Running")), "/{name}", None),
    ],
)
def test_an_apply_of_which_nothing_is_stored_is_refused(body: Any, path: str, problem: str | None) -> None:
    if problem is None:
        check_apply(body, path, "Pod web", has_status=True)
        return
    with pytest.raises(InvalidRequest, match=f"^Pod web: {problem}"):
        check_apply(body, path, "Pod web", has_status=True)
    if path == "/{name}":
        check_apply(body, path, "Pod web", has_status=False)


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        ({"metadata": {"labels": {}}, "spec": {}, "status": {"a": 1}, "kind": "Pod"}, [("spec",), ("status",)]),
        (
            [
                {"op": "test", "path": "/spec/a", "value": 1},
                {"op": "add", "path": "/status/a~1b", "value": 1},
                {"op": "remove", "path": "/metadata/labels"},
                {"op": "add", "path": 5},
                "add",
            ],
            [["status", "a/b"]],
        ),
        (core_v1.Pod(status=core_v1.PodStatus(phase="Running")), ()),
    ],
)
def test_the_changes_of_a_patch_are_those_of_its_parts(body: Any, changes: Any) -> None:
    assert changes_of(body) == changes
