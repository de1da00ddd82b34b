"""Who the real server takes the client for: impersonation, certificates, tokens, plugins and proxies."""

from __future__ import annotations

import dataclasses
import json
import stat
import sys
import time
from pathlib import Path

import pytest

from aiokube import Client, Config
from aiokube.errors import Forbidden, TLSError, Unauthorized
from aiokube.models import authentication_v1
from aiokube.runtime.config.identity import Impersonation
from aiokube.runtime.http.tls import TLSContexts
from tests.cluster.cluster import Cluster
from tests.support.connect import ConnectProxy
from tests.support.tokens import service_account_token

pytestmark = pytest.mark.cluster


async def _whoami(kube: Client) -> authentication_v1.UserInfo:
    review = await kube.authentication_v1.self_subject_reviews.create({})
    assert review.status.user_info is not None
    return review.status.user_info


async def test_impersonation(cluster: Cluster) -> None:
    config = dataclasses.replace(
        Config.load(kubeconfig=cluster.kubeconfig),
        impersonate=Impersonation(
            user="jane",
            uid="uid-1",
            groups=("system:masters", "Écoles & co"),
            extra={"Example.com/Scope%s": ("view", "edit"), "über": ("x",)},
        ),
    )
    async with Client(config) as kube:
        me = await _whoami(kube)

    assert (me.username, me.uid) == ("jane", "uid-1")
    assert me.groups == ["system:masters", "Écoles & co", "system:authenticated"]
    assert {key: value for key, value in me.extra.items() if not key.startswith("authentication.")} == {
        "example.com/scope%s": ["view", "edit"],
        "über": ["x"],
    }


async def test_impersonation_takes_a_right_of_its_own(cluster: Cluster, tmp_path: Path) -> None:
    kubeconfig = cluster.write_kubeconfig(
        tmp_path / "config", certificate=cluster.client_certificate("nobody"), user={"as": "jane"}
    )
    async with Client(kubeconfig=kubeconfig) as kube:
        with pytest.raises(Forbidden, match='User "nobody" cannot impersonate'):
            await _whoami(kube)


async def test_client_certificate_from_files_is_followed_when_it_rotates(cluster: Cluster, tmp_path: Path) -> None:
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"

    def issue(user: str) -> None:
        issued = cluster.client_certificate(user)
        certificate.write_bytes(issued.certificate.read_bytes())
        key.write_bytes(issued.key.read_bytes())

    issue("first")
    config = Config(
        server=cluster.url, certificate_authority=cluster.ca_file, client_certificate=certificate, client_key=key
    )
    async with Client(config) as kube:
        assert (await _whoami(kube)).username == "first"
        issue("second")
        deadline = time.monotonic() + 10
        while (await _whoami(kube)).username != "second":
            assert time.monotonic() < deadline
        key.write_text("half written")
        assert (await _whoami(kube)).username == "second"


def test_ca_file_is_followed_when_it_rotates(cluster: Cluster, tmp_path: Path) -> None:
    now = [0.0]
    authority = tmp_path / "ca.crt"
    authority.write_bytes(cluster.ca_file.read_bytes())
    config = Config(server=cluster.url, certificate_authority=authority)
    contexts = TLSContexts(config, clock=lambda: now[0])
    first, _ = contexts.current(None)

    for content in (b"", b"no certificate", None):
        authority.unlink() if content is None else authority.write_bytes(content)
        now[0] += 301
        assert contexts.current(None) == (first, False)

    authority.write_bytes(cluster.ca_file.read_bytes() * 2)
    assert contexts.current(None) == (first, False), "it is looked at every five minutes only"
    now[0] += 301
    second, certificate_changed = contexts.current(None)
    assert second is not first
    assert not certificate_changed


async def test_short_lived_tokens_from_a_file(cluster: Cluster, admin: Client, tmp_path: Path) -> None:
    account = await admin.core_v1.service_accounts.get("default", namespace="default")
    assert account.metadata.uid
    path = tmp_path / "token"
    # The server allows a minute of skew: this one has just expired for good.
    path.write_text(service_account_token(cluster, account.metadata.uid, expires_in=-70))
    config = Config(server=cluster.url, certificate_authority=cluster.ca_file, token_file=path)
    async with Client(config) as kube:
        with pytest.raises(Unauthorized):
            await _whoami(kube)
        path.write_text(service_account_token(cluster, account.metadata.uid, expires_in=60) + "\n")
        assert (await _whoami(kube)).username == "system:serviceaccount:default:default"


async def test_exec_plugin(cluster: Cluster, admin: Client, tmp_path: Path) -> None:
    account = await admin.core_v1.service_accounts.get("default", namespace="default")
    assert account.metadata.uid
    token = service_account_token(cluster, account.metadata.uid, expires_in=600)
    reply = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": token},
    }
    (tmp_path / "reply.json").write_text(json.dumps(reply))
    plugin = tmp_path / "plugin"
    plugin.write_text(f"#!{sys.executable}\nprint(open({str(tmp_path / 'reply.json')!r}).read())\n")
    plugin.chmod(plugin.stat().st_mode | stat.S_IXUSR)
    spec = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": str(plugin),
        "interactiveMode": "Never",
    }
    kubeconfig = cluster.write_kubeconfig(tmp_path / "config", user={"exec": spec})

    async with Client(kubeconfig=kubeconfig) as kube:
        assert (await _whoami(kube)).username == "system:serviceaccount:default:default"


async def test_through_a_proxy(cluster: Cluster) -> None:
    config = Config.load(kubeconfig=cluster.kubeconfig)
    async with ConnectProxy(user="name:pass word") as proxy:
        behind = dataclasses.replace(config, proxy_url=f"http://name:pass%20word@127.0.0.1:{proxy.port}")
        async with Client(behind) as kube:
            assert (await _whoami(kube)).username
        assert proxy.targets == [config.server.removeprefix("https://")]
        assert b"Authorization" not in proxy.heads[0].replace(b"Proxy-Authorization", b"")


async def test_a_server_of_another_name(cluster: Cluster) -> None:
    config = Config.load(kubeconfig=cluster.kubeconfig)
    async with Client(dataclasses.replace(config, tls_server_name="kubernetes.default.svc")) as kube:
        assert (await _whoami(kube)).username
    async with Client(dataclasses.replace(config, tls_server_name="elsewhere.example.com")) as kube:
        with pytest.raises(TLSError, match="set tls-server-name"):
            await _whoami(kube)
