"""The command `aiokube generate`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..cluster_options import add_cluster_options, check_found, check_groups, cluster_options
from ..errors import CodegenError
from .exit_codes import DIFFERENT
from .parser import Commands, add_command
from .report import print_report, write_report

if TYPE_CHECKING:
    from ..document.spec import Spec
    from ..fetch import Progress

_GC_THRESHOLDS: Final = (100_000, 50, 50)
"""Most of what is allocated is needed to the end: looking for garbage as often as usual takes a sixth of the time."""


def add_parser(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(
        commands,
        "generate",
        run=run,
        help="generate a typed client package from a cluster's API",
        description="Generate a typed client package from the OpenAPI documents that a cluster serves, CRDs included. "
        "Only folders that it created are replaced; on an error, the old package is restored.",
        examples=(
            ("aiokube generate --output src/mycluster", "a client for the cluster that kubectl would use"),
            ("aiokube generate --context admin --groups core apps example.com --output src/mycluster",
             "for another context, and these API groups only"),
            ("aiokube generate --spec openapi.json --output src/mycluster", "from a file, without a cluster"),
            ("aiokube generate --check --output src/mycluster", "tell whether the package is up to date"),
        ),
        exit_codes=f"Exit codes: 0, 1 for an error, {DIFFERENT} with --check if the package differs.",
        interrupted="interrupted: nothing was written",
    )  # fmt: skip
    where = parser.add_argument_group("source of the API (default: the cluster that kubectl would use)")
    add_cluster_options(where)
    where.add_argument(
        "--spec",
        metavar="PATH",
        type=Path,
        help="instead of a cluster, an OpenAPI document of version 2.0 or 3, a folder of documents of version 3, or - "
        "for standard input",
    )
    parser.add_argument("--output", metavar="DIR", type=Path, required=True, help="folder of the package")
    parser.add_argument(
        "--groups", metavar="GROUP", nargs="+", help="generate these API groups only, such as core apps example.com"
    )
    parser.add_argument(
        "--standalone", action="store_true", help="write every class, and import none that aiokube has as well"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write no package: show how the package in DIR differs from what would be written; "
        f"exit with {DIFFERENT} if it does",
    )
    parser.add_argument(
        "--report",
        metavar="FILE",
        type=Path,
        help="write the list of every part that the package lacks to a file; --verbose prints it, and without both the "
        "first ones of each kind are printed",
    )


def run(arguments: argparse.Namespace) -> int:
    """Generate a package, and return the exit code."""
    check_groups(arguments.groups)
    if arguments.spec and any(cluster_options(arguments).values()):
        raise CodegenError(
            "--spec cannot be combined with --kubeconfig, --context, --allow-plugin or --no-x509-strict: it reads a "
            "file instead of asking a cluster"
        )
    from ..methods.group_versions import build_group_versions
    from ..models.build import build_models
    from ..render.render import format_files, render_package
    from ..render.shared import share_api
    from ..render.writer import check_output, read_package, write_package
    from .check import check
    from .stage import Stages

    gc.set_threshold(*_GC_THRESHOLDS)
    stage = Stages(arguments)
    started = time.monotonic()
    check_output(arguments.output)
    if arguments.check:
        read_package(arguments.output)
    with stage("reading the document") as reading:
        spec = _read(arguments, reading)
    version = f" of Kubernetes {spec.version}" if spec.version else ""
    with stage(f"definitions{version} -> dataclasses"):
        models = build_models(spec, standalone=arguments.standalone)
        modules = models.modules
    with stage("paths -> methods"):
        operations = build_group_versions(spec, models)
        check_found(operations.groups, spec.origin, arguments.groups)
        files = render_package(
            operations.groups,
            operations.discovery,
            operations.shared,
            modules,
            models.apply_modules(operations.manifests),
            version=spec.version,
        )
    with stage("formatting"):
        files = format_files(files)
        if not arguments.standalone:
            files = share_api(files, {str(name) for name in models.shared})
    lacking = [*spec.problems, *models.merged, *operations.skipped]
    if arguments.report:
        write_report(lacking, arguments.report)
    if arguments.check:
        return check(files, arguments.output, origin=spec.title)
    with stage(f"writing {arguments.output}"):
        # Writing takes a moment, and must not stop halfway.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        write_package(files, arguments.output)
    if not arguments.quiet:
        described = models.classes - models.nested
        print(
            f"{models.classes} classes ({described} of definitions, {models.nested} of objects inside them), "
            f"{operations.resources} resources, {operations.covered} operations "
            f"in {len(files)} files, {time.monotonic() - started:.1f} s"
        )
        if operations.watch_paths:
            print(
                f"left out: {operations.watch_paths} deprecated /watch/ operations; `watch` of a resource replaces them"
            )
        print_report(lacking, verbose=arguments.verbose, file=arguments.report)
    return 0


def _read(arguments: argparse.Namespace, progress: Progress) -> Spec:
    """Read the API. The documents, which take more memory than all that is made of them, are not kept."""
    from ..document.load import load
    from ..document.source import read_source
    from ..fetch import fetch

    if arguments.spec:
        source = read_source(arguments.spec)
    else:
        source = asyncio.run(fetch(**cluster_options(arguments), groups=arguments.groups, progress=progress))
    return load(source, arguments.groups)
