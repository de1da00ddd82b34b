"""When an object is ready, by its kind and status."""

from __future__ import annotations

from typing import Any

import pytest

from aiokube import DynamicObject
from aiokube.runtime.manifests.readiness import readiness_of


def obj(api_version: str, kind: str, status: dict[str, Any] | None, spec: Any = None) -> DynamicObject:
    data: dict[str, Any] = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "generation": 2}}
    if status is not None:
        data["status"] = status
    return DynamicObject.from_dict({**data, "spec": spec or {}})


def condition(type: str, status: str = "True", **more: str) -> dict[str, Any]:
    return {"conditions": [{"type": type, "status": status, **more}]}


def deployment(**status: Any) -> DynamicObject:
    spec = {"replicas": 2, "selector": {}, "template": {}}
    return obj("apps/v1", "Deployment", {"observedGeneration": 2, **status}, spec)


def deleting(*finalizers: str, kind: str = "ConfigMap", **status: Any) -> DynamicObject:
    metadata = {"name": "a", "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": [*finalizers]}
    return DynamicObject.from_dict({"apiVersion": "v1", "kind": kind, "metadata": metadata, "status": status})


WILL_FAIL = {
    "a failed job",
    "a stuck rollout",
    "a pod that failed",
    "a lost claim",
    "a refused definition",
    "stalled",
    "being deleted",
    "held up",
    "a namespace that is not empty",
    "a definition with objects",
}
CASES: dict[str, tuple[DynamicObject, str]] = {
    "no status": (obj("v1", "ConfigMap", None), ""),
    "an old status": (obj("x.io/v1", "A", {"observedGeneration": 1}), "its controller has not seen the last change"),
    "a new status": (obj("x.io/v1", "A", {"observedGeneration": 2}), ""),
    "ready": (obj("x.io/v1", "A", condition("Ready")), ""),
    "not ready": (obj("x.io/v1", "A", condition("Ready", "False", reason="Why")), "Ready is False (Why)"),
    "unknown": (obj("x.io/v1", "A", condition("Available", "Unknown")), "Available is Unknown"),
    "another condition": (obj("x.io/v1", "A", condition("Degraded", "False")), ""),
    "a new pod": (obj("v1", "Pod", {"phase": "Pending"}), "it has no condition Ready"),
    "a pod that ended": (obj("v1", "Pod", {"phase": "Succeeded", **condition("Ready", "False")}), ""),
    "a pod that failed": (
        obj("v1", "Pod", {"phase": "Failed", "reason": "Evicted", "message": "m"}),
        "it has failed: Evicted: m",
    ),
    "a running job": (obj("batch/v1", "Job", {"active": 1}), "it has no condition Complete"),
    "a job": (obj("batch/v1", "Job", condition("Complete")), ""),
    "a failed job": (obj("batch/v1", "Job", condition("Failed", reason="R", message="m")), "R: m"),
    "a suspended job": (obj("batch/v1", "Job", condition("Suspended")), ""),
    "a claim": (obj("v1", "PersistentVolumeClaim", {"phase": "Bound"}), ""),
    "a pending claim": (obj("v1", "PersistentVolumeClaim", {"phase": "Pending"}), "it is Pending"),
    "a lost claim": (obj("v1", "PersistentVolumeClaim", {"phase": "Lost"}), "it is Lost"),
    "a new definition": (obj("apiextensions.k8s.io/v1", "CustomResourceDefinition", {}), "no condition Established"),
    "a definition": (obj("apiextensions.k8s.io/v1", "CustomResourceDefinition", condition("Established")), ""),
    "a refused definition": (
        obj("apiextensions.k8s.io/v1", "CustomResourceDefinition", condition("NamesAccepted", "False", reason="R")),
        "NamesAccepted is False (R)",
    ),
    "stalled": (obj("x.io/v1", "A", condition("Stalled", reason="R", message="m")), "Stalled is True (R: m)"),
    "not stalled": (obj("x.io/v1", "A", condition("Stalled", "False")), ""),
    "being deleted": (deleting(), "it is being deleted"),
    "held up": (deleting("x.io/hold"), "it is being deleted, which the finalizers x.io/hold hold up"),
    "a namespace that is not empty": (
        deleting(kind="Namespace", **condition("NamespaceContentRemaining", message="Some are left")),
        "it is being deleted; Some are left",
    ),
    "a definition with objects": (
        deleting("cleanup", **condition("Terminating", message="Some are left")),
        "it is being deleted, which the finalizers cleanup hold up; Some are left",
    ),
    "a deployment": (deployment(replicas=2, updatedReplicas=2, availableReplicas=2), ""),
    "a rollout": (deployment(replicas=3, updatedReplicas=1), "1 out of 2 new replicas have been updated"),
    "a stuck rollout": (
        deployment(**condition("Progressing", "False", reason="ProgressDeadlineExceeded", message="m")),
        "exceeded its progress deadline",
    ),
    "pods that are replaced by hand": (
        obj("apps/v1", "DaemonSet", {}, {"selector": {}, "template": {}, "updateStrategy": {"type": "OnDelete"}}),
        "",
    ),
}


@pytest.mark.parametrize(("found", "message"), CASES.values(), ids=CASES)
def test_what_an_object_waits_for(found: DynamicObject, message: str) -> None:
    readiness = readiness_of(found)
    assert readiness.is_ready is (not message)
    assert message in readiness.message and "()" not in readiness.message


@pytest.mark.parametrize("name", CASES)
def test_waiting_ends_for_what_will_not_become_ready(name: str) -> None:
    assert readiness_of(CASES[name][0]).will_fail is (name in WILL_FAIL)
