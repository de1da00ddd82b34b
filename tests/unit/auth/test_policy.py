"""The policies for exec plugins of KEP-3104."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import pytest

from aiokube.runtime.config.identity import ExecConfig
from aiokube.runtime.errors import ConfigError
from aiokube.runtime.http.auth.exec_plugin import ExecPlugin
from aiokube.runtime.http.auth.plugin_policy import PluginPolicy
from tests.support.kubeconfigs.cases import V1
from tests.support.plugins import cluster, plugin


@dataclass(frozen=True)
class Case:
    type: str
    names: int | None
    """Number of entries; None for no list."""
    plugin_exists: bool
    entry_exists: bool
    plugin_absolute: bool
    entry_absolute: bool

    def __str__(self) -> str:
        def words(exists: bool, absolute: bool) -> str:
            return f"{'existing' if exists else 'missing'}-{'path' if absolute else 'name'}"

        return "-".join(
            (
                self.type,
                str(self.names),
                words(self.plugin_exists, self.plugin_absolute),
                words(self.entry_exists, self.entry_absolute),
            )
        )

    @property
    def error(self) -> str | None:
        """The expected error; None if the plugin runs."""
        if self.type == "AllowAll" or self.type == "DenyAll":
            if self.names is not None:
                return f"{self.type} cannot be combined with names"
            if self.type == "DenyAll":
                return "is not run: the client's plugin policy is DenyAll"
            return None if self.plugin_exists else "was not found"
        if self.type != "Allowlist":
            return "'Nonsense' is unknown; choose from AllowAll, DenyAll, Allowlist"
        if self.names is None:
            return "Allowlist needs a tuple of names"
        if self.names == 0:
            return "the allowlist is empty; use DenyAll"
        if self.plugin_exists:
            return None if self.entry_exists else "is not in the allowlist"
        # A missing plugin is not found if it is listed, and denied if it is not.
        listed = not self.entry_exists and self.plugin_absolute == self.entry_absolute
        return "was not found" if listed else "is not in the allowlist"


BOOL = (False, True)
TABLE = [
    Case(*values)
    for values in itertools.product(
        ("AllowAll", "DenyAll", "Allowlist", "Nonsense"), (None, 0, 1, 3), BOOL, BOOL, BOOL, BOOL
    )
]


@pytest.mark.slow
@pytest.mark.parametrize("case", TABLE, ids=str)
async def test_the_policy_allows_and_denies_like_kubectl(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    made = plugin(tmp_path / "bin")
    there = {True: str(made.path), False: "plugin"}
    not_there = {True: "/this/is/not/there", False: "not there"}
    entry = (there if case.entry_exists else not_there)[case.entry_absolute]
    names = None if case.names is None else (("foo-1", "foo-2", entry)[3 - case.names :])
    command = (there if case.plugin_exists else not_there)[case.plugin_absolute]

    try:
        credentials = ExecPlugin(
            made.config(command=command), cluster(), policy=PluginPolicy(type=case.type, names=names)
        )
        credential = await credentials.get()
    except ConfigError as error:
        assert case.error is not None, error
        assert case.error in str(error)
        assert made.runs == 0
    else:
        assert case.error is None
        assert credential.headers == {"Authorization": "Bearer t0k3n"}
        assert made.runs == 1


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "entry 2 of the allowlist is empty"),
        ("./aws", "'./aws' is not a normalized path; use 'aws'"),
        ("bin/aws", "'bin/aws' is a relative path; use 'aws', or its absolute path"),
        ("../aws", "'../aws' is a relative path"),
        ("/usr/bin/../bin/aws", "is not a normalized path"),
        ("/usr//bin/aws", "is not a normalized path"),
        ("//usr/bin/aws", "is not a normalized path"),
        ("/usr/bin/aws/", "is not a normalized path"),
        ("aws/", "is not a normalized path; use 'aws'"),
        (".", "is not a normalized path"),
        ("..", "is not a normalized path"),
    ],
)
def test_an_invalid_entry_of_the_allowlist_is_rejected(name: str, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        PluginPolicy.allowlist("gke-gcloud-auth-plugin", name)
    assert problem in str(error.value)


def test_names_must_not_be_a_string() -> None:
    with pytest.raises(ConfigError, match="needs a tuple of names"):
        PluginPolicy(type="Allowlist", names="aws")  # type: ignore[arg-type]  # what a checker would have caught


def test_the_constructors_equal_their_types() -> None:
    assert PluginPolicy.allow_all() == PluginPolicy() == PluginPolicy(type="AllowAll")
    assert PluginPolicy.deny_all() == PluginPolicy(type="DenyAll")
    assert PluginPolicy.allowlist("aws", "/bin/b") == PluginPolicy(type="Allowlist", names=("aws", "/bin/b"))
    with pytest.raises(ConfigError, match="the allowlist is empty; use DenyAll"):
        PluginPolicy.allowlist()


async def test_a_listed_name_does_not_allow_a_file_outside_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    plugin(tmp_path / "bin")
    evil = plugin(tmp_path / "evil")
    by_path = ExecPlugin(evil.config(), cluster(), policy=PluginPolicy.allowlist("plugin"))
    with pytest.raises(ConfigError, match="is not in the allowlist of the client's plugin policy, which has 'plugin'"):
        await by_path.get()
    assert evil.runs == 0


async def test_a_path_in_the_kubeconfig_does_not_redirect_a_listed_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    good, evil = plugin(tmp_path / "bin"), plugin(tmp_path / "evil")
    config = good.config(command="plugin", env={"PATH": f"{tmp_path}/evil:/usr/bin:/bin"})
    await ExecPlugin(config, cluster(), policy=PluginPolicy.allowlist("plugin")).get()
    assert (good.runs, evil.runs) == (1, 0)


async def test_the_command_is_normalized_before_it_is_compared(tmp_path: Path) -> None:
    made = plugin(tmp_path / "bin")
    config = made.config(command=f"{tmp_path}/other/..//bin/./plugin")
    await ExecPlugin(config, cluster(), policy=PluginPolicy.allowlist(str(made.path))).get()
    assert made.runs == 1


async def test_the_error_of_a_denied_plugin_says_how_to_allow_it() -> None:
    config = ExecConfig(command="aws", api_version=V1, interactive_mode="Never")
    denied = ExecPlugin(config, cluster(user="eks"), policy=PluginPolicy.deny_all())
    with pytest.raises(ConfigError) as error:
        await denied.get()
    assert str(error.value) == (
        "the exec plugin 'aws' of user 'eks' is not run: the client's plugin policy is DenyAll; "
        "allow it with PluginPolicy.allowlist('aws'), or use a token or a client certificate"
    )
