"""Validation of the kinds that tests meet most: the causes, their order and their words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .api import MERGE, Api
from .invalid_objects import INVALID, LABELS, SELECTORS, VALID, Json, workload

DRY_RUN = {"dryRun": "All"}
# Each check has about as many objects.
GROUPS = {
    "pods": ("pods",),
    "workloads": ("deployments", "replicasets", "daemonsets", "statefulsets", "services"),
    "jobs and data": ("persistentvolumeclaims", "jobs", "cronjobs", "leases", "configmaps", "secrets"),
    "networks and policies": ("ingresses", "networkpolicies", "poddisruptionbudgets", "horizontalpodautoscalers"),
}


def objects(api: Api, table: dict[str, list[Json]], plurals: tuple[str, ...]) -> Iterator[tuple[str, Json]]:
    """Return the objects of a table, each with the path that it is posted to."""
    for place, bodies in table.items():
        prefix, plural = place.split()
        for body in bodies if plural in plurals else ():
            metadata = {"name": "a", **body.get("metadata", {})}
            yield f"{prefix}/namespaces/{api.namespace}/{plural}", {**body, "metadata": metadata}


def test_every_kind_of_the_tables_is_checked() -> None:
    named = {place.split()[1] for table in (INVALID, VALID) for place in table}
    assert named == {plural for plurals in GROUPS.values() for plural in plurals}


@pytest.mark.parametrize("group", GROUPS)
async def test_what_is_invalid_is_refused(api: Api, group: str) -> None:
    for path, body in objects(api, INVALID, GROUPS[group]):
        await api.post(path, body, 422, query=DRY_RUN)


@pytest.mark.parametrize("group", GROUPS)
async def test_what_is_just_valid_is_accepted(api: Api, group: str) -> None:
    for path, body in objects(api, VALID, GROUPS[group]):
        await api.post(path, body, query=DRY_RUN, differs=["spec.clusterIP", "spec.clusterIPs"])


async def test_an_update_is_validated_as_a_create_is(api: Api) -> None:
    path = api.group("apps/v1", "deployments", "a")
    await api.post(api.group("apps/v1", "deployments"), {**workload(replicas=0), "metadata": {"name": "a"}})
    changes: list[dict[str, Any]] = [
        {"replicas": -1},
        {"template": {"metadata": {"labels": {**LABELS, "a b": "x"}}}},
        {"template": {"spec": {"containers": [{"name": "A_", "image": "a", "ports": [{"containerPort": -1}]}]}}},
    ]
    for change in changes:
        await api.patch(path, {"spec": change}, 422, type=MERGE)
    await api.apply(
        path,
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, **workload(replicas=-1)},
        422,
        force=True,
    )


async def test_the_selectors_of_an_aggregation_rule_are_validated(api: Api) -> None:
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": []}]
    for selector in SELECTORS:
        rule = {"clusterRoleSelectors": [{}, selector]}
        role = {"metadata": {"name": api.namespace}, "rules": rules, "aggregationRule": rule}
        await api.post("/apis/rbac.authorization.k8s.io/v1/clusterroles", role, 422, query=DRY_RUN)


async def test_a_node_port_is_in_the_range_of_the_cluster(api: Api) -> None:
    spec = {"type": "NodePort", "ports": [{"port": 80, "nodePort": 80}]}
    await api.post(api.core("services"), {"metadata": {"name": "a"}, "spec": spec}, 422)
