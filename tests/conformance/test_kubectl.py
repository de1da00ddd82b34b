"""kubectl, which no one here has written, against FakeCluster.

It speaks protobuf where it knows a kind: what it creates here, it creates from manifests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

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
        self._cluster = cluster
        self._program = locate(PROGRAMS)["kubectl"]
        self._folder = folder
        self.manifest = folder / "deployment.yaml"
        self.manifest.write_text(DEPLOYMENT)

    async def __call__(self, *arguments: str, code: int = 0) -> str:
        """Run it, beside the server in this process, and return its output."""
        kubeconfig = self._cluster.kubeconfig
        options = ("--cache-dir", self._folder / "cache", "--kubeconfig", kubeconfig)
        done = await asyncio.to_thread(run_command, self._program, *options, *arguments)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        return done.stdout + done.stderr


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Kubectl]:
    async with FakeCluster() as cluster:
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


async def test_it_is_told_what_is_not_there(run: Kubectl) -> None:
    assert "FakeCluster does not implement" in await run("create", "configmap", "a", "--from-literal=x=1", code=1)
