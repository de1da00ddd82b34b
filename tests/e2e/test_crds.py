"""A package generated from a cluster with CRDs: their models, their methods, and the round trip of their objects."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from aiokube.errors import ApplyConflict, Invalid, NotFound
from tests.cluster.cluster import Cluster
from tests.codegen.command import AIOKUBE
from tests.support.children import output_of
from tests.support.explained import fields_by_aiokube, fields_by_kubectl

pytestmark = pytest.mark.cluster

CRDS = Path(__file__).parents[1] / "codegen" / "crds"


@pytest.fixture(scope="module")
def extended(cluster: Cluster) -> Iterator[Cluster]:
    """A cluster of its own: the CRDs would be in the way of tests that look at all that a cluster serves."""
    with Cluster() as running:
        running.kubectl("apply", "-f", str(CRDS))
        deadline = time.monotonic() + 60
        while "com.example.names.v1.Raw" not in running.kubectl("get", "--raw", "/openapi/v2"):
            assert time.monotonic() < deadline, "the CRDs do not appear in /openapi/v2"
            time.sleep(0.5)
        yield running


@pytest.fixture(scope="module")
def package(extended: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The package generated from it, imported."""
    folder = tmp_path_factory.mktemp("generated")
    output_of(*AIOKUBE, "generate", "--kubeconfig", extended.kubeconfig, "--output", folder / "extended")
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield importlib.import_module("extended")
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == "extended"]:
        del sys.modules[name]


@pytest.fixture
async def kube(package: Any, extended: Cluster) -> AsyncIterator[Any]:
    """A client of the generated package."""
    async with package.Client(kubeconfig=extended.kubeconfig) as client:
        yield client


@pytest.fixture
def stable(package: Any) -> Any:
    """The models of the CronTab's group."""
    return importlib.import_module("extended.models.stable_example_com_v1")


async def test_round_trip_of_a_custom_resource(kube: Any, stable: Any, package: Any) -> None:
    meta = importlib.import_module("extended.models.meta_v1")
    tabs = kube.stable_example_com_v1.cron_tabs
    schedule = stable.CronTabSpecSchedule(time_zone="Etc/UTC", deadline_seconds=1 << 40)
    spec = stable.CronTabSpec(cron_spec="* * * * */5", image="busybox:1.37", schedule=schedule)
    tab = stable.CronTab(metadata=meta.ObjectMeta(name="nightly", labels={"test": "yes"}), spec=spec)

    created = await tabs.create(tab)
    assert isinstance(created, stable.CronTab)
    assert (created.api_version, created.kind) == ("stable.example.com/v1", "CronTab")
    assert created.spec.replicas == 1  # the CRD's default
    assert created.spec.schedule == schedule

    assert (await tabs.get("nightly")).metadata.uid == created.metadata.uid

    patched = await tabs.patch("nightly", {"spec": {"replicas": 2}})
    assert patched.spec.replicas == 2

    patched.spec.image = "busybox:1.36"
    replaced = await tabs.replace(patched)
    assert replaced.spec.image == "busybox:1.36"

    wanted = stable.CronTab(metadata=meta.ObjectMeta(name="nightly"), spec=stable.CronTabSpec(cron_spec="@daily"))
    with pytest.raises(ApplyConflict):
        await tabs.apply(wanted, field_manager="test")
    applied = await tabs.apply(wanted, field_manager="test", force=True)
    assert applied.spec.cron_spec == "@daily"

    listed = await tabs.list(label_selector="test=yes")
    assert [(one.kind, one.metadata.name) for one in listed.items] == [("CronTab", "nightly")]
    assert [one.metadata.name async for one in tabs.iterate(all_namespaces=True)] == ["nightly"]

    with pytest.raises(Invalid) as invalid:
        await tabs.patch("nightly", {"spec": {"replicas": 11}})
    assert [cause.field_ for cause in invalid.value.causes] == ["spec.replicas"]

    await tabs.delete("nightly")
    with pytest.raises(NotFound):
        await tabs.get("nightly")


async def test_options_of_deleting_a_collection_of_custom_resources(kube: Any) -> None:
    tabs = kube.stable_example_com_v1.cron_tabs
    for name in ("first", "second"):
        await tabs.create({"metadata": {"name": name, "labels": {"test": name}}, "spec": {"cronSpec": "@hourly"}})

    await tabs.delete_collection(dry_run="All")
    assert [tab.metadata.name for tab in (await tabs.list()).items] == ["first", "second"]

    await tabs.delete_collection(label_selector={"test": "first"}, propagation_policy="Foreground")
    first = await tabs.get("first")
    assert first.metadata.finalizers == ["foregroundDeletion"]
    await tabs.patch("first", {"metadata": {"finalizers": None}})

    await tabs.delete_collection(options={"gracePeriodSeconds": 0}, propagation_policy="Background")
    assert (await tabs.list()).items == []


async def test_status_and_scale_of_a_custom_resource(kube: Any, stable: Any) -> None:
    tabs = kube.stable_example_com_v1.cron_tabs
    await tabs.create({"metadata": {"name": "scaled"}, "spec": {"cronSpec": "@hourly", "replicas": 3}})

    seen = {"status": {"replicas": 3, "labelSelector": "a=b", "lastRun": "2026-01-02T03:04:05Z"}}
    with_status = await tabs.patch_status("scaled", seen)
    assert with_status.status.last_run.isoformat() == "2026-01-02T03:04:05+00:00"
    with_status.status.replicas = 2
    assert (await tabs.replace_status(with_status)).status.replicas == 2
    assert (await tabs.get_status("scaled")).status.label_selector == "a=b"

    scale = await tabs.get_scale("scaled")
    assert (scale.spec.replicas, scale.status.replicas, scale.status.selector) == (3, 2, "a=b")
    scale.spec.replicas = 4
    assert (await tabs.replace_scale(scale)).spec.replicas == 4
    assert (await tabs.get("scaled")).spec.replicas == 4
    await tabs.delete("scaled")


async def test_watch_of_a_custom_resource(kube: Any) -> None:
    tabs = kube.stable_example_com_v1.cron_tabs
    start = (await tabs.list()).metadata.resource_version
    await tabs.create({"metadata": {"name": "watched"}, "spec": {"cronSpec": "@hourly"}})
    await tabs.delete("watched")

    seen = []
    async for event in tabs.watch(resource_version=start, timeout_seconds=10):
        seen.append((event.type, event.object.metadata.name, event.object.kind))
        if event.type == "DELETED":
            break

    assert seen == [("ADDED", "watched", "CronTab"), ("DELETED", "watched", "CronTab")]


async def test_the_awkward_one_loses_nothing(kube: Any, extended: Cluster) -> None:
    manifest = json.loads((CRDS.parent / "oddity.json").read_text())
    oddities = kube.awkward_example_com_v1.oddities

    created = await oddities.create(manifest)
    try:
        served = json.loads(
            extended.kubectl("get", "oddities.v1.awkward.example.com", created.metadata.name, "-o", "json")
        )
        assert created.to_dict()["spec"] == served["spec"]
        assert type(created).from_yaml(created.to_yaml()) == created
        assert await oddities.replace(created) is not None
        again = json.loads(
            extended.kubectl("get", "oddities.v1.awkward.example.com", created.metadata.name, "-o", "json")
        )
        assert again["spec"] == served["spec"]
    finally:
        await oddities.delete(created.metadata.name)


async def test_kinds_named_like_the_runtime(kube: Any) -> None:
    group = kube.names_example_com_v1
    for attribute in ("models", "anies", "raws", "quantities", "lists", "datetimes"):
        resource = getattr(group, attribute)
        spec = {"at": "2026-01-02T03:04:05Z", "anything": {"a": [1, None]}, "words": ["x"]}
        created = await resource.create({"metadata": {"name": "odd"}, "spec": spec})
        assert created.to_dict()["spec"] == spec
        assert [one.metadata.name for one in (await resource.list()).items] == ["odd"]
        await resource.delete("odd")


async def test_generating_again_changes_nothing_and_replaces_whole(
    package: Any, extended: Cluster, tmp_path: Path
) -> None:
    output = tmp_path / "extended"
    command = (*AIOKUBE, "generate", "--kubeconfig", extended.kubeconfig, "--output", output)
    await asyncio.to_thread(output_of, *command)

    made = Path(package.__file__).parent
    for path in sorted(made.rglob("*.py")):
        assert (output / path.relative_to(made)).read_bytes() == path.read_bytes(), path


async def test_edit_keeps_what_newer_schemas_have(kube: Any, extended: Cluster) -> None:
    # The CRD gains a field after the models were made, as when the cluster was upgraded and the service was not.
    path = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/newer"
    schema = {"type": "array", "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    patch = json.dumps([{"op": "add", "path": path, "value": schema}])
    extended.kubectl("patch", "crd", "crontabs.stable.example.com", "--type=json", "-p", patch)
    manifest = {
        "apiVersion": "stable.example.com/v1",
        "kind": "CronTab",
        "metadata": {"name": "newer"},
        "spec": {"cronSpec": "@daily", "image": "busybox:1.36", "newer": [{"a": 1}, {"b": [None]}]},
    }
    tabs = kube.stable_example_com_v1.cron_tabs
    deadline = time.monotonic() + 30
    while True:
        extended.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
        served = json.loads(extended.kubectl("get", "crontab", "newer", "-o", "json"))
        if "newer" in served["spec"]:
            break
        assert time.monotonic() < deadline, "the schema did not change"
        await asyncio.sleep(0.2)

    def change(tab: Any) -> None:
        tab.spec.image = "busybox:1.37"
        tab.spec.replicas = 2

    edited = await tabs.edit("newer", change)

    assert (edited.spec.image, edited.spec.replicas) == ("busybox:1.37", 2)
    served = json.loads(extended.kubectl("get", "crontab", "newer", "-o", "json"))
    assert served["spec"]["newer"] == manifest["spec"]["newer"]  # type: ignore[index] # of the dict above
    assert served["spec"]["image"] == "busybox:1.37"

    # Somebody else changes it between the read and the write: the edit starts over, and neither change is lost.
    async def slowly(tab: Any) -> None:
        tab.spec.cron_spec = "@hourly"
        if tab.spec.replicas == 2:
            await tabs.patch("newer", {"spec": {"replicas": 3}})

    both = await tabs.edit("newer", slowly)
    assert (both.spec.cron_spec, both.spec.replicas) == ("@hourly", 3)

    # What `replace` says of itself is true: it loses the field.
    await tabs.replace(await tabs.get("newer"))
    assert "newer" not in json.loads(extended.kubectl("get", "crontab", "newer", "-o", "json"))["spec"]
    await tabs.delete("newer")


@pytest.mark.kubectl
def test_a_custom_resource_is_explained_with_its_methods_and_rules(extended: Cluster) -> None:
    deadline = time.monotonic() + 30
    while "apis/stable.example.com/v1" not in extended.kubectl("get", "--raw", "/openapi/v3"):
        assert time.monotonic() < deadline, "the CRD does not appear in /openapi/v3"
        time.sleep(0.2)
    for path in ("crontabs.spec", "ct"):
        theirs = fields_by_kubectl(extended, path)
        assert theirs
        # An object inside of a CRD has a class in Python if it has fields, and nothing but its fields for kubectl.
        ours = [
            (name, re.sub("CronTab.*|object", "Object", type), needed)
            for name, type, needed in fields_by_aiokube(extended, path)
        ]
        assert ours == theirs
    told = output_of(*AIOKUBE, "explain", "--kubeconfig", extended.kubeconfig, "ct")
    assert "kube.stable_example_com_v1.cron_tabs" in told
    assert "RBAC: list crontabs.stable.example.com" in told
    found = output_of(*AIOKUBE, "find", "--kubeconfig", extended.kubeconfig, "list_namespaced_cron_tab")
    assert "await kube.stable_example_com_v1.cron_tabs.list" in found


def test_a_custom_resource_has_a_page_with_its_short_name_limits_and_defaults(
    extended: Cluster, tmp_path: Path
) -> None:
    command = (*AIOKUBE, "reference", "--kubeconfig", extended.kubeconfig, "--groups", "stable.example.com")
    output_of(*command, "--output", tmp_path)
    page = (tmp_path / "kinds" / "stable.example.com" / "v1" / "crontab.html").read_text()
    assert "<dt>Short name<dd><code>ct</code>" in page
    replicas = page.partition('id="CronTab.spec.replicas"')[2].partition("</details>")[0]
    assert "default <code>1</code>" in replicas
    assert "≥ <code>1</code>" in replicas
    assert "≤ <code>10</code>" in replicas
    assert "from mycluster import Client" in page
    assert extended.url not in page, "pages are for others, too"
