"""kubectl, which no one here has written, against FakeCluster. It speaks protobuf where it knows a kind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from aiokube.testing import FakeCluster
from aiokube.testing.real.binaries import locate
from tests.cluster.cluster import PROGRAMS
from tests.support.children import run as run_command

pytestmark = [pytest.mark.kubectl, pytest.mark.slow]

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1"}]}
"""


class Kubectl:
    """kubectl with the kubeconfig of a fake cluster."""

    def __init__(self, cluster: FakeCluster, folder: Path) -> None:
        self.cluster = cluster
        self._program = locate(PROGRAMS)["kubectl"]
        self._folder = folder
        self.manifest = folder / "deployment.yaml"
        self.manifest.write_text(DEPLOYMENT)

    async def __call__(self, *arguments: str, code: int = 0) -> str:
        """Run it, beside the server in this process, and return its output."""
        kubeconfig = self.cluster.kubeconfig
        options = ("--cache-dir", self._folder / "cache", "--kubeconfig", kubeconfig)
        done = await asyncio.to_thread(run_command, self._program, *options, *arguments)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        return done.stdout + done.stderr


@pytest.fixture
async def run(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kubectl]:
    async with FakeCluster(**getattr(request, "param", {})) as cluster:
        yield Kubectl(cluster, tmp_path)


async def test_it_applies_compares_and_deletes(run: Kubectl) -> None:
    assert "deployment.apps/web created" in await run("apply", "-f", str(run.manifest))
    assert "unchanged" in await run("apply", "-f", str(run.manifest))
    run.manifest.write_text(DEPLOYMENT.replace("nginx:1", "nginx:2"))
    assert "nginx:2" in await run("diff", "-f", str(run.manifest), code=1)
    assert "configured" in await run("apply", "-f", str(run.manifest))
    assert await run("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}") == "nginx:2"
    assert "deleted" in await run("delete", "deploy", "web", "--cascade=foreground")


async def test_it_applies_on_the_server_side(run: Kubectl) -> None:
    await run("apply", "--server-side", "-f", str(run.manifest))
    run.manifest.write_text(DEPLOYMENT.replace("nginx:1", "nginx:2"))
    refused = await run("apply", "--server-side", "--field-manager", "other", "-f", str(run.manifest), code=1)
    assert '.spec.template.spec.containers[name="web"].image' in refused
    await run("apply", "--server-side", "--field-manager", "other", "--force-conflicts", "-f", str(run.manifest))


async def test_it_labels_scales_patches_and_waits(run: Kubectl) -> None:
    await run("apply", "-f", str(run.manifest))
    assert "labeled" in await run("label", "deploy", "web", "tier=front")
    assert "annotated" in await run("annotate", "deploy", "web", "note=x")
    assert "scaled" in await run("scale", "deploy", "web", "--replicas=3")
    assert "image updated" in await run("set", "image", "deploy/web", "web=nginx:3")
    assert "restarted" in await run("rollout", "restart", "deploy/web")
    assert "condition met" in await run("wait", "deploy/web", "--for=jsonpath={.spec.replicas}=3", "--timeout=5s")
    assert "web" in await run("get", "deploy", "-l", "tier=front", "--no-headers")
    assert "nginx:3" in await run("describe", "deploy", "web")


async def test_it_discovers_and_explains(run: Kubectl) -> None:
    assert "deploy" in await run("api-resources", "--api-group=apps")
    assert "apps/v1" in await run("api-versions")
    assert "<integer>" in await run("explain", "deployment.spec.replicas")
    assert "v1.37.2" in await run("version")
    assert "kube-system" in await run("get", "namespaces")


CREATED = {
    "configmap a --from-literal=x=1": "configmap/a created",
    "secret generic a --from-literal=x=1": "secret/a created",
    "namespace other": "namespace/other created",
    "serviceaccount a": "serviceaccount/a created",
    "job a --image=busybox -- true": "job.batch/a created",
    "cronjob a --image=busybox --schedule=@daily -- true": "cronjob.batch/a created",
    "role a --verb=get,list --resource=pods": "role.rbac.authorization.k8s.io/a created",
    "rolebinding a --role=a --serviceaccount=default:a": "rolebinding.rbac.authorization.k8s.io/a created",
    "quota a --hard=pods=3,cpu=1": "resourcequota/a created",
    "poddisruptionbudget a --selector=app=web --min-available=50%": "poddisruptionbudget.policy/a created",
    "service clusterip a --tcp=80:8080": "service/a created",
    "ingress a --rule=host/path=a:80": "ingress.networking.k8s.io/a created",
}


async def test_it_creates(run: Kubectl) -> None:
    for command, expected in CREATED.items():
        assert expected in await run("create", *command.split()), command
    assert await run("get", "configmap", "a", "-o", "jsonpath={.data}") == '{"x":"1"}'
    assert await run("get", "secret", "a", "-o", "jsonpath={.data.x}") == "MQ=="
    assert await run("get", "poddisruptionbudget", "a", "-o", "jsonpath={.spec.minAvailable}") == "50%"
    created = [request for request in run.cluster.requests if request.verb == "create"]
    assert {request.headers["Content-Type"] for request in created} == {"application/vnd.kubernetes.protobuf"}
    assert created[0].json()["data"] == {"x": "1"}
    assert (await run("create", "token", "a")).count(".") == 2
    assert "already exists" in await run("create", "configmap", "a", code=1)


async def test_it_runs_exposes_and_deletes(run: Kubectl) -> None:
    assert "pod/a created" in await run("run", "a", "--image=nginx", "--port=80", "--env=A=b", "--labels=x=y")
    assert "service/a exposed" in await run("expose", "pod", "a", "--port=8080", "--target-port=http")
    found = await run("get", "service", "a", "-o", "jsonpath={.spec.ports[0].targetPort} {.spec.selector.x}")
    assert found == "http y"
    assert 'pod "a" deleted' in await run("delete", "pod", "a", "--now")
    assert 'service "a" deleted' in await run("delete", "service", "--field-selector=metadata.name=a")
    assert "NotFound" in await run("get", "pod", "a", code=1)


async def test_it_follows_a_rollout(run: Kubectl) -> None:
    await run("create", "deployment", "web", "--image=nginx", "--replicas=2", "--port=80")
    waiting = await run("rollout", "status", "deployment/web", "--timeout=1s", code=1)
    assert "timed out waiting for the condition" in waiting
    replicas = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2}
    async with run.cluster.client() as kube:
        status: dict[str, Any] = {"status": {"observedGeneration": 1, **replicas}}
        await kube.apps_v1.deployments.patch_status("web", status)
    assert "successfully rolled out" in await run("rollout", "status", "deployment/web", "--timeout=5s")


@pytest.mark.parametrize("run", [{"rbac": True}], indirect=True)
async def test_it_grants_and_asks_for_rights(run: Kubectl) -> None:
    assert "yes" in await run("auth", "can-i", "delete", "nodes")
    assert "no" in await run("auth", "can-i", "list", "configmaps", "--as", "jane", code=1)
    refused = await run("get", "configmaps", "--as", "jane", code=1)
    assert 'User "jane" cannot list resource "configmaps" in API group "" in the namespace "default"' in refused
    await run("create", "role", "reader", "--verb=get,list", "--resource=configmaps")
    await run("create", "rolebinding", "jane", "--role=reader", "--user=jane")
    assert "yes" in await run("auth", "can-i", "list", "configmaps", "--as", "jane")
    assert "kube-root-ca.crt" in await run("get", "configmaps", "--as", "jane")
    assert "[get list]" in await run("auth", "can-i", "--list", "--as", "jane")
    assert "jane" in await run("auth", "whoami", "--as", "jane", "--as-group", "readers")
    assert (await run("create", "token", "default")).count(".") == 2
    assert "Name: " in await run("describe", "clusterrole", "view")
