"""The tables of docs/migration/: what each operation of the API is called in other Python clients, and here.

`python -m website.methods` writes them between the markers of their pages; `make generate` runs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from aiokube_codegen.document.load import load
from aiokube_codegen.document.shipped import shipped_source
from aiokube_codegen.finding.notes import RELATED
from aiokube_codegen.methods.counterparts import Counterpart, counterparts
from aiokube_codegen.methods.group_versions import GroupVersions, build_group_versions
from aiokube_codegen.models.build import build_models
from aiokube_codegen.naming.peers import PeerNames
from aiokube_codegen.render.ir import Method

PAGES: Final = Path(__file__).parents[1] / "docs" / "migration"

_TABLE: Final = re.compile(r"(<!-- made by `make generate` -->\n).*?(<!-- end -->\n)", re.DOTALL)

# The resources to show an action with, the best first.
_EXAMPLES: Final = ("core_v1.pods.", "apps_v1.deployments.", "core_v1.nodes.", "core_v1.services.")

_EXAMPLE_CLASS: Final = "CoreV1Api"
"""The class whose name the tables of actions leave out."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """An operation in other clients, and here."""

    peers: PeerNames
    owner: str
    """The resource or group-version whose methods make it, as an attribute of the client: `core_v1.pods`."""
    action: str
    """Its plain method: `list`."""
    call: str
    """A call of that: `kube.core_v1.pods.list(namespace=...)`."""
    others: tuple[str, ...]
    """Names of further methods that make it: `iterate`."""

    @property
    def official_class(self) -> str:
        """The class of the official client."""
        return self.peers.official.partition(".")[0]


def rows() -> list[Row]:
    """Return every operation of the shipped API, sorted by class and resource."""
    spec = load(shipped_source())
    built = build_group_versions(spec, build_models(spec))
    methods = dict(_methods(built))
    found = [_row(one, methods) for one in counterparts(spec, built)]
    return sorted(found, key=lambda row: (row.official_class, row.owner))


def _methods(built: GroupVersions) -> Iterator[tuple[str, Method]]:
    """Yield every method by its name, as an attribute of the client."""
    for group in (*built.groups, built.discovery):
        yield from ((f"{group.name}.{method.name}", method) for method in group.methods)
        for resource in group.resources:
            yield from ((f"{group.name}.{resource.name}.{method.name}", method) for method in resource.methods)


def _row(one: Counterpart, methods: Mapping[str, Method]) -> Row:
    name = one.methods[0]
    owner, _, action = name.rpartition(".")
    composed = [other for other in RELATED.get(action, ()) if f"{owner}.{other}" in methods]
    of_all = one.peers.method.endswith("_for_all_namespaces")
    # The client itself has the method for its version.
    arguments = _arguments(methods[name], of_all=of_all) if name in methods else ()
    return Row(
        peers=one.peers,
        owner=owner,
        action=action,
        call=f"kube.{name}({', '.join(arguments)})",
        others=(*(other.rpartition(".")[2] for other in one.methods[1:]), *composed),
    )


def _arguments(method: Method, *, of_all: bool) -> Iterator[str]:
    """Yield the arguments that a call shows: those by position, and the namespace."""
    names = [one.partition(":")[0] for one in method.signature.arguments[1:]]
    keywords = names.index("*") if "*" in names else len(names)
    yield from names[:keywords]
    if "namespace" in names[keywords:]:
        yield "all_namespaces=True" if of_all else "namespace=..."


def full_table(found: Iterable[Row]) -> str:
    """Return a section for each class of the official client, and in it a table for each resource."""
    parts = []
    for name, members in groupby(found, key=lambda row: row.official_class):
        parts.append(f"## {name}\n")
        for owner, rows_of_owner in groupby(members, key=lambda row: row.owner):
            title = f"### {name}: {owner.rpartition('.')[2].replace('_', ' ')}\n" if "." in owner else ""
            lines = [f"| `{row.peers.method}` | `{row.call}` | {_others(row)} |" for row in rows_of_owner]
            parts += [title, _table("kubernetes, kubernetes_asyncio", lines)]
    return "\n".join(filter(None, parts))


def actions(found: Iterable[Row], client: str, theirs: Callable[[PeerNames], str]) -> str:
    """Return a table with a row for each action, shown with one resource.

    Args:
        found: All operations.
        client: Name of the other client.
        theirs: Gives the call there.
    """
    best: dict[tuple[str, bool], Row] = {}
    for row in sorted(found, key=_preference):
        # A proxy has an operation for each HTTP method, and a stream has two; groups and versions have their calls in
        # common.
        action = row.action if "." in row.owner else row.peers.method
        best.setdefault((action, "all_namespaces" in row.call), row)
    shown = [(theirs(row.peers), row) for row in best.values()]
    return _table(client, [f"| `{call}` | `{row.call}` | {_others(row)} |" for call, row in shown if call])


def _table(client: str, lines: Iterable[str]) -> str:
    return "\n".join([f"| {client} | aiokube | or |", "|---|---|---|", *lines]) + "\n"


def _preference(row: Row) -> int:
    names = (number for number, prefix in enumerate(_EXAMPLES) if f"{row.owner}.".startswith(prefix))
    return next(names, len(_EXAMPLES))


def _others(row: Row) -> str:
    return ", ".join(f"`{name}`" for name in row.others)


def _official(names: PeerNames) -> str:
    return names.official.removeprefix(f"{_EXAMPLE_CLASS}.")


TABLES: Final[Mapping[str, Callable[[list[Row]], str]]] = {
    "methods.md": full_table,
    "kubernetes-asyncio.md": lambda found: actions(found, "kubernetes_asyncio", _official),
    "official-client.md": lambda found: actions(found, "kubernetes", _official),
    "lightkube.md": lambda found: actions(found, "lightkube", lambda names: names.lightkube),
    "kr8s.md": lambda found: actions(found, "kr8s", lambda names: names.kr8s),
}
"""The function that makes the table of each page, from all operations."""


def written(text: str, table: str) -> str:
    """Return the text of a page with another table between its markers."""
    return _TABLE.sub(lambda match: f"{match[1]}\n{table}\n{match[2]}", text)


def main() -> None:
    """Write the tables."""
    found = rows()
    for name, table in TABLES.items():
        page = PAGES / name
        page.write_text(written(page.read_text("utf-8"), table(found)), "utf-8")


if __name__ == "__main__":
    main()
