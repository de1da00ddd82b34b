"""The options of commands that read an API: that of a cluster, of a document, or the shipped one."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from aiokube.runtime import errors

from .cluster_options import add_cluster_options, cluster_options
from .errors import CodegenError

if TYPE_CHECKING:
    from aiokube.runtime.discovery.catalog import Catalog

    from .document.source import Source
    from .fetch import Progress


def add_api_options(parser: argparse.ArgumentParser, *, prefers_cluster: bool = True) -> None:
    """Add the options to a parser.

    Args:
        parser: The parser.
        prefers_cluster: Read the cluster that kubectl would use, if there is a kubeconfig; else the shipped API.
    """
    default = "the cluster that kubectl would use; without a kubeconfig, the shipped API"
    where = parser.add_argument_group(
        "source of the API", f"Default: {default if prefers_cluster else 'the shipped API'}."
    )
    if prefers_cluster:
        where.add_argument("--shipped", action="store_true", help="the API of Kubernetes that aiokube is shipped with")
    else:
        where.add_argument("--cluster", action="store_true", help="the cluster that kubectl would use")
    parser.set_defaults(prefers_cluster=prefers_cluster)
    where.add_argument(
        "--spec",
        metavar="PATH",
        type=Path,
        help="an OpenAPI document of version 2.0 or 3, a folder of documents of version 3, or - for standard input",
    )
    add_cluster_options(where)


def read_api(
    arguments: argparse.Namespace,
    choose: Callable[[Catalog, str], Collection[str] | None],
    progress: Progress | None,
) -> Source:
    """Read the documents of an API.

    Args:
        arguments: The command line.
        choose: Takes the resources of the API and where it is read from, and returns the full names of the groups that
            are wanted; None for all.
        progress: Shows how far it is. None: nothing does.

    Returns:
        The documents; those of a cluster are of the wanted groups only.

    Raises:
        AiokubeError: The cluster refuses a request, or sends something else.
        CodegenError: The cluster cannot be found or reached, a document cannot be read, or the options contradict each
            other.
    """
    if _asks_cluster(arguments):
        from .fetch import fetch_chosen

        try:
            return asyncio.run(fetch_chosen(choose, **cluster_options(arguments), progress=progress))
        except (errors.ConfigError, errors.ConnectionError) as error:
            way_out = "--shipped" if arguments.prefers_cluster else "without options of a cluster"
            raise CodegenError(f"{error}; the shipped API needs no cluster: {way_out}") from error
    from .document.shipped import shipped_source
    from .document.source import read_source
    from .reference.resources import resources_of

    source = read_source(arguments.spec) if arguments.spec else shipped_source()
    choose(resources_of(source), source.origin)
    return source


def _asks_cluster(arguments: argparse.Namespace) -> bool:
    names_cluster = any(cluster_options(arguments).values()) or getattr(arguments, "cluster", False)
    names_shipped = getattr(arguments, "shipped", False)
    if sum((names_cluster, names_shipped, arguments.spec is not None)) > 1:
        shipped = "--shipped, " if arguments.prefers_cluster else ""
        cluster = "--kubeconfig, --context, --allow-plugin, --no-x509-strict"
        if not arguments.prefers_cluster:
            cluster = f"--cluster, {cluster}"
        raise CodegenError(
            f"{shipped}--spec and the options of a cluster ({cluster}) cannot be combined: each says where the API is "
            "read from"
        )
    return names_cluster or (arguments.prefers_cluster and not names_shipped and not arguments.spec and _has_cluster())


def _has_cluster() -> bool:
    """True if a kubeconfig names clusters, or is to be found where a variable says; or this is a pod."""
    from aiokube.runtime.config.config import Config

    is_told = any(os.environ.get(name) for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST"))
    return is_told or bool(Config.contexts())
