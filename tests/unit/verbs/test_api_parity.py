"""The methods of `Api` send what the generated methods of the same names send."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import pytest

from aiokube import Api, Client
from aiokube.errors import AiokubeError
from aiokube.models import apps_v1, core_v1
from aiokube.runtime.discovery.catalog import Catalog
from aiokube.runtime.discovery.documents import read_versions
from aiokube.runtime.http.request import Request
from tests.support.recording import RecordingTransport
from tests.unit.discovery.conftest import documents

CATALOG = Catalog(
    version for document in documents("aggregated").by_path.values() for version in read_versions(document)
)
WEB = {"metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": 1}}

CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
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
    ("apply_status", (WEB,), {"field_manager": "me"}),
]
SCALES: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("get_scale", ("web",), {"namespace": "shop"}),
    ("patch_scale", ("web", {"spec": {"replicas": 2}}), {"dry_run": "All"}),
    ("replace_scale", (WEB,), {"field_manager": "me"}),
    ("apply_scale", (WEB,), {"field_manager": "me", "force": True}),
    ("edit_scale", ("web", lambda scale: None), {"namespace": "shop"}),
]
STREAMS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("exec", ("web", ["ls", "-l"]), {"container": "c", "stdin": True, "stderr": False, "namespace": "shop"}),
    ("attach", ("web",), {"container": "c", "tty": True, "stderr": False}),
    ("run", ("web", "ls"), {"container": "c", "input": b"x"}),
    ("log", ("web",), {"container": "c", "tail_lines": 3, "timestamps": True, "previous": True, "limit_bytes": 9}),
    ("log_lines", ("web",), {"container": "c", "follow": True, "since_seconds": 60}),
    ("open_port", ("web", 80), {"namespace": "shop"}),
    ("proxy", ("web", "a/b"), {"method": "PUT", "port": 80, "query": {"q": "1"}}),
    ("proxy_websocket", ("web", "a/b"), {"port": "http", "scheme": "https"}),
]


async def sent(transport: RecordingTransport, call: Callable[..., Any], *arguments: Any, **options: Any) -> Request:
    """Return the last request that a method sends; the responses are of no use to it."""
    before = len(transport.requests)
    with suppress(AiokubeError):
        result = call(*arguments, **options)
        if isinstance(result, Awaitable):
            await result
        elif isinstance(result, AbstractAsyncContextManager):
            async with result:
                pass
        else:
            async for _ in result:
                pass
    assert len(transport.requests) > before, "nothing was sent"
    return transport.last


@pytest.mark.parametrize(
    ("cls", "group", "plural", "name", "arguments", "options"),
    [
        *((apps_v1.Deployment, "apps_v1", "deployments", *call) for call in [*CALLS, *SCALES]),
        *((core_v1.Pod, "core_v1", "pods", *call) for call in [*CALLS[:10], *STREAMS]),
        *((core_v1.Node, "core_v1", "nodes", *call) for call in [CALLS[0], CALLS[8]]),
    ],
)
async def test_the_requests_are_the_same(
    cls: type[Any], group: str, plural: str, name: str, arguments: tuple[Any, ...], options: dict[str, Any]
) -> None:
    transport = RecordingTransport()
    kube = Client(transport=transport, namespace="default")
    api: Api[Any] = kube.api(cls, of=CATALOG.by_name(plural))
    generated = getattr(getattr(kube, group), plural)
    taken = inspect.signature(getattr(generated, name)).parameters
    # Generated methods of resources without namespaces have no such arguments.
    kept = {key: value for key, value in options.items() if key in taken}
    first = await sent(transport, getattr(generated, name), *arguments, **kept)
    assert await sent(transport, getattr(api, name), *arguments, **options) == first


def test_every_argument_of_a_method_is_one_of_the_generated_method() -> None:
    kube = Client(transport=RecordingTransport(), namespace="default")
    names = {name for name, _ in inspect.getmembers(Api, inspect.isfunction) if not name.startswith("_")}
    own = {"resource", "websocket", *(f"{verb}_subresource" for verb in ("get", "create", "patch", "replace"))}
    for name in names - own:
        owner = kube.apps_v1.deployments if hasattr(kube.apps_v1.deployments, name) else kube.core_v1.pods
        theirs = inspect.signature(getattr(owner, name)).parameters
        ours = inspect.signature(getattr(kube.api("x"), name)).parameters
        keywords = {key for key, parameter in ours.items() if parameter.kind is parameter.KEYWORD_ONLY}
        assert keywords <= set(theirs), name
        assert all(ours[key].default == theirs[key].default for key in keywords), name
