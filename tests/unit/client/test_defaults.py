"""The defaults that a client gives to every call: headers, user agent and field manager; and what apply drops."""

from __future__ import annotations

import gc
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aiokube import Client, apply
from aiokube.errors import ConfigError, InvalidRequest
from aiokube.models.core_v1 import ConfigMap
from aiokube.runtime.codec.gc_pause import LARGE_BODY, gc_paused
from tests.support.recording import RecordingTransport

NAMED: apply.core_v1.ConfigMapApply = {"metadata": {"name": "web"}}


async def test_headers_and_the_user_agent_are_sent_with_every_request() -> None:
    transport = RecordingTransport()
    kube = Client(transport=transport, headers={"X-Team": "shop"}, user_agent="shop/1.0")
    await kube.core_v1.pods.get("web")
    await kube.request("GET", "/api")
    await kube.with_options(headers={"X-Trace": "a"}).version()
    for request in transport.requests:
        assert (request.headers["X-Team"], request.headers["User-Agent"]) == ("shop", "shop/1.0")
    assert transport.last.headers["X-Trace"] == "a"


@pytest.mark.parametrize("name", ["X-Team", "x-team"])
async def test_the_headers_of_a_call_and_of_a_view_take_precedence(name: str) -> None:
    transport = RecordingTransport()
    kube = Client(transport=transport, headers={"X-Team": "shop"}, user_agent="shop/1.0")
    view = kube.with_options(headers={name: "view", "user-agent": "view/1.0"})
    await view.core_v1.pods.get("web")
    sent = transport.last.headers
    assert {key.lower(): value for key, value in sent.items()} == {
        "accept": "application/json",
        "user-agent": "view/1.0",
        "x-team": "view",
    }
    assert len(sent) == 3
    async with view.core_v1.pods.proxy("web", headers={name: "call", "accept-encoding": "gzip"}):
        sent = transport.last.headers
    assert [value for key, value in sent.items() if key.lower() == "x-team"] == ["call"]
    assert [value for key, value in sent.items() if key.lower() == "accept-encoding"] == ["gzip"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"headers": {"Authorization": "s3cret"}}, "headers: Authorization cannot be set here"),
        ({"headers": {"X-Key": "s3cret\r\nX: 1"}}, "headers: the value of X-Key must be a string without control"),
    ],
)
def test_headers_that_cannot_be_sent_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message) as caught:
        Client(transport=RecordingTransport(), **arguments)
    assert "s3cret" not in str(caught.value)


CALLS: dict[str, Callable[..., Awaitable[Any]]] = {
    "create": lambda maps, **manager: maps.create(NAMED, **manager),
    "replace": lambda maps, **manager: maps.replace(NAMED, **manager),
    "patch": lambda maps, **manager: maps.patch("web", {}, **manager),
    "apply": lambda maps, **manager: maps.apply(NAMED, **manager),
    "edit": lambda maps, **manager: maps.edit("web", lambda found: ConfigMap(data={"a": "b"}), **manager),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_the_field_manager_of_the_client_applies_to_calls_that_name_none(
    call: Callable[..., Awaitable[Any]],
) -> None:
    transport = RecordingTransport(b'{"metadata": {"name": "web", "resourceVersion": "1"}}')
    kube = Client(transport=transport, field_manager="shop")
    await call(kube.core_v1.config_maps)
    assert dict(transport.last.query)["fieldManager"] == "shop"
    await call(kube.with_options(max_retries=0).core_v1.config_maps, field_manager="other")
    assert dict(transport.last.query)["fieldManager"] == "other"


async def test_calls_without_a_field_manager_have_none() -> None:
    transport = RecordingTransport()
    kube = Client(transport=transport, field_manager="shop")
    await kube.core_v1.config_maps.get("web")
    await kube.core_v1.config_maps.delete("web")
    await Client(transport=transport).core_v1.config_maps.create(NAMED)
    assert all("fieldManager" not in dict(request.query) for request in transport.requests)


async def test_apply_needs_a_field_manager() -> None:
    transport = RecordingTransport()
    with pytest.raises(InvalidRequest, match=r"^field_manager: is missing; pass it, or create the client with one$"):
        await Client(transport=transport).core_v1.config_maps.apply(NAMED)
    assert transport.requests == []


def test_a_field_manager_is_a_text() -> None:
    wrong: Any = 7
    with pytest.raises(ConfigError, match=r"^field_manager: must be a string, not int$"):
        Client(transport=RecordingTransport(), field_manager=wrong)


MANAGED = b"""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "managedFields": [
    {"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:data": {}}}]}, "data": {"a": "b"}}"""


@pytest.mark.parametrize("read", [ConfigMap.from_json, json.loads], ids=["model", "manifest"])
async def test_apply_drops_the_managed_fields_of_an_object_that_was_read(read: Callable[[bytes], Any]) -> None:
    transport = RecordingTransport()
    read_object = read(MANAGED)
    await Client(transport=transport).core_v1.config_maps.apply(read_object, field_manager="shop")
    body = transport.last.body
    assert isinstance(body, bytes)
    assert json.loads(body) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "web"},
        "data": {"a": "b"},
    }
    assert "managedFields" in json.dumps(read_object if isinstance(read_object, dict) else read_object.to_dict())


async def test_the_garbage_collector_is_paused_unless_the_client_forbids_it() -> None:
    def is_paused() -> bool:
        with gc_paused(LARGE_BODY):
            return not gc.isenabled()

    transport = RecordingTransport()
    await Client(transport=transport, pause_gc=False).version()
    assert not is_paused()
    await Client(transport=transport).version()
    assert is_paused()
