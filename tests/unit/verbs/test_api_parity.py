"""The methods of `Api` send what the generated methods of the same names send."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import cache
from typing import Any

import pytest

import aiokube.api
from aiokube import Api, Client
from aiokube.errors import AiokubeError
from aiokube.models import apps_v1, certificates_v1, core_v1
from aiokube.runtime.discovery.catalog import Catalog
from aiokube.runtime.discovery.documents import read_versions
from aiokube.runtime.http.request import Request, Response
from aiokube.runtime.verbs import Resource
from tests.support.recording import RecordingTransport
from tests.unit.discovery.conftest import documents


def described(group: str, plural: str, kind: str, subresource: str) -> dict[str, Any]:
    """A group of one resource without namespaces and its subresource, in aggregated discovery."""
    part = {"subresource": subresource, "responseKind": {"group": group, "version": "v1", "kind": kind}}
    resource = {"resource": plural, "responseKind": {"kind": kind}, "scope": "Cluster", "subresources": [part]}
    return {"metadata": {"name": group}, "versions": [{"version": "v1", "resources": [resource]}]}


SINGLE: list[tuple[str, str, str, str]] = [
    ("", "namespaces", "Namespace", "finalize"),
    ("certificates.k8s.io", "certificatesigningrequests", "CertificateSigningRequest", "approval"),
]
CATALOG = Catalog(
    version
    for document in [
        *documents("aggregated").by_path.values(),
        {"kind": "APIGroupDiscoveryList", "items": [described(*one) for one in SINGLE]},
    ]
    for version in read_versions(document)
)
WEB = {"metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": 1}}

REQUEST = certificates_v1.CertificateSigningRequest
POD_PARTS = ("ephemeral_containers", "resize")

Call = tuple[str, tuple[Any, ...], dict[str, Any]]

CALLS: list[Call] = [
    ("get", ("web",), {"namespace": "shop"}),
    ("list", (), {"all_namespaces": True, "label_selector": {"a": "b"}, "limit": 7, "resource_version": "0"}),
    ("list", (), {"field_selector": "metadata.name=web", "continue_": "token", "timeout_seconds": 3}),
    ("create", (WEB,), {"dry_run": "All", "field_manager": "me", "field_validation": "Strict"}),
    ("replace", (WEB,), {"namespace": "shop"}),
    ("patch", ("web", {"spec": {"replicas": 2}}), {"type": "strategic", "field_manager": "me"}),
    ("patch", ("web", [{"op": "remove", "path": "/spec/replicas"}]), {}),
    ("apply", (WEB,), {"field_manager": "me", "force": True}),
    ("delete", ("web",), {"grace_period_seconds": 0, "propagation_policy": "Orphan", "options": {"a": 1}}),
    ("delete_collection", (), {"label_selector": "a=b", "dry_run": "All"}),
    ("get_status", ("web",), {"namespace": "shop"}),
    ("replace_status", (WEB,), {"field_manager": "me"}),
    ("patch_status", ("web", {"status": {"replicas": 1}}), {"type": "merge"}),
    ("apply_status", ({**WEB, "status": {"replicas": 1}},), {"field_manager": "me"}),
]
SCALES: list[Call] = [
    ("get_scale", ("web",), {"namespace": "shop"}),
    ("patch_scale", ("web", {"spec": {"replicas": 2}}), {"dry_run": "All"}),
    ("replace_scale", (WEB,), {"field_manager": "me"}),
    ("apply_scale", (WEB,), {"field_manager": "me", "force": True}),
    ("edit_scale", ("web", lambda scale: None), {"namespace": "shop"}),
]


def parts(name: str) -> list[Call]:
    """The calls of a subresource that stores a part of the object."""
    return [
        (f"get_{name}", ("web",), {}),
        (f"replace_{name}", (WEB,), {"field_manager": "me"}),
        (f"patch_{name}", ("web", {"spec": {}}), {"type": "strategic", "dry_run": "All"}),
        (f"apply_{name}", (WEB,), {"field_manager": "me", "force": True, "field_validation": "Warn"}),
    ]


STREAMS: list[Call] = [
    ("exec", ("web", ["ls", "-l"]), {"container": "c", "stdin": True, "stderr": False, "namespace": "shop"}),
    ("attach", ("web",), {"container": "c", "tty": True, "stderr": False}),
    ("run", ("web", "ls"), {"container": "c", "input": b"x"}),
    ("log", ("web",), {"container": "c", "tail_lines": 3, "timestamps": True, "previous": True, "limit_bytes": 9}),
    ("log_lines", ("web",), {"container": "c", "follow": True, "since_seconds": 60}),
    ("open_port", ("web", 80), {"namespace": "shop"}),
    ("proxy", ("web", "a/b"), {"method": "PUT", "port": 80, "query": {"q": "1"}}),
    ("proxy_websocket", ("web", "a/b"), {"port": "http", "scheme": "https"}),
]


ROLLOUTS: list[Call] = [
    ("restart", ("web",), {"namespace": "shop", "dry_run": "All", "field_manager": "me"}),
    ("set_image", ("web", {"app": "nginx:2"}), {"field_manager": "me"}),
    ("undo", ("web",), {"to_revision": 1, "dry_run": "All"}),
    ("rollout_history", ("web",), {"namespace": "shop"}),
    ("wait_rollout", ("web",), {"timeout": 5.0, "revision": 2, "namespace": "shop"}),
    ("wait_rollout", ("web",), {"revision": 7}),
    ("rollout", ("web",), {"timeout": 5.0, "revision": 7}),
    ("label", ("web", {"a": "b", "c": None}), {"overwrite": True, "field_manager": "me"}),
    ("annotate", ("web", {"a": "b"}), {"dry_run": "All"}),
    ("scale", ("web", 3), {"field_manager": "me", "resource_version": "7"}),
    ("scale", ("web", 3), {"current_replicas": 1}),
    ("wait_for", ("web", "Available"), {"namespace": "shop"}),
    ("wait_for_all", ("Available",), {"names": ["web"]}),
]
ON_PODS: list[Call] = [
    ("evict", ("web",), {"grace_period_seconds": 5, "namespace": "shop", "dry_run": "All", "field_manager": "me"}),
    ("evict", ("web", {"deleteOptions": {"gracePeriodSeconds": 3}}), {"field_validation": "Strict"}),
    ("bind", ("web", {"target": {"kind": "Node", "name": "n"}}), {"namespace": "shop", "field_manager": "me"}),
    ("top", ("web",), {"namespace": "shop"}),
    ("top", (), {"all_namespaces": True, "label_selector": {"a": "b"}, "field_selector": "spec.nodeName=n"}),
    ("run", ("pod/web", ["ls"]), {"container": "c"}),
    ("logs", ("web",), {"container": "c", "tail_lines": 3}),
    ("logs", (), {"label_selector": {"a": "b"}, "field_selector": "spec.nodeName=n", "namespace": "shop"}),
    ("logs", (), {"label_selector": "a=b", "follow": True}),
    ("logs", ("deployment/web",), {"namespace": "shop"}),
    ("exec", ("deployment/web", "ls"), {"namespace": "shop"}),
]
ON_NODES: list[Call] = [
    ("cordon", ("n",), {"dry_run": "All", "field_manager": "me"}),
    ("uncordon", ("n",), {"field_manager": "me"}),
    ("drain", ("n",), {"pod_selector": "a=b", "dry_run": True}),
    ("drain", ("n",), {"disable_eviction": True, "skip_wait_for_delete_timeout": 5}),
    ("top", (), {"label_selector": "a=b"}),
]
TOKENS: list[Call] = [
    ("create_token", ("builder",), {"seconds": 600, "audiences": ["a"], "namespace": "shop"}),
    (
        "create_token_request",
        ("builder", {"spec": {"expirationSeconds": 600}}),
        {"namespace": "shop", "dry_run": "All"},
    ),
]

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "uid": "u", "annotations": {"deployment.kubernetes.io/revision": "2"}},
    "spec": {"replicas": 0, "template": {"spec": {"containers": [{"name": "app", "image": "nginx:1"}]}}},
    "status": {"conditions": [{"type": "Available", "status": "True"}]},
}
POD = core_v1.Pod.from_dict({"metadata": {"name": "web"}})
NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}, "spec": {"unschedulable": True}}


def revision(number: int) -> dict[str, Any]:
    """The ReplicaSet of a revision of the Deployment."""
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "u", "controller": True}
    annotations = {"deployment.kubernetes.io/revision": str(number)}
    template = {"spec": {"containers": [{"name": "app", "image": f"nginx:{number + 1}"}]}}
    metadata = {"name": f"web-{number}", "ownerReferences": [owner], "annotations": annotations}
    return {"metadata": metadata, "spec": {"template": template}}


class Stored(RecordingTransport):
    """A server with a Deployment and a node, for the verbs that look at an object before they change it."""

    async def send(self, request: Request) -> Response:
        await super().send(request)
        deployment = {**DEPLOYMENT, "metadata": {**DEPLOYMENT["metadata"], "namespace": request.namespace}}
        collection = {"kind": "DeploymentList", "apiVersion": "apps/v1", "items": [deployment]}
        sets = {"kind": "ReplicaSetList", "apiVersion": "apps/v1", "items": [revision(number) for number in (1, 2, 3)]}
        bodies = {"replicasets": sets, "web": deployment, "n": NODE, "deployments": collection}
        body = bodies.get(request.path.rpartition("/")[2], {}) if "/pods/" not in request.path else {}
        return Response(status=200, headers={}, body=json.dumps(body).encode())


async def sent(
    transport: RecordingTransport, call: Callable[..., Any], *arguments: Any, **options: Any
) -> tuple[list[Request], str]:
    """Return the requests that a method sends, and its error: most of the responses are of no use to it."""
    before = len(transport.requests)
    failure = ""
    try:
        result = call(*arguments, **options)
        if isinstance(result, Awaitable):
            await result
        elif isinstance(result, AbstractAsyncContextManager):
            async with result:
                pass
        else:
            async for _ in result:
                pass
    except AiokubeError as error:
        failure = str(error)
    assert len(transport.requests) > before, "nothing was sent"
    return transport.requests[before:], failure


@pytest.mark.parametrize(
    ("cls", "group", "plural", "name", "arguments", "options"),
    [
        *((apps_v1.Deployment, "apps_v1", "deployments", *call) for call in [*CALLS, *SCALES]),
        *((core_v1.Pod, "core_v1", "pods", *call) for call in [*CALLS[:10], *STREAMS]),
        *((core_v1.Node, "core_v1", "nodes", *call) for call in [CALLS[0], CALLS[8], *ON_NODES]),
        *((apps_v1.Deployment, "apps_v1", "deployments", *call) for call in ROLLOUTS),
        *((core_v1.Pod, "core_v1", "pods", *call) for call in ON_PODS),
        *((core_v1.ServiceAccount, "core_v1", "service_accounts", *call) for call in TOKENS),
        *((core_v1.Pod, "core_v1", "pods", *call) for name in POD_PARTS for call in parts(name)),
        *((REQUEST, "certificates_v1", "certificate_signing_requests", *call) for call in parts("approval")),
        (core_v1.Namespace, "core_v1", "namespaces", "replace_finalize", (WEB,), {"field_manager": "me"}),
    ],
)
async def test_the_requests_are_the_same(
    cls: type[Any], group: str, plural: str, name: str, arguments: tuple[Any, ...], options: dict[str, Any]
) -> None:
    transport = Stored()
    kube = Client(transport=transport, namespace="default")
    api: Api[Any] = kube.api(cls, of=CATALOG.by_name(plural.replace("_", "")))
    generated = getattr(getattr(kube, group), plural)
    taken = inspect.signature(getattr(generated, name)).parameters
    # Generated methods of resources without namespaces have no such arguments.
    kept = {key: value for key, value in options.items() if key in taken}
    first = await sent(transport, getattr(generated, name), *arguments, **kept)
    assert await sent(transport, getattr(api, name), *arguments, **options) == first


@pytest.mark.parametrize(
    ("generated", "by_name"),
    [
        (lambda pods: pods.get_resize("web"), lambda api: api.get_subresource("web", "resize")),
        (
            lambda pods: pods.patch_resize("web", {"spec": {}}, type="strategic"),
            lambda api: api.patch_subresource("web", "resize", {"spec": {}}, type="strategic"),
        ),
        (
            lambda pods: pods.replace_ephemeral_containers(POD),
            lambda api: api.replace_subresource("ephemeralcontainers", POD),
        ),
        (
            lambda pods: pods.apply_ephemeral_containers(POD, field_manager="me", force=True),
            lambda api: api.apply_subresource("ephemeralcontainers", POD, field_manager="me", force=True),
        ),
        (
            lambda pods: pods.evict("web", {"metadata": {"name": "web"}}),
            lambda api: api.create_subresource("web", "eviction", {"metadata": {"name": "web"}}),
        ),
    ],
)
async def test_the_requests_of_subresources_are_the_same(
    generated: Callable[[Any], Any], by_name: Callable[[Any], Any]
) -> None:
    transport = Stored()
    kube = Client(transport=transport, namespace="default")
    first = await sent(transport, lambda: generated(kube.core_v1.pods))
    assert await sent(transport, lambda: by_name(kube.api(core_v1.Pod, of=CATALOG.by_name("pods")))) == first


OWN = {"resource", "websocket", *(f"{verb}_subresource" for verb in ("get", "create", "patch", "apply", "replace"))}
LEFT_OUT = {"pretty", "ignore_store_read_error_with_cluster_breaking_potential", "orphan_dependents"}


@cache
def _generated() -> dict[str, list[inspect.Signature]]:
    """Return the signatures of all generated methods, by name."""
    found: dict[str, list[inspect.Signature]] = {}
    for module in pkgutil.iter_modules(aiokube.api.__path__):
        for cls in vars(importlib.import_module(f"aiokube.api.{module.name}")).values():
            if inspect.isclass(cls) and issubclass(cls, Resource):
                for name, method in inspect.getmembers(cls, inspect.isfunction):
                    if not name.startswith("_"):
                        found.setdefault(name, []).append(inspect.signature(method))
    return found


def test_every_generated_method_is_one_of_api() -> None:
    names = {name for name, _ in inspect.getmembers(Api, inspect.isfunction) if not name.startswith("_")}
    assert {*_generated()} == names - OWN


@pytest.mark.parametrize("name", sorted(_generated()))
def test_the_arguments_are_those_of_the_generated_methods(name: str) -> None:
    ours = {key: one for key, one in inspect.signature(getattr(Api, name)).parameters.items() if key != "self"}
    keywords = {key: one for key, one in ours.items() if one.kind is one.KEYWORD_ONLY}
    theirs = [signature.parameters for signature in _generated()[name]]
    taken = {key for parameters in theirs for key, one in parameters.items() if one.kind is one.KEYWORD_ONLY}
    assert taken - LEFT_OUT == set(keywords)
    for parameters in theirs:
        both = [key for key, one in parameters.items() if key in keywords and one.kind is one.KEYWORD_ONLY]
        assert [keywords[key].default for key in both] == [parameters[key].default for key in both]
        assert len(parameters) - 1 - len(both) - len(LEFT_OUT & set(parameters)) == len(ours) - len(keywords)
