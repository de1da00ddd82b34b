"""aiokube accepts and rejects the same kubeconfigs as kubectl, and makes the same requests with them."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from aiokube.runtime.config.config import Config
from aiokube.runtime.errors import ConfigError
from tests.support import children
from tests.support.kubeconfigs.accepted import ACCEPTED, ANONYMOUS
from tests.support.kubeconfigs.cases import Case, kubeconfig
from tests.support.kubeconfigs.recorder import Request
from tests.support.kubeconfigs.rejected import REJECTED
from tests.support.kubeconfigs.sandbox import Sandbox
from tests.support.kubeconfigs.stricter import STRICTER

EXTRA = "Impersonate-Extra-"
PROMPT = "Please enter Username"
"""The output of kubectl with a kubeconfig without credentials."""
NO_CLUSTER = "localhost:8080 was refused"
"""The output of kubectl with a kubeconfig without a cluster."""

pytestmark = pytest.mark.kubectl


def run(kubectl: Path, box: Sandbox, *arguments: str, kubeconfig: str = "") -> subprocess.CompletedProcess[str]:
    """Run kubectl in a minimal environment and without input."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(box.directory / "home"), "KUBECONFIG": kubeconfig}
    return children.run(kubectl, *arguments, env=environ)


def request_of(kubectl: Path, box: Sandbox, path: Path) -> Request | str:
    """Return the request that kubectl makes with a kubeconfig, or else its output."""
    result = run(kubectl, box, "get", "--raw", "/version", "--kubeconfig", str(path))
    requests = box.https.requests + box.http.requests
    return requests[0] if requests else result.stdout + result.stderr


def expected_authorization(config: Config) -> list[str]:
    if config.token_file is not None and config.token_file.exists():
        return [f"Bearer {config.token_file.read_text().strip()}"]
    if config.token is not None:
        return [f"Bearer {config.token}"]
    if config.username is not None:
        return ["Basic " + base64.b64encode(f"{config.username}:{config.password}".encode()).decode()]
    return ["Bearer from-plugin"] if config.exec is not None else []


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.name)
def test_the_request_equals_that_of_kubectl(kubectl: Path, box: Sandbox, case: Case) -> None:
    path = box.write(case)
    config = Config.from_kubeconfig(path)
    request = request_of(kubectl, box, path)

    assert isinstance(request, Request), request
    assert config.server == request.base.split("?")[0].rstrip("/")
    # http.server reads header bytes as Latin-1
    sent = [value.encode("latin-1").decode() for value in request.all("Authorization")]
    assert sent == expected_authorization(config)
    assert request.certificate == (box.certificate_der if config.has_client_certificate else None)
    whom = config.impersonate
    assert request.all("Impersonate-User") == ([whom.user] if whom else [])
    assert request.all("Impersonate-Uid") == ([whom.uid] if whom and whom.uid else [])
    assert request.all("Impersonate-Group") == (list(whom.groups) if whom else [])
    extra = {
        unquote(name.removeprefix(EXTRA)).lower(): request.all(name)
        for name, _ in request.headers
        if name.startswith(EXTRA)
    }
    assert extra == ({key.lower(): list(values) for key, values in whom.extra.items()} if whom else {})
    assert bool(request.all("Accept-Encoding")) == (not config.disable_compression)
    ran = box.directory / "ran"
    plugin_used = config.exec is not None and config.token is None
    assert ran.exists() == plugin_used
    if config.exec is not None and plugin_used:
        assert ran.read_text().split() == [config.exec.command, *config.exec.args]


@pytest.mark.parametrize("case", ANONYMOUS, ids=lambda case: case.name)
def test_kubeconfigs_without_credentials_are_anonymous(kubectl: Path, box: Sandbox, case: Case) -> None:
    path = box.write(case)
    assert not Config.from_kubeconfig(path).has_credentials
    request = request_of(kubectl, box, path)
    assert isinstance(request, str) and PROMPT in request


@pytest.mark.parametrize("case", [*ACCEPTED, *ANONYMOUS], ids=lambda case: case.name)
def test_the_config_equals_kubectl_config_view(kubectl: Path, box: Sandbox, case: Case) -> None:
    path = box.write(case)
    config = Config.from_kubeconfig(path)
    arguments = ("config", "view", "--raw", "--flatten", "--minify", "-o", "json", "--kubeconfig", str(path))
    result = run(kubectl, box, *arguments)
    assert result.returncode == 0, result.stderr
    view = json.loads(result.stdout)
    cluster: dict[str, Any] = view["clusters"][0]["cluster"]
    user: dict[str, Any] = view["users"][0]["user"] if view["users"] else {}
    context: dict[str, Any] = view["contexts"][0]["context"]

    assert (config.context, config.cluster) == (view["current-context"], context["cluster"])
    assert config.user == (context["user"] or None)
    assert config.namespace == context.get("namespace", "default")
    assert config.proxy_url == cluster.get("proxy-url")
    assert config.disable_compression == cluster.get("disable-compression", False)
    if config.is_tls:
        assert config.tls_server_name == cluster.get("tls-server-name")
        assert config.insecure_skip_tls_verify == cluster.get("insecure-skip-tls-verify", False)
        ca = _content(config.certificate_authority_data, config.certificate_authority)
        assert ca == base64.b64decode(cluster.get("certificate-authority-data", ""))
        assert (config.token or "") == user.get("token", "")
        assert (config.username or "") == user.get("username", "")
        if config.username:
            assert config.password == user.get("password", "")
        assert (config.token_file is None) == ("tokenFile" not in user)
        if config.has_client_certificate:
            certificate = _content(config.client_certificate_data, config.client_certificate)
            assert certificate == base64.b64decode(user["client-certificate-data"])
            assert _content(config.client_key_data, config.client_key) == base64.b64decode(user["client-key-data"])
        else:
            assert "client-certificate-data" not in user
        _same_plugin(config, user.get("exec"))
    else:
        assert not config.has_credentials
        assert not config.has_certificate_authority
    whom = config.impersonate
    assert (whom.user if whom else "") == (user.get("as") or "")
    assert ((whom.uid if whom else None) or "") == user.get("as-uid", "")
    assert list(whom.groups if whom else ()) == user.get("as-groups", [])
    assert {key: list(values) for key, values in (whom.extra if whom else {}).items()} == user.get("as-user-extra", {})


def _content(data: bytes | str | None, path: Path | None) -> bytes:
    assert not isinstance(data, str), "a config holds bytes"
    return data or (path.read_bytes() if path else b"")


def _same_plugin(config: Config, plugin: dict[str, Any] | None) -> None:
    assert (config.exec is None) == (plugin is None)
    if config.exec is not None and plugin is not None:
        assert config.exec.api_version == plugin["apiVersion"]
        assert config.exec.interactive_mode == plugin["interactiveMode"]
        assert list(config.exec.args) == (plugin["args"] or [])


@pytest.mark.parametrize("case", REJECTED, ids=lambda case: case.name)
def test_kubeconfigs_that_kubectl_rejects_are_rejected(kubectl: Path, box: Sandbox, case: Case) -> None:
    path = box.write(case)
    request = request_of(kubectl, box, path)
    assert isinstance(request, str), f"kubectl went on: {request}"
    assert request.strip() and PROMPT not in request and "refused" not in request, request
    with pytest.raises(ConfigError) as caught:
        Config.from_kubeconfig(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert box.fill(case.place) in str(caught.value)


@pytest.mark.parametrize("case", STRICTER, ids=lambda case: f"{case.name} ({case.reason})")
def test_kubeconfigs_that_only_aiokube_rejects(kubectl: Path, box: Sandbox, case: Case) -> None:
    path = box.write(case)
    request = request_of(kubectl, box, path)
    goes_on = isinstance(request, Request) or PROMPT in request or NO_CLUSTER in request
    assert goes_on, f"kubectl rejects it too: {request}"
    with pytest.raises(ConfigError) as caught:
        Config.from_kubeconfig(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert box.fill(case.place) in str(caught.value)


def test_the_proxy_equals_that_of_kubectl(kubectl: Path, box: Sandbox) -> None:
    text = kubeconfig(cluster="server: 'https://apiserver.invalid:6443/a', proxy-url: 'HTTP'")
    path = box.write(Case("proxy", text))
    config = Config.from_kubeconfig(path)
    assert isinstance(request_of(kubectl, box, path), str)
    assert box.http.tunnels and set(box.http.tunnels) == {"apiserver.invalid:6443"}
    assert (config.server, config.proxy_url) == ("https://apiserver.invalid:6443/a", box.http.url)


ONE = """
current-context: ''
contexts: [{name: both, context: {cluster: one, user: one, namespace: from-one}}]
clusters: [{name: one, cluster: {server: HTTPS/one, insecure-skip-tls-verify: true}}]
users: [{name: one, user: {tokenFile: t}}]
"""
TWO = """
current-context: both
contexts: [{name: both, context: {cluster: two, user: two}}, {name: two, context: {cluster: two, user: two}}]
clusters: [{name: two, cluster: {server: HTTPS/two, insecure-skip-tls-verify: true}}]
users: [{name: one, user: {token: lost}}, {name: two, user: {tokenFile: t}}]
"""


@pytest.mark.parametrize(
    ("files", "context"),
    [
        (["one/config", "two/config"], None),
        (["two/config", "one/config"], None),
        (["one/config", "nothing", "two/config", "one/config", ""], "two"),
        (["two/config", "two/config"], None),
    ],
    ids=["one first", "two first", "missing, repeated and empty", "twice the same"],
)
def test_kubeconfigs_are_merged_like_kubectl(
    kubectl: Path, box: Sandbox, files: list[str], context: str | None
) -> None:
    for name, text in (("one", ONE), ("two", TWO)):
        (box.directory / name).mkdir(exist_ok=True)
        (box.directory / name / "t").write_text(f"token-of-{name}")
        box.write(Case(name, text), f"{name}/config")
    paths = os.pathsep.join(str(box.directory / file) if file else "" for file in files)
    config = Config.load(context=context, environ={"KUBECONFIG": paths})
    chosen = ["--context", context] if context else []
    result = run(kubectl, box, "get", "--raw", "/version", *chosen, kubeconfig=paths)
    assert result.returncode == 0, result.stderr
    view = run(kubectl, box, "config", "view", "--minify", "-o", "json", *chosen, kubeconfig=paths)

    assert config.server == box.https.requests[0].base
    assert box.https.requests[0].all("Authorization") == expected_authorization(config)
    assert config.namespace == json.loads(view.stdout)["contexts"][0]["context"].get("namespace", "default")


def test_cluster_and_user_arguments_work_like_those_of_kubectl(kubectl: Path, box: Sandbox) -> None:
    path = box.write(Case("two", TWO))
    arguments = ("--kubeconfig", str(path), "--cluster", "two", "--user", "one")
    result = run(kubectl, box, "get", "--raw", "/version", *arguments)
    assert result.returncode == 0, result.stderr
    config = Config.from_kubeconfig(path, cluster="two", user="one", namespace="mine")
    assert (config.token, config.namespace) == ("lost", "mine")
    assert box.https.requests[0].all("Authorization") == ["Bearer lost"]
