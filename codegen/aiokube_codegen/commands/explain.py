"""The command `aiokube explain`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..api_options import add_api_options, read_api
from .parser import Commands, add_command

if TYPE_CHECKING:
    from aiokube.runtime.discovery.api_resource import ApiResource
    from aiokube.runtime.discovery.catalog import Catalog as Resources


def add_parser(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(
        commands,
        "explain",
        run=run,
        help="explain a kind, a field or a method",
        description="Explain a kind, a field or a method: names and types in the API and in Python, defaults, limits "
        "and rules of fields, and the methods of a kind with the RBAC rules that they need.",
        examples=(
            ("aiokube explain pods.spec.containers", "a field, and those below it"),
            ("aiokube explain deploy", "a kind, by any name that kubectl takes, and its methods"),
            ("aiokube explain pods.logs", "a method: its arguments, its errors and its RBAC rule"),
            ("aiokube explain pods.spec --recursive", "all fields below one, by their names"),
            ("aiokube explain hpa.spec --python --api-version autoscaling/v2", "in the words of Python, of a version"),
        ),
    )
    path = parser.add_argument(
        "path",
        metavar="PATH",
        help="a resource by its plural, singular or short name or its kind, with or without its group; then fields, or "
        "a method",
    )
    path.completer = _complete  # type: ignore[attr-defined] # as argcomplete wants it
    parser.add_argument("--recursive", action="store_true", help="list all fields below it, without descriptions")
    parser.add_argument("--python", action="store_true", help="use the names and types of Python")
    parser.add_argument(
        "--api-version", metavar="VERSION", help="version of the resource: apps/v1 (default: the preferred one)"
    )
    add_api_options(parser)


def _complete(prefix: str, parsed_args: argparse.Namespace, **_: object) -> list[str]:
    from ..document.shipped import shipped_source
    from ..document.source import read_source
    from ..explain.completion import complete

    # Never of a cluster: a key would send requests.
    return complete(read_source(parsed_args.spec) if parsed_args.spec else shipped_source(), prefix)


def run(arguments: argparse.Namespace) -> int:
    """Print the explanation, and return the exit code."""
    from ..document.load import load
    from ..explain.lookup import find_below, find_resource, kind_of, parts_of
    from ..explain.page import page_of
    from ..explain.terminal import Printer
    from ..reference.build import build_catalog
    from .stage import Stages

    stage = Stages(arguments)
    parts = parts_of(arguments.path)
    found: list[tuple[ApiResource, list[str]]] = []
    served: list[ApiResource] = []
    groups: set[str] = set()

    def choose(resources: Resources, origin: str) -> list[str]:
        found.append(find_resource(resources, parts, api_version=arguments.api_version, origin=origin))
        served.extend(resources.resources)
        # Parts of custom resources are classes of the core group where they are like those.
        groups.update(one.group or "core" for one in resources.resources if one.group in ("", found[0][0].group))
        return sorted(groups)

    with stage("reading the API") as reading:
        source = read_api(arguments, choose, reading)
        resource, rest = found[0]
        spec = load(source, sorted(groups))
    with stage(f"looking up {resource}"):
        catalog = build_catalog(spec, served)
        page = page_of(
            catalog,
            find_below(catalog, kind_of(catalog, resource), rest),
            origin=spec.title,
            recursive=arguments.recursive,
            python=arguments.python,
        )
    Printer().page(page)
    return 0
