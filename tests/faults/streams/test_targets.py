"""Resolution of pods, services and workloads to a pod and port, as in `kubectl port-forward`."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import pytest
from aiohttp import web

from aiokube.errors import AiokubeError, InvalidRequest, NotFound, StreamError
from aiokube.streams import PortForwarder
from tests.support.clients import client_of
from tests.support.websocket import V4, Peer, Script, WebSocketServer, status


def server_of(script: Script, **options: Any) -> WebSocketServer:
    return WebSocketServer(script, protocols=[V4], **options)


OBJECTS: dict[str, Any] = {
    "/api/v1/namespaces/default/services/web": {
        "spec": {
            "selector": {"app": "web", "tier": "front"},
            "clusterIP": "10.0.0.1",
            "ports": [
                {"name": "dns", "port": 80, "protocol": "UDP", "targetPort": 53},
                {"name": "http", "port": 80, "protocol": "TCP", "targetPort": "web"},
                {"name": "admin", "port": 81, "targetPort": 9000},
                {"name": "plain", "port": 82},
            ],
        }
    },
    "/api/v1/namespaces/default/services/headless": {
        "spec": {"selector": {"app": "web"}, "clusterIP": "None", "ports": [{"port": 8080, "targetPort": 1234}]}
    },
    "/api/v1/namespaces/default/services/external": {"spec": {"ports": [{"port": 80}]}},
    "/apis/apps/v1/namespaces/default/deployments/web": {
        "spec": {
            "selector": {
                "matchLabels": {"app": "web"},
                "matchExpressions": [
                    {"key": "tier", "operator": "In", "values": ["front", "back"]},
                    {"key": "stage", "operator": "NotIn", "values": ["test"]},
                    {"key": "old", "operator": "DoesNotExist"},
                    {"key": "app", "operator": "Exists"},
                ],
            }
        }
    },
    "/api/v1/namespaces/default/pods/web-0": {
        "metadata": {"name": "web-0"},
        "spec": {"containers": [{"ports": [{"name": "web", "containerPort": 8080, "protocol": "TCP"}]}]},
    },
}


def pod(name: str, *, phase: str = "Running", ready: bool = False, deleted: bool = False) -> dict[str, Any]:
    metadata = {"name": name, **({"deletionTimestamp": "2026-01-01T00:00:00Z"} if deleted else {})}
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    spec = OBJECTS["/api/v1/namespaces/default/pods/web-0"]["spec"]
    return {"metadata": metadata, "spec": spec, "status": {"phase": phase, "conditions": conditions}}


class Api:
    """The objects of a namespace, and the pods that any selector selects."""

    def __init__(self, *pods: dict[str, Any]) -> None:
        self.pods = list(pods)
        self.gone: set[str] = set()
        self.unreachable: set[str] = set()
        self.selectors: list[str] = []
        self.tried: list[str] = []

    def respond(self, request: web.Request) -> web.Response | None:
        if request.path.endswith("/portforward"):
            name = request.path.split("/")[-2]
            self.tried.append(name)
            if name in self.unreachable:
                return status(500, "InternalError", "error dialing backend: no route to host")
            return (
                web.json_response({"kind": "Status", "status": "Failure", "code": 404}, status=404)
                if (name in self.gone)
                else None
            )
        if request.path.endswith("/pods"):
            self.selectors.append(request.query["labelSelector"])
            return web.json_response({"items": self.pods})
        for one in self.pods:
            if request.path.endswith(f"/pods/{one['metadata']['name']}"):
                return web.json_response(one)
        if request.path in OBJECTS:
            return web.json_response(OBJECTS[request.path])
        return web.json_response({"kind": "Status", "status": "Failure", "reason": "NotFound"}, status=404)


def echo_on(*ports: int) -> Script:
    """Return a script: a port that sends the pod and port of the request as JSON."""

    async def script(peer: Peer) -> None:
        port = int(peer.request.query["ports"])
        assert port in ports
        await peer.send(0, port.to_bytes(2, "little"))
        await peer.send(0, json.dumps([peer.request.path.split("/")[-2], port]).encode())

    return script


@pytest.mark.parametrize(
    ("name", "port", "found", "selector"),
    [
        ("service/web", 80, ["best", 8080], "app=web,tier=front"),
        ("svc/web", "http", ["best", 8080], "app=web,tier=front"),
        ("services/web", 81, ["best", 9000], "app=web,tier=front"),
        ("svc/web", 82, ["best", 82], "app=web,tier=front"),
        ("svc/headless", 8080, ["best", 8080], "app=web"),
        ("deployment.apps/web", 1, ["best", 1], "app=web,tier in (front,back),stage notin (test),!old,app"),
        ("deployment/web", 1, ["best", 1], "app=web,tier in (front,back),stage notin (test),!old,app"),
        ("Deploy/web", "web", ["best", 8080], "app=web,tier in (front,back),stage notin (test),!old,app"),
        ("pod/web-0", 7, ["web-0", 7], None),
        ("po/web-0", "web", ["web-0", 8080], None),
        ("web-0", "web", ["web-0", 8080], None),
    ],
)
async def test_names_and_ports_resolve_as_in_kubectl(
    name: str, port: int | str, found: list[Any], selector: str | None
) -> None:
    api = Api(
        pod("deleted", ready=True, deleted=True),
        pod("pending", phase="Pending"),
        pod("unready"),
        pod("best", ready=True),
        pod("done", phase="Succeeded"),
    )
    async with server_of(echo_on(found[1]), refuse=api.respond) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.open_port(name, port) as (reader, _):
            assert json.loads(await reader.read()) == found
        async with kube.core_v1.pods.port_forward(name, port) as forwarder:
            reader, writer = await asyncio.open_connection("127.0.0.1", forwarder.port)
            assert json.loads(await reader.read()) == found
            writer.close()
            await writer.wait_closed()
    assert api.selectors == ([] if selector is None else [selector] * 2)


@pytest.mark.parametrize(
    ("name", "port", "error", "message"),
    [
        ("service/none", 80, NotFound, "404"),
        ("service/external", 80, StreamError, "service/external has no selector"),
        ("service/web", 99, StreamError, "service/web has no TCP port 99"),
        ("service/web", "dns", StreamError, "service/web has no TCP port 'dns'"),
        ("deploy/web", "nope", StreamError, "pod web-1 has no TCP port named 'nope'"),
        ("web-0", "nope", StreamError, "pod web-0 has no TCP port named 'nope'"),
        ("none", 80, NotFound, "404"),
        ("web-1", "80", InvalidRequest, "port is '80'; pass a number as an int"),
        ("ingress/web", 80, InvalidRequest, "the type before the slash must be one of pod, service, deployment"),
        ("service/a/b", 80, InvalidRequest, "name: 'a/b' is invalid"),
        ("service/", 80, InvalidRequest, "name: is empty"),
    ],
)
async def test_a_target_that_cannot_be_resolved_is_a_typed_error(
    name: str, port: int | str, error: type[Exception], message: str
) -> None:
    api = Api(pod("web-1", ready=True))
    async with server_of(echo_on(), refuse=api.respond) as server, client_of(server.url) as kube:
        with pytest.raises(error, match=message):
            async with kube.core_v1.pods.port_forward(name, port):
                pass


async def test_a_target_without_running_pods_is_an_error() -> None:
    for api, message in (
        (Api(), "service/web has no pods (selector app=web,tier=front)"),
        (Api(pod("a", phase="Pending"), pod("b", deleted=True)), "none of the 2 pods of service/web is running"),
    ):
        async with server_of(echo_on(), refuse=api.respond) as server, client_of(server.url) as kube:
            with pytest.raises(StreamError) as caught:
                async with kube.core_v1.pods.open_port("service/web", 80):
                    pass
            assert str(caught.value) == message


HOSTILE = "a\x1b]0;owned\x07\r\nforged\u202e"


@pytest.mark.parametrize(
    ("service", "pods"),
    [
        ({"selector": {HOSTILE: HOSTILE}}, []),
        ({"selector": {"a": "b"}, "ports": [{"port": 80, "targetPort": HOSTILE}]}, [pod(HOSTILE)]),
        ({"selector": {"a": "b"}, "ports": [{"port": 80, "protocol": HOSTILE, "name": HOSTILE}]}, [pod(HOSTILE)]),
        ({"selector": {"a": "b"}}, [pod(HOSTILE, phase=HOSTILE)]),
    ],
    ids=["selector", "target port", "port", "phase"],
)
async def test_an_error_about_a_target_is_printable(service: dict[str, Any], pods: list[dict[str, Any]]) -> None:
    api = Api(*pods)

    def respond(request: web.Request) -> web.Response | None:
        if request.path.endswith("/services/web"):
            return web.json_response({"spec": service})
        return api.respond(request)

    async with server_of(echo_on(), refuse=respond) as server, client_of(server.url) as kube:
        with pytest.raises(StreamError) as caught:
            async with kube.core_v1.pods.open_port("service/web", 80):
                pass
        assert str(caught.value).isprintable()


async def ask(forwarder: PortForwarder) -> str:
    """Return the name of the pod that a new connection leads to; empty if the connection was reset."""
    reader, writer = await asyncio.open_connection("127.0.0.1", forwarder.port)
    try:
        return str(json.loads(await reader.read())[0])
    except ConnectionResetError:
        return ""
    finally:
        writer.close()


@pytest.mark.parametrize("name", ["service/web", "deploy/web"])
@pytest.mark.parametrize(
    "state",
    [{"deleted": True}, {"phase": "Failed"}, {"phase": "Succeeded"}, {"ready": False}, None],
    ids=["terminating", "failed", "ended", "not ready", "gone"],
)
async def test_the_next_connection_leads_to_a_ready_pod(name: str, state: dict[str, Any] | None) -> None:
    api = Api(pod("first", ready=True), pod("second", ready=True))
    async with server_of(echo_on(8080), refuse=api.respond) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.port_forward(name, 80 if name == "service/web" else 8080) as forwarder:
            assert [await ask(forwarder) for _ in range(2)] == ["first", "first"]
            if state is None:
                api.gone.add("first")
            api.pods[:1] = [] if state is None else [pod("first", **{"ready": True, **state})]
            assert [await ask(forwarder) for _ in range(2)] == ["second", "second"]
            assert forwarder.target.pod == "second"
    assert len(api.selectors) == 2


async def test_a_connection_leads_to_another_pod_when_the_first_cannot_be_reached() -> None:
    """The pod still looks ready: its node has just been lost."""
    api = Api(pod("first", ready=True), pod("second", ready=True))
    async with server_of(echo_on(8080), refuse=api.respond) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.port_forward("service/web", 80) as forwarder:
            assert await ask(forwarder) == "first"
            api.unreachable.add("first")
            assert [await ask(forwarder) for _ in range(2)] == ["second", "second"]


@pytest.mark.slow
async def test_the_next_connection_avoids_a_pod_that_failed_while_another_is_ready() -> None:
    api = Api(pod("first", ready=True), pod("second", ready=True))

    async def script(peer: Peer) -> None:
        if "/first/" in peer.request.path:
            await peer.send(0, (8080).to_bytes(2, "little"))
            await peer.send(1, (8080).to_bytes(2, "little") + b"failed to find sandbox")
            await peer.read_all()
        else:
            await echo_on(8080)(peer)

    errors: list[Exception] = []
    async with server_of(script, refuse=api.respond) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.port_forward("service/web", 80, on_error=errors.append) as forwarder:
            assert [await ask(forwarder) for _ in range(3)] == ["", "second", "second"]
            api.pods.pop()
            assert [await ask(forwarder) for _ in range(2)] == ["", ""]
    assert {str(error) for error in errors} == {"port 8080 of first: failed to find sandbox"}


@pytest.mark.slow
@pytest.mark.parametrize("fails", [False, True], ids=["ends", "fails"])
async def test_the_end_of_an_older_connection_does_not_lead_back_to_a_failed_pod(fails: bool) -> None:
    api = Api(pod("first", ready=True), pod("second", ready=True))
    end = asyncio.Event()
    error = (8080).to_bytes(2, "little") + b"failed to find sandbox"

    async def script(peer: Peer) -> None:
        if "/first/" in peer.request.path and api.tried.count("first") > 1:
            await peer.send(1, error)
            return
        await echo_on(8080)(peer)
        if "/first/" in peer.request.path:
            await end.wait()
            await peer.send(1, error if fails else error[:2])

    async with server_of(script, refuse=api.respond) as server, client_of(server.url) as kube:
        reported: list[Exception] = []
        async with kube.core_v1.pods.port_forward("service/web", 80, on_error=reported.append) as forwarder:
            older, writer = await asyncio.open_connection("127.0.0.1", forwarder.port)
            assert await older.readexactly(1)
            assert [await ask(forwarder) for _ in range(1 + fails)] == ["", "second"][: 1 + fails]
            end.set()
            with contextlib.suppress(ConnectionResetError):
                await older.read()
            writer.close()
            await asyncio.sleep(0.05)
            assert len(reported) == 1 + fails
            before = len(api.tried)
            assert [await ask(forwarder) for _ in range(2)] == ["second", "second"]
            assert api.tried[before:] == ["second", "second"]


async def test_a_named_pod_is_not_read_for_each_connection() -> None:
    api = Api(pod("web-0"))
    async with server_of(echo_on(8080), refuse=api.respond) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.port_forward("web-0", 8080) as forwarder:
            assert [await ask(forwarder) for _ in range(2)] == ["web-0", "web-0"]
    assert [handshake.path.rpartition("/")[2] for handshake in server.handshakes] == ["web-0", *["portforward"] * 2]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("services/web", []),
        ("services/web", {"spec": []}),
        ("services/web", {"spec": {"selector": ["a"]}}),
        ("services/web", {"spec": {"selector": {"a": "b"}, "ports": [None]}}),
        ("services/web", {"spec": {"selector": {"a": "b"}, "ports": [{}]}}),
        ("services/web", None),
        ("pods", {"items": [{"metadata": {"name": "p"}, "status": None}]}),
        ("pods", {"items": [{}]}),
        ("pods", {"items": [None]}),
        ("pods", {"items": {}}),
        ("pods", []),
        ("deployments/web", {"spec": {"selector": {"matchExpressions": [{}]}}}),
        ("deployments/web", {"spec": {"selector": {"matchLabels": []}}}),
    ],
)
async def test_odd_objects_are_typed_errors(path: str, body: Any) -> None:
    api = Api(pod("web-1", ready=True))

    def respond(request: web.Request) -> web.Response | None:
        return web.json_response(body) if request.path.endswith(f"/{path}") else api.respond(request)

    name = "deploy/web" if path.startswith("deployments") else "service/web"
    async with server_of(echo_on(), refuse=respond) as server, client_of(server.url) as kube:
        with pytest.raises(AiokubeError):
            async with kube.core_v1.pods.open_port(name, "web"):
                pass
