"""Lists that verbs of kubectl read: nothing else counts as an empty one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import ApiError, DecodeError
from tests.support.any_kind import answer, client


async def _logs(kube: Client) -> list[Any]:
    return [line async for line in kube.core_v1.pods.logs(label_selector="app=web")]


@pytest.mark.parametrize(
    "call",
    [
        lambda kube: kube.core_v1.pods.top(),
        lambda kube: kube.core_v1.pods.top("web-0"),
        lambda kube: kube.core_v1.nodes.top(),
        lambda kube: kube.core_v1.nodes.top("n1"),
        _logs,
    ],
    ids=["top pods", "top pod", "top nodes", "top node", "logs"],
)
@pytest.mark.parametrize(
    "found",
    [
        {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 502},
        {"kind": "Status", "apiVersion": "v1", "status": "Success"},
        {"kind": "ConfigMapList", "apiVersion": "v1", "items": []},
    ],
    ids=["failure", "success", "other kind"],
)
async def test_another_object_is_no_empty_list(call: Callable[[Client], Awaitable[Any]], found: dict[str, Any]) -> None:
    kube, _ = client(lambda request: answer(found))
    with pytest.raises((DecodeError, ApiError)):
        await call(kube)


async def test_a_failure_that_comes_as_a_success_is_one_for_classes_without_a_kind() -> None:
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 403, "reason": "Forbidden"}
    kube, _ = client(lambda request: answer(status))
    with pytest.raises(ApiError) as caught:
        await kube.core_v1.pods.port_forward("service/web", 80).__aenter__()
    assert caught.value.code == 403
