"""The content of kubeconfigs: their clusters, users and contexts, read from files and merged."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ..errors import ConfigError
from .fields import Fields
from .validation import EXEC_GROUP


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Cluster:
    """An entry of `clusters`."""

    place: str
    directory: Path | None
    server: str
    tls_server_name: str
    insecure_skip_tls_verify: bool
    certificate_authority: str
    certificate_authority_data: bytes
    proxy_url: str
    disable_compression: bool
    exec_config: object


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Exec:
    """The `exec` of a user."""

    command: str
    args: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    api_version: str
    interactive_mode: str
    provide_cluster_info: bool
    install_hint: str


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Provider:
    """The `auth-provider` of a user."""

    name: str
    config: dict[str, str]


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class User:
    """An entry of `users`; anonymous by default."""

    place: str
    directory: Path | None = None
    file: Path | None = None
    client_certificate: str = ""
    client_certificate_data: bytes = b""
    client_key: str = ""
    client_key_data: bytes = b""
    token: str = ""
    token_file: str = ""
    username: str = ""
    password: str = ""
    impersonate: str = ""
    impersonate_uid: str = ""
    impersonate_groups: tuple[str, ...] = ()
    impersonate_extra: dict[str, tuple[str, ...]] = field(default_factory=dict)
    exec: Exec | None = None
    provider: Provider | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """An entry of `contexts`; empty by default."""

    place: str
    cluster: str = ""
    user: str = ""
    namespace: str = ""


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Kubeconfig:
    """A kubeconfig, or several merged ones."""

    origin: str
    """Its source, for error messages."""
    files: tuple[Path, ...] = ()
    current_context: str = ""
    clusters: dict[str, Cluster] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    contexts: dict[str, Context] = field(default_factory=dict)


def read(path: Path) -> Kubeconfig:
    """Read a kubeconfig file.

    Raises:
        FileNotFoundError: The file does not exist.
        ConfigError: The file cannot be read, or it is not a kubeconfig.
    """
    from ..codec.yaml_reader import MAX_BYTES, parse  # imports PyYAML, which a pod's service account does not need

    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"cannot read the kubeconfig {str(path)!r}: {reason}") from None
    file = Path(os.path.abspath(path))
    return from_tree(parse(data, origin=str(path)), origin=str(path), directory=file.parent, file=file)


def from_tree(tree: object, *, origin: str, directory: Path | None, file: Path | None = None) -> Kubeconfig:
    """Read a parsed document. As in kubectl, a wrong type is an error even in an entry that is not used."""
    root = Fields(tree, origin)
    for key, expected in (("apiVersion", "v1"), ("kind", "Config")):
        if (value := root.text(key)) not in ("", expected):
            raise root.error(key, f"must be {expected!r}, not {value!r:.80}; is this a kubeconfig?")
    _check_extensions(root)
    if preferences := root.mapping("preferences"):
        preferences.flag("colors")
        _check_extensions(preferences)
    return Kubeconfig(
        origin=origin,
        files=() if file is None else (file,),
        current_context=root.text("current-context"),
        clusters={
            name: _cluster(Fields(content, place), directory)
            for name, (place, content) in root.named("clusters", "cluster").items()
        },
        users={
            name: _user(Fields(content, place), directory, file)
            for name, (place, content) in root.named("users", "user").items()
        },
        contexts={
            name: _context(Fields(content, place))
            for name, (place, content) in root.named("contexts", "context").items()
        },
    )


Entry = TypeVar("Entry")


def merge(kubeconfigs: Sequence[Kubeconfig]) -> Kubeconfig:
    """Merge kubeconfigs; the first definition of each entry, and of the current context, wins as a whole."""
    return Kubeconfig(
        origin=", ".join(kubeconfig.origin for kubeconfig in kubeconfigs),
        files=tuple(file for kubeconfig in kubeconfigs for file in kubeconfig.files),
        current_context=next((each.current_context for each in kubeconfigs if each.current_context), ""),
        clusters=_first_wins([each.clusters for each in kubeconfigs]),
        users=_first_wins([each.users for each in kubeconfigs]),
        contexts=_first_wins([each.contexts for each in kubeconfigs]),
    )


def _first_wins(tables: list[dict[str, Entry]]) -> dict[str, Entry]:
    return {name: entry for table in reversed(tables) for name, entry in table.items()}


def _check_extensions(fields: Fields) -> dict[str, tuple[str, object]]:
    return fields.named("extensions", "extension")


def _cluster(fields: Fields, directory: Path | None) -> Cluster:
    _, exec_config = _check_extensions(fields).get(f"{EXEC_GROUP}/exec", ("", None))
    return Cluster(
        place=fields.place,
        directory=directory,
        server=fields.text("server"),
        tls_server_name=fields.text("tls-server-name"),
        insecure_skip_tls_verify=fields.flag("insecure-skip-tls-verify"),
        certificate_authority=fields.text("certificate-authority"),
        certificate_authority_data=fields.data("certificate-authority-data"),
        proxy_url=fields.text("proxy-url"),
        disable_compression=fields.flag("disable-compression"),
        exec_config=exec_config,
    )


def _user(fields: Fields, directory: Path | None, file: Path | None) -> User:
    _check_extensions(fields)
    return User(
        place=fields.place,
        directory=directory,
        file=file,
        client_certificate=fields.text("client-certificate"),
        client_certificate_data=fields.data("client-certificate-data"),
        client_key=fields.text("client-key"),
        client_key_data=fields.data("client-key-data"),
        token=fields.text("token"),
        token_file=fields.text("tokenFile"),
        username=fields.text("username"),
        password=fields.text("password"),
        impersonate=fields.text("as"),
        impersonate_uid=fields.text("as-uid"),
        impersonate_groups=fields.texts("as-groups"),
        impersonate_extra=fields.texts_map("as-user-extra"),
        exec=_exec(fields.mapping("exec")),
        provider=_provider(fields.mapping("auth-provider")),
    )


def _exec(fields: Fields | None) -> Exec | None:
    if fields is None:
        return None
    return Exec(
        command=fields.text("command"),
        args=fields.texts("args"),
        env=tuple((variable.text("name"), variable.text("value")) for variable in fields.mappings("env")),
        api_version=fields.text("apiVersion"),
        interactive_mode=fields.text("interactiveMode"),
        provide_cluster_info=fields.flag("provideClusterInfo"),
        install_hint=fields.text("installHint"),
    )


def _provider(fields: Fields | None) -> Provider | None:
    return None if fields is None else Provider(name=fields.text("name"), config=fields.text_map("config"))


def _context(fields: Fields) -> Context:
    _check_extensions(fields)
    return Context(
        place=fields.place,
        cluster=fields.text("cluster"),
        user=fields.text("user"),
        namespace=fields.text("namespace"),
    )
