"""Kinds of a document that has them in several versions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aiokube.errors import ApiError
from aiokube.testing import FakeCluster

SPEC = Path(__file__).parents[3] / "spec" / "v3"
LEASES = "apis__coordination.k8s.io__v1_openapi.json"
NEEDED = ("api__v1_openapi.json", "apis__apiextensions.k8s.io__v1_openapi.json", LEASES)
SPEC_OF_LEASE = "io.k8s.api.coordination.v1beta1.LeaseSpec"


def folder(root: Path, change: Callable[[dict[str, Any]], Any] = lambda schemas: None) -> Path:
    """Return a folder of documents with leases in two versions.

    Args:
        root: Where it is made.
        change: Changes the schemas of the older version.
    """
    for name in NEEDED:
        (root / name).symlink_to(SPEC / name)
    text = (SPEC / LEASES).read_text()
    for form in ("coordination.k8s.io/{}", "coordination.{}", '"version": "{}"', '"version":"{}"'):
        text = text.replace(form.format("v1"), form.format("v1beta1"))
    document = json.loads(text)
    change(document["components"]["schemas"])
    (root / LEASES.replace("v1", "v1beta1")).write_text(json.dumps(document))
    return root


def path(version: str, name: str = "a") -> str:
    return f"/apis/coordination.k8s.io/{version}/namespaces/default/leases/{name}"


async def test_versions_with_the_same_fields_have_the_same_objects(tmp_path: Path) -> None:
    async with FakeCluster(spec=folder(tmp_path)) as cluster, cluster.client() as kube:
        body = {"metadata": {"name": "a"}, "spec": {"holderIdentity": "me"}}
        made = await kube.request("POST", path("v1beta1", "").rstrip("/"), body=body)
        assert made.json()["apiVersion"] == "coordination.k8s.io/v1beta1"
        found = (await kube.request("GET", path("v1"))).json()
        assert found["apiVersion"] == "coordination.k8s.io/v1" and found["spec"] == {"holderIdentity": "me"}
        (entry,) = found["metadata"]["managedFields"]
        assert entry["apiVersion"] == "coordination.k8s.io/v1beta1"


async def test_versions_with_other_fields_are_refused(tmp_path: Path) -> None:
    def without_holder(schemas: dict[str, Any]) -> None:
        del schemas[SPEC_OF_LEASE]["properties"]["holderIdentity"]

    async with FakeCluster(spec=folder(tmp_path, without_holder)) as cluster, cluster.client() as kube:
        with pytest.raises(ApiError, match="which differs from v1") as caught:
            await kube.request("GET", path("v1beta1"))
        assert caught.value.code == 501
