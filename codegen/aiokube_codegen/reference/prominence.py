"""How well known a kind is: what a search shows first of equal hits, and where a shared type is looked up."""

from __future__ import annotations

from typing import Final

from .catalog import Kind

_WELL_KNOWN: Final = (
    ("", "pods"),
    ("apps", "deployments"),
    ("", "services"),
    ("", "configmaps"),
    ("", "secrets"),
    ("", "namespaces"),
    ("", "nodes"),
    ("apps", "statefulsets"),
    ("batch", "jobs"),
    ("batch", "cronjobs"),
    ("apps", "daemonsets"),
    ("networking.k8s.io", "ingresses"),
    ("", "persistentvolumeclaims"),
    ("", "persistentvolumes"),
    ("", "serviceaccounts"),
    ("apps", "replicasets"),
    ("", "events"),
    ("autoscaling", "horizontalpodautoscalers"),
    ("networking.k8s.io", "networkpolicies"),
    ("rbac.authorization.k8s.io", "roles"),
    ("rbac.authorization.k8s.io", "rolebindings"),
    ("rbac.authorization.k8s.io", "clusterroles"),
    ("rbac.authorization.k8s.io", "clusterrolebindings"),
    ("storage.k8s.io", "storageclasses"),
    ("coordination.k8s.io", "leases"),
    ("policy", "poddisruptionbudgets"),
    ("apiextensions.k8s.io", "customresourcedefinitions"),
)
_PLACES: Final = {resource: place for place, resource in enumerate(_WELL_KNOWN)}
_OF_KUBERNETES: Final = (
    "admissionregistration",
    "apiextensions",
    "apiregistration",
    "authentication",
    "authorization",
    "certificates",
    "coordination",
    "discovery",
    "events",
    "flowcontrol.apiserver",
    "internal.apiserver",
    "networking",
    "node",
    "rbac.authorization",
    "resource",
    "scheduling",
    "storage",
    "storagemigration",
)
_TYPE: Final = 20.0
_LIST_TYPE: Final = 30.0
_STEP: Final = 0.25
_BUILT_IN: Final = 9.0
_CUSTOM: Final = 14.0
_UNSTABLE: Final = 2.0
_DEPRECATED: Final = 4.0


def distance(kind: Kind) -> float:
    """Return how far a kind is from the best known one, in the costs of the search: a level of a path costs 2 there."""
    place = _PLACES.get((kind.group, kind.plural))
    unknown = _BUILT_IN if is_built_in(kind.group) else _CUSTOM
    found = unknown if place is None else place * _STEP
    if "alpha" in kind.version or "beta" in kind.version:
        found += _UNSTABLE
    return found + (_DEPRECATED if kind.deprecated else 0.0)


def distance_of_type(name: str) -> float:
    """Return how far a type that is no kind, and has a page of its own, is from the best known kind."""
    return _LIST_TYPE if name.endswith("List") else _TYPE


def is_built_in(group: str) -> bool:
    """True for a group of Kubernetes: others end in `.k8s.io` too, such as `gateway.networking.k8s.io`."""
    return "." not in group or group.removesuffix(".k8s.io") in _OF_KUBERNETES
