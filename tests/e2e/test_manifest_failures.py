"""Applies that fail in part, or end in the middle, on the real server."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from aiokube import Client, extract
from aiokube.errors import ApplyConflict, DecodeError, Forbidden, ManifestError
from aiokube.manifests import ObjectResult, Results
from tests.cluster.cluster import Cluster
from tests.support.children import run

pytestmark = pytest.mark.cluster

_RBAC = "rbac.authorization.k8s.io"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_SECRETS = ("hunter", "aHVudGVy")


def setting(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def password(name: str, text: object) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"password": text}}


def actions(results: Results) -> dict[str, str]:
    return {one.name: one.action for one in results}


async def count(kube: Client) -> int:
    return len(await kube.core_v1.config_maps.list())


async def settled(kube: Client) -> int:
    """The number of settings, once the server has carried out what was sent; it stays."""
    await asyncio.sleep(0.2)
    found = await count(kube)
    await asyncio.sleep(0.2)
    assert await count(kube) == found
    return found


@pytest.fixture
async def ci(cluster: Cluster, namespace: str) -> AsyncIterator[Client]:
    async with Client(kubeconfig=cluster.kubeconfig, namespace=namespace, field_manager="ci") as client:
        yield client


async def test_an_object_that_the_user_may_not_apply_fails_alone(ci: Client, cluster: Cluster, tmp_path: Path) -> None:
    role = {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "Role",
        "metadata": {"name": "settings"},
        "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "create", "patch"]}],
    }
    binding = {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "settings"},
        "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": "settings"},
        "subjects": [{"kind": "User", "apiGroup": _RBAC, "name": "jane"}],
    }
    await ci.apply([role, binding])
    kubeconfig = cluster.write_kubeconfig(tmp_path / "config", certificate=cluster.client_certificate("jane"))
    async with Client(kubeconfig=kubeconfig, namespace=ci.namespace, field_manager="jane") as jane:
        with pytest.raises(
            ManifestError, match=r'secret/b in \S+ failed: 403 Forbidden: .*User "jane" cannot'
        ) as caught:
            await jane.apply([setting("a"), password("b", "hunter2"), setting("c")])
        assert actions(caught.value.results) == {"a": "created", "b": "failed", "c": "created"}
        # The parent of a set is a Secret, which jane may not read: nothing is applied.
        with pytest.raises(Forbidden, match=r"secrets \"app\" is forbidden"):
            await jane.apply([setting("d")], prune="app")
        # She may keep a set in a ConfigMap, but not list its members.
        assert actions(await jane.apply([setting("d")], prune="configmap/app")) == {"d": "created"}
        with pytest.raises(ManifestError, match=r"configmap/app in \S+ failed: 403 Forbidden: .*cannot list"):
            await jane.apply([setting("e")], prune="configmap/app")


async def test_a_kind_without_apply_fails_with_its_verbs(ci: Client) -> None:
    review: dict[str, Any] = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "metadata": {"name": "a"},
        "spec": {},
    }
    with pytest.raises(
        ManifestError, match=r"failed: SelfSubjectAccessReview cannot be applied; its verbs are create$"
    ):
        await ci.apply([review, setting("a")])


async def test_an_object_as_it_was_read_is_refused_before_the_server_does(ci: Client) -> None:
    await ci.apply(setting("a", b="c"))
    found = await ci.core_v1.config_maps.get("a")
    with pytest.raises(DecodeError, match=r"source: ConfigMap a: metadata.managedFields: it was read from a server"):
        await ci.apply(found)
    assert actions(await ci.apply(extract(found, "ci"))) == {"a": "unchanged"}
    assert actions(await ci.delete(found)) == {"a": "deleted"}


async def test_a_conflict_names_all_other_managers_and_force_takes_over(ci: Client) -> None:
    await ci.apply(setting("a", one="1", two="2"), field_manager="alice")
    await ci.apply(setting("a", three="3"), field_manager="bob")
    changed = setting("a", one="x", two="x", three="x")
    for is_trial in (True, False):
        with pytest.raises(ManifestError, match=r"configmap/a in \S+ conflict: 409") as caught:
            await ci.apply(changed, dry_run=is_trial)
        error = caught.value.results[0].error
        assert isinstance(error, ApplyConflict) and sorted(error.managers) == ["alice", "bob"]
    assert actions(await ci.apply(changed, force=True)) == {"a": "configured"}
    assert (await ci.core_v1.config_maps.get("a")).data == {"one": "x", "two": "x", "three": "x"}


async def test_nothing_is_sent_after_a_cancellation_and_the_set_goes_on(ci: Client) -> None:
    many = [setting(f"a{number}") for number in range(400)]
    some = asyncio.Event()
    applying = asyncio.create_task(ci.apply(many, prune="app", on_result=lambda result: some.set()))
    await some.wait()
    applying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await applying
    created = await settled(ci)
    assert created < 400
    pruned = (await ci.apply(many[:1], prune="app")).of("pruned")
    # kube-root-ca.crt is of every namespace.
    assert len(pruned) >= created - 2 and await count(ci) == 2


async def test_a_callback_that_raises_ends_the_apply(ci: Client) -> None:
    seen: list[str] = []

    def fail(result: ObjectResult) -> None:
        seen.append(result.name)
        raise KeyError(result.name)

    many = [setting(f"a{number}") for number in range(400)]
    with pytest.raises(KeyError):
        await ci.apply(many, on_result=fail)
    created = await settled(ci)
    assert created < 400 and len(seen) <= 16
    assert len(asyncio.all_tasks()) == 1


async def test_an_object_that_is_deleted_before_it_is_ready_fails_at_once(ci: Client) -> None:
    labels = {"app": "late"}
    pod = {"nodeSelector": {"no": "node"}, "containers": [{"name": "main", "image": "none"}]}
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
    late = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "late"}, "spec": spec}
    applying = asyncio.create_task(ci.apply(late, wait=60))
    await ci.apps_v1.deployments.wait_for("late", "Available=False")
    await asyncio.sleep(0.1)  # the apply watches it
    await ci.apps_v1.deployments.delete("late")
    with pytest.raises(
        ManifestError, match=r"deployment\.apps/late in \S+ created: it was deleted before it was ready$"
    ):
        await applying


async def test_a_webhook_of_the_source_is_applied_last_and_fails_only_what_it_sees(ci: Client) -> None:
    hook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": ci.namespace},
        "webhooks": [
            {
                "name": "settings.example.com",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": ci.namespace}},
                "rules": [
                    {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
                ],
                "clientConfig": {"service": {"name": "nowhere", "namespace": ci.namespace}},
            }
        ],
    }
    assert actions(await ci.apply([hook, setting("a")])) == {ci.namespace: "created", "a": "created"}
    with pytest.raises(
        ManifestError, match=r'configmap/b in \S+ failed: 500 .*failed calling webhook "settings'
    ) as caught:
        await ci.apply([hook, setting("a"), setting("b"), password("c", "x")])
    assert actions(caught.value.results) == {ci.namespace: "unchanged", "a": "unchanged", "b": "failed", "c": "created"}
    assert actions(await ci.delete([hook])) == {ci.namespace: "deleted"}


async def test_no_error_diff_or_traceback_shows_a_value_of_a_secret(ci: Client, cluster: Cluster) -> None:
    command = cluster.kubectl_command("apply", "-n", ci.namespace, "-f", "-")
    manifest = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"stringData":{"password":"hunter1"}}'
    assert (await asyncio.to_thread(run, *command, stdin=manifest)).returncode == 0
    shown: list[str] = []
    for wrong in (["hunter2"], {"x": "hunter2"}, 5):
        for call in (ci.apply, ci.diff):
            with pytest.raises(ManifestError, match=r"password: expected string, got \*\*\*") as caught:
                await call(password("a", wrong), strict=False)
            shown += [str(caught.value), repr(caught.value), *traceback.format_exception(caught.value)]
        with pytest.raises(ManifestError, match=r"password: expected string, got \*\*\*"):
            await ci.apply([password("a", wrong)], strict=False, dry_run=True)
    labelled = {**password("a", "hunter2"), "metadata": {"name": "a", "labels": {"a": "b"}}}
    (change,) = await ci.diff(labelled, force=True)
    assert "-  password: '*** (before)'\n+  password: '*** (after)'" in change.text
    assert f"{_LAST_APPLIED}: '***'" in change.text
    shown += [change.text, repr(change)]
    shown += map(str, await ci.apply(password("a", "hunter2"), force=True))
    assert not [text for text in shown if any(secret in text for secret in _SECRETS)]
