"""`aiokube explain` beside `kubectl explain`, of a real cluster."""

from __future__ import annotations

import os

import pytest

from tests.cluster.cluster import Cluster
from tests.codegen.command import AIOKUBE
from tests.support.children import output_of
from tests.support.explained import fields_by_aiokube, fields_by_kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.kubectl]


@pytest.mark.parametrize(
    "arguments",
    [
        ("pods.spec.containers",),
        ("po.spec", "--recursive"),
        ("deployments.apps.spec.strategy",),
        ("hpa.spec", "--api-version", "autoscaling/v1"),
        ("cm",),
        ("ev", "--api-version", "events.k8s.io/v1"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_the_fields_are_those_of_kubectl(cluster: Cluster, arguments: tuple[str, ...]) -> None:
    theirs = fields_by_kubectl(cluster, *arguments)
    assert theirs
    ours = fields_by_aiokube(cluster, *arguments)
    assert set(ours) ^ set(theirs) == set()
    assert ours == theirs


def test_the_cluster_that_kubectl_would_use_is_explained_and_named(cluster: Cluster) -> None:
    environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig)}
    told = output_of(*AIOKUBE, "explain", "pods.spec.hostIPC", env=environment)
    assert "PYTHON  pod.spec.host_ipc: bool" in told
    assert "FROM    https://127.0.0.1:" in told
