"""The stages in which kinds are applied."""

from __future__ import annotations

import pytest

from aiokube.runtime.manifests.order import Stage, stage_of


@pytest.mark.parametrize(
    ("group", "kind", "stage"),
    [
        ("", "Namespace", Stage.DEFINITIONS),
        ("apiextensions.k8s.io", "CustomResourceDefinition", Stage.DEFINITIONS),
        ("", "ServiceAccount", Stage.FOUNDATIONS),
        ("scheduling.k8s.io", "PriorityClass", Stage.FOUNDATIONS),
        ("rbac.authorization.k8s.io", "ClusterRole", Stage.FOUNDATIONS),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding", Stage.BINDINGS),
        ("", "Service", Stage.BINDINGS),
        ("serving.knative.dev", "Service", Stage.CUSTOM),
        ("", "Pod", Stage.WORKLOADS),
        ("apps", "Deployment", Stage.WORKLOADS),
        ("batch", "CronJob", Stage.WORKLOADS),
        ("cert-manager.io", "Certificate", Stage.CUSTOM),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", Stage.INTERCEPTORS),
        ("apiregistration.k8s.io", "APIService", Stage.INTERCEPTORS),
    ],
)
def test_the_stage_of_a_kind(group: str, kind: str, stage: Stage) -> None:
    assert stage_of(group, kind) == stage
