"""The options of commands that ask a cluster."""

from __future__ import annotations

import argparse
from collections.abc import Sequence, Sized
from typing import Any, Final

from .errors import CodegenError
from .naming.docstrings import printable

_IN_OPTIONS: Final = {
    "pass kubeconfig=": "pass --kubeconfig FILE",
    "pass context=": "pass --context NAME",
    "add it to PluginPolicy.allowlist(...)": "allow it by --allow-plugin COMMAND",
    "`Client(x509_strict=False)`": "--no-x509-strict",
}
"""The options by the ways out that the client names to programs."""


def add_cluster_options(parser: argparse._ActionsContainer) -> None:
    """Add the options to a parser, or to a group of one."""
    parser.add_argument("--kubeconfig", metavar="FILE", help="kubeconfig file")
    parser.add_argument("--context", metavar="NAME", help="context of the kubeconfig")
    parser.add_argument(
        "--allow-plugin",
        metavar="COMMAND",
        action="append",
        help="run no exec plugin of the kubeconfig but this one, a name in PATH or an absolute path; may be repeated",
    )
    parser.add_argument(
        "--no-x509-strict",
        action="store_true",
        help="accept certificates that do not follow RFC 5280 to the letter; they are still verified",
    )


def cluster_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the options as arguments of `fetch`."""
    return {
        "kubeconfig": arguments.kubeconfig,
        "context": arguments.context,
        "plugins": arguments.allow_plugin,
        "lenient_x509": arguments.no_x509_strict,
    }


def error_line(error: Exception) -> str:
    """Return what a command prints for an error: printable, and with options where programs have arguments."""
    text = "\n".join(map(printable, str(error).splitlines()))
    for argument, option in _IN_OPTIONS.items():
        text = text.replace(argument, option)
    return f"error: {text}"


def check_groups(groups: Sequence[str] | None) -> None:
    """Check the groups that `--groups` names.

    Raises:
        CodegenError: One is empty.
    """
    if "" in (groups or ()):
        raise CodegenError("--groups: a group name is empty; the group without a name is called `core`")


def check_found(found: Sized, origin: str, groups: Sequence[str] | None) -> None:
    """Check that an API has any of the groups that are wanted.

    Args:
        found: The groups that were found.
        origin: Where the API was read from.
        groups: The groups of `--groups`; None for all.

    Raises:
        CodegenError: It has none.
    """
    if found:
        return
    if groups:
        names = ", ".join(groups)
        raise CodegenError(
            f"{origin} has no API group {names}: use full names, such as `apps` or `rbac.authorization.k8s.io`"
        )
    raise CodegenError(
        f"{origin} has no paths of API groups: it is not the OpenAPI document of a Kubernetes API server"
    )
