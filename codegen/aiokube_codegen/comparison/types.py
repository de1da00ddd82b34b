"""Annotations as sets of types."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*\.\w+")


def alternatives(annotation: str) -> frozenset[str]:
    """Return the types of a union: `int`, `None` of `int | None`."""
    return frozenset(_parts(ast.parse(annotation, mode="eval").body))


def covers(wide: str, narrow: str) -> bool:
    """True if a union has every type of another."""
    return alternatives(narrow) <= alternatives(wide)


def without_none(annotation: str) -> frozenset[str]:
    """Return the types of a union that are values: not `None`, and not the marker of an absent field."""
    return alternatives(annotation) - {"None", "UnsetType"}


def named_classes(annotation: str) -> list[str]:
    """Return the classes of models that an annotation names: `core_v1.Pod` of `list[core_v1.Pod]`."""
    return _NAME.findall(annotation)


def renamed(annotation: str, names: Mapping[str, str]) -> str:
    """Return an annotation with other names of classes."""
    return _NAME.sub(lambda match: names.get(match[0], match[0]), annotation)


def _parts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_parts(node.left), *_parts(node.right)]
    return [ast.unparse(node)]
