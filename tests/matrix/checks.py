"""Checks of each client on each API server. A check raises an error, or all is well."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any, Final

import yaml

from aiokube import Config, deleted
from aiokube.errors import AiokubeError, ApplyConflict, Forbidden, Invalid, NotFound, TLSError
from aiokube.runtime.verbs import Resource
from tests.e2e.streams import upper
from tests.matrix.target import Target

CRONTAB: Final = Path(__file__).parents[1] / "codegen" / "crds" / "crontab.yaml"
_SECONDS: Final = 30.0
"""How long anything may take."""


async def resources(target: Target) -> str:
    """Make a list of each resource that the package knows, and return how many of them the server serves."""
    served = known = 0
    async with target.client() as kube:
        groups = [name for name in dir(type(kube)) if "_v" in name and not name.startswith("_")]
        for group in groups:
            found: list[Any] = [one for one in vars(getattr(kube, group)).values() if isinstance(one, Resource)]
            for resource in (one for one in found if hasattr(one, "list")):
                known += 1
                try:
                    await resource.list(**({"all_namespaces": True} if _is_namespaced(resource) else {}))
                    served += 1
                except NotFound:
                    pass
    return f"{served} of {known}"


async def story(target: Target) -> None:
    """From a kubeconfig to a pod's whole life, as a service account with a token of its own."""
    admin = Config.load(kubeconfig=target.kubeconfig, namespace=target.namespace)
    await _refused(target, Config(server=admin.server), TLSError)
    nobody = Config(
        server=admin.server,
        certificate_authority=admin.certificate_authority,
        certificate_authority_data=admin.certificate_authority_data,
        namespace=target.namespace,
    )
    await _refused(target, nobody, Forbidden)
    authentication, core, rbac, meta = map(target.models, ("authentication_v1", "core_v1", "rbac_v1", "meta_v1"))
    async with target.client() as kube:
        assert (await kube.version()).git_version.startswith("v1.")
        await kube.core_v1.service_accounts.create(core.ServiceAccount(metadata=meta.ObjectMeta(name="matrix")))
        request = authentication.TokenRequest(
            spec=authentication.TokenRequestSpec(audiences=[], expiration_seconds=600)
        )
        token = (await kube.core_v1.service_accounts.create_token_request("matrix", request)).status.token
        account = dataclasses.replace(nobody, token=token)
        await _refused(target, account, Forbidden)
        subject = rbac.Subject(kind="ServiceAccount", name="matrix", namespace=target.namespace)
        role = rbac.RoleRef(api_group="rbac.authorization.k8s.io", kind="ClusterRole", name="cluster-admin")
        binding = rbac.RoleBinding(metadata=meta.ObjectMeta(name="matrix"), role_ref=role, subjects=[subject])
        await kube.rbac_v1.role_bindings.create(binding)
    async with target.client(account) as kube:
        pods = kube.core_v1.pods
        await _allowed(pods.list)
        created = await pods.create(target.pod("story", app="story"))
        running = await pods.wait_for("story", lambda pod: pod.status.phase == "Running", timeout=_SECONDS)
        assert (running.metadata.uid, running.kind) == (created.metadata.uid, "Pod")
        assert [pod.metadata.name for pod in (await pods.list(label_selector="app=story")).items] == ["story"]
        assert (await pods.patch("story", {"metadata": {"labels": {"told": "yes"}}})).metadata.labels["told"] == "yes"

        def annotate(pod: Any) -> None:
            pod.metadata.annotations = {"edited": "yes"}

        assert (await pods.edit("story", annotate)).metadata.annotations["edited"] == "yes"
        await pods.evict("story", {"deleteOptions": {"gracePeriodSeconds": 0}})
        await pods.wait_for("story", deleted, timeout=_SECONDS)


async def crds(target: Target) -> None:
    """A CRD as a typed object, and objects of it, typed where the package knows them."""
    manifest = yaml.safe_load(CRONTAB.read_text())
    async with target.client() as kube:
        stored = await kube.apiextensions_v1.custom_resource_definitions.get("crontabs.stable.example.com")
        assert stored.spec.versions[0].schema.open_api_v3_schema.properties["spec"].properties["replicas"].minimum == 1
        assert stored.to_dict()["spec"]["versions"][0]["schema"] == manifest["spec"]["versions"][0]["schema"]
        again = await kube.apiextensions_v1.custom_resource_definitions.replace(stored)
        assert again.metadata.generation == stored.metadata.generation
        if target.package != "aiokube":
            await _custom_objects(target, kube.stable_example_com_v1.cron_tabs)
        else:
            path = f"/apis/stable.example.com/v1/namespaces/{target.namespace}/crontabs"
            body = {"apiVersion": "stable.example.com/v1", "kind": "CronTab", "metadata": {"name": "raw"}}
            answer = await kube.request("POST", path, body={**body, "spec": {"cronSpec": "@daily"}})
            assert answer.json()["spec"]["replicas"] == 1


async def watches(target: Target) -> None:
    """Watches, their bookmarks, pages, and an informer."""
    async with target.client() as kube:
        maps = kube.core_v1.config_maps
        await maps.create(target.config_map("before"))
        seen = []
        async with aclosing(maps.watch(label_selector="app=matrix", timeout_seconds=30)) as events:
            async for event in events:
                seen.append((event.type, event.object.metadata.name, event.object.data))
                if len(seen) == 1:
                    await maps.create(target.config_map("new", a="1"))
                    await maps.patch("new", {"data": {"a": "2"}})
                    await maps.delete("new")
                if event.type == "DELETED":
                    break
        assert seen == [
            ("ADDED", "before", {}),
            ("ADDED", "new", {"a": "1"}),
            ("MODIFIED", "new", {"a": "2"}),
            ("DELETED", "new", {"a": "2"}),
        ], seen
        initial = maps.watch(label_selector="app=matrix", send_initial_events=True, timeout_seconds=20)
        async with aclosing(initial) as events:
            first, bookmark = await anext(events), await anext(events)
        assert first.object.metadata.name == "before"
        assert bookmark.object.metadata.annotations == {"k8s.io/initial-events-end": "true"}
        for number in range(25):
            await maps.create(target.config_map(f"page-{number}"))
        names = [one.metadata.name async for one in maps.iterate(label_selector="app=matrix", page_size=10)]
        assert len(names) == len(set(names)) == 26
        async with maps.informer(label_selector="app=matrix") as informer:
            assert len(informer.list()) == 26
            await maps.delete("before")
            await _until(lambda: len(informer.list()) == 25)


async def streams(target: Target) -> None:
    """Commands, logs and ports of a pod, through the API server."""
    target.cluster.append_log("first", container="log-1")
    async with target.client() as kube:
        pods = kube.core_v1.pods
        await pods.create(target.pod("streams", "log-1"))
        await pods.wait_for("streams", "Ready", timeout=_SECONDS)
        done = await pods.run("streams", ["sh", "-c", "cat; echo oops >&2; exit 7"], input="through\n")
        assert (done.returncode, done.stdout, done.stderr) == (7, b"through\n", b"oops\n")
        for protocol in ("v5.channel.k8s.io", "v4.channel.k8s.io"):
            async with pods.exec("streams", ["head", "-n", "1"], stdin=True, protocols=[protocol]) as process:
                assert process.subprotocol == protocol
                process.stdin.write(b"one\n")
                assert await process.stdout.read() == b"one\n"
                assert await process.wait() == 0
        lines = pods.log_lines("streams", follow=True)
        while await anext(lines) != "first":
            pass
        target.cluster.append_log("next", container="log-1")
        async with asyncio.timeout(_SECONDS):
            assert await anext(lines) == "next"
        await lines.aclose()
        async with upper(target.cluster, 8000), pods.port_forward("streams", "web") as forwarder:
            reader, writer = await asyncio.open_connection("127.0.0.1", forwarder.port)
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"HELLO"
            writer.close()


async def _custom_objects(target: Target, tabs: Any) -> None:
    """Objects of the CRD, by the classes that were generated for it."""
    stable, meta = target.models("stable_example_com_v1"), target.models("meta_v1")
    spec = stable.CronTabSpec(cron_spec="* * * * */5", image="busybox:1.37")
    created = await tabs.create(stable.CronTab(metadata=meta.ObjectMeta(name="nightly"), spec=spec))
    assert (created.kind, created.spec.replicas) == ("CronTab", 1)
    created.spec.image = "busybox:1.36"
    assert (await tabs.replace(created)).spec.image == "busybox:1.36"
    assert (await tabs.patch_status("nightly", {"status": {"replicas": 1}})).status.replicas == 1
    scale = await tabs.get_scale("nightly")
    scale.spec.replicas = 4
    assert (await tabs.replace_scale(scale)).spec.replicas == 4
    wanted = stable.CronTab(metadata=meta.ObjectMeta(name="nightly"), spec=stable.CronTabSpec(cron_spec="@daily"))
    await _raises(ApplyConflict, tabs.apply(wanted, field_manager="matrix"))
    assert (await tabs.apply(wanted, field_manager="matrix", force=True)).spec.cron_spec == "@daily"
    await _raises(Invalid, tabs.patch("nightly", {"spec": {"replicas": 11}}))
    assert [one.metadata.name async for one in tabs.iterate()] == ["nightly"]
    await tabs.delete("nightly")
    await _raises(NotFound, tabs.get("nightly"))


async def _refused(target: Target, config: Config, kind: type[AiokubeError]) -> None:
    async with target.client(config) as kube:
        await _raises(kind, kube.root_paths())


async def _raises(kind: type[AiokubeError], call: Awaitable[object]) -> None:
    try:
        await call
    except kind:
        return
    raise AssertionError(f"the call succeeded: {kind.__name__} was expected")


async def _allowed(call: Callable[[], Awaitable[object]]) -> None:
    """Wait until a new binding has taken effect."""
    async with asyncio.timeout(_SECONDS):
        while True:
            try:
                await call()
                return
            except Forbidden:
                await asyncio.sleep(0.1)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(_SECONDS):
        while not condition():
            await asyncio.sleep(0.02)


def _is_namespaced(resource: Any) -> bool:
    return "all_namespaces" in inspect.signature(resource.list).parameters


CHECKS: Final[Mapping[str, Callable[[Target], Coroutine[Any, Any, str | None]]]] = {
    "resources": resources,
    "story": story,
    "CRDs": crds,
    "watches": watches,
    "streams": streams,
}
