"""Waiting for several objects by their names."""

from __future__ import annotations

import gc
import warnings
from typing import Any

import pytest

from aiokube import created, deleted
from aiokube.errors import WaitTimeout
from aiokube.runtime.http.request import Request, Response
from tests.support.any_kind import answer, client
from tests.support.virtual import virtual_time


def _listed(request: Request) -> Response:
    name = dict(request.query)["fieldSelector"].partition("=")[2]
    items: list[Any] = [{"metadata": {"name": name, "namespace": "default", "uid": name}}]
    metadata = {"resourceVersion": "1"}
    return answer({"kind": "ConfigMapList", "apiVersion": "v1", "metadata": metadata, "items": items})


def _absent(request: Request) -> Response:
    return answer({"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": []})


@virtual_time
async def test_a_name_that_is_given_twice_is_waited_for_once_and_has_two_objects() -> None:
    kube, server = client(_listed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = await kube.core_v1.config_maps.wait_for_all(created, names=["a", "b", "a"])
        first = await kube.core_v1.config_maps.wait_for_any(created, names=["c", "c"])
        gc.collect()
    assert [str(warning.message) for warning in caught] == []
    assert [obj.metadata.name for obj in found] == ["a", "b", "a"]
    assert first.metadata.name == "c"
    assert len(server.requests) == 3


@virtual_time
async def test_objects_that_are_gone_keep_their_places() -> None:
    kube, _ = client(_absent)
    assert await kube.core_v1.config_maps.wait_for_all(deleted, names=["a", "b", "a"]) == [None, None, None]


@virtual_time
async def test_the_first_twenty_of_many_that_are_late_are_named() -> None:
    kube, _ = client(_absent)
    names = [f"late-{number}" for number in range(50)]
    for wait in (kube.core_v1.config_maps.wait_for_all, kube.core_v1.config_maps.wait_for_any):
        with pytest.raises(WaitTimeout, match=r"^50 of 50 objects: .*/late-19: .*; and 30 more$") as late:
            await wait(created, names=names, timeout=1)
        assert "late-20" not in str(late.value)
