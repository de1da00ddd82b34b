"""The command `aiokube find`."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from ..api_options import add_api_options, read_api
from ..errors import CodegenError
from .parser import Commands, add_command

if TYPE_CHECKING:
    from aiokube.runtime.discovery.api_resource import ApiResource
    from aiokube.runtime.discovery.catalog import Catalog as Resources

    from ..document.spec import Spec
    from ..explain.terminal import Printer
    from ..finding.hits import Hit, Hits
    from ..finding.index import Index

_LISTED: Final = 12


def add_parser(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(
        commands,
        "find",
        run=run,
        help="find what replaces a method of another client, or a command of kubectl",
        description="Find what replaces a method of kubernetes, kubernetes_asyncio, lightkube or kr8s, or a command of "
        "kubectl; and methods, kinds and fields by their names or words of them. Prints the method, its arguments, the "
        "RBAC rule that it needs, and what is different.",
        examples=(
            ("aiokube find list_namespaced_pod", "what replaces a method"),
            ("aiokube find rollout restart deploy", "what a command of kubectl is in Python"),
            ("aiokube find 'client.list(Pod)'", "likewise, for lightkube"),
            ("aiokube find terminationGracePeriodSeconds", "where a field is"),
            ("aiokube find --cluster crontab", "in the API of a cluster, with its custom resources"),
        ),
        exit_codes="Exit codes: 0, 1 if nothing has the name; the error names what is similar.",
    )
    parser.add_argument(
        "name", metavar="NAME", nargs="+", help="a name, or some words of one; in quotes if it has options"
    )
    add_api_options(parser, prefers_cluster=False)


def run(arguments: argparse.Namespace) -> int:
    """Print what is found, and return the exit code."""
    from ..document.load import load
    from ..explain.terminal import Printer
    from ..finding.index import likely_groups
    from .stage import Stages

    stage = Stages(arguments)
    name = " ".join(arguments.name)
    chosen: list[set[str] | None] = []
    served: list[ApiResource] = []

    def choose(resources: Resources, origin: str) -> None:
        chosen.append(likely_groups(resources, name))
        served.extend(resources.resources)

    with stage("reading the API") as reading:
        source = read_api(arguments, choose, reading)
    with stage(f"looking for {name}"):
        spec = load(source, chosen[0])
        hits = _index(spec, served).find(name)
        if not hits.exact and chosen[0] is not None:
            hits = _index(load(source), served).find(name)
    if not hits.exact and not hits.partial:
        raise CodegenError(f"{spec.title} has nothing that is called {name!r}; {_way_out(hits.similar)}")
    printer = Printer()
    _print(hits, printer)
    printer.origin(spec.title)
    return 0


def _index(spec: Spec, resources: Collection[ApiResource]) -> Index:
    from ..finding.index import Index
    from ..methods.counterparts import counterparts
    from ..methods.group_versions import build_group_versions
    from ..models.build import build_models
    from ..reference.build import catalog_of

    models = build_models(spec)
    built = build_group_versions(spec, models)
    return Index(catalog_of(spec, models, built, resources), counterparts(spec, built))


def _way_out(similar: Collection[Hit]) -> str:
    if similar:
        return f"similar: {', '.join(f'{hit.name} ({hit.target})' for hit in similar)}"
    return "alpha and beta versions and custom resources are in the API of a cluster: --cluster, --spec PATH"


def _print(hits: Hits, printer: Printer) -> None:
    from ..finding.answers import answer_of

    found = hits.exact or hits.partial
    is_told = bool(hits.exact) or len(found) == 1
    for hit in found[:is_told]:
        answer = answer_of(hit)
        printer.title(answer.name, answer.client)
        printer.answer(answer.target, answer.text, answer.example, answer.facts)
    if is_told and len(found) > 1:
        printer.heading("MORE")
    _list(found[is_told:], printer)


def _list(hits: tuple[Hit, ...], printer: Printer) -> None:
    printer.table((hit.name, hit.target, hit.client) for hit in hits[:_LISTED])
    if len(hits) > _LISTED:
        printer.line(f"  and {len(hits) - _LISTED} more")
