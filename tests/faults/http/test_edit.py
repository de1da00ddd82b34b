"""Responses to the patch of an edit: which refusals are conflicts, and when the patch is sent again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aiokube import Client, Config
from aiokube.errors import Conflict, Forbidden, Invalid
from aiokube.models import core_v1
from tests.support.server import Answer, ScriptedServer


def _map(version: str, **data: str) -> Answer:
    metadata = {"name": "shared", "namespace": "default", **({"resourceVersion": version} if version else {})}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
    return Answer(body=json.dumps(body).encode())


def _refusal(code: int, reason: str, *causes: dict[str, str]) -> Answer:
    details = {"causes": list(causes)} if causes else {}
    status = {"apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": reason, "code": code}
    return Answer(status=code, body=json.dumps({**status, "details": details}).encode())


_DOES_NOT_MATCH = _refusal(422, "Invalid")


async def _edit(server: ScriptedServer) -> core_v1.ConfigMap:
    async with Client(Config(server=server.url)) as kube:
        return await kube.core_v1.config_maps.edit("shared", lambda shared: shared.data.update(mine="yes"))


def _sent(server: ScriptedServer) -> list[tuple[str, Any]]:
    return [(one.method, json.loads(one.body) if one.body else None) for one in server.requests]


def _patch(version: str) -> list[dict[str, str]]:
    return [
        {"op": "test", "path": "/metadata/resourceVersion", "value": version},
        {"op": "add", "path": "/data/mine", "value": "yes"},
    ]


async def test_a_failed_test_is_a_conflict_if_the_object_has_changed() -> None:
    script = (_map("1", a="1"), _DOES_NOT_MATCH, _map("2", a="2"), _map("2", a="2"), _map("3", a="2", mine="yes"))
    async with ScriptedServer(*script) as server:
        edited = await _edit(server)
    assert edited.data == {"a": "2", "mine": "yes"}
    assert _sent(server) == [
        ("GET", None),
        ("PATCH", _patch("1")),
        ("GET", None),
        ("GET", None),
        ("PATCH", _patch("2")),
    ]


async def test_a_patch_that_does_not_match_an_unchanged_object_is_an_error() -> None:
    async with ScriptedServer(_map("1", a="1"), _DOES_NOT_MATCH, _map("1", a="1")) as server:
        with pytest.raises(Invalid):
            await _edit(server)
    assert [method for method, _ in _sent(server)] == ["GET", "PATCH", "GET"]


@pytest.mark.parametrize("refusal", [_refusal(422, "Invalid", {"field": "data"}), _refusal(403, "Forbidden")])
async def test_any_other_refusal_is_the_error_of_the_edit(refusal: Answer) -> None:
    async with ScriptedServer(_map("1", a="1"), refusal, _map("2", a="1")) as server:
        with pytest.raises((Invalid, Forbidden)):
            await _edit(server)
    assert [method for method, _ in _sent(server)] == ["GET", "PATCH"]


async def test_the_fifth_conflict_is_the_error_of_the_edit() -> None:
    attempts = [(_map(str(n), a="1"), _DOES_NOT_MATCH, _map(str(n + 1), a="1")) for n in range(1, 6)]
    async with ScriptedServer(*(answer for attempt in attempts for answer in attempt)) as server:
        with pytest.raises(Conflict, match="ConfigMap shared was changed by others while it was edited"):
            await _edit(server)
    assert [method for method, _ in _sent(server)] == ["GET", "PATCH", "GET"] * 5


async def test_an_object_without_a_resource_version_is_patched_without_a_test() -> None:
    async with ScriptedServer(_map("", a="1"), _map("", a="1", mine="yes")) as server:
        await _edit(server)
    assert _sent(server)[1] == ("PATCH", _patch("")[1:])


async def test_an_edit_without_a_change_sends_nothing() -> None:
    async with ScriptedServer(_map("1", a="1", mine="yes")) as server:
        assert (await _edit(server)).data == {"a": "1", "mine": "yes"}
    assert _sent(server) == [("GET", None)]
