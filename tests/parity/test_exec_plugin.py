"""Exec plugins get the same input from aiokube as from kubectl, and their output is treated alike."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import trustme

from aiokube.runtime.config.config import Config
from aiokube.runtime.errors import ConfigError
from aiokube.runtime.http.auth.exec_plugin import ExecPlugin
from tests.support import children
from tests.support.kubeconfigs.cases import V1, V1BETA1
from tests.support.plugins import SERVER, Plugin, plugin

pytestmark = pytest.mark.kubectl


CLUSTERS: dict[str, dict[str, Any]] = {
    "plain": {},
    "insecure": {"insecure-skip-tls-verify": True},
    "everything": {
        "tls-server-name": "tls.example",
        "proxy-url": "http://u:p@127.0.0.1:1/",
        "disable-compression": True,
    },
    "object": {"extension": {"b": {"z": 1, "y": [None, True, 1.5]}, "a": '<&>\u2028\u00e9\u0007\\"/'}},
    "text": {"extension": "text"},
    "number": {"extension": 12345678901234567890},
}


def write(directory: Path, made: Plugin, cluster: dict[str, Any], **fields: object) -> Path:
    """Write a kubeconfig in JSON."""
    described = {"server": SERVER, **cluster}
    if "extension" in described:
        extension = {"name": "client.authentication.k8s.io/exec", "extension": described.pop("extension")}
        described["extensions"] = [extension]
    plugin = {"command": str(made.path), "apiVersion": V1, "interactiveMode": "Never", **fields}
    path = directory / "kubeconfig"
    path.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "c",
                "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
                "clusters": [{"name": "k", "cluster": described}],
                "users": [{"name": "u", "user": {"exec": plugin}}],
            }
        )
    )
    return path


def run(kubectl: Path, kubeconfig: Path, **environ: str) -> str:
    """Run a request of kubectl to a server that does not exist, and return its output."""
    env = {"PATH": os.environ["PATH"], "HOME": str(kubeconfig.parent), **environ}
    return children.run(kubectl, "get", "--raw", "/version", "--kubeconfig", kubeconfig, env=env).stderr


@pytest.mark.parametrize("cluster", CLUSTERS)
@pytest.mark.parametrize("provide", [True, False], ids=["cluster-info", "no-cluster-info"])
@pytest.mark.parametrize("version", [V1, V1BETA1])
async def test_exec_info_equals_that_of_kubectl(
    kubectl: Path, tmp_path: Path, version: str, provide: bool, cluster: str
) -> None:
    made = plugin(tmp_path)
    made.answer_status(api_version=version, token="t")
    path = write(tmp_path, made, CLUSTERS[cluster], apiVersion=version, provideClusterInfo=provide)
    run(kubectl, path)
    theirs = made.info
    config = Config.from_kubeconfig(path)
    assert config.exec is not None

    await ExecPlugin(config.exec, config).get()

    assert made.runs == 2
    assert made.info == theirs


async def test_exec_info_with_a_ca_equals_that_of_kubectl(kubectl: Path, tmp_path: Path) -> None:
    authority = tmp_path / "ca.crt"
    authority.write_bytes(trustme.CA().cert_pem.bytes())
    made = plugin(tmp_path / "bin")
    path = write(tmp_path, made, {"certificate-authority": "ca.crt"}, provideClusterInfo=True)
    run(kubectl, path)
    theirs = made.info
    config = Config.from_kubeconfig(path)
    assert config.exec is not None
    await ExecPlugin(config.exec, config).get()
    assert b"certificate-authority-data" in theirs
    assert made.info == theirs


async def test_a_name_is_looked_up_in_the_path_of_the_process_like_kubectl(
    kubectl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The PATH in the kubeconfig is only for the plugin itself."""
    search = f"{tmp_path}/bin:{os.environ['PATH']}"
    good, other = plugin(tmp_path / "bin"), plugin(tmp_path / "other")
    fields = {"command": "plugin", "env": [{"name": "PATH", "value": f"{tmp_path}/other:/usr/bin:/bin"}]}
    path = write(tmp_path, good, {}, **fields)
    run(kubectl, path, PATH=search)
    assert (good.runs, other.runs) == (1, 0)
    monkeypatch.setenv("PATH", search)
    config = Config.from_kubeconfig(path)
    assert config.exec is not None
    await ExecPlugin(config.exec, config).get()
    assert (good.runs, other.runs) == (2, 0)


@pytest.mark.parametrize(
    ("answer", "exit_code"),
    [
        ("", 0),
        ("{}", 0),
        ("[]", 0),
        ('{"kind":"ExecCredential","apiVersion":"V1"}', 0),
        ('{"kind":"ExecCredential","apiVersion":"V1","status":{}}', 0),
        ('{"kind":"ExecCredential","apiVersion":"V1","status":{"token":""}}', 0),
        ('{"kind":"ExecCredential","apiVersion":"V1","status":{"token":7}}', 0),
        ('{"kind":"ExecCredential","apiVersion":"V1","status":{"token":"t","clientKeyData":"x"}}', 0),
        ('{"kind":"ExecCredential","apiVersion":"V1","status":{"token":"t","expirationTimestamp":"soon"}}', 0),
        ('{"kind":"ExecCredential","apiVersion":"V1","status":{"token":"t","expirationTimestamp":""}}', 0),
        ('{"kind":"ExecCredential","apiVersion":"V1","status":{"token":"t"}} {}', 0),
        ('{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"t"}}', 0),
        ('{"kind":"Status","apiVersion":"V1","status":{"token":"t"}}', 0),
        ('{"kind":"ExecCredential","apiVersion":"V1","status":{"token":"t"}}', 73),
    ],
    ids=range(14),
)
async def test_invalid_outputs_are_rejected_like_kubectl(
    kubectl: Path, tmp_path: Path, answer: str, exit_code: int
) -> None:
    made = plugin(tmp_path, body=f"[ {exit_code} = 0 ] || exit {exit_code}")
    made.answer(answer.replace('"V1"', f'"{V1}"'))
    path = write(tmp_path, made, {})
    assert "getting credentials: " in run(kubectl, path)
    config = Config.from_kubeconfig(path)
    assert config.exec is not None
    with pytest.raises(ConfigError):
        await ExecPlugin(config.exec, config).get()
    assert made.runs == 2
