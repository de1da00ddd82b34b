"""Strategies: the rules of a kind for objects that are created and changed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from ...runtime.codec.scalars import Quantity
from ..api.resources import Resource
from ..store import Object
from .definitions import FIRST_STATUS
from .pods import keep_but_ephemeral, keep_but_resources

_WITH_GENERATION = frozenset(
    {
        "pods",
        "podtemplates",
        "replicationcontrollers",
        "deployments.apps",
        "replicasets.apps",
        "statefulsets.apps",
        "daemonsets.apps",
        "jobs.batch",
        "cronjobs.batch",
        "ingresses.networking.k8s.io",
        "ingressclasses.networking.k8s.io",
        "networkpolicies.networking.k8s.io",
        "poddisruptionbudgets.policy",
        "customresourcedefinitions.apiextensions.k8s.io",
        "flowschemas.flowcontrol.apiserver.k8s.io",
        "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
        "mutatingwebhookconfigurations.admissionregistration.k8s.io",
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
        "mutatingadmissionpolicies.admissionregistration.k8s.io",
        "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
        "validatingadmissionpolicies.admissionregistration.k8s.io",
        "validatingadmissionpolicybindings.admissionregistration.k8s.io",
        "priorityclasses.scheduling.k8s.io",
        "endpointslices.discovery.k8s.io",
        "horizontalpodautoscalers.autoscaling",
        "deviceclasses.resource.k8s.io",
    }
)

_CREATES_ON_UPDATE = frozenset(
    {
        "endpoints",
        "events",
        "limitranges",
        "leases.coordination.k8s.io",
        "podtemplates",
        "services",
        "roles.rbac.authorization.k8s.io",
        "rolebindings.rbac.authorization.k8s.io",
        "clusterroles.rbac.authorization.k8s.io",
        "clusterrolebindings.rbac.authorization.k8s.io",
    }
)

_NEEDS_VERSION = frozenset(
    {
        "leases.coordination.k8s.io",
        "customresourcedefinitions.apiextensions.k8s.io",
        "apiservices.apiregistration.k8s.io",
        "flowschemas.flowcontrol.apiserver.k8s.io",
        "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
        "poddisruptionbudgets.policy",
    }
)

_FIRST_STATUS: dict[str, Object] = {
    "pods": {"phase": "Pending"},
    "persistentvolumeclaims": {"phase": "Pending"},
    "persistentvolumes": {"phase": "Pending"},
    "namespaces": {"phase": "Active"},
    "services": {"loadBalancer": {}},
    "ingresses.networking.k8s.io": {"loadBalancer": {}},
    "replicasets.apps": {"replicas": 0},
    "replicationcontrollers": {"replicas": 0},
    "statefulsets.apps": {"replicas": 0, "availableReplicas": 0},
    "daemonsets.apps": {
        "currentNumberScheduled": 0,
        "numberMisscheduled": 0,
        "desiredNumberScheduled": 0,
        "numberReady": 0,
    },
    "poddisruptionbudgets.policy": {
        "disruptionsAllowed": 0,
        "currentHealthy": 0,
        "desiredHealthy": 0,
        "expectedPods": 0,
    },
    "horizontalpodautoscalers.autoscaling": {"desiredReplicas": 0, "currentMetrics": None},
}

# A list that Go writes always, and as null if it is empty.
_ALWAYS_WRITTEN = {
    "roles.rbac.authorization.k8s.io": "rules",
    "clusterroles.rbac.authorization.k8s.io": "rules",
    "endpointslices.discovery.k8s.io": "ports",
}

_KEEPS_STATUS = frozenset({"nodes"})

_KEEPS_METADATA = frozenset({"resize", "ephemeralcontainers"})


_GATED: Object = {
    "type": "PodScheduled",
    "status": "False",
    "lastProbeTime": None,
    "reason": "SchedulingGated",
    "message": "Scheduling is blocked due to non-empty scheduling gates",
}


@dataclass(frozen=True)
class Strategy:
    """The registry of a kind."""

    collection: str
    custom: bool
    has_status: bool
    has_generation: bool
    creates_on_update: bool
    unconditional_update: bool

    def prepare_create(self, obj: Object) -> None:
        """Set the generation and the first status."""
        metadata = obj["metadata"]
        if self.has_generation:
            metadata["generation"] = 1
        if self.custom:
            if self.has_status:
                obj.pop("status", None)
        elif self.has_status and self.collection not in _KEEPS_STATUS:
            obj["status"] = dict(_FIRST_STATUS.get(self.collection, {}))
        if self.collection == "namespaces":
            metadata["labels"] = {
                **(metadata.get("labels") or {}),
                "kubernetes.io/metadata.name": metadata.get("name", ""),
            }
            finalizers = (obj.get("spec") or {}).get("finalizers") or []
            obj["spec"] = {"finalizers": [*finalizers, *({"kubernetes"} - set(finalizers))]}
        if self.collection == "customresourcedefinitions.apiextensions.k8s.io":
            spec: Object = obj["spec"]
            stored = [one["name"] for one in spec.get("versions") or () if one.get("storage")]
            obj["status"] = {**FIRST_STATUS, "storedVersions": stored[:1]}
        if self.collection == "jobs.batch" and not obj["spec"].get("manualSelector"):
            _select_job(obj)
        if self.collection == "events":
            _fill_event(obj)
        if name := _ALWAYS_WRITTEN.get(self.collection):
            obj[name] = obj.get(name) or None
        if self.collection == "persistentvolumes":
            obj["status"]["lastPhaseTransitionTime"] = metadata["creationTimestamp"]
        if self.collection == "pods":
            obj["status"]["qosClass"] = quality_of(obj)
            if obj["spec"].get("schedulingGates"):
                obj["status"]["conditions"] = [{**_GATED, "lastTransitionTime": metadata["creationTimestamp"]}]

    def prepare_update(self, obj: Object, old: Object, subresource: str) -> None:
        """Keep what the request cannot change, and count the generation."""
        if subresource == "status":
            _keep_but(obj, old, ("status", "metadata"))
            if self.custom:
                obj["metadata"] = dict(old["metadata"])
        elif self.has_status:
            if "status" in old:
                obj["status"] = old["status"]
            else:
                obj.pop("status", None)
        if self.collection == "customresourcedefinitions.apiextensions.k8s.io" and not subresource:
            stored = [one["name"] for one in obj["spec"].get("versions") or () if one.get("storage")][:1]
            known = (obj.get("status") or {}).get("storedVersions") or []
            if "status" in obj and not set(stored) <= set(known):
                obj["status"] = {**obj["status"], "storedVersions": [*known, *(set(stored) - set(known))]}
        if self.collection == "namespaces" and subresource != "finalize":
            obj["spec"] = old["spec"]
        if subresource == "ephemeralcontainers":
            keep_but_ephemeral(obj, old)
        if subresource == "resize":
            keep_but_resources(obj, old)
        if subresource in _KEEPS_METADATA:
            obj["metadata"] = dict(old["metadata"])
        if self.collection == "events":
            _fill_event(obj)
        if name := _ALWAYS_WRITTEN.get(self.collection):
            obj[name] = obj.get(name) or None
        if self.has_generation and subresource != "status":
            generation = old["metadata"].get("generation", 1)
            changed_spec = self._spec_of(obj) != self._spec_of(old)
            obj["metadata"]["generation"] = generation + 1 if changed_spec else generation

    def _spec_of(self, obj: Object) -> Any:
        """Return what the generation counts."""
        return {name: value for name, value in obj.items() if name not in ("metadata", "status")}


def _select_job(job: Object) -> None:
    """Let a job select its own pods, by its uid."""
    uid, name = job["metadata"]["uid"], job["metadata"].get("name", "")
    labels = {"controller-uid": uid, "job-name": name}
    own = {**{f"batch.kubernetes.io/{key}": value for key, value in labels.items()}, **labels}
    metadata = job["spec"]["template"].setdefault("metadata", {})
    metadata["labels"] = {**(metadata.get("labels") or {}), **own}
    if not job["metadata"].get("labels"):
        job["metadata"]["labels"] = dict(metadata["labels"])
    selector = job["spec"].setdefault("selector", {})
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), "batch.kubernetes.io/controller-uid": uid}


def _fill_event(event: Object) -> None:
    for name in ("firstTimestamp", "lastTimestamp", "eventTime"):
        event.setdefault(name, None)
    for name in ("reportingComponent", "reportingInstance"):
        event.setdefault(name, "")


def quality_of(pod: Object) -> str:
    """Return the quality of service class of a pod."""
    containers = [*(pod["spec"].get("containers") or ()), *(pod["spec"].get("initContainers") or ())]
    resources = [_computed(container.get("resources") or {}) for container in containers]
    if not any(one["limits"] or one["requests"] for one in resources):
        return "BestEffort"
    guaranteed = all(
        {"cpu", "memory"} <= set(one["limits"])
        and all(one["requests"].get(name, limit) == limit for name, limit in one["limits"].items())
        for one in resources
    )
    return "Guaranteed" if guaranteed else "Burstable"


def _computed(resources: Object) -> dict[str, dict[str, Decimal]]:
    """Return what counts of the resources of a container: cpu and memory, unless none of it is meant."""
    amounts = {
        field: {name: Quantity(value).value for name, value in (resources.get(field) or {}).items()}
        for field in ("requests", "limits")
    }
    return {
        field: {name: value for name, value in found.items() if name in ("cpu", "memory") and value > 0}
        for field, found in amounts.items()
    }


def _keep_but(obj: Object, old: Object, changed: tuple[str, ...]) -> None:
    for name in {*obj, *old} - set(changed):
        if name in old:
            obj[name] = old[name]
        else:
            obj.pop(name)


@cache
def _strategy(collection: str, custom: bool, has_status: bool) -> Strategy:
    return Strategy(
        collection=collection,
        custom=custom,
        has_status=has_status,
        has_generation=custom or collection in _WITH_GENERATION,
        creates_on_update=collection in _CREATES_ON_UPDATE,
        unconditional_update=not custom and collection not in _NEEDS_VERSION,
    )


def strategy_of(resource: Resource) -> Strategy:
    """Return the registry of a resource."""
    return _strategy(resource.collection, resource.custom, "status" in resource.subresources)
