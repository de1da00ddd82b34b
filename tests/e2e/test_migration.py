"""The programs of docs/migration/: that of another client, and its translation, print the same on a real cluster."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aiokube import Client
from tests.cluster.cluster import Cluster
from tests.docs.programs import CLIENTS, programs_of
from tests.e2e.streams import run_pod
from tests.support.children import output_of

pytestmark = pytest.mark.cluster

LOG = "log-2"


@pytest.fixture
async def kubeconfig(cluster: Cluster, kube: Client, tmp_path: Path) -> AsyncIterator[Path]:
    """A kubeconfig of a namespace with the pods that the programs need."""
    for name in ("web-0", "web-1"):
        await run_pod(kube, name, LOG, app="web")
    for line in ("one", "two", "three"):
        cluster.append_log(line, container=LOG)
    certificate = cluster.client_certificate("migrant", groups=["system:masters"])
    yield cluster.write_kubeconfig(tmp_path / "config", certificate=certificate, namespace=kube.namespace)


def printed(source: str, kubeconfig: Path, namespace: str) -> str:
    """Run a program in a process of its own, since other clients warn of what these tests take for an error."""
    program = kubeconfig.with_name("program.py")
    program.write_text(source)
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig)}
    return output_of(sys.executable, program, namespace, env=environment, timeout=100)


@pytest.mark.parametrize("page", CLIENTS)
async def test_both_programs_of_a_page_print_its_output(page: str, kubeconfig: Path, kube: Client) -> None:
    programs = programs_of(page)
    output = programs.pop("Output of both")
    assert set(programs) == {CLIENTS[page], "aiokube"}
    for source in programs.values():
        assert printed(source, kubeconfig, kube.namespace) == output
        await forget(kube)


async def test_the_program_of_kubernetes_asyncio_runs_on_kubernetes_aio(kubeconfig: Path, kube: Client) -> None:
    programs = programs_of("kubernetes-asyncio")
    renamed = programs["kubernetes_asyncio"].replace("kubernetes_asyncio", "kubernetes.aio")
    without = renamed.replace("            _preload_content=False,\n", "")
    source = without.replace("pod_exec(", "pod_exec_without_preload_content(")
    assert source != without != renamed
    assert printed(source, kubeconfig, kube.namespace) == programs["Output of both"]


async def forget(kube: Client) -> None:
    """Take away the label that a program has set, for the next one to wait for it."""
    for name in ("web-0", "web-1"):
        await kube.core_v1.pods.label(name, {"seen": None})
