"""Pages with outputs run on a real cluster, and print what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiokube import Client
from tests.cluster.cluster import Cluster
from tests.docs.guides import PAGES, run_guide
from tests.docs.outputs import matches, normalised

pytestmark = pytest.mark.cluster


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}")
async def test_a_page_prints_what_it_says(
    page: Path, cluster: Cluster, kube: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = cluster.client_certificate("reader", groups=["system:masters"])
    kubeconfig = cluster.write_kubeconfig(tmp_path / "config", certificate=certificate, namespace=kube.namespace)
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    monkeypatch.chdir(tmp_path)
    for block, output in await run_guide(page, kube):
        assert matches(block.text, output), f"{block}: it prints\n{normalised(output)}; `make outputs` accepts that"
