"""Garbage in requests."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api
from .test_custom import DEFINITIONS, definition

FIELDS: dict[str, Any] = {
    "a number": 5,
    "a text": "x",
    "a number below a field": {"f:data": 5},
    "nothing below a field": {"f:data": None},
    "no colon": {"zzz": {}},
    "no name": {"": {}},
    "keys that are none": {"k:{bad": {}},
    "a value that is none": {"v:": {}},
    "an index that is none": {"i:x": {}},
    "a kind that is not known": {"x:data": {}},
    "a field": {"f:data": {"f:a": {}}},
}


def entry(**changed: Any) -> dict[str, Any]:
    """An entry of managed fields."""
    usual = {"manager": "x", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1"}
    return {**usual, "fieldsV1": {"f:data": {}}, **changed}


ENTRIES = {
    **{name: entry(fieldsV1=fields) for name, fields in FIELDS.items()},
    "another operation": entry(operation="Nope"),
    "another type": entry(fieldsType="Nope"),
    "no type": entry(fieldsType=""),
    "no version": entry(apiVersion=""),
}


async def test_managed_fields_that_are_none(api: Api) -> None:
    await api.post(api.core("configmaps"), {"metadata": {"name": "a"}, "data": {"a": "1"}})
    for sent in ENTRIES.values():
        query = {"dryRun": "All"}
        metadata = {"name": "b", "managedFields": [sent]}
        await api.post(api.core("configmaps"), {"metadata": metadata, "data": {"a": "1"}}, query=query)
        await api.patch(api.core("configmaps", "a"), {"metadata": {"managedFields": [sent]}}, query=query)


async def test_lone_surrogates(api: Api) -> None:
    text = rb'"\ud800x\\ud800\ud83d\ude00\udc00\ud800"'
    body = b'{"metadata":{"name":"a"},"data":{"a":' + text + b"}}"
    created = await api.post(api.core("configmaps"), body)
    assert created.body["data"]["a"] == "\ufffdx\\ud800\U0001f600\ufffd\ufffd"
    await api.patch(api.core("configmaps", "a"), b'{"data":{"b":' + text + b"}}")
    patch = b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"b":' + text + b"}}"
    await api.apply(api.core("configmaps", "a"), patch, 400, differs=["message"])


async def test_bodies_that_are_not_what_they_say(api: Api) -> None:
    for deep in (b'{"a":' * 5000, b"[" * 9000):
        await api.post(api.core("configmaps"), deep, 400, differs=["message"])
        await api.patch(api.core("configmaps", "kube-root-ca.crt"), deep, 400, differs=["message"])
        await api.apply(api.core("configmaps", "a"), deep, 400, differs=["message"])
    gzipped = {"Content-Encoding": "gzip"}
    await api.post(api.core("configmaps"), b"abcd", 400, headers=gzipped, differs=["message"])


@pytest.mark.parametrize("path", ["configmaps", "configmaps/a"])
async def test_a_grace_period_that_is_none(api: Api, path: str) -> None:
    await api.delete(api.core(path), 400, query={"gracePeriodSeconds": "x"})


async def test_an_apply_without_metadata(api: Api) -> None:
    sent = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": None}
    await api.apply(api.core("configmaps", "a"), sent, 400)
    await api.post(api.core("configmaps"), {"metadata": {"name": "a"}})
    await api.apply(api.core("configmaps", "a"), sent)


async def test_schemas_that_are_none(api: Api) -> None:
    for schema, status in (
        ({"additionalProperties": 5}, 400),
        ({"additionalProperties": []}, 400),
        ({"additionalProperties": {"properties": 5}}, 400),
        ({"items": {"properties": 5}}, 400),
        ({"items": {"type": 5}}, 400),
        ({"items": [5]}, 400),
        ({"properties": {"a": None}}, 422),
        ({"maximum": "1"}, 400),
        ({"multipleOf": True}, 400),
    ):
        body = definition("Garbage")
        properties = {"spec": {"type": "object", **schema}}
        body["spec"]["versions"][0]["schema"] = {"openAPIV3Schema": {"type": "object", "properties": properties}}
        await api.post(DEFINITIONS, body, status, query={"dryRun": "All"}, differs=["message"])
