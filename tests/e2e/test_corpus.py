"""`make corpus` on a folder of its own: get and replace, create and apply leave everything that a CRD may hold."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.cluster import Cluster
from tests.corpus import differences
from tests.support.children import run

pytestmark = pytest.mark.cluster

_TEXT = {"type": "string"}
_PART = {
    "type": "object",
    "required": ["weight"],
    "properties": {
        "weight": {"type": "number"},
        "note": {**_TEXT, "nullable": True},
        "tags": {"type": "array", "items": _TEXT},
        "labels": {"type": "object", "additionalProperties": _TEXT},
        "at": {**_TEXT, "format": "date-time"},
        "key": {**_TEXT, "format": "byte"},
    },
}
_SPEC = {
    "type": "object",
    "required": ["mode"],
    "properties": {
        "mode": {**_TEXT, "nullable": True},
        "parts": {"type": "array", "items": _PART},
        "tags": {"type": "array", "items": _TEXT, "default": ["a"]},
        "byName": {"type": "object", "additionalProperties": _PART},
        "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "template": {"type": "object", "properties": {"metadata": {"type": "object"}, "spec": _PART}},
    },
}
_CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "gadgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "gadgets", "singular": "gadget", "kind": "Gadget", "listKind": "GadgetList"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": _SPEC, "status": _PART}}},
            }
        ],
    },
}
_ODD = {"weight": 1, "note": None, "at": "2024-01-01T12:00:00.123456789Z", "key": "YR=="}
_SPECS: list[dict[str, Any]] = [
    {"mode": None},
    {"mode": "a", "tags": [], "parts": [], "byName": {}, "open": {}, "template": {}},
    {"mode": None, "parts": [_ODD, {**_ODD, "weight": 1.5, "tags": [], "labels": {}}], "byName": {"x": _ODD}},
    # The server rounds the number; apply reads YAML, to which some of these are control characters and line breaks.
    {"mode": "\x7f \x85 \u2028 \ufffe", "parts": [{"weight": 12345678901234567890}, {"weight": 2**63}]},
    {"mode": "", "open": {"a": None, "b": [None, {}, []], "c": 1.0}, "template": {"metadata": {}, "spec": _ODD}},
]


def test_nothing_of_an_object_is_lost(cluster: Cluster, tmp_path: Path) -> None:
    for folder in ("crds/own", "samples/own"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "crds/own/gadgets.json").write_text(json.dumps(_CRD))
    for number, spec in enumerate(_SPECS):
        sample = {"apiVersion": "example.com/v1", "kind": "Gadget", "metadata": {"name": f"g{number}"}, "spec": spec}
        (tmp_path / f"samples/own/{number}.json").write_text(json.dumps({**sample, "status": _ODD}))
    refused = {"apiVersion": "example.com/v1", "kind": "Gadget", "metadata": {"name": "refused"}, "spec": {}}
    (tmp_path / "samples/own/refused.json").write_text(json.dumps(refused))
    with Cluster() as own:
        environment = {**os.environ, "KUBECONFIG": str(own.kubeconfig)}
        done = run(sys.executable, "-m", "tests.corpus", tmp_path, env=environment, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| own | 6 | 5 | 5 | 5 | 5 | 5 | 5 |\n" in done.stdout
    assert "1 refused by the server: Invalid\n" in done.stdout


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 1.0}, [".a: 1 became 1.0"]),
        ({"a": 1}, {"a": True}, [".a: 1 became true"]),
        ({"a": []}, {}, [".a: [] is lost"]),
        ({}, {"a": None}, [".a: null is new"]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, [".a[0].b: 1 became 2"]),
        ({"a": [1]}, {"a": [1, 2]}, [".a: [1] became [1, 2]"]),
    ],
)
def test_every_difference_is_found(before: Any, after: Any, found: list[str]) -> None:
    assert list(differences(before, after)) == found
