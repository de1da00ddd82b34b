"""The names of operations in other clients, compared with those clients as they are installed."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from aiokube_codegen.document.load import load, load_spec
from aiokube_codegen.document.source import read_source
from aiokube_codegen.methods.counterparts import Counterpart, counterparts
from aiokube_codegen.methods.group_versions import build_group_versions
from aiokube_codegen.models.build import build_models
from aiokube_codegen.naming.peers import ServedOperation, official_class, peer_names, plain_name
from tests.codegen.command import ROOT

PODS = ServedOperation(
    operation_id="listCoreV1NamespacedPod",
    group="",
    version="v1",
    action="list",
    kind="Pod",
    plural="pods",
    namespaced=True,
)

WITHOUT_OPERATION = {"close", "log_file_handler", "log_file_list_handler"}
"""Methods of the official client for its own connections, and for files that API servers serve no longer by default."""


def test_a_list_is_called_as_other_clients_call_it() -> None:
    names = peer_names(PODS)
    assert names.official == "CoreV1Api.list_namespaced_pod"
    assert names.method == "list_namespaced_pod"
    assert names.lightkube == "client.list(Pod, namespace=...)"
    assert names.kr8s == 'kr8s.asyncio.get("pods", namespace=...)'


@pytest.mark.parametrize(
    ("operation", "official"),
    [
        (("rbac.authorization.k8s.io", "v1", "deleteRbacAuthorizationV1CollectionClusterRole"),
         "RbacAuthorizationV1Api.delete_collection_cluster_role"),
        (("stable.example.com", "v1", "replaceStableExampleComV1NamespacedCronTabStatus"),
         "StableExampleComV1Api.replace_namespaced_cron_tab_status"),
        (("storage.k8s.io", "v1", "readStorageV1CSINodeStatus"), "StorageV1Api.read_csi_node_status"),
        (("apps", None, "getAppsAPIGroup"), "AppsApi.get_api_group"),
        (("example.com", "v1", "listExampleComV1NamespacedEC2Instance"),
         "ExampleComV1Api.list_namespaced_ec2_instance"),
        ((None, None, "getCodeVersion"), "VersionApi.get_code"),
        ((None, None, "getServiceAccountIssuerOpenIDKeyset"), "OpenidApi.get_service_account_issuer_open_id_keyset"),
        ((None, None, "readSomethingElse"), ""),
    ],
)  # fmt: skip
def test_the_official_name_is_the_one_of_its_generator(
    operation: tuple[str | None, str | None, str], official: str
) -> None:
    group, version, operation_id = operation
    assert peer_names(ServedOperation(operation_id=operation_id, group=group, version=version)).official == official


@pytest.mark.parametrize(
    "written",
    [
        "read_node",
        "CoreV1Api.read_node_with_http_info",
        "await api.read_node(name)",
        "read_node_without_preload_content",
    ],
)
def test_a_name_is_found_as_it_stands_in_a_program(written: str) -> None:
    assert plain_name(written).rpartition(".")[2] == "read_node"


def test_the_class_of_a_version_that_is_not_served_can_be_named() -> None:
    assert official_class("internal.apiserver.k8s.io", "v1alpha1") == "InternalApiserverV1alpha1Api"


def test_custom_resources_have_their_own_methods_beside_those_of_others() -> None:
    data = (ROOT / "tests" / "codegen" / "crds.json").read_bytes()
    spec = load_spec(data, origin="crds.json")
    found = list(counterparts(spec, build_group_versions(spec, build_models(spec))))
    lists = {one.methods[0] for one in found if one.path.startswith("/apis/") and ".list_" in one.peers.official}
    assert lists
    assert all(name.endswith(".list") for name in lists)


@cache
def shipped() -> tuple[Counterpart, ...]:
    spec = load(read_source(ROOT / "spec" / "v3"))
    return tuple(counterparts(spec, build_group_versions(spec, build_models(spec))))


def installed(package: str) -> Iterator[str]:
    """Class and method of everything public in the generated classes of an official client."""
    found = find_spec(package)
    assert found is not None and found.origin is not None, f"{package} is not installed: make it part of the group dev"
    files = sorted((Path(found.origin).parent / "client" / "api").glob("*_api.py"))
    assert len(files) > 60
    for file in files:
        for node in ast.parse(file.read_bytes()).body:
            if isinstance(node, ast.ClassDef):
                functions = (one for one in node.body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)))
                yield from (f"{node.name}.{one.name}" for one in functions if not one.name.startswith("_"))


@pytest.mark.slow
@pytest.mark.parametrize("package", ["kubernetes", "kubernetes.aio", "kubernetes_asyncio"])
def test_every_method_of_the_official_clients_has_a_counterpart(package: str) -> None:
    methods = {plain_name(name) for name in installed(package)}
    assert len(methods) > 900
    ours = {one.peers.official: one.methods for one in shipped()}
    classes = {name.partition(".")[0] for name in ours}
    served = {name for name in methods if name.partition(".")[0] in classes}
    others = {name.rpartition(".")[2] for name in served - ours.keys()}
    assert others <= WITHOUT_OPERATION
    # The others are of alpha and beta versions, some of groups that have no other, and of custom objects.
    left = {name.partition(".")[0] for name in methods - served}
    young = {match[1] for name in left if (match := re.fullmatch(r"(\w+)V\d+(?:alpha|beta)\d+Api", name))}
    rest = {name for name in left if not re.fullmatch(r"\w+V\d+(?:alpha|beta)\d+Api", name)}
    assert rest - {f"{group}Api" for group in young} == {"CustomObjectsApi", "LogsApi"} & left
    assert len(served & ours.keys()) > 650


@pytest.mark.slow
def test_every_call_of_the_api_has_a_name_in_the_newest_official_client() -> None:
    methods = {plain_name(name) for name in installed("kubernetes")}
    assert {one.peers.official for one in shipped()} <= methods


@pytest.mark.slow
def test_every_call_that_is_given_for_lightkube_exists_there() -> None:
    client = importlib.import_module("lightkube").AsyncClient
    checked = 0
    for one in shipped():
        match = re.match(r"client\.(\w+)\(([A-Z]\w*)?(\.\w+)?", one.peers.lightkube)
        if match is None:
            assert not one.peers.lightkube
            continue
        verb, kind, subresource = match.groups()
        assert callable(getattr(client, verb))
        if kind:
            group, version = re.fullmatch(r"/api(?:s/([^/]+))?/([^/]+)/.*", one.path).groups()  # type: ignore[union-attr]
            name = re.sub(r"[.-]", "_", (group or "core").removesuffix(".k8s.io"))
            module = importlib.import_module(f"lightkube.resources.{name}_{version}")
            cls = getattr(module, kind)
            assert not subresource or hasattr(cls, subresource[1:]), one
            checked += 1
    assert checked > 300


@pytest.mark.slow
def test_every_call_that_is_given_for_kr8s_exists_there() -> None:
    objects = importlib.import_module("kr8s.asyncio.objects")
    checked = 0
    for one in shipped():
        match = re.match(r"(?:(\w+)\((?:manifest)\)|(\w+))\.(\w+)\(", one.peers.kr8s)
        if match is None:
            assert not one.peers.kr8s or one.peers.kr8s.startswith("kr8s.asyncio.get("), one
            continue
        made, named, method = match.groups()
        cls = getattr(objects, made or "".join(word.capitalize() for word in named.split("_")), objects.APIObject)
        assert callable(getattr(cls, method)), one
        checked += 1
    assert checked > 200
