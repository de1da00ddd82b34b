"""Features that clients have a name for. A row gives names that exist and a pattern that finds nothing elsewhere."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from .clients import CLIENTS

NONE: Final = "no"

# Models and methods of the API, which have the names of its kinds, and tests.
_SKIPPED: Final = re.compile(
    r"/(api|apply|models|resources|tests?|_vendored|aio/client|k8s)/|/test_|_test\.py|/client/api"
)


@dataclass(frozen=True, kw_only=True)
class Feature:
    """A row of the table."""

    title: str
    pattern: str
    """Finds the public names of such a thing."""
    names: Mapping[str, str]
    """By client: `module:name`; empty where the pattern finds something else."""
    commands: Mapping[str, str] = field(default_factory=dict)
    """By client: the command to look for, where the name is not what a program uses."""


FEATURES: Final = (
    Feature(
        title="An informer: a cache that follows a resource",
        pattern=r"(?i)informer|reflector",
        names={
            "aiokube": "aiokube:Informer",
            "kubernetes": "kubernetes.informer:SharedInformer",
            "cloudcoil": "cloudcoil.client._config:Cache.get_informer",
        },
    ),
    Feature(title="A work queue", pattern=r"(?i)work_?queue", names={"aiokube": "aiokube:WorkQueue"}),
    Feature(
        title="Leader election",
        pattern=r"(?i)leader_?elect",
        names={
            "aiokube": "aiokube:LeaderElector",
            "kubernetes_asyncio": "kubernetes_asyncio.leaderelection.leaderelection:LeaderElection",
            "kubernetes": "kubernetes.leaderelection.leaderelection:LeaderElection",
            "kubernetes_aio": "kubernetes.aio.leaderelection.leaderelection:LeaderElection",
        },
    ),
    Feature(
        title="Server-side apply",
        pattern=r"(?i)^(async_)?apply$|server_?side_?apply|^apply_?patch$",
        names={
            "aiokube": "aiokube.api.core_v1:Pods.apply",
            "kubernetes_asyncio": "kubernetes_asyncio.dynamic.client:DynamicClient.server_side_apply",
            "kubernetes": "kubernetes.dynamic.client:DynamicClient.server_side_apply",
            "kubernetes_aio": "kubernetes.aio.dynamic.client:DynamicClient.server_side_apply",
            "lightkube": "lightkube:AsyncClient.apply",
            "kubex": "kubex.core.patch:ApplyPatch",
            "kubesdk": "",
        },
    ),
    Feature(
        title="Objects of many kinds from a file",
        pattern=r"from_yaml|from_files|parse_file|load_all_yaml",
        names={
            "aiokube": "aiokube:Client.apply",
            "kubernetes_asyncio": "kubernetes_asyncio.utils:create_from_yaml",
            "kubernetes": "kubernetes.utils:create_from_yaml",
            "kubernetes_aio": "kubernetes.aio.utils:create_from_yaml",
            "lightkube": "lightkube.codecs:load_all_yaml",
            "kr8s": "kr8s.asyncio.objects:objects_from_files",
            "cloudcoil": "cloudcoil.resources:parse_file",
        },
    ),
    Feature(
        title="Kinds without a class",
        pattern=r"DynamicClient|^new_class$|create_namespaced_resource|get_dynamic_resource|DynamicObject",
        names={
            "aiokube": "aiokube:Client.api",
            "kubernetes_asyncio": "kubernetes_asyncio.dynamic:DynamicClient",
            "kubernetes": "kubernetes.dynamic:DynamicClient",
            "kubernetes_aio": "kubernetes.aio.dynamic:DynamicClient",
            "lightkube": "lightkube.generic_resource:create_namespaced_resource",
            "kr8s": "kr8s.objects:new_class",
            "cloudcoil": "cloudcoil.resources:get_dynamic_resource",
        },
    ),
    Feature(
        title="Waiting for a condition",
        pattern=r"^(async_)?wait(_for)?$|wait_until|await_condition",
        names={
            "aiokube": "aiokube.api.core_v1:Pods.wait_for",
            "lightkube": "lightkube:AsyncClient.wait",
            "kr8s": "kr8s.asyncio.objects:Pod.wait",
            "cloudcoil": "cloudcoil.resources:Resource.async_wait_for",
        },
    ),
    Feature(
        title="Retrying an update on conflict",
        pattern=r"retry_on_conflict",
        names={
            "aiokube": "aiokube:retry_on_conflict",
            "kubernetes": "kubernetes.utils:retry_on_conflict",
            "kubernetes_aio": "kubernetes.aio.utils:retry_on_conflict",
        },
    ),
    Feature(
        title="Port forwarding",
        pattern=r"(?i)port_?forward",
        names={
            "aiokube": "aiokube.api.core_v1:Pods.port_forward",
            "kubernetes": "kubernetes.stream:portforward",
            "kr8s": "kr8s.asyncio.objects:Pod.portforward",
            "kubex": "kubex.api:Api.portforward",
        },
    ),
    Feature(
        title="Copying files from and to containers",
        pattern=r"^copy_(to|from)|^cp$",
        names={"aiokube": "aiokube.api.core_v1:Pods.copy_to"},
    ),
    Feature(
        title="Cordon, scale, restart, drain",
        pattern=r"^cordon$|^scale$|^restart$",
        names={
            "aiokube": "aiokube.api.core_v1:Nodes.drain",
            "kr8s": "kr8s.asyncio.objects:Node.cordon",
            "cloudcoil": "cloudcoil.resources:Resource.async_scale",
        },
    ),
    Feature(
        title="Classes made from the CRDs of a cluster",
        pattern=r"codegen|generate_models",
        names={"aiokube": "aiokube_codegen.commands:generate", "cloudcoil": "cloudcoil.codegen:generator"},
        commands={"aiokube": "aiokube generate"},
    ),
    Feature(title="CRDs made from classes", pattern=r"^crd|CRDField", names={"kubesdk": "kubesdk.crd:crd_field"}),
    Feature(
        title="A client for programs without an event loop",
        pattern=r"^SyncClient$",
        names={
            "kubernetes": "kubernetes.client:CoreV1Api",
            "lightkube": "lightkube:Client",
            "kr8s": "kr8s:get",
            "cloudcoil": "cloudcoil.resources:Resource.get",
        },
    ),
    Feature(
        title="Alpha and beta versions in the package",
        pattern=r"V\d(alpha|beta)\dApi$",
        names={
            "kubernetes_asyncio": "kubernetes_asyncio.client:ResourceV1beta1Api",
            "kubernetes": "kubernetes.client:ResourceV1beta1Api",
            "kubernetes_aio": "kubernetes.aio.client:ResourceV1beta1Api",
            "lightkube": "lightkube.resources.resource_v1beta1:ResourceClaim",
            "cloudcoil": "cloudcoil.models.kubernetes.resource.v1beta1:ResourceClaim",
            "kubesdk": "kube_models.apis_resource_k8s_io_v1beta1.io.k8s.api.resource.v1beta1:ResourceClaim",
            "kubex": "kubex.k8s.v1_36.resource.v1beta1.resource_claim:ResourceClaim",
        },
    ),
    Feature(
        title="A server or a plugin for tests",
        pattern=r"(?i)^fake|^mock|k3d",
        names={"aiokube": "aiokube.testing:FakeCluster", "cloudcoil": "cloudcoil._testing:plugin"},
    ),
)


def cell(feature: Feature, client: str) -> str:
    """Return the name or the command that a client has for a feature, or `no`.

    Raises:
        LookupError: The name does not exist, or there is one that the row does not know.
    """
    name = feature.names.get(client)
    if name:
        _resolve(name)
        return f"`{feature.commands.get(client) or name.rpartition(':')[2].rpartition('.')[2]}`"
    found = [one for one in sorted(public_names(client)) if re.search(feature.pattern, one)]
    if found and name is None:
        raise LookupError(f"{feature.title}: {client} has {', '.join(found)}, which the row does not know")
    return NONE


def _resolve(name: str) -> None:
    module, _, path = name.partition(":")
    found = importlib.import_module(module)
    for part in path.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            try:
                found = importlib.import_module(f"{module}.{part}")
            except ImportError:
                raise LookupError(f"{name} does not exist") from None


@cache
def public_names(client: str) -> frozenset[str]:
    """Return the names of all public classes, functions and methods of a client but those of the API's kinds."""
    return frozenset(name for package in CLIENTS[client].packages for name in _names(package))


def _names(package: str) -> Iterator[str]:
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    if folders is None:
        raise LookupError(f"{package} is not installed")
    files = [(file, file.relative_to(folder)) for folder in folders for file in Path(folder).rglob("*.py")]
    for file, path in files:
        if not _SKIPPED.search(f"/{path}"):
            nodes = ast.walk(ast.parse(file.read_bytes()))
            named = (one for one in nodes if isinstance(one, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)))
            yield from (one.name for one in named if not one.name.startswith("_"))
