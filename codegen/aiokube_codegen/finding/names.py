"""All names that lead somewhere, but for fields: of operations in other clients, commands, kinds, types and methods."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from ..methods.counterparts import Counterpart
from ..naming.kubectl_commands import KUBECTL
from ..reference.catalog import Catalog, Kind, Method
from .hits import Hit, names_of
from .words import OTHERS

OFFICIAL: Final = "kubernetes, kubernetes_asyncio"


def names_in(catalog: Catalog, kinds: Sequence[Kind], counterparts: Iterable[Counterpart]) -> Mapping[str, list[Hit]]:
    """Return hits by names, in small letters.

    Args:
        catalog: The API.
        kinds: Its kinds, the best known first.
        counterparts: Its operations in other clients.
    """
    found: defaultdict[str, list[Hit]] = defaultdict(list)
    methods = dict(_methods(catalog, kinds))
    for hit, names in (
        *_operations(kinds, methods, counterparts),
        *_commands(kinds),
        *_kinds(kinds),
        *_types(catalog),
        *_own_methods(methods),
    ):
        for name in dict.fromkeys(one.lower() for one in names):
            found[name].append(hit)
    return found


def call_key(text: str) -> str:
    """Return a call with its first argument alone: `client.list(pod` of `client.list(Pod, namespace="a")`."""
    name, _, arguments = text.removeprefix("await ").partition("(")
    first = re.match(r"[\"'\s]*([\w.]+)", arguments)
    return f"{name}({first[1]}".lower() if first else name.strip().lower()


_Methods = Mapping[str, tuple[Kind | None, Method]]
_Named = Iterator[tuple[Hit, Sequence[str]]]


def _methods(catalog: Catalog, kinds: Iterable[Kind]) -> Iterator[tuple[str, tuple[Kind | None, Method]]]:
    for kind in kinds:
        yield from ((method.call, (kind, method)) for method in kind.methods)
    for group in catalog.groups:
        for version in group.versions:
            yield from ((method.call, (None, method)) for method in version.methods)
    yield from ((method.call, (None, method)) for method in catalog.methods)


def _operations(kinds: Iterable[Kind], methods: _Methods, counterparts: Iterable[Counterpart]) -> _Named:
    places = {kind.attribute: place for place, kind in enumerate(kinds)}
    for one in sorted(counterparts, key=lambda one: places.get(one.methods[0].rpartition(".")[0], 0)):
        found = [methods[f"kube.{name}"] for name in one.methods if f"kube.{name}" in methods]
        peers = {OFFICIAL: one.peers.official, "lightkube": one.peers.lightkube, "kr8s": one.peers.kr8s}
        for client, name in peers.items():
            if name:
                hit = Hit(
                    name=name,
                    client=client,
                    kind=found[0][0] if found else None,
                    methods=tuple(method for _, method in found),
                    text="" if found else f"await kube.{one.methods[0]}()",
                )
                yield hit, _spellings(client, name)


def _spellings(client: str, name: str) -> list[str]:
    """The spellings that an operation is found by."""
    if client == OFFICIAL:
        return [name, name.rpartition(".")[2]]
    plain = name.partition("(")[0]
    found = [call_key(name), *([plain] if "." in plain else [])]
    if plain == "kr8s.asyncio.get":
        found += [call_key(name.replace(plain, other)) for other in ("kr8s.get", "api.get")]
    return found


def _commands(kinds: Iterable[Kind]) -> _Named:
    for command, names in KUBECTL.items():
        for kind in kinds:
            found = {method.name: method for method in kind.methods}
            if names[0] in found:
                methods = tuple(found[name] for name in names if name in found)
                yield Hit(name=f"kubectl {command}", client="kubectl", kind=kind, methods=methods), [command]
    for client, entries in OTHERS.items():
        for name, text, note in entries:
            # Verbs of objects, such as `pod.label`, are verbs of kubectl and of aiokube, too.
            alias = name.rpartition(".")[2] if client == OFFICIAL or name.count(".") > 1 else name
            yield Hit(name=name, client=client, text=text, note=note), [name, alias]


def _kinds(kinds: Iterable[Kind]) -> _Named:
    for kind in kinds:
        attribute = kind.attribute.rpartition(".")[2]
        # The official client has `V1Pod`.
        names = (f"{kind.plural}.{kind.group}", kind.python, kind.attribute, attribute, f"{kind.version}{kind.name}")
        yield Hit(name=kind.name, client="the API", kind=kind), [*names_of(kind), *names]


def _types(catalog: Catalog) -> _Named:
    for type in catalog.types.values():
        if type.is_definition and type.python and type.key not in catalog.kind_of_type:
            version = type.key.split(".")[-2]
            hit = Hit(name=type.name, client="the API", text=f"aiokube.models.{type.python}", note=type.description)
            yield hit, [type.name, f"{version}{type.name}", type.python]


def _own_methods(methods: _Methods) -> _Named:
    for call, (kind, method) in methods.items():
        name = call.removeprefix("kube.")
        names = [name, name.partition(".")[2], method.name, *([f"{kind.plural}.{method.name}"] if kind else [])]
        yield Hit(name=name, client="aiokube", kind=kind, methods=(method,)), names
