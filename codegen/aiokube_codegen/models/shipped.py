"""The classes that a package shares with the shipped one: those that are defined identically there.

A shared class is imported, so that a library written against `aiokube.models` works with every generated client.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from ..contract import SHIPPED_FOLDER
from .plan import ClassPlan, FieldPlan
from .types import ClassName

_FOLDER: Final = SHIPPED_FOLDER / "models"
_Field = tuple[str, str, str]


def shared_classes(plans: Mapping[ClassName, ClassPlan]) -> frozenset[ClassName]:
    """Return the classes that are the same in the shipped package, and whose fields' classes are, too.

    Descriptions may differ: another patch version of Kubernetes corrects many.

    Args:
        plans: The classes of the package.
    """
    same = {name for name, plan in plans.items() if _is_same(plan, _classes(name.module).get(name.name))}
    # The runtime's classes are everybody's.
    given = {name for name, plan in plans.items() if plan.runtime_name}
    while odd := {name for name in same if not plans[name].classes() <= same | given}:
        same -= odd
    return frozenset(same)


def _is_same(plan: ClassPlan, cls: ast.ClassDef | None) -> bool:
    if plan.runtime_name or cls is None or [_unquoted(base) for base in cls.bases] != list(plan.bases):
        return False
    found = list(_fields(cls))
    return len(found) == len(plan.fields) and all(
        one in _spellings(field) for one, field in zip(found, plan.fields.values(), strict=True)
    )


def _unquoted(base: ast.expr) -> str:
    return ast.unparse(base).replace("'", "")


def _spellings(field: FieldPlan) -> set[_Field]:
    """A field as it may be printed, whatever the order of the classes in its module."""
    return {
        (field.name, _normal(field.annotation(is_forward=later)), _normal(field.default_value(is_forward=later)))
        for later in (False, True)
    }


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    path = _FOLDER / f"{module}.py"
    tree = ast.parse(path.read_text(encoding="utf-8") if path.exists() else "")
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def _fields(cls: ast.ClassDef) -> Iterator[_Field]:
    for node in cls.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, ast.unparse(node.annotation), ast.unparse(node.value) if node.value else ""


def _normal(source: str) -> str:
    return ast.unparse(ast.parse(source, mode="eval")) if source else ""
