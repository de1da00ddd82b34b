"""The search for a configuration: in files, in memory and in the pod."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import trustme

from aiokube.runtime.config.config import Config
from aiokube.runtime.config.identity import AuthProvider, ExecConfig
from aiokube.runtime.config.loading import load
from aiokube.runtime.errors import ConfigError, NotInCluster
from tests.support.kubeconfigs.cases import PLAIN, V1, Case
from tests.support.kubeconfigs.sandbox import Sandbox

TLS = "https://10.0.0.1:6443"


def document(**user: Any) -> dict[str, Any]:
    """Return a kubeconfig as a dict."""
    return {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        "clusters": [{"name": "k", "cluster": {"server": TLS}}],
        "users": [{"name": "u", "user": user}],
    }


def simple(token: str, current: str = "c") -> str:
    return (
        f"{{current-context: '{current}', contexts: [{{name: c, context: {{cluster: k, user: u}}}}], "
        f"clusters: [{{name: k, cluster: {{server: '{TLS}'}}}}], users: [{{name: u, user: {{token: {token}}}}}]}}"
    )


def in_pod(directory: Path, environ: Mapping[str, str]) -> Config:
    return Config.in_cluster(environ=environ, directory=directory)


@pytest.fixture
def pod(tmp_path: Path) -> Path:
    """Return the directory of a service account."""
    (tmp_path / "token").write_text("from-the-pod\n")
    (tmp_path / "ca.crt").write_bytes(trustme.CA().cert_pem.bytes())
    (tmp_path / "namespace").write_text("shop\n")
    return tmp_path


POD = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}


def any_load(environ: Mapping[str, str], pod: Path, **asked: str) -> Config:
    names: dict[str, str | None] = {"kubeconfig": None, "context": None, "cluster": None, "user": None}
    return Config(**load(**(names | asked), namespace=None, environ=environ, service_account=pod))


# files


def test_the_default_kubeconfig_is_in_the_home_directory(tmp_path: Path) -> None:
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").write_text(simple("from-home"))
    config = Config.load(environ={"HOME": str(tmp_path)})
    assert config.token == "from-home"
    assert config.source == (tmp_path / ".kube" / "config",)
    assert Config.load(environ={"HOME": str(tmp_path), "KUBECONFIG": ""}).token == "from-home"


def test_the_kubeconfig_argument_overrides_the_environment(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(simple("a"))
    (tmp_path / "b").write_text(simple("b"))
    assert Config.load(kubeconfig=tmp_path / "a", environ={"KUBECONFIG": str(tmp_path / "b")}).token == "a"


def test_the_kubeconfig_argument_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"the kubeconfig '.*nothing' does not exist"):
        Config.load(kubeconfig=tmp_path / "nothing", environ={})


def test_the_kubeconfig_argument_excludes_the_service_account(tmp_path: Path, pod: Path) -> None:
    (tmp_path / "empty").write_text("")
    with pytest.raises(ConfigError, match=r"empty: current-context: is missing"):
        any_load(POD, pod, kubeconfig=str(tmp_path / "empty"))


def test_a_tilde_in_the_kubeconfig_argument_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine").write_text(simple("mine"))
    assert Config.from_kubeconfig("~/mine").token == "mine"


def test_a_directory_is_not_a_kubeconfig(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the kubeconfig '.*': Is a directory"):
        Config.load(environ={"KUBECONFIG": str(tmp_path)})


def test_the_first_file_of_a_merge_wins(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text(simple("first", current=""))
    second.write_text(simple("second").replace("10.0.0.1", "10.0.0.2"))
    environ = {"KUBECONFIG": os.pathsep.join(str(path) for path in (tmp_path / "nothing", first, second, first))}
    config = Config.load(environ=environ)
    assert (config.context, config.server, config.token) == ("c", TLS, "first")
    assert config.source == (first, second)


def test_an_invalid_file_fails_the_whole_merge(tmp_path: Path) -> None:
    (tmp_path / "good").write_text(simple("good"))
    (tmp_path / "bad").write_text("[")
    environ = {"KUBECONFIG": os.pathsep.join([str(tmp_path / "good"), str(tmp_path / "bad")])}
    with pytest.raises(ConfigError, match=r"bad: not valid YAML: line 2"):
        Config.load(environ=environ)


def test_a_path_with_a_nul_character_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match=r"kubeconfig: 'a.x00b' is not a path: it contains a NUL character"):
        Config.from_kubeconfig("a\0b")
    with pytest.raises(ConfigError, match=r"cannot read the kubeconfig 'a.x00b': embedded null byte"):
        Config.load(environ={"KUBECONFIG": "a\0b"})


def test_a_file_over_the_size_limit_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"#" * (10 * 1024 * 1024 + 1))
    with pytest.raises(ConfigError, match=r"larger than 10485760 bytes"):
        Config.from_kubeconfig(tmp_path / "large")


def test_an_endless_file_is_rejected() -> None:
    with pytest.raises(ConfigError, match=r"/dev/zero: larger than"):
        Config.from_kubeconfig("/dev/zero")


def test_a_path_through_a_file_is_a_config_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(PLAIN)
    with pytest.raises(ConfigError, match=r"cannot read the kubeconfig '.*': Not a directory"):
        Config.load(environ={"KUBECONFIG": str(tmp_path / "file" / "config")})


def test_relative_paths_start_from_the_directory_of_a_relative_kubeconfig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "t").write_text("x")
    (tmp_path / "sub" / "config").write_text(simple("x").replace("token: x", "tokenFile: t"))
    monkeypatch.chdir(tmp_path)
    config = Config.from_kubeconfig("sub/config")
    assert config.token_file == tmp_path / "sub" / "t"
    assert config.source == (tmp_path / "sub" / "config",)


@pytest.mark.parametrize("field", ["context", "cluster", "user"])
def test_a_name_without_an_entry_is_an_error(tmp_path: Path, field: str) -> None:
    (tmp_path / "f").write_text(simple("x"))
    with pytest.raises(ConfigError, match=f"f: {field}: there is no {field} 'zz'; choose from '[cku]'"):
        Config.from_kubeconfig(tmp_path / "f", **{field: "zz"})


def test_cluster_and_user_can_be_chosen_without_a_context(tmp_path: Path) -> None:
    (tmp_path / "f").write_text(simple("x", current=""))
    config = Config.from_kubeconfig(tmp_path / "f", cluster="k", user="u")
    assert (config.context, config.cluster, config.user, config.token) == (None, "k", "u", "x")
    with pytest.raises(ConfigError, match=r"f: cluster: is missing; choose from 'k'"):
        Config.from_kubeconfig(tmp_path / "f", user="u")


def test_the_namespace_argument_is_validated(tmp_path: Path) -> None:
    (tmp_path / "f").write_text(simple("x"))
    assert Config.from_kubeconfig(tmp_path / "f", namespace="mine").namespace == "mine"
    for wrong in ("../x", "A", "a" * 64, "a_b", "-a", "a\n"):
        with pytest.raises(ConfigError, match=r"namespace: .* is not the name of a namespace"):
            Config.from_kubeconfig(tmp_path / "f", namespace=wrong)


# nothing found


def test_the_error_lists_every_place_without_a_configuration(tmp_path: Path, pod: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        any_load({"HOME": str(tmp_path)}, pod)
    message = str(caught.value)
    for part in (
        "KUBECONFIG is not set",
        f"{tmp_path / '.kube' / 'config'} does not exist",
        "not in a pod: KUBERNETES_SERVICE_HOST is not set",
        "pass kubeconfig=, set KUBECONFIG, or create ~/.kube/config",
    ):
        assert part in message


def test_the_error_lists_the_contexts_to_choose_from(tmp_path: Path, pod: Path) -> None:
    (tmp_path / "f").write_text(simple("x", current=""))
    with pytest.raises(ConfigError, match=r"f has no current-context; .*; pass context= with one of 'c'"):
        any_load({"KUBECONFIG": str(tmp_path / "f")}, pod)


@pytest.mark.parametrize("environ", [{}, {"KUBECONFIG": os.pathsep}])
def test_an_environment_without_paths_is_an_error(pod: Path, environ: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"neither KUBECONFIG nor HOME is set|KUBECONFIG names no file"):
        any_load(environ, pod)
    with pytest.raises(ConfigError, match=r"no kubeconfig found: "):
        any_load(environ, pod, context="c")


# the pod


def test_the_service_account_of_a_pod_is_read(pod: Path) -> None:
    config = in_pod(pod, POD)
    assert config == Config(
        server="https://10.96.0.1:443",
        certificate_authority=pod / "ca.crt",
        token_file=pod / "token",
        namespace="shop",
    )


def test_an_ipv6_host_of_a_pod_is_put_in_brackets(pod: Path) -> None:
    assert in_pod(pod, POD | {"KUBERNETES_SERVICE_HOST": "fd00::1"}).server == "https://[fd00::1]:443"


def test_the_precedence_of_the_namespaces_of_a_pod(pod: Path) -> None:
    assert in_pod(pod, POD | {"POD_NAMESPACE": "other"}).namespace == "other"
    assert Config.in_cluster(namespace="mine", environ=POD, directory=pod).namespace == "mine"
    (pod / "namespace").write_text(" \n")
    assert in_pod(pod, POD).namespace == "default"
    (pod / "namespace").unlink()
    assert in_pod(pod, POD).namespace == "default"


@pytest.mark.parametrize("missing", POD)
def test_a_missing_variable_means_not_in_a_cluster(pod: Path, missing: str) -> None:
    with pytest.raises(NotInCluster, match=f"{missing} is not set"):
        in_pod(pod, {name: value for name, value in POD.items() if name != missing})


def test_a_pod_without_a_token_is_not_in_a_cluster(pod: Path) -> None:
    (pod / "token").unlink()
    # The system cannot look into the second one, as into one without permission.
    for directory in (pod, Path("x" * 300)):
        with pytest.raises(NotInCluster, match=r"token is not a file; check automountServiceAccountToken of the pod"):
            in_pod(directory, POD)


@pytest.mark.parametrize("content", [b"", b"garbage", None])
def test_an_invalid_ca_of_a_pod_is_an_error(pod: Path, content: bytes | None) -> None:
    (pod / "ca.crt").unlink()
    if content is not None:
        (pod / "ca.crt").write_bytes(content)
    with pytest.raises(ConfigError, match=r"in-cluster: .*ca.crt"):
        in_pod(pod, POD)


@pytest.mark.parametrize(
    ("environ", "field"),
    [
        ({"KUBERNETES_SERVICE_PORT": "no"}, "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT"),
        ({"KUBERNETES_SERVICE_HOST": "a b"}, "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT"),
        ({"POD_NAMESPACE": "A"}, "POD_NAMESPACE"),
    ],
)
def test_the_error_names_the_invalid_variable_of_a_pod(pod: Path, environ: dict[str, str], field: str) -> None:
    with pytest.raises(ConfigError, match=f"in-cluster: {field}: "):
        in_pod(pod, POD | environ)


def test_the_service_account_is_used_last(tmp_path: Path, pod: Path) -> None:
    assert any_load(POD, pod).token_file == pod / "token"
    assert any_load(POD | {"KUBECONFIG": str(tmp_path / "nothing")}, pod).token_file == pod / "token"
    (tmp_path / "empty").write_text("")
    assert any_load(POD | {"KUBECONFIG": str(tmp_path / "empty")}, pod).token_file == pod / "token"
    (tmp_path / "f").write_text(simple("from-file"))
    assert any_load(POD | {"KUBECONFIG": str(tmp_path / "f")}, pod).token == "from-file"


def test_an_invalid_kubeconfig_excludes_the_service_account(tmp_path: Path, pod: Path) -> None:
    (tmp_path / "f").write_text(simple("x", current="zz"))
    with pytest.raises(ConfigError, match=r"there is no context 'zz'"):
        any_load(POD | {"KUBECONFIG": str(tmp_path / "f")}, pod)


# memory


def test_a_dict_is_a_kubeconfig() -> None:
    config = Config.from_dict(document(token="t0k3n"))
    assert (config.server, config.token, config.source) == (TLS, "t0k3n", ())


def test_from_dict_rejects_a_plugin_unless_allowed() -> None:
    plugin = {"apiVersion": V1, "command": "aws", "interactiveMode": "Never"}
    with pytest.raises(ConfigError, match=r"""memory: users\[0\] "u": exec: the plugin 'aws' .* allow_exec=True"""):
        Config.from_dict(document(exec=plugin))
    config = Config.from_dict(document(exec=plugin), allow_exec=True)
    assert config.exec == ExecConfig(command="aws", api_version=V1, interactive_mode="Never")


def test_from_dict_needs_a_directory_for_relative_paths(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("x")
    with pytest.raises(ConfigError, match=r"tokenFile: 't' is a relative path; pass directory="):
        Config.from_dict(document(tokenFile="t"))
    assert Config.from_dict(document(tokenFile="t"), directory=tmp_path).token_file == tmp_path / "t"
    assert Config.from_dict(document(tokenFile=str(tmp_path / "t"))).token_file == tmp_path / "t"


@pytest.mark.parametrize(
    ("user", "problem"),
    [
        ({"token": b"bytes"}, "token: must be a string, not bytes"),
        ({"token": "\ud800"}, "token: contains a lone surrogate"),
        ({"tokenFile": "/a\0b"}, "tokenFile: cannot read '/a.x00b': .*embedded null"),
        ({"as": "a", "as-user-extra": {1: ["x"]}}, "as-user-extra: the key 1 must be a string"),
        ({"exec": {"apiVersion": V1, "command": "a\0b", "interactiveMode": "Never"}}, "exec: .* contains a NUL"),
        (
            {"exec": {"apiVersion": V1, "command": "a", "interactiveMode": "Never", "env": [{"name": "a=b"}]}},
            "exec: env: the name of a variable is empty or contains '='",
        ),
    ],
)
def test_from_dict_rejects_values_that_a_file_cannot_have(user: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=rf'memory: users\[0\] "u": {problem}'):
        Config.from_dict(document(**user), allow_exec=True)


def test_from_dict_rejects_other_types_and_empty_mappings() -> None:
    with pytest.raises(ConfigError, match=r"memory: must be a mapping, not a list"):
        Config.from_dict([])  # type: ignore[arg-type]  # what a caller without types may do
    with pytest.raises(ConfigError, match=r"memory: current-context: is missing"):
        Config.from_dict({})


# plugins


def test_every_field_of_an_exec_plugin_is_read(box: Sandbox) -> None:
    text = PLAIN.replace(
        "token: t0k3n",
        f"exec: {{apiVersion: {V1}, command: bin/login, args: [a, b], "
        "env: [{name: X, value: '1'}, {name: X, value: '2'}],"
        ' interactiveMode: Always, provideClusterInfo: true, installHint: "get \\e[1mit\\e[0m\\n"}',
    ).replace(
        "skip-tls-verify: true",
        "skip-tls-verify: true, "
        "extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: x, hours: 1.5}}]",
    )
    path = box.write(Case("exec", text))
    assert Config.from_kubeconfig(path).exec == ExecConfig(
        command=str(box.directory / "bin" / "login"),
        args=("a", "b"),
        env={"X": "2"},
        api_version=V1,
        interactive_mode="Always",
        provide_cluster_info=True,
        install_hint="get U+001B[1mitU+001B[0m\n",
        cluster_config={"audience": "x", "hours": 1.5},
    )


def test_a_plugin_name_is_not_resolved_to_a_path(box: Sandbox) -> None:
    plugin = f"exec: {{apiVersion: {V1}, command: login, interactiveMode: Never}}"
    config = Config.from_kubeconfig(box.write(Case("exec", PLAIN.replace("token: t0k3n", plugin))))
    assert config.exec is not None and config.exec.command == "login"


def test_an_oidc_auth_provider_is_read(box: Sandbox) -> None:
    text = PLAIN.replace("token: t0k3n", "auth-provider: {name: oidc, config: {client-id: a, id-token: b}}")
    path = box.write(Case("oidc", text))
    config = Config.from_kubeconfig(path)
    assert config.auth_provider == AuthProvider(name="oidc", config={"client-id": "a", "id-token": "b"}, source=path)
