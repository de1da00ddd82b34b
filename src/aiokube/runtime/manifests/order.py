"""The order in which kinds are applied; the reverse is the order in which they are deleted.

Kinds of one stage do not need each other, so they are applied at once. The order follows Helm's, without what makes no
difference to the server: it admits a Deployment without its ConfigMap, but no pod without its service account.
"""

from __future__ import annotations

from enum import IntEnum


class Stage(IntEnum):
    """Objects that are applied together."""

    DEFINITIONS = 0
    """Homes and kinds of other objects: namespaces and custom resource definitions."""
    FOUNDATIONS = 1
    """Objects that admission and bindings look up: service accounts, quotas, roles, classes, settings."""
    BINDINGS = 2
    """Objects that refer to foundations, and are there before pods start: role bindings, services, volume claims."""
    WORKLOADS = 3
    """Everything else of groups without a dot, which are built in: pods and what makes pods."""
    CUSTOM = 4
    """Everything else: custom resources, after the workloads that handle them."""
    INTERCEPTORS = 5
    """Objects that send requests to a workload, or refuse them: webhooks, admission policies, APIs of others."""


_STAGES: dict[Stage, dict[str, str]] = {
    Stage.DEFINITIONS: {"": "Namespace", "apiextensions.k8s.io": "CustomResourceDefinition"},
    Stage.FOUNDATIONS: {
        "": "ConfigMap LimitRange PersistentVolume ResourceQuota Secret ServiceAccount",
        "networking.k8s.io": "IngressClass NetworkPolicy",
        "node.k8s.io": "RuntimeClass",
        "policy": "PodDisruptionBudget",
        "rbac.authorization.k8s.io": "ClusterRole Role",
        "resource.k8s.io": "DeviceClass ResourceClaimTemplate",
        "scheduling.k8s.io": "PriorityClass",
        "storage.k8s.io": "CSIDriver StorageClass VolumeAttributesClass",
    },
    Stage.BINDINGS: {
        "": "PersistentVolumeClaim Service",
        "rbac.authorization.k8s.io": "ClusterRoleBinding RoleBinding",
        "resource.k8s.io": "ResourceClaim",
    },
    Stage.INTERCEPTORS: {
        "admissionregistration.k8s.io": (
            "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration "
            "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration"
        ),
        "apiregistration.k8s.io": "APIService",
    },
}
_KINDS = {
    (group, kind): stage
    for stage, groups in _STAGES.items()
    for group, kinds in groups.items()
    for kind in kinds.split()
}


def stage_of(group: str, kind: str) -> Stage:
    """Return the stage of a kind."""
    return _KINDS.get((group, kind), Stage.CUSTOM if "." in group else Stage.WORKLOADS)
