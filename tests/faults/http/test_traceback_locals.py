"""No local variable in the traceback of a failed call shows a credential."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from aiokube import Client, Config
from aiokube.config import AuthProvider, ExecConfig, Token
from aiokube.errors import AiokubeError
from aiokube.models import core_v1
from aiokube.runtime.http.request import build
from aiokube.runtime.secret import forget_frames
from tests.support.clients import client_of
from tests.support.connect import ConnectProxy
from tests.support.frames import revealed
from tests.support.plugins import cluster, credential, plugin
from tests.support.proxy import unused_port
from tests.support.server import Answer, Broken, Close, Raw, ScriptedServer, Silence, Step
from tests.support.tls import Authority
from tests.support.websocket import WebSocketServer

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


class Given:
    """The secrets of a call, which the frames of this module need not hold."""

    text = CANARY
    data = CANARY.encode()
    line = f"{CANARY}\r\nX: 1"


def kubeconfig(**user: Any) -> dict[str, Any]:
    return {
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": "https://x"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": user}],
    }


REFUSED: dict[str, Callable[[], object]] = {
    "token without TLS": lambda: Config(server="http://x", token=Given.text),
    "token with a line break": lambda: Config(server="https://x", token=Given.line),
    "token and user name": lambda: Config(server="https://x", token=Given.text, username="u"),
    "password": lambda: Config(server="https://x", token="t", password=Given.text),
    "type of a token": lambda: Config(server="https://x", token=[Given.text]),  # type: ignore[arg-type]
    "key": lambda: Config(server="https://x", client_key_data=Given.data),
    "type of a key": lambda: Config(server="https://x", client_key_data=[Given.text]),  # type: ignore[arg-type]
    "proxy": lambda: Config(server="https://x", proxy_url=f"ftp://u:{Given.text}@p"),
    "server": lambda: Config(server=f"https://u:{Given.text}@p"),
    "exec": lambda: ExecConfig(command="", args=(Given.text,), api_version="v", interactive_mode="Never"),
    "auth provider": lambda: AuthProvider(name=5, config={"id-token": Given.text}),  # type: ignore[arg-type]
    "Token": lambda: Token(Given.line),
    "expiry of a Token": lambda: Token(Given.text, expires=datetime(2026, 1, 1)),
    "from_dict": lambda: Config.from_dict(kubeconfig(token=Given.text, username="x")),
    "type in from_dict": lambda: Config.from_dict(kubeconfig(token=[Given.text])),
    "with_token": lambda: Config(server="https://x").with_token(Given.line),
    "key of a certificate": lambda: Client(
        Config(server="https://x", client_certificate_data="x", client_key_data=Given.data)
    ),
    "context of from_dict": lambda: Config.from_dict(kubeconfig(token=Given.text), context="zz"),
    "header": lambda: Client(Config(server="https://x"), headers={"X-Key": Given.line}),
    "type of a header": lambda: Client(Config(server="https://x"), headers={"X-Key": Given.data}),  # type: ignore[dict-item]
    "type of headers": lambda: Client(Config(server="https://x"), headers=[Given.text]),  # type: ignore[arg-type]
    "header of the client": lambda: Client(Config(server="https://x"), headers={"Authorization": Given.text}),
    "argument beside headers": lambda: Client(Config(server="https://x"), headers={"X": Given.text}, max_retries=-1),
    "header of a view": lambda: Client(Config(server="https://x")).with_options(headers={"X-Key": Given.line}),
    "argument of a view": lambda: Client(Config(server="https://x")).with_options(headers={"X": Given.text}, timeout=0),
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_an_argument_that_is_refused_shows_no_secret(make: Callable[[], object]) -> None:
    with pytest.raises(AiokubeError) as caught:
        make()
    assert revealed(caught.value, [CANARY]) == []
    assert CANARY not in str(caught.value)


def test_the_frames_of_an_exception_that_is_being_handled_stay() -> None:
    try:
        raise KeyError("of the caller")
    except KeyError as handled:
        with pytest.raises(AiokubeError) as caught:
            Token("")
        assert caught.value.__context__ is handled
        assert handled.__traceback__ is not None


def test_errors_that_lead_to_each_other_are_no_endless_loop() -> None:
    first, second = AiokubeError("first"), AiokubeError("second")
    first.__cause__, second.__context__ = second, first
    forget_frames(first)
    assert first.__cause__ is second


async def _text() -> Any:
    return Given.text


async def _line() -> Token:
    return Token(Given.line)


@pytest.mark.parametrize("source", [_text, _line])
async def test_an_invalid_token_of_a_function_shows_no_token(source: Any) -> None:
    async with Client(Config(server="https://127.0.0.1:1"), credentials=source) as client:
        with pytest.raises(AiokubeError) as caught:
            await client.core_v1.pods.get("web")
    assert revealed(caught.value, [CANARY]) == []


async def proxied(client: Client) -> None:
    async with client.core_v1.pods.proxy("web", headers={"X-Key": Given.text}, body=Given.data) as response:
        await response.raise_for_status()


async def proxied_line(client: Client) -> None:
    async with client.core_v1.pods.proxy("web", headers={"X-Key": Given.line}):
        pass


async def proxied_websocket(client: Client) -> None:
    async with client.core_v1.pods.proxy_websocket("web", headers={"X-Key": Given.text}):
        pass


async def executed(client: Client) -> None:
    async with client.core_v1.pods.exec("web", ["mysql", f"-p{Given.text}"], stdin=True) as process:
        await process.communicate(Given.data)


async def run(client: Client) -> None:
    await client.core_v1.pods.run("web", ["mysql", f"-p{Given.text}"], input=Given.data)


async def interrupted(client: Client) -> None:
    async with client.core_v1.pods.exec("web", ["mysql"]) as process:
        await process.communicate(Given.data)


@pytest.mark.parametrize("call", [proxied, proxied_line, proxied_websocket, executed, run])
@pytest.mark.parametrize("fault", [Answer(403), Close(), None], ids=["403", "close", "refused"])
async def test_a_stream_shows_no_header_body_command_or_input(
    call: Callable[[Client], Awaitable[None]], fault: Step | None
) -> None:
    async with ScriptedServer(fault or Close()) as server:
        url = server.url if fault else f"http://127.0.0.1:{unused_port()}"
        async with client_of(url) as client:
            with pytest.raises(AiokubeError) as caught:
                await call(client)
    assert revealed(caught.value, [CANARY]) == []


def secret(**fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": "web"}, "stringData": {"p": Given.text}, **fields}


def change(found: core_v1.Secret) -> None:
    found.data = {"p": Given.data}


WRITES: dict[str, Callable[[Client], Awaitable[Any]]] = {
    "create": lambda client: client.core_v1.secrets.create(secret()),
    "create what is no JSON": lambda client: client.core_v1.secrets.create(secret(data=object())),
    "replace": lambda client: client.core_v1.secrets.replace(secret()),
    "patch": lambda client: client.core_v1.secrets.patch("web", secret()),
    "json patch": lambda client: client.core_v1.secrets.patch("web", [{"op": "add", "path": "", "value": secret()}]),
    "apply": lambda client: client.core_v1.secrets.apply(secret(), field_manager="me"),
    "edit": lambda client: client.core_v1.secrets.edit("web", change),
    "request": lambda client: client.request("POST", "/api/v1/namespaces/default/secrets", body=secret()),
    "request that is no JSON": lambda client: client.request("POST", "/x", body=secret(data=object())),
    "open kind": lambda client: client.api("v1", "Secret").create(secret()),
    "token review": lambda client: client.authentication_v1.token_reviews.create({"spec": {"token": Given.text}}),
}
STORED = Answer(
    body=b'{"kind":"Secret","apiVersion":"v1","metadata":{"name":"web","resourceVersion":"5"},"data":{"k":"%s"}}'
    % b64encode(Given.data)
)


@pytest.mark.parametrize("call", WRITES.values(), ids=WRITES)
async def test_a_secret_that_is_not_stored_is_not_shown(call: Callable[[Client], Awaitable[Any]]) -> None:
    script = [STORED, Answer(403)] if call is WRITES["edit"] else [Answer(403)]
    async with ScriptedServer(*script) as server, client_of(server.url) as client:
        with pytest.raises(AiokubeError) as caught:
            await call(client)
    assert revealed(caught.value, [CANARY, b64encode(Given.data).decode()]) == []
    assert CANARY not in str(caught.value)


UNREADABLE = Answer(
    body=b'{"kind":"Secret","apiVersion":"v1","metadata":{"name":"web"},"data":{"k":"%s!"}}' % Given.data
)


@pytest.mark.parametrize("answer", [UNREADABLE, Broken.body(UNREADABLE, 90)], ids=["undecodable", "broken"])
async def test_a_secret_that_cannot_be_read_is_not_shown(answer: Step) -> None:
    async with ScriptedServer(answer) as server, client_of(server.url, max_retries=0) as client:
        with pytest.raises(AiokubeError) as caught:
            await client.core_v1.secrets.get("web")
    assert revealed(caught.value, [CANARY]) == []


async def test_input_of_a_process_without_stdin_is_not_shown() -> None:
    async with WebSocketServer(lambda peer: peer.exit(0)) as server, client_of(server.url) as client:
        with pytest.raises(AiokubeError) as caught:
            await interrupted(client)
    assert revealed(caught.value, [CANARY]) == []
