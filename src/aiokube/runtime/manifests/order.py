"""The order in which kinds are applied; the reverse is the order in which they are deleted.

Kinds of one stage do not need each other, so they are applied at once. The order follows Helm's, without what makes no
difference to the server: it admits a Deployment without its ConfigMap, but no pod without its service account.
"""

from __future__ import annotations

from enum import IntEnum


class Stage(IntEnum):
    """What is applied together."""

    DEFINITIONS = 0
    """What other objects are in, or are of: namespaces and custom resource definitions."""
    FOUNDATIONS = 1
    """What admission looks up, and what bindings refer to: service accounts, quotas, roles, classes, settings."""
    BINDINGS = 2
    """What refers to foundations, and is there before pods start: role bindings, services, volume claims."""
    WORKLOADS = 3
    """Everything else of groups without a dot, which are built in: pods and what makes pods."""
    CUSTOM = 4
    """Everything else: custom resources, after the workloads that handle them."""
    INTERCEPTORS = 5
    """What sends requests of others to a workload, or refuses them: webhooks, admission policies, APIs of others."""


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
