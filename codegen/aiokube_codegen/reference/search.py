"""The catalog as an index of the search: scripts that `assets/search.js` reads.

A page from a file may load scripts, and no other file. The first script has kinds, types with pages and methods; the
second has fields: shapes, which are lists of fields, each once and before those that hold it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final, TypeVar

from ..naming.peers import ServedOperation, peer_names
from .addresses import INDEX, SEARCH, Addresses, fragment
from .catalog import Catalog, Kind, NamedType, Operation
from .prominence import distance, distance_of_type, is_built_in
from .text import first_sentence
from .tree import Node, walk
from .visible import visible

_KINDS: Final = f"{SEARCH}/kinds.js"
_FIELDS: Final = f"{SEARCH}/fields.js"
_NOTHING: Final = -1
"""Instead of the place of a group or of a shape."""

_Key = TypeVar("_Key", bound=Hashable)


def search_files(
    catalog: Catalog,
    addresses: Addresses,
    kinds: Mapping[str, Sequence[Node]],
    types: Mapping[str, Sequence[Node]],
) -> Mapping[str, str]:
    """Return the scripts of the index by their paths, relative to the start page.

    Args:
        catalog: The API.
        addresses: Where its pages are.
        kinds: The fields in the pages of kinds, by the keys of kinds.
        types: The fields in the pages of types, by the keys of types.
    """
    ordered = sorted(catalog.kinds(), key=_order)
    named = [catalog.types[key] for key in types]
    shapes = _Shapes(catalog)
    roots = [*map(shapes.of_kind, ordered), *map(shapes.of_type, named)]
    cuts = {
        **{addresses.kind(kind): _cuts(kinds[kind.key], catalog, addresses) for kind in ordered},
        **{addresses.type(key): _cuts(nodes, catalog, addresses) for key, nodes in types.items()},
    }
    fields = {**shapes.data(), "cuts": {page: found for page, found in cuts.items() if found}}
    return {
        _KINDS: _script("addKinds", _kinds(catalog, addresses, ordered, named, roots)),
        _FIELDS: _script("addFields", fields),
    }


def _order(kind: Kind) -> tuple[float, str, int, str, str]:
    # Of one group, what has a shorter name is more often looked for: Workflow before ClusterWorkflowTemplate.
    return distance(kind), kind.group, len(kind.name), kind.name, kind.version


def _script(call: str, data: Mapping[str, Any]) -> str:
    # In ASCII: no character of it ends a line of JavaScript. A browser parses the text of JSON faster than a literal.
    text = json.dumps(data, separators=(",", ":")).replace("\\", "\\\\").replace("'", "\\'")
    return f"aiokubeSearch.{call}(JSON.parse('{text}'));\n"


def _sentence(description: str) -> str:
    return visible(first_sentence(description))


def _number(numbers: dict[_Key, int], value: _Key) -> int:
    """Return the number of a value, the next one if it is new."""
    return numbers.setdefault(value, len(numbers))


def _kinds(
    catalog: Catalog, addresses: Addresses, kinds: Sequence[Kind], types: Sequence[NamedType], roots: Sequence[int]
) -> Mapping[str, Any]:
    versions = [version for group in catalog.groups for version in group.versions]
    places = {(version.group, version.version): place for place, version in enumerate(versions)}
    calls = [*catalog.methods, *(method for version in versions for method in version.methods)]
    methods: dict[str, int] = {}
    sets: dict[tuple[int, ...], int] = {}
    rows: list[list[Any]] = []
    for kind, root in zip(kinds, roots, strict=False):
        numbers = tuple(_number(methods, method.name) for method in kind.methods)
        names = dict.fromkeys((kind.plural, kind.singular, *kind.short_names))
        about = (places[kind.group, kind.version], kind.attribute, _number(sets, numbers), distance(kind))
        rows.append([visible(kind.name), addresses.kind(kind), root, _sentence(kind.description), *about, *names])
    nothing = _number(sets, ())
    for type_, root in zip(types, roots[len(kinds) :], strict=True):
        about = (_NOTHING, "", nothing, distance_of_type(type_.name))
        rows.append([visible(type_.name), addresses.type(type_.key), root, _sentence(type_.description), *about])
    return {
        "groups": [[one.title, f"{INDEX}#{fragment(one.title)}", one.name] for one in versions],
        "kinds": rows,
        "methods": list(methods),
        "sets": list(sets),
        "peers": _peers(kinds, methods),
        "calls": [[method.call, f"{INDEX}#{fragment(method.call)}"] for method in calls],
    }


def _peers(kinds: Sequence[Kind], methods: Mapping[str, int]) -> Sequence[Sequence[Any]]:
    """Return what operations are called in the official client, as lists of a class and its methods: the name, the kind
    and our method by turns."""
    found: dict[str, list[Any]] = {}
    for place, kind in enumerate(kinds):
        # The official client knows no custom resources.
        if not is_built_in(kind.group):
            continue
        ours = _methods_by_operation(kind)
        for operation in kind.operations:
            official = peer_names(_served(kind, operation)).official
            if official and operation.path in ours:
                cls, _, name = official.partition(".")
                method = ours.get(operation.id) or ours[operation.path]
                found.setdefault(cls, [cls]).extend((name, place, methods[method]))
    return list(found.values())


def _methods_by_operation(kind: Kind) -> Mapping[str, str]:
    """Return the methods of a kind by operationIds, and by paths: the official client can connect by POST too. The
    first method of several is the plainest."""
    paths = {operation.id: operation.path for operation in kind.operations}
    found: dict[str, str] = {}
    for method in kind.methods:
        for operation in method.operation_ids:
            found.setdefault(operation, method.name)
            found.setdefault(paths[operation], method.name)
    return found


def _served(kind: Kind, operation: Operation) -> ServedOperation:
    return ServedOperation(
        operation_id=operation.id,
        group=kind.group,
        version=kind.version,
        action=operation.verb,
        kind=kind.name,
        plural=kind.plural,
        subresource=operation.subresource,
        namespaced=kind.namespaced,
        all_namespaces=kind.namespaced and "{namespace}" not in operation.path,
    )


def _cuts(nodes: Sequence[Node], catalog: Catalog, addresses: Addresses) -> Sequence[Sequence[Any]]:
    """Return where the fields are that a page does not show: another page, the name of its type, and the paths that go
    on there."""
    found: dict[str, list[str]] = defaultdict(list)
    for node in walk(list(nodes)):
        if node.rest:
            found[node.rest].append(visible(node.path))
    return [(addresses.type(key), visible(catalog.types[key].name), paths) for key, paths in found.items()]


class _Shapes:
    """Types as lists of their fields: a name, and the shape of its type or -1, by turns. Equal types of one name have
    one shape, but each kind has its own, as its fields are found as those of the kind."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._names: dict[str, int] = {}
        self._shapes: list[Sequence[int]] = []
        self._known: dict[tuple[str, Sequence[int]], int] = {}
        self._numbers: dict[str, int] = {}

    def of_kind(self, kind: Kind) -> int:
        """Return the shape of a kind; -1 if the document does not describe it."""
        type_ = self._catalog.type_of(kind)
        if type_ is None:
            return _NOTHING
        self._shapes.append(self._fields(type_, ()))
        return len(self._shapes) - 1

    def of_type(self, type_: NamedType, above: tuple[str, ...] = ()) -> int:
        """Return the shape of a type; -1 if it has no fields, or is within itself, where its page ends too.

        Args:
            type_: The type.
            above: Keys of the types that it is within.
        """
        if type_.key in above or not type_.fields:
            return _NOTHING
        if type_.key not in self._numbers:
            fields = self._fields(type_, above)
            known = self._known.get((type_.name, fields))
            if known is None:
                known = self._known[type_.name, fields] = len(self._shapes)
                self._shapes.append(fields)
            self._numbers[type_.key] = known
        return self._numbers[type_.key]

    def data(self) -> Mapping[str, Any]:
        """Return all names and shapes."""
        return {"names": list(self._names), "types": self._shapes}

    def _fields(self, type_: NamedType, above: tuple[str, ...]) -> tuple[int, ...]:
        found: list[int] = []
        for field in type_.fields:
            target = self._catalog.types.get(field.type.target)
            # The page of a list leads on to that of its kind.
            if field.name == "items" and field.type.target in self._catalog.kind_of_type:
                target = None
            found.append(_number(self._names, visible(field.name + field.type.suffix)))
            found.append(self.of_type(target, (*above, type_.key)) if target else _NOTHING)
        return tuple(found)
