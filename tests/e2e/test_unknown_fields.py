"""Fields that a kind does not have are refused by the server, and its errors do not repeat the object."""

from __future__ import annotations

import base64
import traceback
from functools import partial
from typing import Any

import pytest

from aiokube import Client, DynamicObject
from aiokube.errors import ApiError, BadRequest

pytestmark = pytest.mark.cluster


async def test_fields_that_the_server_would_drop_are_refused(kube: Client) -> None:
    with pytest.raises(BadRequest, match='unknown field "dta"'):
        await kube.api("cm").create({"metadata": {"name": "misspelled"}, "dta": {"a": "b"}})
    deployments = kube.api("deploy")
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "nginx:1"}]}}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    await deployments.create({"metadata": {"name": "misspelled"}, "spec": spec})
    changes: list[tuple[dict[str, Any], str]] = [
        ({"replica": 5}, "replica"),
        ({"template": {**template, "metdata": {}}}, "template.metdata"),
    ]
    for change, field in changes:
        with pytest.raises(ApiError, match=f'unknown field "spec.{field}"'):
            await deployments.edit("misspelled", partial(_update_spec, change))
        with pytest.raises(ApiError, match=f'unknown field "spec.{field}"'):
            await deployments.patch("misspelled", {"spec": change})


def _update_spec(change: dict[str, Any], obj: DynamicObject) -> None:
    obj["spec"].update(change)


async def test_the_error_of_a_patch_does_not_repeat_a_secret(kube: Client) -> None:
    secrets = kube.api("secrets")
    await secrets.create({"metadata": {"name": "login"}, "stringData": {"password": "hunter2"}})
    encoded = base64.b64encode(b"hunter2").decode()
    assert (await secrets.get("login"))["data"]["password"] == encoded
    for key, value in (("dta", {}), ("data", 5)):
        with pytest.raises(ApiError) as caught:
            await secrets.edit("login", partial(_set, key, value))
        texts = "".join(traceback.format_exception(caught.value))
        assert "login" in texts
        assert encoded not in texts
        assert encoded not in repr(caught.value.status)


def _set(key: str, value: Any, obj: DynamicObject) -> None:
    obj[key] = value
