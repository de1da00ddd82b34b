"""Operations of a document beside the generated methods that make them, and their names in other clients."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..document.path_checks import METHODS
from ..document.spec import GVK, Spec
from ..naming.peers import PeerNames, ServedOperation, peer_names
from ..render.ir import GroupVersion, Method, Resource
from ..verbs.calls import MADE_BY_CLIENT
from .group_versions import GroupVersions
from .paths import Path, parse_path

_CALL: Final = re.compile(r"^ *([A-Z]+) (/\S*|\{path\}\S*|\{all_namespaces_path\}\S*)$", re.MULTILINE)
_Calls = dict[tuple[str, str], list[str]]
"""Methods by HTTP method and path."""


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
    calls = _calls(built)
    parsed = ((parse_path(text), item) for text, item in sorted(spec.paths.items()))
    items = [(path, item) for path, item in parsed if path is not None and not path.is_watch]
    namespaced = {_resource(path) for path, _ in items if path.namespaced}
    kinds = {_resource(path): kind for path, item in items if (kind := _kind(path, item))}
    for path, item in items:
        for http_method in METHODS:
            # What streams is opened by GET alone.
            made = calls.get((http_method.upper(), path.template)) or calls.get(("GET", path.template))
            if made and http_method in item:
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
                    methods=tuple(made),
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


def _calls(built: GroupVersions) -> _Calls:
    found: _Calls = defaultdict(list)
    found.update({("GET", path): [name] for path, name in MADE_BY_CLIENT.items()})
    for group in (*built.groups, built.discovery):
        for name, http_method, path in _calls_of(group):
            if name not in found[http_method, path]:
                found[http_method, path].append(name)
    return found


def _calls_of(group: GroupVersion) -> Iterator[tuple[str, str, str]]:
    for resource in group.resources:
        for method in resource.methods:
            for http_method, path in _made_by(method, resource):
                yield f"{group.name}.{resource.name}.{method.name}", http_method, path
    for method in group.methods:
        for http_method, path in _made_by(method):
            yield f"{group.name}.{method.name}", http_method, path


def _made_by(method: Method, resource: Resource | None = None) -> Iterator[tuple[str, str]]:
    stated = resource.stated if resource else {}
    for http_method, path in _CALL.findall(method.docstring):
        for name in ("path", "all_namespaces_path"):
            path = path.replace(f"{{{name}}}", str(ast.literal_eval(stated[name]))) if name in stated else path
        yield http_method, path
