"""No local variable in the traceback of a failed call shows a credential."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aiokube import Client, Config
from aiokube.errors import AiokubeError
from aiokube.runtime.http.request import build
from tests.support.clients import client_of
from tests.support.connect import ConnectProxy
from tests.support.frames import revealed
from tests.support.plugins import cluster, credential, plugin
from tests.support.proxy import unused_port
from tests.support.server import Answer, Broken, Close, Raw, ScriptedServer, Silence, Step
from tests.support.tls import Authority

CANARY = "canary-7531"
POD = Answer(body=b'{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web"}}')


async def watch(client: Client) -> None:
    request = replace(build("GET", "/x", {}, {"watch": True}), idle_timeout=0.3)
    async with client.exchange(request) as response:
        async for _ in response.chunks:
            pass
        raise AiokubeError("the stream ended")


CALLS: dict[str, Callable[[Client], Awaitable[Any]]] = {
    "get": lambda client: client.core_v1.pods.get("other"),
    "create": lambda client: client.core_v1.pods.create({"metadata": {"name": "web"}}),
    "watch": watch,
    "exec": lambda client: client.core_v1.pods.run("web", ["ls"]),
}
FAULTS: dict[str, Step] = {
    "401": Answer(401),
    "500": Answer(500, body=b"oops"),
    "no JSON": Answer(body=b"no json"),
    "other object": POD,
    "close": Close(),
    "silence": Silence(),
    "broken": Broken.body(POD, 5),
    "garbage": Raw(b"garbage\r\n\r\n"),
    "gzip": Answer(headers=[("Content-Encoding", "gzip")], body=b"no gzip"),
    "chunks": Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nX\r\n"),
    "upgrade": Answer(101, headers=[("Upgrade", "h2c"), ("Connection", "Upgrade")]),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_failed_call_shows_no_credential(
    authority: Authority, call: Callable[[Client], Awaitable[Any]], fault: Step
) -> None:
    async with ScriptedServer(fault, context=authority.server_context()) as server:
        async with client_of(server, authority, token=CANARY, timeout=0.3) as client:
            view = client.with_options(headers={"X-Api-Key": f"{CANARY}-key"})
            try:
                await call(view)
            except AiokubeError as error:
                assert revealed(error, [CANARY]) == []
            assert server.requests[0].headers["Authorization"] == f"Bearer {CANARY}"
            assert server.requests[0].headers["X-Api-Key"] == f"{CANARY}-key"


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_refused_or_untrusted_connection_shows_no_credential(
    authority: Authority, other_authority: Authority, call: Callable[[Client], Awaitable[Any]]
) -> None:
    encoded = b64encode(f"{CANARY}:{CANARY}".encode()).decode()
    async with ScriptedServer(context=authority.server_context()) as server:
        for url in (server.url, f"https://127.0.0.1:{unused_port()}"):
            async with client_of(url, other_authority, username=CANARY, password=CANARY) as client:
                with pytest.raises(AiokubeError) as caught:
                    await call(client)
            assert revealed(caught.value, [CANARY, encoded]) == []


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_the_failure_of_a_proxy_shows_no_credential(
    authority: Authority, call: Callable[[Client], Awaitable[Any]]
) -> None:
    async with ConnectProxy(user="me:another") as proxy:
        url = f"http://me:{CANARY}@127.0.0.1:{proxy.port}"
        async with client_of("https://kubernetes.example", authority, token=CANARY, proxy_url=url) as client:
            with pytest.raises(AiokubeError) as caught:
                await call(client)
    assert revealed(caught.value, [CANARY, "bWU6"]) == []


@pytest.mark.parametrize("content", [CANARY.encode() + b"\xff", CANARY.encode() + b"\r\nX: 1"], ids=repr)
def test_an_invalid_token_file_shows_no_token(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "token"
    path.write_bytes(content)
    with pytest.raises(AiokubeError) as caught:
        Client(Config(server="https://127.0.0.1:1", token_file=path))
    assert revealed(caught.value, [CANARY]) == []


OUTPUTS = {
    "no JSON": CANARY,
    "other kind": f'{{"kind": "Pod", "status": {{"token": "{CANARY}"}}}}',
    "line break": credential(token=f"{CANARY}\r\nX: 1"),
    "certificate": credential(token=CANARY, clientCertificateData=CANARY, clientKeyData=CANARY),
    "half a pair": credential(token=CANARY, clientKeyData=CANARY),
}


@pytest.mark.parametrize("output", OUTPUTS.values(), ids=OUTPUTS)
async def test_an_invalid_output_of_a_plugin_shows_no_credential(tmp_path: Path, output: str) -> None:
    made = plugin(tmp_path)
    made.answer(output)
    made_config = made.config(args=(CANARY,), env={"PASSWORD": CANARY})
    async with Client(cluster(exec=made_config)) as client:
        with pytest.raises(AiokubeError) as caught:
            await client.core_v1.pods.get("web")
        assert made.runs == 1
    assert revealed(caught.value, [CANARY]) == []


async def test_a_plugin_that_cannot_start_shows_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", CANARY)
    broken = tmp_path / "broken"
    broken.write_text("#!/does/not/exist\n")
    broken.chmod(0o755)
    made_config = replace(plugin(tmp_path).config(args=(CANARY,), env={"PASSWORD": CANARY}), command=str(broken))
    async with Client(cluster(exec=made_config)) as client:
        with pytest.raises(AiokubeError, match="cannot be started") as caught:
            await client.core_v1.pods.get("web")
    assert revealed(caught.value, [CANARY]) == []


def test_the_repr_of_a_request_shows_no_headers_and_no_query() -> None:
    request = build("GET", "/exec", {}, {"command": CANARY})
    assert CANARY not in repr(request)
    assert CANARY in request.target


@pytest.mark.parametrize("broken", ["tokenFile: /nothing", "username: me", "as-groups: [a]", "]"])
def test_an_invalid_kubeconfig_shows_no_credential(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "config"
    path.write_text(f"""current-context: c
clusters: [{{name: c, cluster: {{server: "https://127.0.0.1:1"}}}}]
contexts: [{{name: c, context: {{cluster: c, user: u, namespace: "-"}}}}]
users: [{{name: u, user: {{token: {CANARY}, {broken}}}}}]""")
    for load in (
        lambda: Config.load(kubeconfig=path),
        lambda: Config.from_kubeconfig(path),
        lambda: Client(kubeconfig=path),
    ):
        with pytest.raises(AiokubeError) as caught:
            load()
        assert revealed(caught.value, [CANARY]) == []
