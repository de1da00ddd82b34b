"""The command `aiokube reference`."""

from __future__ import annotations

import argparse
import signal
import threading
import time
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from ..api_options import add_api_options, read_api
from ..cluster_options import check_found, check_groups
from .parser import Commands, add_command
from .report import print_report

if TYPE_CHECKING:
    from aiokube.runtime.discovery.api_resource import ApiResource
    from aiokube.runtime.discovery.catalog import Catalog as Resources


def add_parser(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(
        commands,
        "reference",
        run=run,
        help="make pages about an API: kinds, fields, methods, with a search",
        description="Make static pages about an API, CRDs included: every kind with its fields, and every operation in "
        "Python, kubectl and curl with the RBAC rule that it needs. They work from a file as from any server, and load "
        "nothing from elsewhere. Only folders that it made are replaced.",
        examples=(
            ("aiokube reference --output reference", "of the cluster that kubectl would use"),
            ("aiokube reference --shipped --output reference --serve", "of Kubernetes itself, and show it"),
            ("aiokube reference --since old.json --output reference", "with what has changed marked"),
        ),
        interrupted="interrupted: no pages were written",
    )  # fmt: skip
    add_api_options(parser)
    parser.add_argument("--output", metavar="DIR", type=Path, required=True, help="folder of the pages")
    parser.add_argument("--groups", metavar="GROUP", nargs="+", help="read these API groups only, such as core apps")
    parser.add_argument(
        "--since",
        metavar="OLD",
        help="mark what differs from another API: a document, a folder of documents, or a generated package",
    )
    parser.add_argument(
        "--serve",
        metavar="PORT",
        type=_port,
        nargs="?",
        const=0,
        help="serve the pages on 127.0.0.1, and open them in the browser, until Ctrl-C; default: a free port",
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 1 << 16):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 1 to 65535, or none for a free port")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Make the pages, and return the exit code."""
    check_groups(arguments.groups)
    from ..comparison.compare import compare
    from ..comparison.planned import planned_surface
    from ..document.load import load
    from ..methods.group_versions import build_group_versions
    from ..models.build import build_models
    from ..reference.build import catalog_of
    from ..reference.marks import Marks
    from ..reference.pages import Pages
    from ..reference.server import serving
    from ..reference.writer import check_output, write_pages
    from .diff import read_surface
    from .stage import Stages

    started = time.monotonic()
    check_output(arguments.output)
    stages = Stages(arguments)
    resources: list[ApiResource] = []

    def choose(found: Resources, _: str) -> list[str] | None:
        resources.extend(found.resources)
        groups: list[str] | None = arguments.groups
        return groups

    with stages("reading the document") as reading:
        spec = load(read_api(arguments, choose, reading), arguments.groups)
    with stages("kinds, fields and methods"):
        models = build_models(spec)
        built = build_group_versions(spec, models)
        check_found(built.groups, spec.origin, arguments.groups)
        catalog = catalog_of(spec, models, built, resources)
    marks = None
    if arguments.since:
        old, before = read_surface(arguments.since, arguments, stages)
        after = planned_surface(models.plans, [*built.groups, built.discovery])
        marks = Marks(old, compare(before, after))
    with stages(f"writing {arguments.output}"):
        size = write_pages(Pages(catalog, marks).files(), arguments.output)
    kinds = sum(1 for _ in catalog.kinds())
    if not arguments.quiet:
        print(
            f"{kinds} kinds, {size / 1e6:.1f} MB in {arguments.output}, {time.monotonic() - started:.1f} s", flush=True
        )
    if arguments.verbose:
        print_report(built.skipped, verbose=True, file=None)
    if arguments.serve is not None:
        # Ctrl-C ends the command well from the moment that it is announced.
        ended = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: ended.set())
        with serving(arguments.output, arguments.serve) as address:
            print(f"{address} (until Ctrl-C)", flush=True)
            webbrowser.open(address)
            # A wait without a limit is not interrupted on every system.
            while not ended.wait(1):
                pass
    return 0
