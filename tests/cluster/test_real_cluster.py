"""RealCluster as users have it: ways in, definitions from files, and programs that are found."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
from pathlib import Path

import pytest

from aiokube.errors import Forbidden, InvalidArgument
from aiokube.models import core_v1, meta_v1
from aiokube.testing import ClusterError, RealCluster
from aiokube.testing.real.binaries import locate
from tests.cluster.cluster import PROGRAMS
from tests.cluster.test_lifecycle import processes_of, replace_program, wait_until_gone
from tests.support.children import run

pytestmark = pytest.mark.cluster


def crd(plural: str, kind: str) -> dict[str, object]:
    """A small definition."""
    # Not in ASCII, nor in the first 16 bits of Unicode.
    schema = {"type": "object", "description": "\x7f \U0001f600"}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": plural, "singular": kind.lower(), "kind": kind}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.aiokube.test"},
        "spec": {"group": "aiokube.test", "scope": "Namespaced", "names": names, "versions": [version]},
    }


def folder_of(tmp_path: Path, *names: str) -> Path:
    """A folder like KUBEBUILDER_ASSETS, with some of the real programs."""
    folder = tmp_path / "assets"
    folder.mkdir()
    found = locate(PROGRAMS)
    for name in names:
        (folder / name).symlink_to(found[name])
    return folder


async def test_users_groups_and_definitions(tmp_path: Path) -> None:
    (tmp_path / "crds").mkdir()
    (tmp_path / "crds" / "widgets.json").write_text(json.dumps(crd("widgets", "Widget")))
    (tmp_path / "crds" / "kustomization.yaml").write_text("kind: Kustomization\n")
    (tmp_path / "gears.yaml").write_text(f"---\n{json.dumps(crd('gears', 'Gear'))}\n---\n")
    async with RealCluster(crds=[tmp_path / "crds", tmp_path / "gears.yaml"]) as cluster:
        assert cluster.has_controllers
        assert "kwok" not in cluster.pids
        assert cluster.config(namespace="kube-system").namespace == "kube-system"
        assert stat.S_IMODE(cluster.kubeconfig.stat().st_mode) == 0o600
        async with cluster.client() as kube:
            for kind in ("Widget", "Gear"):
                await kube.api("aiokube.test/v1", kind).create({"metadata": {"name": "first"}})
            rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]
            await kube.api("clusterroles").create({"metadata": {"name": "pods"}, "rules": rules})
            role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "pods"}
            subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "watchers"}
            await kube.api("clusterrolebindings").create(
                {"metadata": {"name": "pods"}, "roleRef": role, "subjects": [subject]}
            )
        async with cluster.client(user="jane") as jane:
            with pytest.raises(Forbidden, match='User "jane" cannot list'):
                await jane.core_v1.pods.list()
        async with cluster.client(user="jane", groups=["developers", "watchers"]) as jane:
            await jane.core_v1.pods.list()
        async with cluster.client(user="system:serviceaccount:default:builder") as builder:
            review = await builder.authentication_v1.self_subject_reviews.create({})
            groups = {"system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"}
            assert set(review.to_dict()["status"]["userInfo"]["groups"]) == groups
        assert cluster.kubeconfig_for("jane") == cluster.kubeconfig_for("jane")
        for invalid in (lambda: cluster.kubeconfig_for(""), lambda: cluster.config(groups=["watchers"])):
            with pytest.raises(InvalidArgument, match="user: must be the name of a user"):
                invalid()
        # No secret is on a command line.
        lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in cluster.pids.values()]
        assert all(lines)
        assert not [line for line in lines if b"BEGIN" in line or b"token" in line.lower()]
        folder = cluster.kubeconfig.parent
    wait_until_gone(folder)


async def test_etcd_and_kube_apiserver_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(folder_of(tmp_path, "etcd", "kube-apiserver")))
    with RealCluster() as cluster:
        assert cluster.pids.keys() == {"etcd", "kube-apiserver"}
        assert not cluster.has_controllers
        async with cluster.client() as kube:
            # Nothing makes service accounts, and nothing asks for them.
            container = core_v1.Container(name="main", image="none")
            pod = core_v1.Pod(metadata=meta_v1.ObjectMeta(name="a"), spec=core_v1.PodSpec(containers=[container]))
            assert (await kube.core_v1.pods.create(pod)).status.phase == "Pending"
    with pytest.raises(
        ClusterError, match=r"KUBEBUILDER_ASSETS is .* has no executable kube-controller-manager, kube-sch"
    ):
        RealCluster(pods_run=True).start()


def test_programs_on_path_are_taken_if_their_version_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(
        tmp_path, *(name for name in PROGRAMS if name not in ("kwok", "kubectl")), "etcd", "kube-apiserver"
    )
    built = locate()
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setenv("PATH", str(folder))
    assert {path.parent for path in locate().values()} == {folder}
    assert locate(version="1.37")["etcd"] == folder / "etcd"
    assert locate(["kubectl"])["kubectl"] == built["kubectl"]
    replace_program(folder, "kube-apiserver", "echo Kubernetes v1.30.1")
    assert locate(version="1.37") == built
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(folder))
    assert locate(version="1.37") == built
    assert locate()["kube-apiserver"] == folder / "kube-apiserver"
    (folder / "kube-scheduler").unlink()
    monkeypatch.delenv("KUBEBUILDER_ASSETS")
    with pytest.raises(ClusterError, match=r"PATH, where .*/kube-apiserver is, has no executable kube-scheduler"):
        locate(["kube-scheduler"])


def test_a_definition_that_is_refused_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(folder_of(tmp_path, "etcd", "kube-apiserver")))
    wrong = {**crd("widgets", "Widget"), "metadata": {"name": "gadgets.aiokube.test"}}
    (tmp_path / "wrong.json").write_text(json.dumps(wrong))
    with pytest.raises(ClusterError, match=r"crds: gadgets\.aiokube\.test was refused with 422: .*metadata\.name"):
        RealCluster(crds=[tmp_path / "wrong.json"]).start()


async def test_a_start_that_is_cancelled_leaves_nothing_behind() -> None:
    cluster = RealCluster()

    async def use() -> None:
        async with cluster:
            pytest.fail("it has started")

    starting = asyncio.create_task(use())
    while "kube-apiserver" not in cluster.pids:
        await asyncio.sleep(0.01)
    folder = cluster.kubeconfig.parent
    assert processes_of(folder)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    wait_until_gone(folder)


def test_the_command_runs_a_program_with_the_cluster() -> None:
    program = "import os, aiokube; print(aiokube.Config.load().server, os.environ['KUBECONFIG'])"
    options = (sys.executable, "-m", "aiokube.testing")
    for more in ((), ("--real", "--")):
        done = run(*options, *more, sys.executable, "-c", f"{program}; raise SystemExit(3)")
        assert done.returncode == 3, done.stderr
        server, path = done.stdout.split()
        assert server.startswith("https://127.0.0.1:")
        assert not Path(path).exists()
    missing = run(*options, "--real", "--version", "1.2")
    assert missing.returncode == 1
    assert "no control plane of Kubernetes '1.2' to build: there are 1.34" in missing.stderr
