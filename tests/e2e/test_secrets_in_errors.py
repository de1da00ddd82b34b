"""Errors of a real server about Secrets, which it repeats in whole where it cannot read a part of them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import AiokubeError, ApiError, ManifestError
from tests.cluster.cluster import Cluster

pytestmark = pytest.mark.cluster

VALUE, ENCODED = "hunter2", "aHVudGVyMg"
INVALID: dict[str, Any] = {"data": {"other": "no base64!"}}


def failing(kube: Client) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Calls on the Secret `stored` or a new one that the server refuses, or the client."""
    secrets, any_secrets = kube.core_v1.secrets, kube.api("secrets")
    new: dict[str, Any] = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "new"}}
    texts: dict[str, Any] = {**new, "stringData": VALUE}
    lists: dict[str, Any] = {**new, "stringData": {"p": [VALUE]}}
    operations = [{"op": "add", "path": "/data/other", "value": "no base64!"}]
    last = "kubectl.kubernetes.io/last-applied-configuration"
    not_text: Any = {"note": {"stringData": VALUE}}
    return {
        "patch": lambda: secrets.patch("stored", INVALID),
        "strategic patch": lambda: secrets.patch("stored", {"data": {"p": VALUE + "!"}}, type="strategic"),
        "JSON patch": lambda: secrets.patch("stored", operations, type="json"),
        "patch of any kind": lambda: any_secrets.patch("stored", INVALID),
        "create": lambda: any_secrets.create({"metadata": {"name": "new"}, "data": VALUE}),
        "create of a value": lambda: any_secrets.create({"metadata": {"name": "new"}, "data": {"p": VALUE + "!"}}),
        "apply": lambda: any_secrets.apply({"metadata": {"name": "new"}, "stringData": VALUE}, field_manager="ci"),
        "apply of manifests": lambda: kube.apply(texts, strict=False, field_manager="ci"),
        "apply of a list": lambda: kube.apply(lists, strict=False, field_manager="ci"),
        "request": lambda: kube.request(
            "PATCH",
            f"/api/v1/namespaces/{kube.namespace}/secrets/stored",
            body=INVALID,
            content_type="application/merge-patch+json",
        ),
        "annotate": lambda: secrets.annotate("stored", {last: "{}"}),
        "annotate with an object": lambda: secrets.annotate("stored", not_text),
    }


def texts_of(error: BaseException | None) -> str:
    """All texts of an error, its causes and its contexts."""
    if error is None:
        return ""
    results = list(error.results.failures) if isinstance(error, ManifestError) else []
    causes = [error.__cause__, error.__context__, *(one.error for one in results)]
    return " ".join([str(error), repr(error), *map(texts_of, causes)])


async def test_no_error_about_a_secret_shows_a_value(cluster: Cluster, kube: Client) -> None:
    manifest: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "stored"},
        "stringData": {"p": VALUE},
    }
    cluster.kubectl("--namespace", kube.namespace, "apply", "-f", "-", stdin=json.dumps(manifest))
    for name, call in failing(kube).items():
        with pytest.raises(AiokubeError) as caught:
            await call()
        texts = texts_of(caught.value)
        assert (VALUE in texts, ENCODED in texts) == (False, False), name


async def test_errors_about_a_secret_name_what_is_wrong(kube: Client) -> None:
    secrets = kube.core_v1.secrets
    await secrets.create({"metadata": {"name": "stored"}, "stringData": {"p": VALUE}})
    calls: dict[str, Callable[[], Awaitable[Any]]] = {
        r"data\[a b\]: Invalid value: .a b.: a valid config key": lambda: secrets.patch(
            "stored", {"stringData": {"a b": ""}}
        ),
        "type: Invalid value: .x.: field is immutable": lambda: secrets.patch("stored", {"type": "x"}),
        'secrets "none" not found': lambda: secrets.get("none"),
        "illegal base64 data at input byte 2": lambda: secrets.patch("stored", INVALID),
        "the object has been modified": lambda: secrets.patch("stored", {"metadata": {"resourceVersion": "1"}}),
        r"\.stringData: expected map, got \*\*\*": lambda: kube.api("secrets").apply(
            {"metadata": {"name": "new"}, "stringData": VALUE}, field_manager="ci"
        ),
    }
    for text, call in calls.items():
        with pytest.raises(ApiError, match=text):
            await call()
