"""Readers of changes: what did not change stays the same object."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from aiokube.models import core_v1
from aiokube.runtime.codec.change_reader import ChangeReader
from aiokube.runtime.codec.model import decoder
from aiokube.runtime.codec.shared_reader import SharedReader


class Changes:
    """The states of a pod, one after the other."""

    def __init__(self, cls: Any = core_v1.Pod) -> None:
        self.reader = ChangeReader(cls, SharedReader(cls, keep_managed_fields=False))

    def read(self, manifest: Any, key: str | None = "web") -> Any:
        """Read a state."""
        return self.reader.complete(decoder(self.reader.outline).decode(msgspec.json.encode(manifest)), key)


def pod(version: int, *, image: str = "web:1", phase: str = "Pending", **metadata: Any) -> dict[str, Any]:
    """A manifest of a pod."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "resourceVersion": f"{version}", "labels": {"app": "web"}, **metadata},
        "spec": {"containers": [{"name": "main", "image": image, "args": ["-v"]}], "nodeName": "node-1"},
        "status": {"phase": phase},
    }


def test_a_part_that_did_not_change_is_the_same_object() -> None:
    changes = Changes()
    first = changes.read(pod(1))
    second = changes.read(pod(2, annotations={"a": "b"}))
    assert second.spec is first.spec
    assert second.status is first.status
    assert second.metadata.annotations == {"a": "b"}
    assert second == core_v1.Pod.from_dict(pod(2, annotations={"a": "b"}))


def test_a_part_that_changed_is_read_anew() -> None:
    changes = Changes()
    first = changes.read(pod(1))
    second = changes.read(pod(2, phase="Running"))
    third = changes.read(pod(3, phase="Running", image="web:2"))
    fourth = changes.read(pod(4, phase="Running"))
    assert (second.status.phase, third.status.phase, fourth.status.phase) == ("Running", "Running", "Running")
    assert [state.spec.containers[0].image for state in (first, second, third, fourth)] == ["web:1"] * 2 + [
        "web:2",
        "web:1",
    ]
    assert second.spec is first.spec
    assert third.status is second.status
    assert fourth.spec is not third.spec


def test_a_part_that_came_or_went_is_read_anew() -> None:
    changes = Changes()
    without = {name: value for name, value in pod(2).items() if name != "status"}
    states = [changes.read(manifest) for manifest in (pod(1), without, pod(3))]
    assert [state.status.phase for state in states] == ["Pending", None, "Pending"]
    assert "status" not in states[1].to_dict()


def test_states_of_other_objects_are_not_confused() -> None:
    changes = Changes()
    one = changes.read(pod(1), "one")
    other = changes.read(pod(1, image="other:1"), "other")
    again = changes.read(pod(2), "one")
    assert again.spec is one.spec
    assert other.spec.containers[0].image == "other:1"


@pytest.mark.parametrize("forget", [lambda reader: reader.forget("web"), lambda reader: reader.clear()])
def test_forgotten_states_are_not_used(forget: Any) -> None:
    changes = Changes()
    first = changes.read(pod(1))
    forget(changes.reader)
    assert changes.read(pod(2)).spec is not first.spec


def test_objects_without_a_key_leave_nothing_behind() -> None:
    changes = Changes()
    first = changes.read(pod(1), None)
    assert changes.read(pod(2), None).spec is not first.spec
    assert not changes.reader._states


def test_data_of_config_maps_is_a_part_too() -> None:
    changes = Changes(core_v1.ConfigMap)
    data = {"a": "1", "b": "2"}
    first = changes.read({"metadata": {"name": "a"}, "data": data})
    second = changes.read({"metadata": {"name": "a", "labels": {"c": "d"}}, "data": data})
    third = changes.read({"metadata": {"name": "a"}, "data": {**data, "a": "3"}})
    assert first.data == second.data == data
    assert third.data == {"a": "3", "b": "2"}


def test_what_does_not_fit_is_an_error_and_changes_nothing() -> None:
    changes = Changes()
    first = changes.read(pod(1))
    with pytest.raises(msgspec.ValidationError):
        changes.read({**pod(2), "spec": {"containers": 7}})
    assert changes.read(pod(3)).spec is first.spec
