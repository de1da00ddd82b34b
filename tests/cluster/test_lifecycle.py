"""A test cluster starts or says why not, and leaves nothing behind however it ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aiokube.testing.real.binaries import locate
from aiokube.testing.real.processes import Supervisor
from tests.cluster import Cluster, ClusterError
from tests.cluster.cluster import PROGRAMS, START_TIMEOUT
from tests.support.children import child, output_of

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).parents[2]


def processes_of(directory: Path) -> list[int]:
    """Every process of a cluster, and what exec has started in it: they have its directory as HOME."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            values = environ.read_bytes().split(b"\0")
        except OSError:  # it has ended, or is somebody else's
            continue
        if f"HOME={directory}".encode() in values:
            found.append(int(environ.parent.name))
    return found


def wait_until_gone(directory: Path) -> None:
    deadline = time.monotonic() + 10
    while processes_of(directory) or directory.exists():
        assert time.monotonic() < deadline, (processes_of(directory), directory.exists())
        time.sleep(0.05)


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A KUBEBUILDER_ASSETS with the real programs, to be replaced by a test."""
    programs = locate(PROGRAMS)
    directory = tmp_path / "assets"
    directory.mkdir()
    for name, path in programs.items():
        (directory / name).symlink_to(path)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(directory))
    return directory


def replace_program(assets: Path, name: str, script: str) -> None:
    """Puts a shell script in the place of a program; $REAL is the program."""
    real = (assets / name).readlink()
    (assets / name).unlink()
    (assets / name).write_text(f"#!/bin/sh\nREAL={real}\n{script}\n")
    (assets / name).chmod(0o755)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_program_leaves_nothing_behind(number: signal.Signals) -> None:
    with child(sys.executable, "-m", "tests.cluster", cwd=ROOT, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        exports = program.stdout.readline() + program.stdout.readline()
        found = output_of("sh", "-c", f'{exports}echo "$KUBECONFIG"; command -v kubectl').splitlines()
        kubeconfig = Path(found[0])
        directory = kubeconfig.parent
        assert found[1:] == [str(locate(PROGRAMS)["kubectl"])]
        kubectl = [found[1], f"--kubeconfig={kubeconfig}"]
        output_of(*kubectl, "run", "web", "--image=none")
        output_of(*kubectl, "wait", "--for=condition=Ready", "pod/web")
        before = set(processes_of(directory))
        assert len(before) == 5
        with child(*kubectl, "exec", "web", "--", "sleep", "300", stderr=subprocess.DEVNULL) as sleeper:
            while len(processes_of(directory)) == len(before):
                time.sleep(0.05)
            os.killpg(program.pid, number)
            wait_until_gone(directory)
            sleeper.wait(10)
        assert program.stdout.read() == ""  # the two commands were all
    assert program.returncode == (-signal.SIGKILL if number == signal.SIGKILL else 0)


def test_processes_end_with_a_killed_supervisor() -> None:
    supervisor = Supervisor()
    supervisor.start("sleeper", ["sleep", "300"])
    assert len(processes_of(supervisor.directory)) == 1
    os.kill(supervisor.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while processes_of(supervisor.directory):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with pytest.raises(ClusterError, match=r"stopped|supervisor has ended"):
        supervisor.exited()
    supervisor.close()
    shutil.rmtree(supervisor.directory)


def test_a_process_that_ignores_sigterm_is_killed_after_its_grace() -> None:
    supervisor = Supervisor()
    supervisor.start("stubborn", ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"])
    while "ready" not in supervisor.log("stubborn"):
        time.sleep(0.01)
    started = time.monotonic()
    supervisor.stop("stubborn", grace=0.5)
    assert 0.5 <= time.monotonic() - started < 3
    assert supervisor.exited() == {}
    supervisor.close()
    wait_until_gone(supervisor.directory)


def test_a_program_that_cannot_be_run_is_named() -> None:
    supervisor = Supervisor()
    with pytest.raises(ClusterError, match=r"start ghost: .*No such file.*/no/such/program"):
        supervisor.start("ghost", ["/no/such/program"])
    supervisor.close()
    with pytest.raises(ClusterError, match="the cluster has been stopped"):
        supervisor.exited()


def test_a_component_that_ends_is_named_with_its_output(assets: Path) -> None:
    replace_program(assets, "kube-apiserver", "echo cannot go on; exit 3")
    cluster = Cluster()
    with pytest.raises(ClusterError, match=r"kube-apiserver ended with exit code 3:\n  \| cannot go on"):
        cluster.start()
    wait_until_gone(cluster.directory)


def test_a_component_that_is_never_ready_is_named_with_its_output(assets: Path) -> None:
    assert START_TIMEOUT == 20
    replace_program(assets, "kube-apiserver", "echo thinking; exec sleep 300")
    cluster = Cluster(start_timeout=1)
    with pytest.raises(
        ClusterError, match=r"kube-apiserver was not ready within 1 s \(.*Connection refused\):\n  \| thinking"
    ):
        cluster.start()
    wait_until_gone(cluster.directory)


def test_a_taken_port_makes_it_start_again(assets: Path, tmp_path: Path) -> None:
    tried = tmp_path / "tried"
    complaint = "listen tcp 127.0.0.1:1: bind: address already in use"
    replace_program(
        assets, "kube-scheduler", f'[ -e {tried} ] || {{ touch {tried}; echo "{complaint}"; exit 1; }}; exec $REAL "$@"'
    )
    with Cluster() as cluster:
        assert tried.exists()
        assert cluster.request("GET", "/readyz").status == 200


def test_a_port_that_stays_taken_is_an_error(assets: Path) -> None:
    replace_program(assets, "etcd", "echo address already in use; exit 1")
    with pytest.raises(ClusterError, match=r"etcd ended with exit code 1:\n.*address already in use"):
        Cluster().start()


def test_a_cluster_that_is_not_running_says_so() -> None:
    with pytest.raises(ClusterError, match="has not been started"):
        Cluster().kubectl("get", "nodes")
    with pytest.raises(ValueError, match="nodes must be 1 or more, not 0"):
        Cluster(nodes=0)
