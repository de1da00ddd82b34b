"""Names and conditions of a server reach no log and no message with their control characters."""

from __future__ import annotations

import asyncio
import logging

import pytest

from aiokube import Client, ObjectKey, deleted, key_of
from aiokube.errors import DecodeError, ObjectDeleted, WaitTimeout
from aiokube.models import core_v1
from tests.support.local import local
from tests.support.map_cluster import MapCluster

HOSTILE = "a\x1b]0;owned\x07\r\nCRITICAL forged\x9b1m\u202e"


@pytest.fixture(autouse=True)
def _all_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "aiokube")


def _assert_printable(caplog: pytest.LogCaptureFixture, *phrases: str) -> None:
    messages = [record.getMessage() for record in caplog.records if record.name.startswith("aiokube")]
    assert [message for message in messages if not message.isprintable()] == []
    for phrase in phrases:
        assert any(phrase in message for message in messages), phrase


def test_a_key_is_printable() -> None:
    assert str(ObjectKey(HOSTILE, HOSTILE)).isprintable()
    assert str(key_of({"metadata": {"name": HOSTILE}})).isprintable()
    assert str(ObjectKey("shop", "web")) == "shop/web"


@local
async def test_the_log_of_an_informer_is_printable(
    server: MapCluster, kube: Client, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: object) -> None:
        raise ValueError("no")

    server.put(HOSTILE)
    server.put(f"{HOSTILE}-odd", 7)
    async with kube.core_v1.config_maps.informer(indexers={"index": fail}) as maps:
        maps.add_handler(fail)
        await server.wait_watches()
        server.put(f"{HOSTILE}-odd", 8)
        await asyncio.sleep(1)
    _assert_printable(caplog, "skipped an undecodable object", "index function", "a handler of")


@local
async def test_a_callback_receives_a_printable_error(server: MapCluster, kube: Client) -> None:
    errors: list[DecodeError] = []
    server.put(HOSTILE, 7)
    async with kube.core_v1.config_maps.informer(on_undecodable=errors.append):
        pass
    assert str(errors[0]).isprintable()


@local
async def test_the_errors_of_a_wait_are_printable(server: MapCluster, kube: Client) -> None:
    def is_never_met(_: core_v1.ConfigMap) -> bool:
        return False

    server.put(HOSTILE)
    maps = kube.core_v1.config_maps
    for condition in (is_never_met, deleted):
        with pytest.raises(WaitTimeout) as late:
            await maps.wait_for(HOSTILE, condition, timeout=1)
        assert str(late.value).isprintable()
    waiting = asyncio.ensure_future(maps.wait_for(HOSTILE, is_never_met, timeout=60))
    await server.wait_watches(3)
    server.delete(HOSTILE)
    with pytest.raises(ObjectDeleted) as gone:
        await waiting
    assert str(gone.value).isprintable()


@local
async def test_the_conditions_in_a_timeout_are_printable(server: MapCluster, kube: Client) -> None:
    conditions = [{"type": HOSTILE, "status": HOSTILE, "reason": HOSTILE}]
    server.odd_object("pods", "web", {"status": {"conditions": conditions}}, namespace="default")
    with pytest.raises(WaitTimeout, match="its conditions are a") as late:
        await kube.core_v1.pods.wait_for("web", "Ready", timeout=1)
    assert str(late.value).isprintable()
