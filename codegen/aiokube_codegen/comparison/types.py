"""Annotations as sets of types."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Final

from ..models.plan import QUANTITY_FIELDS

_SAME_TYPES: Final = {"BytesField": "bytes", "TimeField": "datetime"} | {
    name: read for read, (name, _) in QUANTITY_FIELDS.items()
}
"""Types of fields to code that reads them, by the runtime's names; `Open[X]` is X as well."""
_NAME: Final = re.compile(r"(?<![\w.])[A-Za-z_]\w*\.\w+")


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


@cache
def as_read(annotation: str) -> str:
    """Return an annotation with the types that code reads: `datetime` of `TimeField`, `X` of `Open[X]`."""
    return qualified(ast.parse(annotation, mode="eval").body, "", ()) if annotation else ""


def qualified(annotation: ast.expr, module: str, own: Collection[str]) -> str:
    """Return an annotation as code outside of the module sees it: with the module of each class.

    Args:
        annotation: As it is written in the module; a forward reference is a string.
        module: Name of the module.
        own: The classes of the module.
    """
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.parse(annotation.value, mode="eval").body

    class Qualifier(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            if node.id in own:
                return ast.Attribute(ast.Name(module), node.id)
            return ast.parse(_SAME_TYPES.get(node.id, node.id), mode="eval").body

        def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
            is_open = isinstance(node.value, ast.Name) and node.value.id == "Open"
            return self.visit(node.slice) if is_open else self.generic_visit(node)

    # Modules that share a class read the same annotations.
    return ast.unparse(Qualifier().visit(copy.deepcopy(annotation)))


def _parts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_parts(node.left), *_parts(node.right)]
    return [ast.unparse(node)]
