"""Memory of cached objects of other kinds than pods: ConfigMaps, Secrets, Deployments, and large custom resources."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiokube import Client

from .clients import CLIENT_GO, OURS, Job, measure
from .rows import Row
from .works import memory_measure, wire

_AT_ONCE = 50
_GROUP = "bench.aiokube.test"
_LABELS = {"app.kubernetes.io/name": "web", "app.kubernetes.io/managed-by": "bench", "tier": "front"}

Object = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class _Kind:
    title: str
    resource: str
    """`group/version/plural`."""
    path: str
    make: Callable[[int], Object]
    typed: bool = True
    """True if client-go has a class of it, and can read it as protobuf."""


def kind_rows(kubeconfig: str, count: int) -> list[Row]:
    """Create `count` objects of each kind in an empty cluster, and measure informers of them."""
    sizes = asyncio.run(_create(kubeconfig, count))
    rows: list[Row] = []
    for kind in _KINDS:
        print(f"{kind.title}:", file=sys.stderr)
        references = [name for name in CLIENT_GO if kind.typed or name.endswith("JSON")]
        job = Job(work="informer", kubeconfig=kubeconfig, count=count, rounds=0, resource=kind.resource)
        sides = {**measure(job, (OURS, *references)), "its JSON": wire(sizes[kind.title])}
        rows += memory_measure(kind.title).rows("Other kinds", sides)
    return rows


async def _create(kubeconfig: str, count: int) -> Mapping[str, float]:
    """Create the objects, and return the mean size of the JSON of each kind."""
    sizes: dict[str, float] = {}
    async with Client(kubeconfig=kubeconfig) as kube:
        limit = asyncio.Semaphore(_AT_ONCE)

        async def create(call: Awaitable[object]) -> None:
            async with limit:
                await call

        print(f"creating {count:,} objects of each of {len(_KINDS)} kinds ...", file=sys.stderr)
        await kube.apply([_REPORTS], field_manager="bench")
        await kube.api("crd").wait_for(_REPORTS["metadata"]["name"], "Established", timeout=60)
        for kind in _KINDS:
            path = f"/{kind.path}/namespaces/default/{kind.resource.rpartition('/')[2]}"
            calls = (kube.request("POST", path, body=kind.make(number)) for number in range(count))
            await asyncio.gather(*(create(call) for call in calls))
            listed = await kube.request("GET", path, accept="application/json")
            sizes[kind.title] = len(listed.body) / count
    return sizes


def _metadata(number: int) -> dict[str, object]:
    annotations = {"example.com/checksum": f"{number:064x}", "example.com/owner": "team-front"}
    return {"name": f"web-{number:05}", "labels": _LABELS, "annotations": annotations}


def _config_map(number: int) -> Object:
    settings = "\n".join(f"setting.{line}=value-{line * number % 997}" for line in range(30))
    return {"metadata": _metadata(number), "data": {"app.properties": settings, "level": "info"}}


def _secret(number: int) -> Object:
    texts = {"username": f"user-{number}", "password": f"{number:032x}", "ca.crt": f"{number:01000x}"}
    return {"metadata": _metadata(number), "type": "Opaque", "stringData": texts}


def _deployment(number: int) -> Object:
    container = {
        "name": "main",
        "image": "registry.example.com/team/main:1.2.3",
        "args": ["--verbose", f"--name=web-{number}"],
        "env": [{"name": f"SETTING_{each}", "value": f"value-{each}"} for each in range(6)],
        "ports": [{"name": "http", "containerPort": 8080}],
        "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}},
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}},
        "volumeMounts": [{"name": "config", "mountPath": "/etc/app"}],
    }
    spec = {"containers": [container], "volumes": [{"name": "config", "configMap": {"name": "web"}}]}
    selector = {"app": f"web-{number}"}
    return {
        "metadata": _metadata(number),
        # Without replicas, so that no controller adds pods.
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": selector},
            "template": {"metadata": {"labels": {**_LABELS, **selector}}, "spec": spec},
        },
    }


def _report(number: int) -> Object:
    """A custom resource of some 20 KB, as scanners write them."""
    findings = [
        {
            "id": f"FINDING-{each}",
            "severity": ("low", "medium", "high")[each % 3],
            "package": {"name": f"library-{each % 20}", "version": f"1.{each}.{number % 10}", "fixed": f"1.{each + 1}"},
            "score": each % 10,
            "links": [f"https://example.com/findings/{each}", f"https://example.com/advisories/{each}"],
            # No two findings are equal, so that a client that shares equal parts has no advantage by this alone.
            "fingerprint": f"{number:016x}{each:016x}",
            "seen": number % 2 == 0,
        }
        for each in range(80)
    ]
    return {
        "apiVersion": f"{_GROUP}/v1",
        "kind": "Report",
        "metadata": _metadata(number),
        "spec": {"image": f"registry.example.com/team/main:{number}", "findings": findings},
    }


_REPORTS: Mapping[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"reports.{_GROUP}"},
    "spec": {
        "group": _GROUP,
        "scope": "Namespaced",
        "names": {"kind": "Report", "plural": "reports", "singular": "report"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}

_KINDS = (
    _Kind(title="ConfigMap", resource="/v1/configmaps", path="api/v1", make=_config_map),
    _Kind(title="Secret", resource="/v1/secrets", path="api/v1", make=_secret),
    _Kind(title="Deployment", resource="apps/v1/deployments", path="apis/apps/v1", make=_deployment),
    _Kind(
        title="custom resource",
        resource=f"{_GROUP}/v1/reports",
        path=f"apis/{_GROUP}/v1",
        make=_report,
        typed=False,
    ),
)
