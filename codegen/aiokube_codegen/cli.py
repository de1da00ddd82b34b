"""The command `aiokube`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from aiokube.runtime.errors import AiokubeError

from .cluster_options import add_cluster_options, cluster_options
from .errors import CodegenError
from .naming.docstrings import printable
from .render.ir import Skipped

_EXTRA = ("datamodel_code_generator", "jinja2", "rich", "ruff")
_INSTALL = "pip install 'aiokube[codegen]'"


def main() -> int:
    """Run the command and return its exit code."""
    arguments = _parser().parse_args()
    received: list[int] = []

    def stop(number: int, _: object) -> NoReturn:
        # An exception cleans up temporary files and children. KeyboardInterrupt will not do: once it has passed through
        # `exec`, as in an import, Python exits by SIGINT even if it is caught.
        received.append(number)
        sys.exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        _generate(arguments)
    except BaseException as error:
        # First: a library may have turned the interruption into an error of its own.
        if received:
            print("interrupted: nothing was written", file=sys.stderr)
            return 128 + received[0]
        if isinstance(error, (AiokubeError, CodegenError)):
            print("error: " + "\n".join(map(printable, str(error).splitlines())), file=sys.stderr)
            return 1
        name = error.name if isinstance(error, ModuleNotFoundError) else None
        if name and name.partition(".")[0] in _EXTRA:
            print(f"error: generating needs {name}, which is not installed: {_INSTALL}", file=sys.stderr)
            return 1
        raise
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aiokube", description="An asyncio client for Kubernetes.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    generate = commands.add_parser(
        "generate",
        help="generate a typed client package from a cluster's API",
        description="Generate a typed client package from the OpenAPI document that a cluster serves, CRDs included.",
    )
    where = generate.add_argument_group("source of the API (default: the cluster that kubectl would use)")
    add_cluster_options(where)
    where.add_argument("--spec", metavar="FILE", type=Path, help="OpenAPI document, instead of a cluster")
    generate.add_argument("--output", metavar="DIR", type=Path, required=True, help="folder of the package")
    generate.add_argument(
        "--groups", metavar="GROUP", nargs="+", help="generate these API groups only, such as core apps example.com"
    )
    generate.add_argument(
        "--standalone",
        action="store_true",
        help="share no class with aiokube itself, even if it is the same there",
    )
    return parser


def _generate(arguments: argparse.Namespace) -> None:
    if "" in (arguments.groups or ()):
        raise CodegenError("--groups: a group name is empty; the group without a name is called `core`")
    if arguments.spec and any(cluster_options(arguments).values()):
        raise CodegenError(
            "--spec cannot be combined with --kubeconfig, --context, --allow-plugin or --no-x509-strict: it reads a "
            "file instead of asking a cluster"
        )
    from .document.source import read_source
    from .document.spec import load_spec
    from .fetch import fetch
    from .methods.group_versions import build_group_versions
    from .models.build import build_models
    from .render.render import format_files, render_package
    from .render.writer import check_output, write_package

    started = time.monotonic()
    check_output(arguments.output)
    with _stage("reading the document"):
        source = read_source(arguments.spec) if arguments.spec else asyncio.run(fetch(**cluster_options(arguments)))
        spec = load_spec(source.data, origin=source.origin)
    version = source.version or spec.version
    with _stage(f"definitions of Kubernetes {version} -> dataclasses"):
        models = build_models(spec, arguments.groups, standalone=arguments.standalone)
    with _stage("paths -> methods"):
        operations = build_group_versions(spec, models, arguments.groups)
        if not operations.groups:
            raise CodegenError(_no_groups(spec.origin, arguments.groups))
        files = render_package(operations.groups, operations.discovery, models.modules, version=version)
    with _stage("formatting"):
        files = format_files(files)
    with _stage(f"writing {arguments.output}"):
        # Writing takes a moment, and must not stop halfway.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        write_package(files, arguments.output)
    print(
        f"{models.classes} classes of {models.classes - models.nested + len(models.scalars)} definitions, "
        f"{operations.resources} resources, {operations.covered} operations "
        f"in {len(files)} files, {time.monotonic() - started:.1f} s"
    )
    if operations.watch_paths:
        print(f"left out: {operations.watch_paths} deprecated /watch/ operations; `watch` of a resource replaces them")
    _report([*(Skipped(what=name, why=why) for name, why in models.skipped.items()), *operations.skipped])


def _report(skipped: Sequence[Skipped]) -> None:
    for why, count in sorted(Counter(one.why for one in skipped).items()):
        print(f"skipped {count}: {printable(why)}")
        for one in skipped:
            if one.why == why:
                print(f"  {printable(one.what)}")


def _no_groups(origin: str, groups: list[str] | None) -> str:
    if groups:
        names = ", ".join(groups)
        return f"{origin} has no API group {names}: use full names, such as `apps` or `rbac.authorization.k8s.io`"
    return f"{origin} has no paths of API groups: it is not the OpenAPI document of a Kubernetes API server"


@contextmanager
def _stage(what: str) -> Iterator[None]:
    """Show the stage on a terminal while it runs, and print how long it took."""
    from rich.console import Console
    from rich.text import Text

    what = printable(what)
    console = Console(stderr=True, highlight=False, markup=False)
    started = time.monotonic()
    # A text, because a string would be read as markup.
    with console.status(Text(f"{what} ...")):
        yield
    console.print(f"{what}: {time.monotonic() - started:.1f} s", soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
