"""Changes that applies report, take over from client-side applies, and store beside others, on the real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import ManifestError
from aiokube.manifests import Results
from tests.cluster.cluster import Cluster
from tests.support.children import run

pytestmark = pytest.mark.cluster

_KINDS = "applyset.kubernetes.io/contains-group-kinds"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def setting(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def password(name: str, text: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"password": text}}


def web(label: str) -> dict[str, Any]:
    pods = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": {"version": label}},
        "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "web"}}, "template": pods},
    }


def actions(results: Results) -> dict[str, str]:
    return {one.name: one.action for one in results}


@pytest.fixture
async def ci(cluster: Cluster, namespace: str) -> AsyncIterator[Client]:
    async with Client(kubeconfig=cluster.kubeconfig, namespace=namespace, field_manager="ci") as client:
        yield client


async def kubectl(cluster: Cluster, namespace: str, manifest: dict[str, Any], *arguments: str) -> None:
    """Apply a manifest with kubectl."""
    command = cluster.kubectl_command("apply", "-n", namespace, *arguments, "-f", "-")
    done = await asyncio.to_thread(run, *command, stdin=json.dumps(manifest))
    assert done.returncode == 0, done.stderr


async def test_a_dry_run_reports_what_the_apply_reports_afterwards(ci: Client) -> None:
    first = [setting("same", a="1"), setting("data", a="1"), password("secret", "hunter1"), web("1")]
    await ci.apply(first)
    labelled = {**setting("same", a="1"), "metadata": {"name": "same", "labels": {"a": "b"}}}
    for source in (
        first,
        [setting("same", a="1"), setting("data", a="2"), password("secret", "hunter2"), web("2"), setting("new")],
        [labelled, setting("data"), password("secret", "hunter2"), web("2")],
    ):
        trial = actions(await ci.apply(source, dry_run=True))
        assert actions(await ci.apply(source)) == trial
    # A manager that comes to own a field changes the object.
    for action in ("configured", "unchanged"):
        trial = actions(await ci.apply(web("2"), dry_run=True, field_manager="other"))
        assert actions(await ci.apply(web("2"), field_manager="other")) == trial == {"web": action}


async def test_changes_within_a_second_are_all_seen(ci: Client) -> None:
    await ci.apply([web("0"), setting("a", b="0")])
    for number in "123":
        done = await ci.apply([web(number), setting("a", b=number)])
        assert actions(done) == {"web": "configured", "a": "configured"}


@pytest.mark.parametrize("manager", ["kubectl", "ci"])
async def test_client_side_applies_are_taken_over_as_by_kubectl(ci: Client, cluster: Cluster, manager: str) -> None:
    for name in ("ours", "theirs"):
        await kubectl(cluster, ci.namespace, setting(name, kept="1", removed="1"))
    assert actions(await ci.apply(setting("ours", kept="1"), field_manager=manager)) == {"ours": "configured"}
    await kubectl(cluster, ci.namespace, setting("theirs", kept="1"), "--server-side", f"--field-manager={manager}")
    ours, theirs = [await ci.core_v1.config_maps.get(name) for name in ("ours", "theirs")]
    assert ours.data == theirs.data == {"kept": "1"}
    assert ours.metadata.annotations.keys() == theirs.metadata.annotations.keys()
    owners = [
        {(entry.manager, entry.operation, bytes(entry.fields_v1 or b"")) for entry in one.metadata.managed_fields}
        for one in (ours, theirs)
    ]
    assert owners[0] == owners[1]
    assert actions(await ci.apply(setting("ours", kept="1"), field_manager=manager)) == {"ours": "unchanged"}
    # kubectl goes on, on either side.
    await kubectl(cluster, ci.namespace, setting("ours", kept="1"), "--server-side", f"--field-manager={manager}")
    await kubectl(cluster, ci.namespace, setting("ours", kept="2"))
    assert (await ci.core_v1.config_maps.get("ours")).data == {"kept": "2"}


async def test_a_dry_run_takes_nothing_over(ci: Client, cluster: Cluster) -> None:
    await kubectl(cluster, ci.namespace, setting("a", kept="1", removed="1"))
    before = await ci.core_v1.config_maps.get("a")
    await ci.apply(setting("a", kept="1"), dry_run=True)
    await ci.diff(setting("a", kept="1"))
    assert await ci.core_v1.config_maps.get("a") == before


async def test_two_applies_of_a_set_at_once_leave_no_member_of_an_unknown_kind(ci: Client) -> None:
    accounts = [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}} for name in "abc"]
    for name in ("one", "two", "three", "four"):
        await ci.apply(setting("a"), prune=name)
        calls = (ci.apply([setting("a"), setting("b")], prune=name), ci.apply(accounts, prune=name))
        await asyncio.gather(*calls)
        parent = (await ci.core_v1.secrets.get(name)).metadata
        members = f"applyset.kubernetes.io/part-of={parent.labels['applyset.kubernetes.io/id']}"
        kinds = parent.annotations[_KINDS].split(",")
        assert "ConfigMap" in kinds or not await ci.core_v1.config_maps.list(label_selector=members)
        assert "ServiceAccount" in kinds or not await ci.core_v1.service_accounts.list(label_selector=members)
        await ci.apply(setting("a"), prune=name)
        assert (await ci.core_v1.secrets.get(name)).metadata.annotations[_KINDS] == "ConfigMap"


async def test_a_finalizer_that_holds_up_a_deletion_is_named(ci: Client) -> None:
    held = {**setting("held"), "metadata": {"name": "held", "finalizers": ["example.com/hold"]}}
    await ci.apply(held)
    with pytest.raises(ManifestError, match=r"not gone within 0\.2 s: .*the finalizers example.com/hold hold up"):
        await ci.delete([held, setting("other")], wait=0.2)
    await ci.core_v1.config_maps.patch("held", {"metadata": {"finalizers": None}})


async def test_whole_numbers_of_templates_are_taken(ci: Client) -> None:
    text = json.dumps(web("1")).replace('"replicas": 0', '"replicas": 2.0, "minReadySeconds": 1e+01')
    for source in (text, f"# YAML\n{text}"):
        (result,) = await ci.apply(source)
        assert result.object is not None
        assert (result.object["spec"]["replicas"], result.object["spec"]["minReadySeconds"]) == (2, 10)


async def test_a_diff_of_a_long_text_leaves_the_loop_to_others(ci: Client) -> None:
    def dashboard(version: int) -> dict[str, Any]:
        panels = [{"id": number, "version": version, "options": [*range(30)]} for number in range(200)]
        return setting("dashboard", json=json.dumps(panels, indent=1))

    await ci.apply(dashboard(1))
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    (change,) = await ci.diff(dashboard(2))
    counting.cancel()
    assert change.text.count('+      "version": 2,') == 200
    # The two requests alone take some dozens.
    assert turns > 2000, turns


def definition(group: str, *fields: str) -> dict[str, Any]:
    spec = {"type": "object", "properties": {field: {"type": "string"} for field in fields}}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"crons.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": "Cron", "plural": "crons"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }


async def test_an_object_has_the_fields_that_its_definition_gains_in_the_same_source(ci: Client) -> None:
    group = f"{ci.namespace}.example.com"
    cron = {"apiVersion": f"{group}/v1", "kind": "Cron", "metadata": {"name": "nightly"}}
    fields: list[str] = []
    for number in range(10):
        fields.append(f"field{number}")
        source = [{**cron, "spec": dict.fromkeys(fields, "x")}, definition(group, *fields)]
        if number == 1:
            assert actions(await ci.apply(source, dry_run=True)) == {
                "nightly": "configured",
                f"crons.{group}": "configured",
            }
            assert [line for line in str((await ci.diff(source))[0]).splitlines() if line[0] in "+-"][2:] == [
                "+  field1: x"
            ]
        await ci.apply(source)
    # Discovery has the definition for a while after it is gone.
    for number in range(3):
        await ci.delete(definition(group), wait=30)
        source = [{**cron, "spec": {f"again{number}": "x"}}, definition(group, f"again{number}")]
        assert actions(await ci.apply(source)) == {"nightly": "created", f"crons.{group}": "created"}
    await ci.delete(definition(group))
