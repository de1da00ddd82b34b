"""The clients that the benchmarks measure."""

from __future__ import annotations

from aiokube.testing.real.binaries import MODULES
from bench.clients import CLIENT_GO_VERSION, PEERS, QUICK_PEERS, reason_of


def test_client_go_is_of_the_version_of_the_test_cluster() -> None:
    kubernetes = next(module for module in MODULES if module.name == "kubernetes")
    assert kubernetes.require(r"^\s*k8s.io/client-go (v\S+)", "client-go") == CLIENT_GO_VERSION


def test_the_reason_of_a_failure_has_no_path_of_this_machine() -> None:
    assert reason_of("Traceback\nImportError: no name 'x' in 'kubex' (/home/me/kubex.py)\n") == (
        "ImportError: no name 'x' in 'kubex'"
    )
    assert reason_of("") == ""


def test_a_quick_run_leaves_slow_peers_out() -> None:
    assert "kr8s" in PEERS
    assert "kr8s" not in QUICK_PEERS
