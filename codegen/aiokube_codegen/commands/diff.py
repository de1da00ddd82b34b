"""The command `aiokube diff`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..cluster_options import add_cluster_options, check_found, check_groups, cluster_options
from ..errors import CodegenError
from .exit_codes import DIFFERENT
from .parser import Commands, add_command

if TYPE_CHECKING:
    from ..comparison.surface import Surface
    from .stage import Stages

CLUSTER: Final = "cluster"
"""The word for the cluster in place of a document."""


def add_parser(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(
        commands,
        "diff",
        run=run,
        help="show what another API changes for code that uses the client",
        description="Show what generating the client again from another API changes for code that uses it: kinds, "
        "methods, parameters and fields, by their Python names.",
        examples=(
            ("aiokube diff src/mycluster", "what an upgrade of the cluster changes for the package"),
            ("aiokube diff old.json new.json --format markdown", "two documents, for a pull request"),
            ("aiokube diff old/ new/ --fail-on breaking", "folders of documents, for a pipeline"),
        ),
        exit_codes=f"Exit codes: 0, 1 for an error, {DIFFERENT} with --fail-on if there are such changes.",
    )
    parser.add_argument(
        "old",
        metavar="OLD",
        help="an OpenAPI document of version 2.0 or 3, a folder of documents of version 3, - for standard input, a "
        f"generated package, or `{CLUSTER}`",
    )
    parser.add_argument("new", metavar="NEW", nargs="?", default=CLUSTER, help=f"likewise (default: `{CLUSTER}`)")
    where = parser.add_argument_group(
        f"the cluster, `{CLUSTER}` as OLD or NEW (default: the one that kubectl would use)"
    )
    add_cluster_options(where)
    parser.add_argument("--groups", metavar="GROUP", nargs="+", help="read these API groups of documents only")
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text", help="default: text")
    parser.add_argument("--fail-on", choices=("breaking",), help=f"exit with {DIFFERENT} if there are such changes")


def run(arguments: argparse.Namespace) -> int:
    """Print the changes, and return the exit code."""
    check_groups(arguments.groups)
    sides = (arguments.old, arguments.new)
    if sides == (CLUSTER, CLUSTER):
        raise CodegenError("OLD and NEW are both the cluster: name a document for one of them")
    if CLUSTER not in sides and any(cluster_options(arguments).values()):
        raise CodegenError(
            "--kubeconfig, --context, --allow-plugin and --no-x509-strict are for a cluster: name it `cluster` as OLD "
            "or NEW, or leave out NEW"
        )
    from ..comparison.compare import compare
    from ..comparison.output import as_json, as_markdown, as_text
    from ..comparison.page import page_of
    from .stage import Stages

    stages = Stages(arguments)
    (old, before), (new, after) = (read_surface(side, arguments, stages) for side in sides)
    changes = compare(before, after)
    if arguments.format == "json":
        sys.stdout.write(as_json(changes, old=old, new=new))
    else:
        page = page_of(changes, old=old, new=new)
        sys.stdout.write(as_text(page) if arguments.format == "text" else as_markdown(page))
    return DIFFERENT if arguments.fail_on and any(change.breaking for change in changes) else 0


def read_surface(side: str, arguments: argparse.Namespace, stage: Stages) -> tuple[str, Surface]:
    """Return what a side is called, and its surface.

    Args:
        side: A document, a folder of documents, a generated package, or `cluster`.
        arguments: The command line, with the options of a cluster and the groups.
        stage: Shows how far it is.

    Raises:
        AiokubeError: The cluster cannot be found or reached, or refuses a request.
        CodegenError: It cannot be read.
    """
    from ..comparison.planned import planned_surface
    from ..comparison.sources import source_surface, source_title
    from ..document.load import load
    from ..document.source import read_source
    from ..fetch import fetch
    from ..methods.group_versions import build_group_versions
    from ..models.build import build_models
    from ..render.writer import read_package

    if (Path(side) / "client.py").exists():
        with stage(f"reading {side}"):
            files = read_package(Path(side))
            return source_title(files, Path(side)), source_surface(files)
    with stage(f"reading {side}") as reading:
        if side == CLUSTER:
            source = asyncio.run(fetch(**cluster_options(arguments), groups=arguments.groups, progress=reading))
        else:
            source = read_source(Path(side))
        spec = load(source, arguments.groups)
    with stage(f"planning the client of {spec.origin}"):
        models = build_models(spec)
        built = build_group_versions(spec, models)
        if not arguments.groups:
            # A group that was asked for may be on one side only.
            check_found(built.groups, spec.origin, None)
        surface = planned_surface(models.plans, [*built.groups, built.discovery])
    return spec.title, surface
