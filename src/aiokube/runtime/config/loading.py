"""The search for a configuration: in the files that kubectl reads, in a dict, or in the pod's service account."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigError, NotInCluster
from . import validation
from .identity import Context
from .incluster import SERVICE_ACCOUNT, in_cluster
from .kubeconfig import Kubeconfig, from_tree, merge, read
from .resolution import select


def load(
    *,
    kubeconfig: str | os.PathLike[str] | None,
    context: str | None,
    cluster: str | None,
    user: str | None,
    namespace: str | None,
    environ: Mapping[str, str],
    service_account: Path = SERVICE_ACCOUNT,
) -> dict[str, Any]:
    """Return the fields of a `Config`; see `Config.load`."""
    _check_types(context=context, cluster=cluster, user=user, namespace=namespace)
    validation.types.instance(environ, Mapping, "a mapping", "environ")
    if kubeconfig is not None and kubeconfig != "":
        return from_kubeconfig(kubeconfig, context=context, cluster=cluster, user=user, namespace=namespace)
    merged, missing = _read_existing(environ)
    if merged.current_context or context or cluster or user:
        if not merged.files:
            raise ConfigError(f"no kubeconfig found: {'; '.join(missing)}; pass kubeconfig= or set KUBECONFIG")
        return select(merged, context=context, cluster=cluster, user=user, namespace=namespace, allow_exec=True)
    try:
        return in_cluster(namespace=namespace, environ=environ, directory=service_account)
    except NotInCluster as error:
        tried = [*missing, *(f"{file} has no current-context" for file in merged.files), str(error)]
        contexts = ", ".join(repr(name) for name in sorted(merged.contexts))
        way_out = (
            f"pass context= with one of {contexts}"
            if contexts
            else "pass kubeconfig=, set KUBECONFIG, or create ~/.kube/config"
        )
        raise ConfigError(f"no configuration found: {'; '.join(tried)}; {way_out}") from None


def from_kubeconfig(
    path: str | os.PathLike[str],
    *,
    context: str | None,
    cluster: str | None,
    user: str | None,
    namespace: str | None,
) -> dict[str, Any]:
    """Return the fields of a `Config`; see `Config.from_kubeconfig`."""
    _check_types(context=context, cluster=cluster, user=user, namespace=namespace)
    kubeconfig = _read_one(path)
    if not (kubeconfig.current_context or context or cluster or user):
        raise _no_context(kubeconfig)
    return select(kubeconfig, context=context, cluster=cluster, user=user, namespace=namespace, allow_exec=True)


def contexts(kubeconfig: str | os.PathLike[str] | None, environ: Mapping[str, str]) -> list[Context]:
    """Return the contexts of the kubeconfig; see `Config.contexts`."""
    validation.types.instance(environ, Mapping, "a mapping", "environ")
    found = _read_existing(environ)[0] if kubeconfig is None else _read_one(kubeconfig)
    return [
        Context(
            name=name,
            cluster=context.cluster,
            user=context.user,
            namespace=context.namespace or "default",
            is_current=name == found.current_context,
        )
        for name, context in sorted(found.contexts.items())
    ]


def from_dict(
    document: Mapping[str, Any],
    *,
    context: str | None,
    cluster: str | None,
    user: str | None,
    namespace: str | None,
    directory: str | os.PathLike[str] | None,
    allow_exec: bool,
) -> dict[str, Any]:
    """Return the fields of a `Config`; see `Config.from_dict`."""
    _check_types(context=context, cluster=cluster, user=user, namespace=namespace)
    validation.types.flag(allow_exec, "allow_exec")
    base = None if directory is None else Path(os.path.abspath(validation.types.path(directory, "directory")))
    kubeconfig = from_tree(document, origin="kubeconfig from memory", directory=base)
    if not (kubeconfig.current_context or context or cluster or user):
        raise _no_context(kubeconfig)
    return select(kubeconfig, context=context, cluster=cluster, user=user, namespace=namespace, allow_exec=allow_exec)


def _read_one(path: str | os.PathLike[str]) -> Kubeconfig:
    file = Path(os.path.expanduser(validation.types.path(path, "kubeconfig")))
    try:
        return read(file)
    except FileNotFoundError:
        raise ConfigError(f"the kubeconfig {str(file)!r} does not exist; create it, or pass another path") from None


def _check_types(**choices: object) -> None:
    for name, value in choices.items():
        validation.types.text(value, name)


def _no_context(kubeconfig: Kubeconfig) -> ConfigError:
    contexts = ", ".join(repr(name) for name in sorted(kubeconfig.contexts)) or "(none)"
    return ConfigError(
        f"{kubeconfig.origin}: current-context: is missing; set it, or pass context= with one of {contexts}"
    )


def _read_existing(environ: Mapping[str, str]) -> tuple[Kubeconfig, list[str]]:
    """Merge the files that kubectl reads, and return the reasons for which others were not found."""
    if listed := environ.get("KUBECONFIG"):
        paths = [Path(path) for path in dict.fromkeys(listed.split(os.pathsep)) if path]
        missing = [] if paths else ["KUBECONFIG names no file"]
    elif home := environ.get("HOME") or environ.get("USERPROFILE"):
        paths, missing = [Path(home, ".kube", "config")], ["KUBECONFIG is not set"]
    else:
        paths, missing = [], ["neither KUBECONFIG nor HOME is set"]
    kubeconfigs: list[Kubeconfig] = []
    for path in paths:
        try:
            kubeconfigs.append(read(path))
        except FileNotFoundError:
            missing.append(f"{path} does not exist")
    return merge(kubeconfigs), missing
