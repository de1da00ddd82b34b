"""Requests contain nothing from the environment or another server, and secrets are not revealed."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from aiokube import Client, Config
from aiokube.errors import AiokubeError, ConfigError
from aiokube.runtime.config.identity import Impersonation
from tests.support.clients import client_of
from tests.support.server import Answer, Broken, Close, Open, ScriptedServer, Silence, Step
from tests.support.tls import Authority

POD = Answer(body=b'{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","resourceVersion":"5"}}')
NAMELESS = Answer(body=b'{"kind":"Pod","apiVersion":"v1"}')
CANARY = "canary-7531"


async def test_netrc_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (".netrc", "_netrc"):
        login = f"login me password {CANARY}\n"
        (tmp_path / name).write_text(f"machine 127.0.0.1 {login}default {login}")
        (tmp_path / name).chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    watch = Open(Answer(chunks=[b'{"type":"ADDED","object":' + POD.body + b"}\n"]))
    async with ScriptedServer(POD, watch) as server, client_of(server) as client:
        await client.core_v1.pods.get("web")
        async for _ in client.core_v1.pods.watch(resource_version="1"):
            break
        assert len(server.requests) == 2
        for request in server.requests:
            assert "Authorization" not in request.headers


async def test_cookies_are_not_sent_back() -> None:
    cookies = [("Set-Cookie", f"session={CANARY}; Path=/"), ("Set-Cookie", "other=1; Domain=127.0.0.1")]
    answer = Answer(headers=[("Content-Type", "application/json"), *cookies], body=POD.body)
    async with ScriptedServer(answer) as server, client_of(server) as client:
        for _ in range(3):
            await client.core_v1.pods.get("web")
        assert [dict(request.headers).get("Cookie") for request in server.requests] == [None] * 3


async def test_servers_on_this_machine_ignore_the_proxies_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, authority: Authority
) -> None:
    async with ScriptedServer(POD) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        for context in (None, authority.server_context()):
            async with ScriptedServer(POD, context=context) as server:
                async with client_of(server, authority if context else None) as client:
                    await client.core_v1.pods.get("web")
                assert len(server.requests) == 1
        assert proxy.connections == 0


async def test_a_request_has_only_the_expected_headers(authority: Authority) -> None:
    async with ScriptedServer(POD, context=authority.server_context()) as server:
        async with client_of(server, authority, token=CANARY) as client:
            await client.core_v1.pods.get("web")
        headers = server.requests[0].headers
        assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Authorization"}
        assert re.fullmatch(r"aiokube/\d\S* \(\w+/\w+\) python/3\.\d+\.\d+", headers["User-Agent"])
        assert headers["Host"] == f"127.0.0.1:{server.port}"
        assert headers["Authorization"] == f"Bearer {CANARY}"
        assert headers["Accept"] == "application/json"
        assert headers["Accept-Encoding"] == "gzip"
        assert len(headers.getall("User-Agent")) == 1


BREAKS = ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rb", "a\x00b", "a\x7fb", "a\r\n\r\nGET / HTTP/1.1"]


@pytest.mark.parametrize("value", BREAKS, ids=repr)
def test_a_config_with_line_breaks_in_header_values_is_rejected(tmp_path: Path, value: str) -> None:
    secret = CANARY + value
    with pytest.raises(ConfigError, match=r"^token: contains a line break") as caught:
        Config(server="https://127.0.0.1:1", token=secret)
    assert CANARY not in str(caught.value)
    with pytest.raises(ConfigError, match="contains a line break"):
        Config(server="https://127.0.0.1:1", username=value, password="p")
    extras: list[dict[str, Any]] = [{"uid": value}, {"groups": (value,)}, {"extra": {"key": (value,)}}]
    for wrong in extras:
        with pytest.raises(ConfigError, match="contains a line break"):
            Impersonation(user="me", **wrong)
    with pytest.raises(ConfigError, match="contains a line break"):
        Impersonation(user=value)
    path = tmp_path / "token"
    path.write_bytes(secret.encode())
    with pytest.raises(ConfigError, match=re.escape(str(path))) as caught:
        Client(Config(server="https://127.0.0.1:1", token_file=path))
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("value", BREAKS, ids=repr)
async def test_a_call_with_line_breaks_in_header_values_is_rejected(value: str) -> None:
    async with ScriptedServer(NAMELESS) as server, client_of(server) as client:
        with pytest.raises(ValueError, match=r"."):
            await client.request("GET", "/x", accept=value)
        with pytest.raises(ValueError, match=r"."):
            await client.request("POST", "/x", body={}, content_type=value)
        with pytest.raises(ValueError, match=r"."):
            await client.request(f"GET {value}", "/x")
        with pytest.raises(ValueError, match=r"."):
            await client.request("GET", f"/{value}")
        # In a query or a name, they are escaped.
        await client.request("GET", "/x", query={"a": value})
        await client.core_v1.pods.get(value.replace("/", ""))
        assert len(server.requests) == 2
        for request in server.requests:
            assert "X-Evil" not in request.headers


async def fail_at(step: Step, call: Callable[[Client], Awaitable[object]], authority: Authority) -> AiokubeError:
    async with ScriptedServer(step, context=authority.server_context()) as server:
        async with client_of(server, authority, token=CANARY, timeout=0.2) as client:
            with pytest.raises(AiokubeError) as caught:
                await call(client)
            assert server.requests[0].headers["Authorization"] == f"Bearer {CANARY}"
            assert CANARY not in repr(client) + repr(client.config) + repr(vars(client))
        return caught.value


@pytest.mark.parametrize(
    "step",
    [
        Answer(401, headers=[("Content-Type", "text/plain")], body=b"who are you?"),
        Answer(500, body=b'{"kind":"Status"}'),
        Answer(body=b"no json"),
        Answer(body=b'{"kind":"Secret","apiVersion":"v1"}'),
        Close(),
        Silence(),
        Broken.body(POD, 5),
    ],
    ids=["401", "500", "no json", "other kind", "close", "silence", "broken"],
)
async def test_reprs_logs_and_errors_contain_no_secrets(
    authority: Authority, caplog: pytest.LogCaptureFixture, step: Step
) -> None:
    calls: list[Callable[[Client], Awaitable[object]]] = [
        lambda client: client.core_v1.pods.get("web"),
        lambda client: client.core_v1.pods.create({"metadata": {"name": "web", "annotations": {"a": CANARY}}}),
    ]
    with caplog.at_level(logging.DEBUG):
        for call in calls:
            error = await fail_at(step, call, authority)
            said = "".join(traceback.format_exception(error)) + repr(error)
            assert CANARY not in said
    assert CANARY not in caplog.text
