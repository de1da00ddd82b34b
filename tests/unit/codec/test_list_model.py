"""Lists have a length and yield their objects."""

from __future__ import annotations

import copy
import pickle

import pytest

from aiokube import ListModel
from aiokube.models import apiextensions_v1, core_v1, meta_v1
from aiokube.runtime.codec.object_list import ObjectList

PODS = core_v1.PodList(items=[core_v1.Pod(metadata=meta_v1.ObjectMeta(name=name)) for name in ("a", "b")])


def test_a_list_yields_its_objects() -> None:
    assert len(PODS) == 2
    assert [pod.metadata.name for pod in PODS] == ["a", "b"]
    assert (PODS[0], PODS[-1]) == (PODS.items[0], PODS.items[1])
    with pytest.raises(IndexError):
        PODS[2]
    assert PODS.items[1] in PODS


def test_an_empty_list_is_falsy_and_is_sent() -> None:
    empty = core_v1.PodList(items=[])
    assert not empty
    assert empty.to_dict() == {"apiVersion": "v1", "kind": "PodList", "items": []}


def test_lists_are_of_one_class_with_those_of_any_kind() -> None:
    assert issubclass(ObjectList, ListModel)
    assert issubclass(apiextensions_v1.CustomResourceDefinitionList, ListModel)
    assert not issubclass(meta_v1.APIResourceList, ListModel)


def test_lists_are_copied_pickled_and_read_as_before() -> None:
    assert copy.deepcopy(PODS) == PODS
    assert pickle.loads(pickle.dumps(PODS)) == PODS  # noqa: S301 - our own
    assert core_v1.PodList.from_json(PODS.to_json()) == PODS
    assert core_v1.PodList.from_dict(PODS.to_dict()) == PODS
