"""The methods that custom resources share: the server offers the same for each of them.

They are printed once, in terms of the classes and paths that each resource states, instead of once for every resource.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..contract import RUNTIME
from ..models.types import TypeRef
from ..naming.docstrings import literal
from ..render.ir import TYPE_VARIABLES, Import, Method, SharedMethods, Signature
from ..verbs.operation import CALL, Operation

_OBJECT, _LIST = (
    TypeRef(text=name, modules=frozenset({RUNTIME}), manifest="ManifestT | UntypedManifest")
    for name in TYPE_VARIABLES[:2]
)
_ATTRIBUTES: Final = {_OBJECT.text: "self.object_type", _LIST.text: "self.list_type"}
_SUBRESOURCES: Final = {"status": "Status", "scale": "Scale"}
"""The subresources that custom resources may have."""


def is_shared(operation: Operation) -> bool:
    """True for an operation that every custom resource has, or those with a status or a scale."""
    return operation.action != CALL and operation.subresource in ("", *_SUBRESOURCES) and operation.has_typed_item


def in_general(operation: Operation, collection: str) -> Operation:
    """Return an operation in terms of what each resource states.

    Args:
        operation: Operation of a custom resource.
        collection: Path of the resource's collection.
    """

    # On the path of one object, and on that of its scale, what GET returns is no list.
    lists = {operation.list_type.text: _LIST} if operation.action == "list" else {}

    def general(type: TypeRef) -> TypeRef:
        return {**lists, operation.item.text: _OBJECT}.get(type.text, type)

    return replace(
        operation,
        kind="object",
        collection=collection,
        item=_OBJECT,
        list_type=_LIST,
        response=general(operation.response),
        sent=general(operation.sent) if operation.sent else None,
        sent_kind=("", ""),
    )


def generalized(method: Method) -> Method:
    """Return a method of an operation in general, which passes on the classes that the resource states."""
    return replace(method, passed=tuple(_ATTRIBUTES.get(source, source) for source in method.passed))


def of_resource(method: Method, paths: Mapping[str, str], item: str, list_type: str, manifest: str) -> Method:
    """Return a shared method as it is for a resource.

    Args:
        method: The method.
        paths: The paths that the resource states, by attribute.
        item: Class of the resource's objects.
        list_type: Class of its lists.
        manifest: Type of its manifests.
    """
    classes: dict[str, str] = dict(zip(TYPE_VARIABLES, (item, list_type, manifest), strict=True))

    def specific(source: str) -> str:
        return re.sub(r"\b\w+\b", lambda word: classes.get(word[0], word[0]), source)

    def specific_signature(signature: Signature) -> Signature:
        return Signature(arguments=tuple(map(specific, signature.arguments)), returns=specific(signature.returns))

    return replace(
        method,
        signature=specific_signature(method.signature),
        overloads=tuple(map(specific_signature, method.overloads)),
        requests=tuple(_stated(request, paths) for request in method.requests),
    )


@dataclass(frozen=True, kw_only=True)
class _Key:
    namespaced: bool
    subresources: tuple[str, ...]
    methods: tuple[Method, ...]


class SharedClasses:
    """The classes of shared methods of a package: one for all resources that have the same."""

    def __init__(self) -> None:
        self._classes: dict[_Key, SharedMethods] = {}

    def class_of(self, operations: Sequence[Operation], methods: tuple[Method, ...]) -> SharedMethods:
        """Return the class of some methods.

        Args:
            operations: The operations of the resource that are shared.
            methods: Their methods, in general.
        """
        have = {operation.subresource for operation in operations}
        key = _Key(
            namespaced=any(operation.namespaced for operation in operations),
            subresources=tuple(name for name in _SUBRESOURCES if name in have),
            methods=methods,
        )
        if key not in self._classes:
            self._classes[key] = _made(key, {shared.name for shared in self._classes.values()})
        return self._classes[key]

    def all(self) -> tuple[SharedMethods, ...]:
        """Return all classes, by name."""
        return tuple(sorted(self._classes.values(), key=lambda shared: shared.name))


def _made(key: _Key, taken: Collection[str]) -> SharedMethods:
    scope = "Namespaced" if key.namespaced else "Cluster"
    extras = [_SUBRESOURCES[name] for name in key.subresources]
    name = base = f"{scope}CustomResource{'With' if extras else ''}{'And'.join(extras)}"
    number = 2
    while name in taken:
        name = f"{base}{number}"
        number += 1
    told = f"{'namespaced' if key.namespaced else 'cluster-scoped'} custom resources"
    if extras:
        told += f" with a {' and a '.join(key.subresources)}"
    return SharedMethods(
        name=name,
        docstring=f"Methods of {told}. In HTTP calls, `path` is that of the resource.",
        methods=key.methods,
        imports=_imports(key.methods),
    )


def _imports(methods: Iterable[Method]) -> tuple[Import, ...]:
    own = {Import(RUNTIME, name) for name in ("CustomResource", *TYPE_VARIABLES)} | {Import("typing", "Generic")}
    return tuple(sorted(own.union(*(method.imports for method in methods))))


def stated(operations: Sequence[Operation], collection: str) -> Mapping[str, str]:
    """Return what a resource states for its shared methods, as Python source by attribute."""
    paths = {attribute: literal(path) for attribute, path in paths_of(operations, collection).items()}
    return {**paths, "object_type": operations[0].item.text, "list_type": list_type_of(operations)}


def paths_of(operations: Sequence[Operation], collection: str) -> Mapping[str, str]:
    """Return the paths that a resource states for its shared methods, by attribute."""
    across = next((one.all_namespaces_path for one in operations if one.all_namespaces_path), None)
    return {"path": collection, **({"all_namespaces_path": across} if across else {})}


def _stated(request: str, paths: Mapping[str, str]) -> str:
    """Return an HTTP call of a shared method with the path that a resource states."""
    for attribute, path in paths.items():
        request = request.replace(f"{{{attribute}}}", path)
    return request


def list_type_of(operations: Sequence[Operation]) -> str:
    """Return the class of a resource's lists, or that of any object where it is never listed."""
    return next((one.list_type.text for one in operations if one.action == "list"), "Model")
