"""The selection of a context in a kubeconfig, and the checks of its cluster and user."""

from __future__ import annotations

import logging
import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from . import validation
from .identity import AuthProvider, ExecConfig, Impersonation
from .kubeconfig import Cluster, Context, Exec, Kubeconfig, User
from .validation import EXEC_GROUP, EXEC_VERSIONS

_log = logging.getLogger("aiokube.config")

# Versions in which client-go defaults interactiveMode to IfAvailable.
_DEFAULTED_VERSIONS = (f"{EXEC_GROUP}/v1beta1", f"{EXEC_GROUP}/v1alpha1")


def select(
    kubeconfig: Kubeconfig,
    *,
    context: str | None,
    cluster: str | None,
    user: str | None,
    namespace: str | None,
    allow_exec: bool,
) -> dict[str, Any]:
    """Return the fields of a `Config` for a context; the other arguments override the context's.

    A server without TLS gets no credentials, and no plugin runs for it. A name without an entry is an error, whereas
    kubectl continues anonymously or with localhost:8080.
    """
    context_name = context or kubeconfig.current_context
    chosen = _context(kubeconfig, context_name, is_argument=bool(context))
    cluster_name = cluster or chosen.cluster
    if not cluster_name:
        raise ConfigError(f"{chosen.place}: cluster: is missing; choose from {_names(kubeconfig.clusters)}")
    at_cluster = kubeconfig.clusters.get(cluster_name)
    if at_cluster is None:
        raise _dangling(
            "cluster", cluster_name, kubeconfig.clusters, chosen.place, kubeconfig, is_argument=bool(cluster)
        )
    user_name = user or chosen.user
    as_user = kubeconfig.users.get(user_name) if user_name else User(place=chosen.place)
    if as_user is None:
        raise _dangling("user", user_name, kubeconfig.users, chosen.place, kubeconfig, is_argument=bool(user))

    _check_user(as_user)
    values = _cluster_values(at_cluster)
    if values["server"].startswith("https://"):
        values |= _tls(at_cluster) | _credentials(as_user, at_cluster, allow_exec=allow_exec)
    elif _has_credentials(as_user):
        _log.warning("%s does not use TLS; the credentials of %s are not sent", values["server"], as_user.place)
    return {
        **values,
        "impersonate": _impersonation(as_user),
        "namespace": _namespace(namespace, chosen),
        "context": context_name or None,
        "cluster": cluster_name,
        "user": user_name or None,
        "source": kubeconfig.files,
    }


def _context(kubeconfig: Kubeconfig, name: str, *, is_argument: bool) -> Context:
    if not name:
        return Context(place=kubeconfig.origin)
    found = kubeconfig.contexts.get(name)
    if found is None:
        field = "context" if is_argument else "current-context"
        raise ConfigError(
            f"{kubeconfig.origin}: {field}: there is no context {name!r}; choose from {_names(kubeconfig.contexts)}"
        )
    return found


def _dangling(
    kind: str, name: str, known: Iterable[str], place: str, kubeconfig: Kubeconfig, *, is_argument: bool
) -> ConfigError:
    location = kubeconfig.origin if is_argument else place
    return ConfigError(f"{location}: {kind}: there is no {kind} {name!r}; choose from {_names(known)}")


def _names(known: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in sorted(known)) or "(none)"


def _namespace(argument: str | None, context: Context) -> str:
    if argument:
        return validation.namespace_name(argument, "namespace")
    if context.namespace:
        return validation.namespace_name(context.namespace, f"{context.place}: namespace")
    return "default"


def _file(reference: str, directory: Path | None, place: str) -> Path:
    """Return the path of a file, resolved from the directory of the kubeconfig, after checking that it is readable."""
    return validation.readable_file(Path(_resolved(reference, directory, place)), place)


def _resolved(reference: str, directory: Path | None, place: str) -> str:
    if os.path.isabs(reference):
        return reference
    if directory is None:
        raise ConfigError(f"{place}: {reference!r} is a relative path; pass directory=, or use an absolute path")
    return os.path.normpath(directory / reference)


def _cluster_values(cluster: Cluster) -> dict[str, Any]:
    """Return the fields for servers with and without TLS. As in kubectl, the CA is checked for both."""
    place = f"{cluster.place}: certificate-authority"
    if cluster.certificate_authority and cluster.certificate_authority_data:
        raise ConfigError(f"{place}: cannot be combined with certificate-authority-data; remove one of them")
    if cluster.certificate_authority:
        _file(cluster.certificate_authority, cluster.directory, place)
    proxy_url = cluster.proxy_url and validation.proxy_url(cluster.proxy_url, f"{cluster.place}: proxy-url")
    return {
        "server": validation.server_url(cluster.server, f"{cluster.place}: server"),
        "proxy_url": proxy_url or None,
        "disable_compression": cluster.disable_compression,
    }


def _tls(cluster: Cluster) -> dict[str, Any]:
    place = f"{cluster.place}: certificate-authority"
    values: dict[str, Any] = {
        "insecure_skip_tls_verify": cluster.insecure_skip_tls_verify,
        "tls_server_name": validation.tls_name(cluster.tls_server_name, f"{cluster.place}: tls-server-name") or None,
    }
    if cluster.certificate_authority:
        values["certificate_authority"] = _file(cluster.certificate_authority, cluster.directory, place)
    if data := cluster.certificate_authority_data:
        values["certificate_authority_data"] = validation.certificate_data(data, f"{place}-data")
    if cluster.insecure_skip_tls_verify and len(values) > 2:
        raise ConfigError(
            f"{cluster.place}: insecure-skip-tls-verify: cannot be combined with a certificate authority; "
            "remove one of them"
        )
    return values


def _has_credentials(user: User) -> bool:
    credentials = (user.token, user.token_file, user.username, user.exec, user.provider)
    return any(credentials) or _has_certificate(user)


def _has_certificate(user: User) -> bool:
    return bool(user.client_certificate or user.client_certificate_data)


def _check_user(user: User) -> None:
    """Make the checks that kubectl makes for servers with and without TLS."""
    place = user.place
    if user.token and (user.username or user.password):
        raise ConfigError(f"{place}: token: cannot be combined with username or password; remove one of them")
    if _has_certificate(user):
        for field, path, data in (
            ("client-certificate", user.client_certificate, user.client_certificate_data),
            ("client-key", user.client_key, user.client_key_data),
        ):
            if path and data:
                raise ConfigError(f"{place}: {field}: cannot be combined with {field}-data; remove one of them")
            if path:
                _file(path, user.directory, f"{place}: {field}")
        if not user.client_key and not user.client_key_data:
            raise ConfigError(f"{place}: client-key: is missing; the client certificate needs it")
    if user.exec is not None:
        _check_exec(user.exec, f"{place}: exec")
        if user.provider is not None:
            raise ConfigError(f"{place}: exec: cannot be combined with auth-provider; remove one of them")
    if (user.impersonate_uid or user.impersonate_groups or user.impersonate_extra) and not user.impersonate:
        raise ConfigError(f"{place}: as: is missing; as-uid, as-groups and as-user-extra need it")


def _check_exec(plugin: Exec, place: str) -> None:
    if not plugin.command:
        raise ConfigError(f"{place}: command: is missing; use a name in PATH, or a path")
    if not plugin.api_version:
        raise ConfigError(f"{place}: apiVersion: is missing; use {EXEC_VERSIONS[0]}")
    if plugin.interactive_mode or plugin.api_version not in _DEFAULTED_VERSIONS:
        validation.interactive_mode(plugin.interactive_mode, f"{place}: interactiveMode")
    if any(not name for name, _ in plugin.env):
        raise ConfigError(f"{place}: env: a variable has no name; add it")


def _credentials(user: User, cluster: Cluster, *, allow_exec: bool) -> dict[str, Any]:
    """Return the credentials for a server with TLS."""
    place = user.place
    values: dict[str, Any] = {}
    if user.token:
        values["token"] = validation.token(user.token, f"{place}: token")
    if user.token_file:
        location = f"{place}: tokenFile"
        if user.username:
            raise ConfigError(f"{location}: cannot be combined with username; remove one of them")
        # With a token to start with, the file need not exist yet.
        values["token_file"] = (
            Path(_resolved(user.token_file, user.directory, location))
            if user.token
            else _file(user.token_file, user.directory, location)
        )
    if user.username:
        values["username"] = validation.header_value(user.username, f"{place}: username")
        values["password"] = user.password
    if _has_certificate(user):
        values |= _certificate(user)
    if user.exec is not None:
        values["exec"] = _exec(user, user.exec, cluster, allow_exec=allow_exec)
    if user.provider is not None:
        if user.provider.name != "oidc":
            raise ConfigError(
                f"{place}: auth-provider: {user.provider.name!r:.80} is not supported, only 'oidc' is; "
                "use the exec plugin of the provider"
            )
        values["auth_provider"] = AuthProvider(name="oidc", config=user.provider.config, source=user.file)
    return values


def _certificate(user: User) -> dict[str, Any]:
    values: dict[str, Any] = {}
    location = f"{user.place}: client-certificate"
    if user.client_certificate:
        values["client_certificate"] = _file(user.client_certificate, user.directory, location)
    else:
        values["client_certificate_data"] = validation.certificate_data(
            user.client_certificate_data, f"{location}-data"
        )
    location = f"{user.place}: client-key"
    if user.client_key:
        values["client_key"] = _file(user.client_key, user.directory, location)
    else:
        values["client_key_data"] = validation.key_data(user.client_key_data, f"{location}-data")
    return values


def _exec(user: User, plugin: Exec, cluster: Cluster, *, allow_exec: bool) -> ExecConfig:
    place = f"{user.place}: exec"
    if not allow_exec:
        raise ConfigError(
            f"{place}: the plugin {plugin.command!r:.80} is not run for a kubeconfig from memory; "
            "pass allow_exec=True if you trust it to run any command"
        )
    command = plugin.command
    if os.sep in command:
        command = _resolved(command, user.directory, f"{place}: command")
    try:
        return ExecConfig(
            command=command,
            args=plugin.args,
            env=dict(plugin.env),
            api_version=plugin.api_version,
            interactive_mode=plugin.interactive_mode or "IfAvailable",
            provide_cluster_info=plugin.provide_cluster_info,
            install_hint=_without_escapes(plugin.install_hint),
            cluster_config=cluster.exec_config,
        )
    except ConfigError as error:
        raise ConfigError(f"{user.place}: {error}") from None


def _without_escapes(text: str) -> str:
    """Replace control characters, other than white space, by their code points."""
    return "".join(
        character
        if character in "\t\n\v\f\r" or unicodedata.category(character)[0] != "C"
        else f"U+{ord(character):04X}"
        for character in text
    )


def _impersonation(user: User) -> Impersonation | None:
    if not user.impersonate:
        return None
    place = user.place
    return Impersonation(
        user=validation.header_value(user.impersonate, f"{place}: as"),
        uid=validation.header_value(user.impersonate_uid, f"{place}: as-uid") or None,
        groups=tuple(validation.header_value(group, f"{place}: as-groups") for group in user.impersonate_groups),
        extra={
            key: tuple(validation.header_value(value, f"{place}: as-user-extra: {key!r:.80}") for value in values)
            for key, values in user.impersonate_extra.items()
        },
    )
