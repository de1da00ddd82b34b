"""exec, attach, logs, port-forward and proxies of a FakeCluster, answered by functions of the test."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from aiokube import Client
from aiokube.errors import (
    ApiError,
    BadRequest,
    ConnectionError,
    Forbidden,
    InternalError,
    Invalid,
    InvalidArgument,
    NotFound,
    ServiceUnavailable,
    StreamError,
)
from aiokube.models import core_v1, meta_v1, rbac_v1
from aiokube.streams import LogLines
from aiokube.testing import (
    ContainerSession,
    FakeCluster,
    PortConnection,
    ProxiedRequest,
    ProxiedResponse,
    TerminalSize,
)
from tests.support.children import async_child

V4 = ("v4.channel.k8s.io",)
V5 = ("v5.channel.k8s.io",)


@pytest.fixture
async def cluster() -> AsyncIterator[FakeCluster]:
    async with FakeCluster(pods_run=True) as running:
        yield running


@pytest.fixture
async def kube(cluster: FakeCluster) -> AsyncIterator[Client]:
    async with cluster.client(max_retries=0, timeout=5) as client:
        await create(client, "web")
        yield client


async def create(kube: Client, name: str, *containers: str, **spec: Any) -> None:
    found = [core_v1.Container(name=one, image="nginx") for one in containers or ("web",)]
    metadata = meta_v1.ObjectMeta(name=name, labels={"app": name})
    await kube.core_v1.pods.create(core_v1.Pod(metadata=metadata, spec=core_v1.PodSpec(containers=found, **spec)))


# exec


@pytest.mark.parametrize("protocols", [V5, V4])
async def test_a_command_is_run_by_a_function(cluster: FakeCluster, kube: Client, protocols: tuple[str, ...]) -> None:
    sessions = []

    @cluster.on_exec
    async def run(session: ContainerSession) -> int:
        sessions.append(session)
        await session.write("out")
        await session.write_error(b"err")
        return 7

    async with kube.core_v1.pods.exec("web", ["ls", "-l", "a b"], protocols=protocols) as process:
        assert process.subprotocol == protocols[0]
        assert await process.communicate() == (b"out", b"err")
        assert process.returncode == 7
    (session,) = sessions
    assert (session.namespace, session.pod, session.container) == ("default", "web", "web")
    assert session.command == ("ls", "-l", "a b") and session.stdin is None and not session.tty


def test_a_session_has_nothing_of_the_server() -> None:
    assert [name for name in dir(ContainerSession) if name[0] != "_"] == ["sizes", "write", "write_error"]


async def test_a_command_reads_its_input_to_the_end(cluster: FakeCluster, kube: Client) -> None:
    @cluster.on_exec
    async def run(session: ContainerSession) -> int:
        assert session.stdin is not None
        await session.write((await session.stdin.read()).upper())
        return 0

    sent = b"abc" * 100_000
    done = await kube.core_v1.pods.run("web", "tr", input=sent)
    assert (done.returncode, done.stdout) == (0, sent.upper())


async def test_a_command_talks_with_its_client(cluster: FakeCluster, kube: Client) -> None:
    @cluster.on_exec
    async def run(session: ContainerSession) -> int:
        assert session.stdin is not None
        while line := await session.stdin.readline():
            await session.write(b"> " + line)
        return 0

    async with kube.core_v1.pods.exec("web", "sh", stdin=True) as process:
        assert process.stdin is not None and process.stdout is not None
        for text in (b"one\n", b"two\n"):
            process.stdin.write(text)
            assert await process.stdout.readline() == b"> " + text
        process.stdin.close()
        assert await process.wait() == 0


async def test_a_terminal_has_sizes_and_one_output(cluster: FakeCluster, kube: Client) -> None:
    @cluster.on_exec
    async def run(session: ContainerSession) -> int:
        assert session.tty
        await session.write_error("both\n")
        async for size in session.sizes():
            await session.write(f"{size.width}x{size.height}\n")
            if size == TerminalSize(2, 1):
                break
        return 0

    async with kube.core_v1.pods.exec("web", "top", tty=True, stdin=True, stderr=False) as process:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"both\n"
        process.resize(80, 24)
        assert await process.stdout.readline() == b"80x24\n"
        process.resize(2, 1)
        assert await process.stdout.readline() == b"2x1\n"
        assert await process.wait() == 0


async def test_output_that_is_not_connected_is_dropped(cluster: FakeCluster, kube: Client) -> None:
    @cluster.on_exec
    async def run(session: ContainerSession) -> int:
        await session.write("dropped")
        await session.write_error("kept")
        return 0

    async with kube.core_v1.pods.exec("web", "x", stdout=False) as process:
        assert await process.communicate() == (b"", b"kept")


async def test_a_function_that_fails_is_an_internal_error(
    cluster: FakeCluster, kube: Client, caplog: pytest.LogCaptureFixture
) -> None:
    @cluster.on_exec
    async def run(session: ContainerSession) -> int:
        raise ZeroDivisionError("no")

    with pytest.raises(InternalError, match="the function of the test raised ZeroDivisionError: no"):
        await kube.core_v1.pods.run("web", "x")
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(("result", "shown"), [(256, "256"), ("x", "'x'"), (-1, "-1")])
async def test_a_function_returns_an_exit_code(cluster: FakeCluster, kube: Client, result: Any, shown: str) -> None:
    @cluster.on_exec
    async def run(session: ContainerSession) -> int:
        return result  # type: ignore[no-any-return] # what a test may do by mistake

    with pytest.raises(InternalError, match=f"the function of the test returned {shown}; an exit code is 0 to 255"):
        await kube.core_v1.pods.run("web", "x")


async def test_a_command_is_cancelled_when_its_client_leaves(cluster: FakeCluster, kube: Client) -> None:
    ended = asyncio.Event()

    @cluster.on_exec
    async def run(session: ContainerSession) -> int:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return 0

    async with kube.core_v1.pods.exec("web", "sleep"):
        pass
    async with asyncio.timeout(5):
        await ended.wait()


@pytest.mark.parametrize("end", ["finish", "delete"])
async def test_a_command_ends_with_its_container(cluster: FakeCluster, kube: Client, end: str) -> None:
    @cluster.on_exec
    async def run(session: ContainerSession) -> int:
        await asyncio.Event().wait()
        return 0

    async with kube.core_v1.pods.exec("web", "sleep") as process:
        if end == "finish":
            cluster.pods.finish("web")
        else:
            await kube.core_v1.pods.delete("web")
        assert await process.wait() == 137


async def test_a_restart_breaks_a_stream(cluster: FakeCluster, kube: Client) -> None:
    @cluster.on_exec
    async def run(session: ContainerSession) -> int:
        await asyncio.Event().wait()
        return 0

    async with kube.core_v1.pods.exec("web", "sleep") as process:
        await cluster.restart()
        with pytest.raises(ConnectionError):
            await process.wait()


async def test_a_partition_holds_output_back(cluster: FakeCluster, kube: Client) -> None:
    @cluster.on_exec
    async def run(session: ContainerSession) -> int:
        cluster.partition()
        await session.write("late\n")
        return 0

    async with kube.core_v1.pods.exec("web", "x") as process:
        assert process.stdout is not None
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await process.stdout.readline()
        cluster.heal()
        assert await process.stdout.readline() == b"late\n"


@pytest.mark.slow
async def test_files_are_copied_through_a_function(cluster: FakeCluster, kube: Client, tmp_path: Any) -> None:
    @cluster.on_exec
    async def tar(session: ContainerSession) -> int:
        sent = await session.stdin.read() if session.stdin is not None else b""
        (tmp_path / "sent").write_bytes(sent)
        with (tmp_path / "sent").open("rb") as stdin:
            async with async_child(*session.command, stdin=stdin, stdout=asyncio.subprocess.PIPE) as process:
                assert process.stdout is not None
                await session.write(await process.stdout.read())
                return await process.wait()

    (tmp_path / "here").write_text("content")
    (tmp_path / "there").mkdir()
    await kube.core_v1.pods.copy_to("web", tmp_path / "here", str(tmp_path / "there" / "copied"))
    assert (tmp_path / "there" / "copied").read_text() == "content"
    await kube.core_v1.pods.copy_from("web", str(tmp_path / "there" / "copied"), tmp_path / "back")
    assert (tmp_path / "back").read_text() == "content"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"name": "missing"}, NotFound, 'pods "missing" not found'),
        ({"name": "web", "container": "b"}, BadRequest, "container b is not valid for pod web"),
        ({"name": "two"}, BadRequest, r"must be specified for pod two, choose one of: \[a b\]"),
        ({"name": "waits"}, BadRequest, "pod waits does not have a host assigned"),
        (
            {"name": "done", "protocols": V5},
            InternalError,
            r'unable to upgrade connection: container not found \("web"\)',
        ),
        ({"name": "done", "protocols": V4}, InternalError, r'container not found \("web"\)'),
        ({"name": "web"}, ApiError, "exec without a function of the test, set by `on_exec`"),
    ],
)
async def test_what_cannot_run_is_refused(
    cluster: FakeCluster, kube: Client, arguments: dict[str, Any], error: type[ApiError], message: str
) -> None:
    await create(kube, "two", "a", "b")
    await create(kube, "waits", node_selector={"a": "b"})
    await create(kube, "done", restart_policy="Never")
    cluster.pods.finish("done")
    with pytest.raises(error, match=message):
        async with kube.core_v1.pods.exec(arguments.pop("name"), "x", **arguments) as process:
            await process.wait()


async def test_other_ways_to_stream_are_refused_by_name(cluster: FakeCluster, kube: Client) -> None:
    @cluster.on_exec
    async def run(session: ContainerSession) -> int:
        return 0

    url = f"{cluster.url}/api/v1/namespaces/default/pods/web/exec"
    token = {"Authorization": f"Bearer {cluster.config().token}"}
    websocket = {"Connection": "Upgrade", "Upgrade": "websocket"}
    known = "(known: v5.channel.k8s.io, v4.channel.k8s.io)"
    for query, headers, status, message in (
        ("stdout=true", {}, 400, "Upgrade request required"),
        ("", websocket, 400, "you must specify at least 1 of stdin, stdout, stderr"),
        ("tty=true&stderr=true", websocket, 400, "you must specify at least 1 of stdin, stdout, stderr"),
        (
            "stdout=1",
            {"Connection": "Upgrade", "Upgrade": "SPDY/3.1"},
            501,
            "streams over SPDY/3.1 (WebSockets work)",
        ),
        ("stdout=1", websocket, 501, f"streams over a WebSocket without a subprotocol {known}"),
        ("stdout=1", {**websocket, "Sec-WebSocket-Protocol": "channel.k8s.io"}, 501, f"over channel.k8s.io {known}"),
    ):
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False), headers=token) as session,
            session.post(f"{url}?{query}", headers=headers) as response,
        ):
            assert response.status == status
            assert message in (await response.json())["message"]


# attach


async def test_an_attached_client_talks_with_a_function(cluster: FakeCluster, kube: Client) -> None:
    @cluster.on_attach
    async def serve(session: ContainerSession) -> int:
        assert session.command == () and session.stdin is not None
        await session.write(b"hello " + await session.stdin.readline())
        return 0

    async with kube.core_v1.pods.attach("web", stdin=True) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"me\n")
        assert await process.stdout.readline() == b"hello me\n"
        assert await process.wait() == 0


async def test_nobody_is_attached_to_without_a_function(kube: Client) -> None:
    with pytest.raises(ApiError, match="set by `on_attach`"):
        async with kube.core_v1.pods.attach("web"):
            pass


# logs


async def test_a_log_has_what_was_written(cluster: FakeCluster, kube: Client) -> None:
    assert await kube.core_v1.pods.log("web") == ""
    cluster.pods.write_log("web", "one\ntwo\n")
    cluster.pods.write_log("web", b"three")
    assert await kube.core_v1.pods.log("web") == "one\ntwo\nthree\n"
    assert await kube.core_v1.pods.log("web", tail_lines=2) == "two\nthree\n"
    assert await kube.core_v1.pods.log("web", tail_lines=0) == ""
    assert await kube.core_v1.pods.log("web", limit_bytes=5) == "one\nt"


async def test_a_log_knows_its_times(cluster: FakeCluster, kube: Client) -> None:
    cluster.pods.write_log("web", "old")
    stamped = await kube.core_v1.pods.log("web", timestamps=True)
    cluster.advance(60)
    cluster.pods.write_log("web", "new")
    assert await kube.core_v1.pods.log("web", since_seconds=30) == "new\n"
    assert await kube.core_v1.pods.log("web", since_seconds=90) == "old\nnew\n"
    stamp, text = stamped.split(" ")
    assert text == "old\n" and len(stamp) == len("2016-10-06T00:17:09.669794202Z")
    started = (await kube.core_v1.pods.get("web")).status.start_time
    assert started is not None
    lines = kube.core_v1.pods.log_lines("web", since_time=started + timedelta(seconds=30))
    assert [line async for line in lines] == ["new"]


async def test_a_followed_log_goes_on_until_the_container_ends(cluster: FakeCluster, kube: Client) -> None:
    cluster.pods.write_log("web", "one")
    lines: LogLines = kube.core_v1.pods.log_lines("web", follow=True)
    assert await anext(lines) == "one"
    cluster.pods.write_log("web", "two")
    assert await anext(lines) == "two"
    cluster.pods.write_log("web", "three")
    cluster.pods.finish("web", exit_code=1)
    cluster.pods.write_log("web", "of the next")
    assert [line async for line in lines] == ["three"]
    assert await kube.core_v1.pods.log("web") == "of the next\n"
    assert await kube.core_v1.pods.log("web", previous=True) == "one\ntwo\nthree\n"


async def test_a_followed_log_ends_at_its_limit(cluster: FakeCluster, kube: Client) -> None:
    lines = kube.core_v1.pods.log_lines("web", follow=True, limit_bytes=6)
    reading = asyncio.create_task(anext(lines))
    await asyncio.sleep(0.02)
    cluster.pods.write_log("web", "one\ntwo\nthree")
    assert [await reading, *[line async for line in lines]] == ["one", "tw"]


async def test_a_followed_log_ends_with_its_pod(cluster: FakeCluster, kube: Client) -> None:
    cluster.pods.write_log("web", "one")
    lines = kube.core_v1.pods.log_lines("web", follow=True)
    assert await anext(lines) == "one"
    await kube.core_v1.pods.delete("web")
    assert [line async for line in lines] == []


async def test_logs_of_several_containers(cluster: FakeCluster, kube: Client) -> None:
    await create(kube, "two", "a", "b")
    for name in ("a", "b"):
        cluster.pods.write_log("two", f"of {name}", container=name)
    found = [line async for line in kube.core_v1.pods.all_log_lines("two")]
    assert sorted((one.container, one.text) for one in found) == [("a", "of a"), ("b", "of b")]
    with pytest.raises(BadRequest, match="a container name must be specified"):
        await kube.core_v1.pods.log("two")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"name": "missing"}, NotFound, 'pods "missing" not found'),
        ({"name": "web", "container": "b"}, BadRequest, "container b is not valid for pod web"),
        ({"name": "web", "previous": True}, BadRequest, 'previous terminated container "web" in pod "web" not found'),
        ({"name": "web", "stream": "Stdout"}, Invalid, "stream: Forbidden: may not be specified"),
        ({"name": "slow"}, BadRequest, 'container "web" in pod "slow" is waiting to start: ContainerCreating'),
        ({"name": "pulls"}, BadRequest, "is waiting to start: trying and failing to pull image"),
    ],
)
async def test_a_log_that_is_not_there_is_refused(
    cluster: FakeCluster, kube: Client, arguments: dict[str, Any], error: type[ApiError], message: str
) -> None:
    cluster.pods.missing_images.add("nginx")
    await create(kube, "pulls")
    cluster.pods.start_delay = 60
    await create(kube, "slow")
    with pytest.raises(error, match=message):
        await kube.core_v1.pods.log(**arguments)


async def test_a_pod_without_a_node_has_an_empty_log(kube: Client) -> None:
    await create(kube, "waits", node_selector={"a": "b"})
    assert await kube.core_v1.pods.log("waits") == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "missing"}, "there is no pod default/missing"),
        ({"name": "two"}, "pod default/two has several containers; name one of a, b"),
        ({"name": "web", "container": "b"}, "pod default/web has no container 'b'; it has web"),
        ({"name": "waits"}, "web of pod default/waits has not been started"),
    ],
)
async def test_lines_of_what_has_not_started_are_refused(
    cluster: FakeCluster, kube: Client, arguments: dict[str, Any], message: str
) -> None:
    await create(kube, "two", "a", "b")
    await create(kube, "waits", node_selector={"a": "b"})
    with pytest.raises(InvalidArgument, match=message):
        cluster.pods.write_log(text="x", **arguments)


# port-forward


async def test_a_port_is_served_by_a_function(cluster: FakeCluster, kube: Client) -> None:
    ports = []

    @cluster.on_port_forward
    async def serve(connection: PortConnection) -> None:
        ports.append((connection.namespace, connection.pod, connection.port))
        await connection.write((await connection.reader.readline()).upper())

    async with kube.core_v1.pods.open_port("web", 80) as (reader, writer):
        writer.write(b"hello\n")
        assert await reader.read() == b"HELLO\n"
    assert ports == [("default", "web", 80)]


async def test_a_local_port_is_forwarded(cluster: FakeCluster, kube: Client) -> None:
    @cluster.on_port_forward
    async def serve(connection: PortConnection) -> None:
        request = await connection.reader.readuntil(b"\r\n\r\n")
        assert request.startswith(b"GET /x HTTP/1.1\r\n")
        await connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    async with kube.core_v1.pods.port_forward("web", 80) as forwarder, aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{forwarder.port}/x") as response:
            assert await response.text() == "hi"


async def test_a_port_that_refuses_says_why(cluster: FakeCluster, kube: Client) -> None:
    @cluster.on_port_forward
    async def serve(connection: PortConnection) -> None:
        raise OSError("connection refused")

    async with kube.core_v1.pods.open_port("web", 81) as (reader, _):
        with pytest.raises(StreamError, match="error forwarding port 81 to pod web, uid : connection refused"):
            await reader.read()


async def test_a_function_that_cancels_itself_is_told(cluster: FakeCluster, kube: Client) -> None:
    async def run(_: object) -> Any:
        raise asyncio.CancelledError

    cluster.on_exec(run)
    cluster.on_port_forward(run)
    cluster.on_proxy(run)
    with pytest.raises(InternalError, match="the function of the test raised CancelledError"):
        await kube.core_v1.pods.run("web", "ls")
    async with kube.core_v1.pods.open_port("web", 81) as (reader, _):
        with pytest.raises(StreamError, match="error forwarding port 81 to pod web, uid : CancelledError"):
            await reader.read()
    with pytest.raises(ServiceUnavailable, match="error trying to reach service: CancelledError"):
        async with kube.core_v1.pods.proxy("web", "x") as response:
            await response.raise_for_status()


async def test_an_exit_code_is_no_boolean(cluster: FakeCluster, kube: Client) -> None:
    @cluster.on_exec
    async def run(session: ContainerSession) -> int:
        return True

    with pytest.raises(InternalError, match="the function of the test returned True; an exit code is 0 to 255"):
        await kube.core_v1.pods.run("web", "ls")


@pytest.mark.parametrize(
    ("returned", "problem"),
    [
        (ProxiedResponse(headers={"a\r\nb": "c"}), "is no name of a header"),
        ("text", "returned 'text', which is no ProxiedResponse"),
    ],
    ids=["headers", "text"],
)
async def test_a_proxied_response_that_is_none_is_named(
    cluster: FakeCluster, kube: Client, returned: Any, problem: str
) -> None:
    @cluster.on_proxy
    async def answer(request: ProxiedRequest) -> Any:
        return returned

    with pytest.raises(ServiceUnavailable, match=problem):
        async with kube.core_v1.pods.proxy("web", "x") as response:
            await response.raise_for_status()


async def test_who_reads_a_log_in_a_partition_leaves_no_trace(caplog: pytest.LogCaptureFixture) -> None:
    cluster = FakeCluster(pods_run=True)
    async with contextlib.AsyncExitStack() as stack:
        async with cluster:
            kube = await stack.enter_async_context(cluster.client(max_retries=0, timeout=5))
            await create(kube, "web")
            cluster.pods.write_log("web", "one")
            lines = kube.core_v1.pods.log_lines("web", follow=True)
            assert await anext(lines) == "one"
            cluster.partition()
            cluster.pods.write_log("web", "two")
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)
        await lines.aclose()
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


async def test_a_connection_ends_with_its_pod(cluster: FakeCluster, kube: Client) -> None:
    @cluster.on_port_forward
    async def serve(connection: PortConnection) -> None:
        await connection.reader.read()

    async with kube.core_v1.pods.open_port("web", 80) as (reader, _):
        await kube.core_v1.pods.delete("web")
        assert await reader.read() == b""


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("missing", NotFound, 'pods "missing" not found'),
        ("waits", BadRequest, "pod waits does not have a host assigned"),
        ("done", InternalError, r'pod not found \("done_default"\)'),
        ("web", ApiError, "set by `on_port_forward`"),
    ],
)
async def test_a_port_that_nothing_serves_is_refused(
    cluster: FakeCluster, kube: Client, name: str, error: type[ApiError], message: str
) -> None:
    await create(kube, "waits", node_selector={"a": "b"})
    await create(kube, "done", restart_policy="Never")
    cluster.pods.finish("done")
    with pytest.raises(error, match=message):
        async with kube.core_v1.pods.open_port(name, 80):
            pass


# proxies


async def service(kube: Client, name: str, app: str) -> None:
    spec = core_v1.ServiceSpec(selector={"app": app}, ports=[core_v1.ServicePort(name="http", port=80)])
    await kube.core_v1.services.create(core_v1.Service(metadata=meta_v1.ObjectMeta(name=name), spec=spec))


async def test_a_request_through_the_proxy_is_answered_by_a_function(cluster: FakeCluster, kube: Client) -> None:
    requests = []

    @cluster.on_proxy
    async def answer(request: ProxiedRequest) -> ProxiedResponse:
        requests.append(request)
        return ProxiedResponse(status=418, headers={"X-Kind": request.resource}, body=f"{request.path}!")

    await service(kube, "front", "web")
    sent = kube.core_v1.pods.proxy(
        "web",
        "a/b%20c/",
        method="POST",
        port=8080,
        scheme="https",
        query={"a": "1"},
        headers={"X-A": "b"},
        body=b"body",
    )
    async with sent as response:
        assert response.status == 418 and response.headers["X-Kind"] == "pods"
    async with kube.core_v1.services.proxy("front", "x", port=80) as response:
        assert await response.text() == "/x!"
    async with kube.core_v1.nodes.proxy("node-1", "healthz", method="DELETE") as response:
        assert await response.text() == "/healthz!"
    first, second, third = requests
    assert (first.resource, first.namespace, first.name) == ("pods", "default", "web")
    assert (first.scheme, first.port, first.method) == ("https", "8080", "POST")
    assert (first.path, first.query, first.body) == ("/a/b%2520c/", {"a": "1"}, b"body")
    assert first.headers["X-A"] == "b" and "Authorization" not in first.headers
    assert (second.resource, second.name, second.port, second.method) == ("services", "front", "80", "GET")
    assert (third.resource, third.namespace, third.name, third.method) == ("nodes", "", "node-1", "DELETE")


async def test_a_target_that_fails_cannot_be_reached(cluster: FakeCluster, kube: Client) -> None:
    @cluster.on_proxy
    async def answer(request: ProxiedRequest) -> ProxiedResponse:
        raise OSError("connection refused")

    async with kube.core_v1.pods.proxy("web", "x") as response:
        with pytest.raises(ServiceUnavailable, match="error trying to reach service: connection refused"):
            await response.raise_for_status()


async def test_a_target_without_a_path_is_one_directory_below(cluster: FakeCluster, kube: Client) -> None:
    async with kube.core_v1.pods.proxy("web") as response:
        assert response.status == 301
        assert response.headers["Location"] == "/api/v1/namespaces/default/pods/web/proxy/"


@pytest.mark.parametrize(
    ("resource", "name", "error", "message"),
    [
        ("pods", "missing", NotFound, 'pods "missing" not found'),
        ("pods", "waits", BadRequest, "address not allowed"),
        ("services", "missing", ServiceUnavailable, 'no endpoints available for service "missing"'),
        ("services", "missing:80", NotFound, 'services "missing" not found'),
        ("services", "front:81", ServiceUnavailable, 'no service port 81 found for service "front"'),
        ("services", "back:80", ServiceUnavailable, 'no endpoints available for service "back"'),
        ("services", "a:b:c:d", BadRequest, 'invalid service request "a:b:c:d"'),
        ("pods", "web", ApiError, "pods/proxy without a function of the test, set by `on_proxy`"),
    ],
)
async def test_a_target_that_is_not_there_is_refused(
    cluster: FakeCluster, kube: Client, resource: str, name: str, error: type[ApiError], message: str
) -> None:
    await create(kube, "waits", node_selector={"a": "b"})
    await service(kube, "front", "web")
    await service(kube, "back", "waits")
    with pytest.raises(error, match=message):
        await kube.request("GET", f"/api/v1/namespaces/default/{resource}/{name}/proxy/x")


# who may


async def test_a_stream_needs_the_verb_create() -> None:
    async with FakeCluster(pods_run=True, rbac=True) as cluster:

        @cluster.on_exec
        async def run(session: ContainerSession) -> int:
            return 0

        async with cluster.client() as admin, cluster.client(user="ann", max_retries=0) as ann:
            await create(admin, "web")
            metadata = meta_v1.ObjectMeta(name="ann", namespace="default")
            rule = rbac_v1.PolicyRule(api_groups=[""], resources=["pods/exec"], verbs=["get"])
            role = await admin.rbac_v1.roles.create(rbac_v1.Role(metadata=metadata, rules=[rule]))
            reference = rbac_v1.RoleRef(api_group="rbac.authorization.k8s.io", kind="Role", name="ann")
            subject = rbac_v1.Subject(api_group="rbac.authorization.k8s.io", kind="User", name="ann")
            await admin.rbac_v1.role_bindings.create(
                rbac_v1.RoleBinding(metadata=metadata, role_ref=reference, subjects=[subject])
            )
            with pytest.raises(Forbidden, match='cannot create resource "pods/exec"'):
                await ann.core_v1.pods.run("web", "x")
            rule.verbs = ["get", "create"]
            role.rules = [rule]
            await admin.rbac_v1.roles.replace(role)
            assert (await ann.core_v1.pods.run("web", "x")).returncode == 0
