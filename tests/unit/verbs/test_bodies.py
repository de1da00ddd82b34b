"""The bodies of requests: manifests whose parts may be typed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import DecodeError, InvalidRequest
from aiokube.models import core_v1, meta_v1, policy_v1
from tests.support.recording import RecordingTransport

METADATA = meta_v1.ObjectMeta(
    name="web",
    namespace="shop",
    labels={"a": "b"},
    managed_fields=[meta_v1.ManagedFieldsEntry(manager="kubectl", operation="Apply")],
)
SENT = {"name": "web", "namespace": "shop", "labels": {"a": "b"}}

CALLS: dict[str, Callable[[Client], Awaitable[Any]]] = {
    "apply": lambda kube: kube.core_v1.pods.apply({"metadata": METADATA}, field_manager="me"),
    "apply of an object": lambda kube: kube.core_v1.pods.apply(core_v1.Pod(metadata=METADATA), field_manager="me"),
    "evict": lambda kube: kube.core_v1.pods.evict("web", {"metadata": METADATA}),
    "evict with an object": lambda kube: kube.core_v1.pods.evict("web", policy_v1.Eviction(metadata=METADATA)),
    "create": lambda kube: kube.core_v1.pods.create({"metadata": METADATA}),
    "replace": lambda kube: kube.core_v1.pods.replace({"metadata": METADATA}),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_metadata_in_a_mapping_may_be_typed(call: Callable[[Client], Awaitable[Any]]) -> None:
    transport = RecordingTransport(b'{"kind": "Status", "apiVersion": "v1", "status": "Success"}')
    with contextlib.suppress(DecodeError):  # a Status is no pod
        await call(Client(transport=transport))
    body = transport.last.body
    assert isinstance(body, bytes)
    sent = json.loads(body)["metadata"]
    assert {**sent, "managedFields": 0} == {**SENT, "managedFields": 0}
    assert "/namespaces/shop/" in transport.last.path


WRONG: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "evict": lambda pods: pods.evict("web", "x"),
    "delete": lambda pods: pods.delete("web", options="x"),
    "delete_collection": lambda pods: pods.delete_collection(label_selector="a=b", options=["x"]),
    "create": lambda pods: pods.create("x"),
    "replace": lambda pods: pods.replace("x"),
    "apply": lambda pods: pods.apply("x", field_manager="me"),
}


@pytest.mark.parametrize("call", WRONG.values(), ids=WRONG)
async def test_a_body_that_is_no_object_is_refused(call: Callable[[Any], Awaitable[Any]]) -> None:
    transport = RecordingTransport()
    with pytest.raises(
        InvalidRequest, match=r"^body: must be an object, or its manifest as a mapping, not (str|list)$"
    ):
        await call(Client(transport=transport).core_v1.pods)
    assert not transport.requests
