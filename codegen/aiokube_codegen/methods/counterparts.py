"""Operations of a document beside the generated methods that make them, and their names in other clients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..document.path_checks import METHODS
from ..document.spec import GVK, Spec
from ..naming.peers import PeerNames, ServedOperation, peer_names
from ..render.ir import Method
from ..verbs.calls import MADE_BY_CLIENT
from .group_versions import GroupVersions
from .paths import Path, parse_path


@dataclass(frozen=True, kw_only=True)
class Counterpart:
    """An operation, and what it is called in Python."""

    http_method: str
    """In upper case."""
    path: str
    methods: tuple[str, ...]
    """The generated methods that make it, as attributes of the client, the plain one first: `core_v1.pods.list`."""
    peers: PeerNames


def counterparts(spec: Spec, built: GroupVersions) -> Iterator[Counterpart]:
    """Yield each operation of a document that generated methods make.

    Those of the deprecated paths below `/watch/` have none.

    Args:
        spec: The document.
        built: What its paths became.
    """
    made = _made(built)
    parsed = ((parse_path(text), item) for text, item in sorted(spec.paths.items()))
    items = [(path, item) for path, item in parsed if path is not None and not path.is_watch]
    namespaced = {_resource(path) for path, _ in items if path.namespaced}
    kinds = {_resource(path): kind for path, item in items if (kind := _kind(path, item))}
    for path, item in items:
        for http_method in METHODS:
            # What streams is opened by GET alone.
            methods = made.get(f"{http_method.upper()} {path.template}") or made.get(f"GET {path.template}")
            if methods and http_method in item:
                operation = ServedOperation(
                    operation_id=item[http_method].get("operationId", ""),
                    group=path.group,
                    version=path.version,
                    action=item[http_method].get("x-kubernetes-action", ""),
                    kind=kinds.get(_resource(path), ""),
                    plural=path.plural,
                    subresource=path.subresource,
                    namespaced=_resource(path) in namespaced,
                    all_namespaces=_resource(path) in namespaced and not path.namespaced,
                )
                yield Counterpart(
                    http_method=http_method.upper(),
                    path=path.template,
                    methods=tuple(methods),
                    peers=peer_names(operation),
                )


def _resource(path: Path) -> tuple[str | None, str | None, str]:
    return path.group, path.version, path.plural


def _kind(path: Path, item: Mapping[str, Any]) -> str:
    """The kind of the resource of a path; empty for a path of a subresource, or of none."""
    if not path.plural or path.subresource:
        return ""
    kinds = (operation.get(GVK, {}).get("kind", "") for name, operation in item.items() if name in METHODS)
    return next(filter(None, kinds), "")


def _made(built: GroupVersions) -> Mapping[str, list[str]]:
    """Return the methods that make each HTTP call."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    found.update({f"GET {path}": [name] for path, name in MADE_BY_CLIENT.items()})
    for group in (*built.groups, built.discovery):
        for resource in group.resources:
            _add(found, f"{group.name}.{resource.name}", resource.methods)
        _add(found, group.name, group.methods)
    return found


def _add(found: defaultdict[str, list[str]], owner: str, methods: Iterable[Method]) -> None:
    for method in methods:
        for request in () if method.is_composed else method.requests:
            found[request].append(f"{owner}.{method.name}")
