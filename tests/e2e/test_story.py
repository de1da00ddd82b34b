"""The whole story of `examples/story.py`, each step against what the real server answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiokube.models import core_v1
from examples import story
from tests.cluster.cluster import Cluster

pytestmark = pytest.mark.cluster


async def test_from_curl_to_code(cluster: Cluster, tmp_path: Path) -> None:
    kubeconfig = str(cluster.kubeconfig)

    admin = story.find_server(kubeconfig)
    assert admin.server == cluster.url

    refused = await story.without_ca(admin)
    assert "unable to get local issuer certificate" in str(refused)
    assert "certificate-authority-data" in str(refused)

    nobody = await story.anonymous(admin)
    assert (nobody.code, nobody.reason, nobody.status.status) == (403, "Forbidden", "Failure")
    assert nobody.message == 'forbidden: User "system:anonymous" cannot get path "/"'

    assert (await story.unverified(admin)).message == nobody.message

    account = await story.service_account(admin)
    known = await story.as_service_account(account)
    assert known.code == 403
    assert known.message == 'forbidden: User "system:serviceaccount:default:default" cannot get path "/"'

    async with story.cluster_admin(admin) as binding:
        assert binding.metadata.uid
        assert {"/api", "/api/v1", "/apis/apps/v1", "/openapi/v2", "/version"} <= set(await story.paths(account))

        running = await story.run_pod(account)
        assert running.status.phase == "Running"
        assert running.status.pod_ip
        assert running.spec.node_name in cluster.nodes

        listed = await story.list_pods(account)
        assert [pod.metadata.uid for pod in listed.items] == [running.metadata.uid]
        assert listed.items[0].kind == "Pod"
        assert listed.items[0].api_version == "v1"

        assert (await story.label_pod(account)).metadata.labels == {"app": story.NAME, "story": "told"}

        cluster.append_log("told so far")
        assert (await story.pod_log(account)).splitlines()[-1] == "told so far"

        await story.evict_pod(account)
        assert (await story.list_pods(account)).items == []

        again = await story.run_pod(account)
        assert isinstance(again, core_v1.Pod)
        await story.delete_pod(account)
        assert (await story.list_pods(account)).items == []

    report = await story.generate(kubeconfig, tmp_path)
    assert "72 resources" in report
    assert await story.call_generated(kubeconfig, tmp_path) == f"v1.37.2 {len(cluster.nodes)}"
