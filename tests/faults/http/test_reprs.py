"""No repr of an object that a client holds shows a secret, whatever the credentials are."""

from __future__ import annotations

import base64
import gc
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from aiokube import Client, Config
from aiokube.config import AuthProvider, Token
from aiokube.errors import AiokubeError
from tests.support.plugins import credential, plugin
from tests.support.server import Answer, ScriptedServer
from tests.support.tls import Authority
from tests.unit.auth.logins import jwt

CANARY = "canary-7531"
LASTING = jwt('{"exp": 99999999999, "sub": "canary-7531"}')
# The canary, and what it becomes in headers and PEM data.
SECRETS = [CANARY, LASTING, base64.b64encode(f"me:{CANARY}".encode()).decode(), "PRIVATE KEY"]
POD = Answer(body=b'{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web"}}')


async def source() -> Token:
    return Token(CANARY)


def token(tmp_path: Path) -> dict[str, Any]:
    return {"token": CANARY}


def basic(tmp_path: Path) -> dict[str, Any]:
    return {"username": "me", "password": CANARY}


def token_file(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "token").write_text(CANARY)
    return {"token_file": tmp_path / "token", "token": CANARY}


def exec_plugin(tmp_path: Path) -> dict[str, Any]:
    made = plugin(tmp_path)
    pair = Authority().client()
    pem = {"clientCertificateData": pair.certificate.decode(), "clientKeyData": pair.key.decode()}
    made.answer(credential(token=CANARY, **pem))
    return {"exec": made.config(args=(CANARY,), env={"PASSWORD": CANARY})}


def oidc(tmp_path: Path) -> dict[str, Any]:
    fields = {"idp-issuer-url": "https://127.0.0.1:1", "client-id": "kube", "client-secret": CANARY}
    return {
        "auth_provider": AuthProvider(name="oidc", config=fields | {"id-token": LASTING, "refresh-token": CANARY}),
    }


def certificate(tmp_path: Path) -> dict[str, Any]:
    pair = Authority().client()
    return {"client_certificate_data": pair.certificate, "client_key_data": pair.key}


KINDS = [token, basic, token_file, exec_plugin, oidc, certificate]


def held_by(root: object) -> list[object]:
    """Return the objects that can be reached from one, without those of modules and functions."""
    seen: dict[int, object] = {}
    todo = [root]
    while todo:
        value = todo.pop()
        if id(value) in seen or isinstance(value, (ModuleType, FunctionType, type, logging.Logger)):
            continue
        seen[id(value)] = value
        todo += gc.get_referents(value)
    return list(seen.values())


@pytest.mark.parametrize("answer", [POD, Answer(401), Answer(body=b"no json")], ids=["success", "401", "no JSON"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_no_object_that_a_client_holds_shows_a_secret(
    authority: Authority,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    kind: Callable[[Path], dict[str, Any]],
    answer: Answer,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with ScriptedServer(answer, context=authority.server_context()) as server:
        config = Config(server=server.url, certificate_authority_data=authority.pem, **kind(tmp_path))
        async with Client(config, headers={"X-Key": CANARY}, max_retries=0, timeout=5) as client:
            said = ""
            try:
                await client.core_v1.pods.get("web")
            except AiokubeError as error:
                said = repr(error) + "".join(traceback.format_exception(error))
            assert server.requests, "the credential was used"
            ours = [value for value in held_by(client) if type(value).__module__.partition(".")[0] == "aiokube"]
            assert len(ours) > 10
            shown = [repr(value) for value in ours] + [said, caplog.text]
    assert [text for text in shown if any(secret in text for secret in SECRETS)] == []


async def test_no_object_of_a_client_with_a_source_or_a_proxy_shows_a_secret(authority: Authority) -> None:
    url = f"http://me:{CANARY}@127.0.0.1:1"
    config = Config(server="https://kubernetes.example", certificate_authority_data=authority.pem, proxy_url=url)
    async with Client(config, credentials=source, max_retries=0, timeout=5) as client:
        with pytest.raises(AiokubeError) as caught:
            await client.core_v1.pods.get("web")
        ours = [value for value in held_by(client) if type(value).__module__.partition(".")[0] == "aiokube"]
        shown = [repr(value) for value in ours] + [repr(caught.value)]
    assert [text for text in shown if any(secret in text for secret in SECRETS)] == []
