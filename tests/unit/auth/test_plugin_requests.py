"""Requests with the credentials of plugins: a real client, a real TLS server and real plugins."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import ssl
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, PIPE

import pytest
import trustme

from aiokube import Client
from aiokube.errors import ConfigError, Unauthorized
from aiokube.errors import ConnectionError as NoAnswer
from aiokube.runtime.config.config import Config
from aiokube.runtime.http.auth.plugin_policy import PluginPolicy
from tests.support.children import async_child
from tests.support.plugins import Plugin, is_alive, plugin

pytestmark = pytest.mark.slow  # its tests start servers or programs

AUTHORITY = trustme.CA()
STRANGER = trustme.CA()


@dataclass
class ApiServer:
    """A server that accepts one token, and records its clients."""

    url: str = ""
    token: str = "token1"
    answers: list[int] = field(default_factory=list)
    certificates: list[bytes | None] = field(default_factory=list)
    """The client certificate of each request, in DER format."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionResetError, ssl.SSLError):
            with contextlib.suppress(asyncio.IncompleteReadError):
                while True:
                    self._answer(await reader.readuntil(b"\r\n\r\n"), writer)
                    await writer.drain()
            writer.close()
            await writer.wait_closed()

    def _answer(self, head: bytes, writer: asyncio.StreamWriter) -> None:
        authorized = f"\r\nAuthorization: Bearer {self.token}\r\n".encode() in head
        self.certificates.append(writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
        body: dict[str, object]
        if authorized or self.certificates[-1] is not None:
            code, body = 200, {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "x"}}
        else:
            code, body = 401, {"kind": "Status", "status": "Failure", "reason": "Unauthorized", "code": 401}
        self.answers.append(code)
        text = json.dumps(body).encode()
        head = f"HTTP/1.1 {code} x\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n".encode()
        writer.write(head + text)


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.verify_mode = ssl.CERT_OPTIONAL
    AUTHORITY.configure_trust(context)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    api = ApiServer()
    listening = await asyncio.start_server(api.serve, "127.0.0.1", 0, ssl=context)
    api.url = f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening:
        yield api


def config(server: ApiServer, made: Plugin) -> Config:
    return Config(
        server=server.url, certificate_authority_data=AUTHORITY.cert_pem.bytes(), user="u", exec=made.config()
    )


def soon(seconds: float) -> str:
    at = time.time() + seconds
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f"{at % 1:.6f}"[1:] + "Z"


@pytest.mark.slow
async def test_rejected_rotated_and_expired_tokens_like_client_go(server: ApiServer, tmp_path: Path) -> None:
    """The sequence of TestRoundTripper in client-go."""
    made = plugin(tmp_path)
    async with Client(config(server, made)) as kube:

        async def get(expected: int) -> None:
            with contextlib.nullcontext() if expected == 200 else pytest.raises(Unauthorized):
                assert (await kube.core_v1.namespaces.get("x")).metadata.name == "x"
            assert server.answers[-1] == expected

        made.answer_status(token="token1")
        await get(200)
        made.answer_status(token="token2")
        await get(200)  # the first is cached
        server.token = "token2"
        await get(401)  # still cached; the caller gets the 401, and the next request runs the plugin
        await get(200)
        assert made.runs == 2

        made.answer_status(token="token3", expirationTimestamp=soon(0.8))
        server.token = "token3"
        await get(401)
        await get(200)
        await asyncio.sleep(0.8)
        made.answer_status(token="token4")
        server.token = "token4"
        await get(200)  # expired, so renewed without a 401
    assert made.runs == 4
    assert server.answers == [200, 200, 401, 200, 401, 200, 200]


@pytest.mark.slow
async def test_concurrent_requests_share_one_run(server: ApiServer, tmp_path: Path) -> None:
    made = plugin(tmp_path, body="sleep 0.2", bearer="token1")
    async with Client(config(server, made)) as kube:
        await asyncio.gather(*(kube.core_v1.namespaces.get("x") for _ in range(50)))
    assert made.runs == 1
    assert server.answers == [200] * 50


@pytest.mark.slow
async def test_a_new_client_certificate_replaces_the_connections(server: ApiServer, tmp_path: Path) -> None:
    """A new client certificate takes effect immediately, whether the server trusts it or not."""
    made = plugin(tmp_path)

    def answer(leaf: trustme.LeafCert) -> bytes:
        certificate = leaf.cert_chain_pems[0].bytes().decode()
        made.answer_status(
            clientCertificateData=certificate,
            clientKeyData=leaf.private_key_pem.bytes().decode(),
            expirationTimestamp=soon(0.4),
        )
        return ssl.PEM_cert_to_DER_cert(certificate)

    async with Client(config(server, made), max_retries=0) as kube:
        first = answer(AUTHORITY.issue_cert("first"))
        await kube.core_v1.namespaces.get("x")
        await kube.core_v1.namespaces.get("x")
        assert server.certificates == [first, first]

        await asyncio.sleep(0.4)
        answer(STRANGER.issue_cert("stranger"))
        with pytest.raises(NoAnswer):
            await kube.core_v1.namespaces.get("x")

        await asyncio.sleep(0.4)
        again = answer(AUTHORITY.issue_cert("again"))
        await kube.core_v1.namespaces.get("x")
        assert server.certificates[2:] == [again]


async def test_no_request_is_sent_without_credentials(server: ApiServer, tmp_path: Path) -> None:
    made = plugin(tmp_path, body="echo log in first >&2; exit 1")
    async with Client(config(server, made)) as kube:
        for _ in range(2):
            with pytest.raises(ConfigError, match="of user 'u' failed with exit code 1; stderr: log in first"):
                await kube.core_v1.namespaces.get("x")
    assert server.answers == []


async def test_the_plugin_policy_of_a_client_is_enforced(server: ApiServer, tmp_path: Path) -> None:
    made = plugin(tmp_path, bearer="token1")
    async with Client(config(server, made), plugin_policy=PluginPolicy.deny_all()) as kube:
        with pytest.raises(ConfigError, match="is not run: the client's plugin policy is DenyAll"):
            await kube.core_v1.namespaces.get("x")
    assert made.runs == 0
    async with Client(config(server, made), plugin_policy=PluginPolicy.allowlist(str(made.path))) as kube:
        await kube.core_v1.namespaces.get("x")
    assert made.runs == 1


PROGRAM = """
import asyncio, signal, sys
from aiokube.runtime.http.auth.exec_plugin import ExecPlugin
from aiokube import Config
from aiokube.config import ExecConfig

plugin = ExecConfig(command=sys.argv[1], api_version="client.authentication.k8s.io/v1", interactive_mode="Never")

async def main():
    credentials = ExecPlugin(plugin, Config(server="https://127.0.0.1:6443"))
    waiting = [asyncio.create_task(credentials.get()) for _ in range(3)]
    if sys.argv[2] == "wait":
        await asyncio.gather(*waiting)
    await asyncio.sleep(float(sys.argv[2]))

asyncio.run(main())
"""


@pytest.mark.parametrize("how", ["Ctrl-C", pytest.param("end", marks=pytest.mark.slow)])
@pytest.mark.slow
async def test_a_program_that_ends_kills_its_plugin(tmp_path: Path, how: str) -> None:
    made = plugin(tmp_path, body="sleep 60 & wait")
    argument = "wait" if how == "Ctrl-C" else "1.5"
    command = (sys.executable, "-X", "dev", "-W", "error", "-c", PROGRAM, made.path, argument)
    async with async_child(*command, stdout=DEVNULL, stderr=PIPE) as program:
        pid = await made.started()
        if how == "Ctrl-C":
            program.send_signal(signal.SIGINT)
        _, output = await asyncio.wait_for(program.communicate(), 20)
    stderr = output.decode()
    assert not is_alive(pid)
    assert made.runs == 1
    if how == "Ctrl-C":
        assert stderr.rstrip().endswith("KeyboardInterrupt")
        assert "Warning" not in stderr
    else:
        assert stderr == ""
