"""Manifests applied to, compared with, and deleted from the real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import ApplyConflict, DecodeError, InvalidArgument, InvalidRequest, ManifestError, NotFound
from aiokube.manifests import ObjectResult, Results
from aiokube.models import core_v1, meta_v1
from tests.cluster.cluster import Cluster
from tests.support.children import run

pytestmark = pytest.mark.cluster

SETTINGS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {level: info}
---
apiVersion: v1
kind: Secret
metadata: {name: password}
stringData: {password: hunter2}
"""
# In the wrong order: the object before its namespace, and both before the definition.
CRONS = """
apiVersion: {group}/v1
kind: Cron
metadata: {{name: nightly, namespace: {namespace}}}
spec: {{schedule: "0 3 * * *"}}
---
apiVersion: v1
kind: Namespace
metadata: {{name: {namespace}}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: crons.{group}}}
spec:
  group: {group}
  names: {{kind: Cron, plural: crons, singular: cron}}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {{type: object, properties: {{schedule: {{type: string}}}}}}
"""


def actions(results: Results) -> dict[str, str]:
    return {f"{one.kind}/{one.name}": one.action for one in results}


@pytest.fixture
async def ci(cluster: Cluster, namespace: str) -> AsyncIterator[Client]:
    """A client with a field manager, whose namespace is the test's own."""
    async with Client(kubeconfig=cluster.kubeconfig, namespace=namespace, field_manager="ci") as client:
        yield client


async def test_objects_are_created_then_unchanged_then_configured(ci: Client) -> None:
    seen: list[ObjectResult] = []
    first = await ci.apply(SETTINGS, on_result=seen.append)
    assert actions(first) == {"ConfigMap/settings": "created", "Secret/password": "created"}
    assert {id(one) for one in seen} == {id(one) for one in first}
    assert actions(await ci.apply(SETTINGS)) == {"ConfigMap/settings": "unchanged", "Secret/password": "unchanged"}
    changed = await ci.apply(SETTINGS.replace("info", "debug"))
    assert actions(changed) == {"ConfigMap/settings": "configured", "Secret/password": "unchanged"}
    assert changed[0].object is not None and changed[0].object["data"] == {"level": "debug"}
    assert changed[0].place == "document 1 (line 2)" and changed[0].namespace == ci.namespace
    assert str(changed).splitlines()[0] == f"configmap/settings in {ci.namespace} configured"


async def test_an_apply_keeps_text_that_yaml_reads_otherwise(ci: Client) -> None:
    data = {"a": "one \u2028 two \x85 three", "b": "\x7f\x9f\ufffe \U0001f600"}
    manifest: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "text"}, "data": data}
    path = f"/api/v1/namespaces/{ci.namespace}/configmaps/text"
    query, content_type = {"fieldManager": "ci"}, "application/apply-patch+yaml"
    for change in ("create", "update"):
        manifest["data"] = {**data, "change": change}
        stored = [
            (await ci.core_v1.config_maps.apply(manifest)).data,
            (await ci.apply([manifest]))[0].object["data"],  # type: ignore[index] # applied
            (await ci.request("PATCH", path, query=query, body=manifest, content_type=content_type)).json()["data"],
        ]
        assert stored == [manifest["data"]] * 3


async def test_a_kind_of_the_same_source_is_served_before_its_objects(ci: Client) -> None:
    group = f"{ci.namespace}.example.com"
    source = CRONS.format(group=group, namespace=f"{ci.namespace}-crons")
    names = ["Cron/nightly", f"Namespace/{ci.namespace}-crons", f"CustomResourceDefinition/crons.{group}"]
    trial = await ci.apply(source, dry_run=True)
    assert trial.dry_run and actions(trial) == dict.fromkeys(names, "created")
    with pytest.raises(NotFound):
        await ci.core_v1.namespaces.get(f"{ci.namespace}-crons")
    assert all(one.text for one in await ci.diff(source))
    assert actions(await ci.apply(source)) == dict.fromkeys(names, "created")
    assert actions(await ci.apply(source)) == dict.fromkeys(names, "unchanged")
    assert not any(await ci.diff(source))
    assert actions(await ci.delete(source, wait=30)) == dict.fromkeys(names, "deleted")
    with pytest.raises(NotFound):
        await ci.apiextensions_v1.custom_resource_definitions.get(f"crons.{group}")
    assert actions(await ci.delete(source)) == dict.fromkeys(names, "absent")


async def test_a_failure_stops_nothing_and_is_raised_at_the_end(ci: Client, tmp_path: Path) -> None:
    file = tmp_path / "all.yaml"
    unknown = "apiVersion: no.example.com/v1\nkind: Nothing\nmetadata: {name: a}\n"
    invalid = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 100000}]}\n"
    file.write_text(f"{unknown}---\n{invalid}---{SETTINGS}")
    with pytest.raises(ManifestError) as caught:
        await ci.apply(file)
    assert actions(caught.value.results) == {
        "Nothing/a": "failed",
        "Service/web": "failed",
        "ConfigMap/settings": "created",
        "Secret/password": "created",
    }
    lines = str(caught.value).splitlines()
    assert lines[0] == "2 of 4 objects failed:"
    assert f"{file}: document 1 (line 1): nothing.no.example.com/a failed: the server does not serve" in lines[1]
    assert f"{file}: document 2 (line 5): service/web in {ci.namespace} failed: 422 Invalid" in lines[2]


async def test_a_conflict_names_the_other_manager(ci: Client) -> None:
    settings, changed = (SETTINGS.replace("info", level).partition("---")[0] for level in ("info", "debug"))
    other = SETTINGS.partition("---")[2]
    await ci.apply(settings, field_manager="alice")
    with pytest.raises(ManifestError, match=r'conflict with "alice": \.data\.level') as caught:
        await ci.apply([changed, other])
    assert actions(caught.value.results) == {"ConfigMap/settings": "conflict", "Secret/password": "created"}
    error = caught.value.results[0].error
    assert isinstance(error, ApplyConflict) and error.managers == ["alice"]
    with pytest.raises(ManifestError, match="alice"):
        await ci.diff(changed)
    assert actions(await ci.apply(changed, force=True)) == {"ConfigMap/settings": "configured"}


async def test_nothing_is_sent_when_a_manifest_is_wrong(ci: Client) -> None:
    with pytest.raises(DecodeError, match=r"document 1 \(line 2\): ConfigMap settings: dta: unknown field; data"):
        await ci.apply(SETTINGS.replace("\ndata:", "\ndta:"))
    with pytest.raises(DecodeError, match=r"ConfigMap settings is in the source twice, first in document 1"):
        await ci.apply([SETTINGS, SETTINGS])
    with pytest.raises(InvalidArgument, match="source has no objects"):
        await ci.apply("---\n")
    async with Client(config=ci.config) as nobody:
        with pytest.raises(InvalidRequest, match="field_manager: is missing"):
            await nobody.apply(SETTINGS)
        with pytest.raises(InvalidRequest, match="field_manager: is missing"):
            await nobody.diff(SETTINGS)
    with pytest.raises(NotFound):
        await ci.core_v1.config_maps.get("settings")


async def test_a_partial_manifest_is_applied(ci: Client) -> None:
    await ci.apply(SETTINGS)
    done = await ci.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "b"}}
    )
    assert actions(done) == {"ConfigMap/settings": "configured"}
    typed = core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name="typed"), data={"a": "b"})
    assert actions(await ci.apply([typed])) == {"ConfigMap/typed": "created"}


async def test_a_diff_masks_secrets_and_is_that_of_kubectl(ci: Client, cluster: Cluster) -> None:
    await ci.apply(SETTINGS)
    changed = SETTINGS.replace("info", "debug").replace("hunter2", "hunter3")
    settings, password = await ci.diff(changed)
    for hidden in ("hunter", "aHVudGVy", "managedFields"):
        assert hidden not in settings.text + password.text
    assert "-  password: '*** (before)'\n+  password: '*** (after)'" in password.text
    command = cluster.kubectl_command(*("diff", "--server-side", "--field-manager=ci", "-n", ci.namespace, "-f", "-"))
    theirs = (await asyncio.to_thread(run, *command, stdin=changed)).stdout
    assert _changes(settings.text) == ["-  level: info", "+  level: debug"]
    ours = _changes(f"{settings.text}\n{password.text}")
    assert [line.replace("'", "") for line in ours] == [line.replace("'", "") for line in _changes(theirs)]
    assert not any(await ci.diff(SETTINGS))


def _changes(text: str) -> list[str]:
    return [line for line in text.splitlines() if line[:1] in "+-" and not line.startswith(("---", "+++"))]


async def test_waiting_for_a_deployment(ci: Client) -> None:
    web = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "web:1"}]},
            },
        },
    }
    (result,) = await ci.apply(web, wait=60)
    assert result.object is not None and result.object["status"]["availableReplicas"] == 2
    web["spec"]["template"]["spec"]["nodeSelector"] = {"no": "such-node"}  # type: ignore[index]
    with pytest.raises(
        ManifestError, match=r"deployment.apps/web in \S+ configured: not ready within 1 s: Waiting for deployment"
    ) as caught:
        await ci.apply(web, wait=1)
    assert actions(caught.value.results) == {"Deployment/web": "configured"}
