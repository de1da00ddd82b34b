"""The running test cluster does what the tests of aiokube count on."""

from __future__ import annotations

import base64
import json
import os
import re
import select
import signal
import socket
import ssl
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aiokube.testing.real.api import call
from aiokube.testing.real.ports import LOOPBACK
from tests.cluster import FORWARDED_PORTS, Cluster, ClusterError
from tests.support.children import child

pytestmark = pytest.mark.cluster


@pytest.fixture
def space(cluster: Cluster) -> Iterator[str]:
    """A namespace whose default service account exists."""
    name = f"cluster-{uuid.uuid4().hex[:8]}"
    cluster.kubectl("create", "namespace", name)
    cluster.kubectl("wait", "--for=create", "serviceaccount/default", "-n", name, "--timeout=10s")
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


def run_pod(cluster: Cluster, space: str, name: str, *, container: str = "main", **metadata: Any) -> None:
    """Creates a pod and waits until it is Ready."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": space} | metadata,
        "spec": {"terminationGracePeriodSeconds": 2, "containers": [{"name": container, "image": "none"}]},
    }
    cluster.kubectl("create", "-f", "-", stdin=json.dumps(pod))
    cluster.kubectl("wait", "--for=condition=Ready", f"pod/{name}", "-n", space, "--timeout=10s")


def get(cluster: Cluster, space: str, resource: str, name: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(cluster.kubectl("get", resource, name, "-n", space, "-o", "json"))
    return answer


def test_every_component_is_of_the_wanted_version_and_ready_in_time(cluster: Cluster) -> None:
    assert cluster.request("GET", "/version").json["gitVersion"] == "v1.37.2"
    assert cluster.request("GET", "/version").json["minor"] == "37"
    assert 0 < cluster.start_seconds <= 20
    assert cluster.pids.keys() == {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"}


def test_everything_listens_on_loopback_only(cluster: Cluster) -> None:
    """Every listening socket of every component, as /proc knows them."""
    listening: dict[str, str] = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                listening[f"socket:[{fields[9]}]"] = fields[1].split(":")[0]
    addresses: dict[str, set[str]] = {}
    for name, pid in cluster.pids.items():
        links = [str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()]
        addresses[name] = {listening[link] for link in links if link in listening}
    assert addresses == {name: {"0100007F"} for name in cluster.pids}  # 127.0.0.1


def test_an_anonymous_request_is_let_in_and_then_forbidden(cluster: Cluster) -> None:
    assert cluster.request("GET", "/version", anonymous=True).status == 200
    refused = cluster.request("GET", "/api/v1/pods", anonymous=True)
    assert (refused.status, refused.json["reason"]) == (403, "Forbidden")
    assert 'User "system:anonymous" cannot list' in refused.json["message"]


def test_rbac_decides_what_a_user_may_do(cluster: Cluster, space: str, tmp_path: Path) -> None:
    certificate = cluster.client_certificate("jane", groups=["developers"])
    kubeconfig = cluster.write_kubeconfig(tmp_path / "jane", certificate=certificate, namespace=space)
    as_jane = f"--kubeconfig={kubeconfig}"
    with pytest.raises(ClusterError, match='"jane" cannot list resource "pods"'):
        cluster.kubectl("get", "pods", as_jane)
    cluster.kubectl("create", "rolebinding", "view", "--clusterrole=view", "--group=developers", "-n", space)
    assert cluster.kubectl("get", "pods", as_jane) == ""
    with pytest.raises(ClusterError, match='in the namespace "default"'):
        cluster.kubectl("get", "pods", "-n", "default", as_jane)


def test_service_account_tokens_are_signed_and_checked(cluster: Cluster, space: str, tmp_path: Path) -> None:
    token = cluster.kubectl("create", "token", "default", "-n", space).strip()
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["iss"] == "https://kubernetes.default.svc"
    user = f"system:serviceaccount:{space}:default"
    kubeconfig = cluster.write_kubeconfig(tmp_path / "token", token=token)
    assert user in cluster.kubectl("auth", "whoami", f"--kubeconfig={kubeconfig}")
    refused = cluster.request("GET", "/api/v1/pods", token=token)
    assert refused.status == 403
    assert f'User "{user}" cannot list' in refused.json["message"]
    head, payload, signature = token.split(".")
    forged = ".".join([head, payload, signature[::-1]])
    assert cluster.request("GET", "/version", token=forged).status == 401


def test_a_pod_gets_a_service_account_and_runs_on_a_node(cluster: Cluster, space: str) -> None:
    run_pod(cluster, space, "web")
    pod = get(cluster, space, "pod", "web")
    assert pod["spec"]["serviceAccountName"] == "default"
    assert pod["spec"]["volumes"][0]["name"].startswith("kube-api-access-")
    assert pod["spec"]["nodeName"] in cluster.nodes
    status = pod["status"]
    assert (status["phase"], status["hostIP"], status["podIPs"]) == ("Running", LOOPBACK, [{"ip": status["podIP"]}])
    assert status["podIP"].startswith("10.244.")
    assert status["containerStatuses"][0]["ready"] is True
    assert "running" in status["containerStatuses"][0]["state"]


def test_logs(cluster: Cluster, space: str) -> None:
    run_pod(cluster, space, "logger", container="log-0")
    cluster.append_log("first", container="log-0")
    cluster.append_log("second", container="log-0", stream="stderr")
    cluster.append_log("before the crash", container="previous")
    assert cluster.kubectl("logs", "logger", "-n", space) == "first\nsecond\n"
    assert cluster.kubectl("logs", "logger", "-n", space, "--tail=1") == "second\n"
    assert "before the crash\n" in cluster.kubectl("logs", "logger", "-n", space, "--previous")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z second\n",
        cluster.kubectl("logs", "logger", "-n", space, "--tail=1", "--timestamps"),
    )
    with pytest.raises(ValueError, match="'main' has no log of its own"):
        cluster.append_log("lost", container="main")


def test_attach_follows_the_log(cluster: Cluster, space: str) -> None:
    run_pod(cluster, space, "attached", container="log-1")
    command = cluster.kubectl_command("attach", "attached", "-n", space)
    with child(*command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as attach:
        assert attach.stdout is not None
        for number in range(100):  # attach shows what comes after it: write until it does
            cluster.append_log(f"line {number}", container="log-1")
            if select.select([attach.stdout], [], [], 0.1)[0]:
                break
        line = attach.stdout.readline()
    assert re.fullmatch(r"line \d+\n", line)


def test_exec_passes_stdin_its_end_and_the_exit_code(cluster: Cluster, space: str) -> None:
    run_pod(cluster, space, "shell")
    run = ["exec", "-i", "shell", "-n", space, "--"]
    assert cluster.kubectl(*run, "cat", stdin="through\n", timeout=10) == "through\n"
    assert cluster.kubectl(*run, "pwd", timeout=10).strip() == str(cluster.container_directory)
    with pytest.raises(ClusterError, match="command terminated with exit code 3"):
        cluster.kubectl(*run, "sh", "-c", "exit 3", timeout=10)


def test_cp_goes_both_ways(cluster: Cluster, space: str, tmp_path: Path) -> None:
    run_pod(cluster, space, "files")
    (tmp_path / "up").write_text("content")
    cluster.kubectl("cp", str(tmp_path / "up"), f"{space}/files:uploaded", timeout=10)
    assert (cluster.container_directory / "uploaded").read_text() == "content"
    cluster.kubectl("cp", f"{space}/files:uploaded", str(tmp_path / "down"), timeout=10)
    assert (tmp_path / "down").read_text() == "content"


def test_port_forward_reaches_the_listener_of_the_port(cluster: Cluster, space: str) -> None:
    run_pod(cluster, space, "web")
    port = FORWARDED_PORTS[0]
    command = cluster.kubectl_command("port-forward", "web", f":{port}", "--address", LOOPBACK, "-n", space)
    with (
        cluster.listener(port) as listener,
        child(*command, stdout=subprocess.PIPE) as forward,
    ):
        listener.listen()
        listener.settimeout(10)
        assert forward.stdout is not None
        match = re.search(r":(\d+) ->", forward.stdout.readline())
        assert match is not None
        with socket.create_connection((LOOPBACK, int(match[1])), timeout=10) as client:
            client.sendall(b"ping")
            served, _ = listener.accept()
            with served:
                assert served.recv(4) == b"ping"
                served.sendall(b"pong")
            assert client.recv(4) == b"pong"
    with pytest.raises(ValueError, match="pod_port 80 is none of 8000 to 8009"):
        cluster.listener(80)


def test_a_job_completes(cluster: Cluster, space: str) -> None:
    cluster.kubectl("create", "job", "once", "--image=none", "-n", space)
    cluster.kubectl("wait", "--for=condition=complete", "job/once", "-n", space, "--timeout=10s")
    assert get(cluster, space, "job", "once")["status"]["succeeded"] == 1


def test_a_deployment_becomes_available(cluster: Cluster, space: str) -> None:
    cluster.kubectl("create", "deployment", "web", "--image=none", "--replicas=3", "-n", space)
    cluster.kubectl("rollout", "status", "deployment/web", "-n", space, "--timeout=10s")
    assert get(cluster, space, "deployment", "web")["status"]["availableReplicas"] == 3


def test_a_deleted_pod_waits_for_its_finalizers(cluster: Cluster, space: str) -> None:
    run_pod(cluster, space, "held", finalizers=["aiokube.test/hold"])
    cluster.kubectl("delete", "pod", "held", "-n", space, "--wait=false")
    with pytest.raises(ClusterError, match="timed out"):
        cluster.kubectl("wait", "--for=delete", "pod/held", "-n", space, "--timeout=1s")
    assert "deletionTimestamp" in get(cluster, space, "pod", "held")["metadata"]
    cluster.kubectl("patch", "pod", "held", "-n", space, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    cluster.kubectl("wait", "--for=delete", "pod/held", "-n", space, "--timeout=10s")


def test_a_pod_that_ignores_sigterm_uses_up_its_grace_period(cluster: Cluster, space: str) -> None:
    run_pod(cluster, space, "prompt")
    run_pod(cluster, space, "stubborn", annotations={"aiokube.test/ignores-sigterm": "true"})
    cluster.kubectl("delete", "pod", "prompt", "stubborn", "-n", space, "--wait=false")
    cluster.kubectl("wait", "--for=delete", "pod/prompt", "-n", space, "--timeout=1s")
    assert get(cluster, space, "pod", "stubborn")["metadata"]["deletionGracePeriodSeconds"] == 2
    cluster.kubectl("wait", "--for=delete", "pod/stubborn", "-n", space, "--timeout=10s")


def test_a_late_kubelet_does_not_delete_a_pod_that_was_made_again(cluster: Cluster, space: str) -> None:
    run_pod(cluster, space, "again")
    os.kill(cluster.pids["kwok"], signal.SIGSTOP)
    try:
        cluster.kubectl("delete", "pod", "again", "-n", space, "--wait=false")
        cluster.kubectl("delete", "pod", "again", "-n", space, "--force", "--grace-period=0")
        pod = {
            "metadata": {"name": "again", "namespace": space},
            "spec": {"containers": [{"name": "main", "image": "none"}]},
        }
        cluster.kubectl("create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "Pod", **pod}))
    finally:
        os.kill(cluster.pids["kwok"], signal.SIGCONT)
    cluster.kubectl("wait", "--for=condition=Ready", "pod/again", "-n", space, "--timeout=10s")


def test_old_revisions_are_gone_after_compaction_and_a_restart_keeps_port_and_data(
    cluster: Cluster, space: str
) -> None:
    old = cluster.request("GET", "/api/v1/configmaps").json["metadata"]["resourceVersion"]
    cluster.kubectl("create", "configmap", "kept", "-n", space)
    assert cluster.compact_etcd() > int(old)
    server, pid = cluster.url, cluster.pids["kube-apiserver"]
    cluster.restart_apiserver()
    assert (cluster.url, cluster.pids["kube-apiserver"] != pid) == (server, True)
    assert get(cluster, space, "configmap", "kept")["metadata"]["name"] == "kept"
    exact = f"resourceVersion={old}&resourceVersionMatch=Exact&limit=1"
    assert cluster.request("GET", f"/api/v1/configmaps?{exact}").json["reason"] == "Expired"
    watch = cluster.request("GET", f"/api/v1/configmaps?watch=1&resourceVersion={old}&timeoutSeconds=5")
    assert (watch.json["type"], watch.json["object"]["code"]) == ("ERROR", 410)


def test_two_clusters_run_side_by_side(cluster: Cluster, space: str) -> None:
    with Cluster(nodes=2) as other:
        assert other.url != cluster.url
        assert other.ca_file.read_text() != cluster.ca_file.read_text()
        names = [item["metadata"]["name"] for item in other.request("GET", "/api/v1/nodes").json["items"]]
        assert names == other.nodes == ["node-0", "node-1"]
        assert other.request("GET", f"/api/v1/namespaces/{space}").status == 404
        with pytest.raises(ssl.SSLCertVerificationError):
            call(int(other.url.rpartition(":")[2]), "GET", "/version", ca_file=cluster.ca_file)
    assert not other.directory.exists()
    assert cluster.request("GET", "/readyz").text == "ok"


def test_the_kubeconfig_needs_no_other_file(cluster: Cluster, tmp_path: Path) -> None:
    copied = tmp_path / "kubeconfig"
    copied.write_text(cluster.kubeconfig.read_text())
    assert "kubernetes-admin" in cluster.kubectl("auth", "whoami", f"--kubeconfig={copied}")
    assert cluster.kubeconfig.stat().st_mode & 0o777 == 0o600
    bob = cluster.client_certificate("bob")
    unverified = cluster.write_kubeconfig(tmp_path / "unverified", certificate=bob, ca=False)
    with pytest.raises(ClusterError, match="certificate signed by unknown authority"):
        cluster.kubectl("get", "nodes", f"--kubeconfig={unverified}")
    insecure = cluster.write_kubeconfig(tmp_path / "insecure", certificate=bob, ca=False, insecure=True)
    assert "bob" in cluster.kubectl("auth", "whoami", f"--kubeconfig={insecure}")
