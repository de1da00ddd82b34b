"""The catalog of an API is true of a real server: rules, short names, and the examples."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from aiokube import Client, Config
from aiokube.errors import ApiError
from aiokube_codegen.document.load import load
from aiokube_codegen.document.shipped import shipped_source
from aiokube_codegen.reference import shell_examples
from aiokube_codegen.reference.build import build_catalog
from aiokube_codegen.reference.catalog import Catalog, Kind, Method, Rule
from aiokube_codegen.reference.python_examples import program
from aiokube_codegen.reference.short_names import BUILT_IN, ResourceNames
from tests.cluster.cluster import Cluster
from tests.docs.rules import Permission, PermissionRecorder, granted_by
from tests.e2e.streams import run_pod
from tests.support.children import output_of
from tests.support.kubectl import kubectl

pytestmark = pytest.mark.cluster

Call = Callable[[Any], Awaitable[object]]
_TEMPLATE = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"terminationGracePeriodSeconds": 0, "containers": [{"name": "web", "image": "nginx:1"}]},
}
DEPLOYMENT: dict[str, Any] = {
    "metadata": {"name": "web"},
    "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": _TEMPLATE},
}
MAP: dict[str, Any] = {"metadata": {"name": "settings"}, "data": {"a": "b"}}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return build_catalog(load(shipped_source()))


def find(catalog: Catalog, attribute: str) -> Kind:
    return next(kind for kind in catalog.kinds() if kind.attribute == attribute)


def method_of(catalog: Catalog, name: str) -> Method:
    attribute, _, method = name.rpartition(".")
    return next(one for one in find(catalog, attribute).methods if one.name == method)


def granted(rules: tuple[Rule, ...]) -> set[Permission]:
    return granted_by(
        {"apiGroups": rule.api_groups, "resources": rule.resources, "verbs": rule.verbs} for rule in rules
    )


async def first(events: Any) -> object:
    async with aclosing(events) as some:
        async for one in some:
            return one
    return None


async def all_of(some: Any) -> list[object]:
    return [one async for one in some]


async def entered(context: Any) -> None:
    async with context:
        pass


async def exhausted(steps: Any) -> None:
    async for _ in steps:
        pass


CALLS: dict[str, Call] = {
    "core_v1.config_maps.create": lambda maps: maps.create({"metadata": {"name": "other"}}),
    "core_v1.config_maps.get": lambda maps: maps.get("settings"),
    "core_v1.config_maps.list": lambda maps: maps.list(),
    "core_v1.config_maps.iterate": lambda maps: all_of(maps.iterate()),
    "core_v1.config_maps.watch": lambda maps: all_of(maps.watch(timeout_seconds=1)),
    "core_v1.config_maps.informer": lambda maps: entered(maps.informer()),
    "core_v1.config_maps.metadata_informer": lambda maps: entered(maps.metadata_informer()),
    "core_v1.config_maps.replace": lambda maps: maps.replace(MAP),
    "core_v1.config_maps.patch": lambda maps: maps.patch("settings", {"data": {"a": "c"}}),
    "core_v1.config_maps.edit": lambda maps: maps.edit("settings", lambda one: setattr(one, "data", {"a": "d"})),
    "core_v1.config_maps.apply": lambda maps: maps.apply({"metadata": {"name": "applied"}}, field_manager="t"),
    "core_v1.config_maps.label": lambda maps: maps.label("settings", {"x": "y"}),
    "core_v1.config_maps.annotate": lambda maps: maps.annotate("settings", {"x": "y"}),
    "core_v1.config_maps.delete": lambda maps: maps.delete("settings"),
    "core_v1.config_maps.delete_collection": lambda maps: maps.delete_collection(label_selector="none=none"),
    "core_v1.service_accounts.create_token": lambda accounts: accounts.create_token("default"),
    "apps_v1.deployments.scale": lambda deployments: deployments.scale("web", 2),
    "apps_v1.deployments.get_scale": lambda deployments: deployments.get_scale("web"),
    "apps_v1.deployments.set_image": lambda deployments: deployments.set_image("web", {"web": "nginx:2"}),
    "apps_v1.deployments.restart": lambda deployments: deployments.restart("web"),
    "apps_v1.deployments.wait_rollout": lambda deployments: deployments.wait_rollout("web", timeout=60),
    "apps_v1.deployments.rollout": lambda deployments: exhausted(deployments.rollout("web", timeout=60)),
    "apps_v1.deployments.rollout_history": lambda deployments: deployments.rollout_history("web"),
    "apps_v1.deployments.undo": lambda deployments: deployments.undo("web"),
    "apps_v1.deployments.get_status": lambda deployments: deployments.get_status("web"),
    "core_v1.pods.log": lambda pods: pods.log("alone"),
    "core_v1.pods.all_log_lines": lambda pods: first(pods.all_log_lines("alone")),
    "core_v1.pods.logs": lambda pods: all_of(pods.logs("deploy/web")),
    "core_v1.pods.run": lambda pods: pods.run("alone", ["true"]),
    "core_v1.pods.evict": lambda pods: pods.evict("alone"),
}
"""Calls in the order in which they can be made, by the method."""
_AT_TIMES = ("watch", "wait_rollout", "rollout", "informer", "metadata_informer")
"""Methods that need no watch where what they wait for is there, or which are left before."""


async def test_a_method_needs_the_rules_that_the_catalog_gives_it(
    cluster: Cluster, kube: Client, catalog: Catalog
) -> None:
    await kube.core_v1.config_maps.create(MAP)
    await kube.apps_v1.deployments.create(DEPLOYMENT)
    await kube.apps_v1.deployments.wait_rollout("web", timeout=60)
    await run_pod(kube, "alone")
    wrong: list[str] = []
    for name, call in CALLS.items():
        config = Config.load(kubeconfig=cluster.kubeconfig, namespace=kube.namespace)
        recorder = PermissionRecorder(config)
        attribute, _, method_name = name.rpartition(".")
        async with Client(config, transport=recorder) as client:
            target: Any = client
            for part in attribute.split("."):
                target = getattr(target, part)
            try:
                await call(target)
            except ApiError as error:
                # What the fake kubelet refuses was allowed.
                assert error.code != 403, (name, error)
        rules = method_of(catalog, name).rules
        always = granted(tuple(rule for rule in rules if not rule.when))
        unused = {one for one in always - recorder.needed if not (one.verb == "watch" and method_name in _AT_TIMES)}
        if not recorder.needed <= granted(rules) or unused:
            wrong.append(f"{name}: needs {sorted(recorder.needed)}, and has {sorted(granted(rules))}")
    assert not wrong, "\n".join(wrong)


async def test_short_names_and_categories_are_those_of_the_server(kube: Client, catalog: Catalog) -> None:
    served = {(one.group, one.plural): one for one in await kube.resources()}
    wrong = []
    for kind in catalog.kinds():
        ours = BUILT_IN.get((kind.group, kind.plural), ResourceNames())
        theirs = served.get((kind.group, kind.plural))
        if theirs and (theirs.short_names, theirs.categories) != (ours.short_names, ours.categories):
            wrong.append((kind.key, theirs.short_names, theirs.categories, asdict(ours)))
    assert not wrong


async def test_an_example_of_each_language_does_what_it_says(
    cluster: Cluster, kube: Client, catalog: Catalog, tmp_path: Path
) -> None:
    maps = find(catalog, "core_v1.config_maps")
    (tmp_path / "config-map.yaml").write_text("metadata: {name: example, labels: {app: web}}\n")
    kubeconfig = cluster.write_kubeconfig(
        tmp_path / "config",
        certificate=cluster.client_certificate("reader", groups=["system:masters"]),
        namespace=kube.namespace,
    )
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig)}
    for name, said in (("create", "example"), ("list", "example"), ("label", "example"), ("edit", "example")):
        method = method_of(catalog, f"core_v1.config_maps.{name}")
        (tmp_path / f"{name}.py").write_text(program(maps, method, "aiokube"))
        output = output_of(sys.executable, f"{name}.py", cwd=tmp_path, env=environment)
        assert output.split() == [said], name
    assert (await kube.core_v1.config_maps.get("example")).metadata.labels["color"] == "blue"
    command = shell_examples.kubectl(maps, method_of(catalog, "core_v1.config_maps.get"))
    done = await kubectl(cluster, kube.namespace, *shlex.split(command)[1:])
    assert "name: example" in done.stdout
