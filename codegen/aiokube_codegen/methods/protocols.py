"""The protocols that a resource meets, of those that the runtime has for the general verbs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from ..contract import protocol_methods
from ..render.ir import Method

_VERBS: Final = {
    "CanGet": "{item}",
    "CanList": "{item}, {list}",
    "CanCreate": "{item}",
    "CanChange": "{item}",
    "CanApply": "{item}",
    "CanDelete": "{item}",
    "CanDeleteCollection": "{list}",
}
_STATUS: Final = {"CanChangeStatus": "{item}"}
"""The protocols with their parameters; those of namespaced resources end in `Namespaced`."""


def protocols_of(methods: Iterable[Method], *, item: str, list_type: str, namespaced: bool) -> tuple[str, ...]:
    """Return the protocols that a resource with some methods meets, as annotations.

    Args:
        methods: Its methods.
        item: The class of its objects.
        list_type: The class of its lists.
        namespaced: Its objects are in namespaces.
    """
    known = {method.name: method for method in methods}
    types = {"item": item, "list": list_type}
    suffix = "Namespaced" if namespaced else ""
    met = [name for name in (*_VERBS, *_STATUS) if _meets(known, f"{name}{suffix}", types)]
    if met[: len(_VERBS)] == list(_VERBS):
        whole = "NamespacedResource" if namespaced else "ClusterResource"
        return (f"{whole}{'WithStatus' if len(met) > len(_VERBS) else ''}[{item}, {list_type}]",)
    return tuple(f"{name}{suffix}[{({**_VERBS, **_STATUS}[name]).format_map(types)}]" for name in met)


def _meets(known: Mapping[str, Method], protocol: str, types: Mapping[str, str]) -> bool:
    for name, signature in _methods(protocol).items():
        method = known.get(name)
        if method is None:
            return False
        names = {argument.partition(":")[0] for argument in method.signature.arguments}
        wanted = {one.name for one in signature.parameters.values() if one.kind is inspect.Parameter.KEYWORD_ONLY}
        returns = "Any" if method.overloads else _applied(str(signature.return_annotation), types)
        if not wanted <= names or method.signature.returns != returns:
            return False
    return True


@cache
def _methods(protocol: str) -> Mapping[str, inspect.Signature]:
    return protocol_methods(protocol)


def _applied(annotation: str, types: Mapping[str, str]) -> str:
    """Return an annotation of a protocol with classes in the places of its parameters."""
    return re.sub(r"\b(T|L)(?:_co)?\b", lambda match: types["item" if match[1] == "T" else "list"], annotation)
