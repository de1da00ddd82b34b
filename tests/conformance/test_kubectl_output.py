"""kubectl's output: the same with FakeCluster and with a real cluster, command by command."""

from __future__ import annotations

import asyncio
import difflib
import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from aiokube.testing import FakeCluster
from aiokube.testing.real.binaries import locate
from tests.cluster.cluster import PROGRAMS, Cluster
from tests.support.children import run as run_command

from .api import GROUP

pytestmark = [pytest.mark.slow]

_numbers = itertools.count(1)

# What only a cluster can choose: ages, times, uids, addresses, resource versions.
_CHOSEN = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<uid>"),
    (re.compile(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} [+-]\d{4}|\d{4}-\d\d-\d\d[T ][\d:]{8}(Z| \+0000 UTC)"), "<time>"),
    (re.compile(r"(?m)(?<=\s)\d+[sm](\d+s)?(?=\s|$)"), "<age>"),
    (re.compile(r"(?<=resourceVersion: )\S+"), "<version>"),
    (re.compile(r"(?<=/)(LIVE|MERGED)-\d+"), "<folder>"),
    (re.compile(r" +"), " "),
)

OBJECTS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, labels: {app: web, tier: front}, annotations: {note: of the test}}
data: {color: blue, file.txt: "one\\ntwo\\n"}
---
apiVersion: v1
kind: Secret
metadata: {name: key, labels: {app: web}}
stringData: {password: secret}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
---
apiVersion: v1
kind: Service
metadata: {name: web, labels: {app: web}}
spec:
  clusterIP: None
  ports: [{name: http, port: 80, targetPort: web}, {name: dns, port: 53, protocol: UDP}]
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, labels: {app: web}}
spec:
  schedulerName: nobody
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 0
  containers:
  - name: web
    image: nginx:1
    ports: [{name: web, containerPort: 80}]
    env: [{name: COLOR, valueFrom: {configMapKeyRef: {name: settings, key: color}}}]
    resources: {limits: {cpu: 500m, memory: 1Gi}}
    livenessProbe: {httpGet: {port: web}}
  volumes: [{name: settings, configMap: {name: settings}}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: yearly}
spec:
  schedule: "0 0 1 1 *"
  suspend: true
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: busybox}]}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  ingressClassName: none
  rules:
  - host: example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [pods, pods/log], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: robot, namespace: default}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed}
spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}
"""


class Kubectl:
    """kubectl with a cluster and a namespace.

    Args:
        kubeconfig: Of the cluster.
        namespace: The namespace of commands.
        folder: For its cache.
    """

    def __init__(self, kubeconfig: Path, namespace: str, folder: Path) -> None:
        self.options = ("--kubeconfig", str(kubeconfig), "--cache-dir", str(folder), "--namespace", namespace)

    async def __call__(self, *arguments: str, code: int = 0, stdin: str = "") -> str:
        """Run it, beside the server in this process, and return its output."""
        done = await asyncio.to_thread(run_command, locate(PROGRAMS)["kubectl"], *self.options, *arguments, stdin=stdin)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        return done.stdout + done.stderr


class Both:
    """kubectl with a real cluster and a fake, whose outputs are compared."""

    def __init__(self, real: Kubectl, fake: Kubectl) -> None:
        self._real, self._fake = real, fake

    async def __call__(self, *arguments: str, code: int = 0, stdin: str = "", without: str = "") -> str:
        """Run a command on both, and return the output of the fake.

        Args:
            arguments: Of kubectl.
            code: The exit code of both.
            stdin: What both read.
            without: Pattern of lines that are not compared.
        """
        outputs = await asyncio.gather(
            self._real(*arguments, code=code, stdin=stdin), self._fake(*arguments, code=code, stdin=stdin)
        )
        real, fake = (list(_lines(output, without)) for output in outputs)
        changes = difflib.unified_diff(real, fake, "real", "fake", lineterm="", n=1)
        assert real == fake, "\n".join([f"kubectl {' '.join(arguments)}", *changes])
        return outputs[1]


def _lines(output: str, without: str) -> Iterator[str]:
    for pattern, shown in _CHOSEN:
        output = pattern.sub(shown, output)
    for line in output.splitlines():
        if not without or not re.search(without, line):
            yield line.rstrip()


@pytest.fixture
async def both(cluster: Cluster, tmp_path: Path) -> AsyncIterator[Both]:
    namespace = f"kubectl-{next(_numbers)}"
    async with FakeCluster() as fake_cluster:
        real = Kubectl(cluster.kubeconfig, namespace, tmp_path / "real")
        fake = Kubectl(fake_cluster.kubeconfig, namespace, tmp_path / "fake")
        found = Both(real, fake)
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        await found("apply", "-f", "-", stdin=json.dumps(manifest))
        await real("wait", "--for=create", "serviceaccount/default", "--timeout=10s")
        await found("apply", "-f", "-", stdin=OBJECTS)
        yield found
        await real("delete", "namespace", namespace, "--wait=false")


KINDS = "configmaps,secrets,serviceaccounts,services,pods,cronjobs,ingresses,roles,rolebindings,networkpolicies"


@pytest.mark.cluster
async def test_it_shows_what_is_there(both: Both) -> None:
    assert "settings" in await both("get", "configmaps")
    await both("get", "configmap", "settings")
    await both("get", KINDS)
    await both("get", KINDS, "-o", "wide")
    await both("get", "configmaps", "-A", "--field-selector=metadata.name=settings")
    await both("get", "pods,services,configmaps", "-l", "app=web", "--show-labels", "-L", "tier")
    await both("get", "all")
    await both("get", "configmaps", "--sort-by=.metadata.name", "-o", "name")
    await both("get", "pods", "--no-headers")
    await both("get", "pods", "nothing", code=1)
    await both("get", "leases")
    await both("get", "pod", "web-0", "-o", "yaml", without=r"^\s*(kubectl\.kubernetes|\{\"apiVersion)")
    await both("get", "pod", "web-0", "-o", "jsonpath={.spec.containers[*].image}{.metadata.labels}")
    await both("get", "configmaps", "-o", "custom-columns=NAME:.metadata.name,COLOR:.data.color")


@pytest.mark.cluster
async def test_it_describes_what_is_there(both: Both) -> None:
    for one in (
        "configmap/settings",
        "secret/key",
        "serviceaccount/robot",
        "pod/web-0",
        "cronjob/yearly",
        "role/reader",
        "rolebinding/reader",
        "networkpolicy/closed",
    ):
        await both("describe", one)
    await both("describe", "ingress/web", "service/web")


@pytest.mark.cluster
async def test_it_changes_waits_and_compares(both: Both) -> None:
    await both("label", "configmap", "settings", "tier=back", "--overwrite")
    await both("label", "configmap", "settings", "tier=front", code=1)
    await both("annotate", "configmap", "settings", "note-")
    await both("patch", "configmap", "settings", "-p", '{"data": {"color": "red"}}')
    await both("diff", "-f", "-", stdin=OBJECTS, code=1, without=r"^(diff|---|\+\+\+) |<folder>")
    await both("set", "env", "cronjob/yearly", "A=b")
    await both("wait", "cronjob/yearly", "--for=jsonpath={.spec.suspend}=true", "--timeout=5s")
    await both("wait", "pod/web-0", "--for=condition=Ready", "--timeout=1s", code=1)
    await both("delete", "pod", "web-0", "--grace-period=0", "--force")
    await both("wait", "pod/web-0", "--for=delete", "--timeout=5s")
    await both("delete", "configmaps", "-l", "app=web")
    await both("delete", "configmap", "settings", code=1)
    await both("delete", "configmap", "settings", "--ignore-not-found")


@pytest.mark.cluster
async def test_it_knows_the_api(both: Both) -> None:
    custom = rf"{GROUP}|example\.com"
    assert "deploy" in await both("api-resources", without=custom)
    await both("api-resources", "--namespaced=false", "-o", "wide", without=custom)
    await both("api-versions", without=custom)
    await both("explain", "deployment.spec.strategy.rollingUpdate")
    await both("explain", "cronjobs", "--recursive")
    # It reads the document of version 2, as protobuf.
    await both("explain", "cronjobs", "--recursive", "--output=plaintext-openapiv2")
    await both("explain", "hpa.spec", "--api-version=autoscaling/v1")


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Kubectl]:
    async with FakeCluster() as cluster:
        yield Kubectl(cluster.kubeconfig, "default", tmp_path)


DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1"}]}
"""


@pytest.mark.kubectl
async def test_it_follows_a_rollout(run: Kubectl) -> None:
    await run("apply", "-f", "-", stdin=DEPLOYMENT)
    assert "web 0/2 0 0" in " ".join((await run("get", "deployments")).split())
    waited = await run("rollout", "status", "deployment/web", "--timeout=1s", code=1)
    assert "Waiting for deployment spec update to be observed" in waited
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 2)
    status = json.dumps({"status": {"observedGeneration": 1, **counts}})
    await run("patch", "deployment", "web", "--subresource=status", "--type=merge", "-p", status)
    assert "successfully rolled out" in await run("rollout", "status", "deployment/web", "--timeout=5s")
    assert "scaled" in await run("scale", "deployment/web", "--replicas=3", "--current-replicas=2")
    assert "web 3 2" in " ".join((await run("get", "deployment", "web", "--subresource=scale")).split())
    assert "2/3" in await run("get", "deployment/web")
    assert "paused" in await run("rollout", "pause", "deployment/web")


@pytest.mark.kubectl
@pytest.mark.parametrize("cascade", ["background", "foreground", "orphan"])
async def test_it_deletes_what_is_owned(run: Kubectl, cascade: str) -> None:
    await run("apply", "-f", "-", stdin=DEPLOYMENT)
    uid = await run("get", "deployment", "web", "-o", "jsonpath={.metadata.uid}")
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": uid, "blockOwnerDeletion": True}
    owned = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "owned", "ownerReferences": [owner]},
    }
    await run("apply", "-f", "-", stdin=json.dumps(owned))
    assert "deleted" in await run("delete", "deployment", "web", f"--cascade={cascade}", "--timeout=5s")
    left = await run("get", "configmap", "owned", "--ignore-not-found", "-o", "name")
    assert left.strip() == ("configmap/owned" if cascade == "orphan" else "")


@pytest.mark.kubectl
async def test_it_watches(run: Kubectl) -> None:
    async def change() -> None:
        await asyncio.sleep(0.5)
        await run("apply", "-f", "-", stdin=DEPLOYMENT)
        await run("delete", "deployment", "web")

    began = time.monotonic()
    shown, _ = await asyncio.gather(
        run("get", "deployments", "--watch", "--output-watch-events", "--request-timeout=3s"), change()
    )
    events = [line.split()[0] for line in shown.splitlines()]
    assert events[:3] == ["EVENT", "ADDED", "DELETED"] and time.monotonic() - began < 10
