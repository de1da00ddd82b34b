"""The imports of a generated module, derived from the expressions in it."""

from __future__ import annotations

import ast
import builtins
import collections.abc
import contextlib
import datetime
import typing
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import Final

from ..contract import RUNTIME
from ..render.ir import Import

_HOMES: Final = (collections.abc, contextlib, datetime, typing)


def imports_of(sources: Iterable[str], models: Collection[str]) -> frozenset[Import]:
    """The imports that some expressions need.

    Args:
        sources: Python expressions: annotations, defaults, arguments.
        models: The model modules, which are imported from the package's own `models`.
    """
    return frozenset(_import(name, is_module, models) for source in sources for name, is_module in _names(source))


@cache
def _names(source: str) -> frozenset[tuple[str, bool]]:
    """The names in an expression, and whether each is the module that an attribute is taken from."""
    return frozenset(_walk(ast.parse(source, mode="eval")))


def _walk(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    if isinstance(tree, ast.Attribute) and isinstance(tree.value, ast.Name):
        yield tree.value.id, True
        return
    if isinstance(tree, ast.Name) and not hasattr(builtins, tree.id):
        yield tree.id, False
    for child in ast.iter_child_nodes(tree):
        yield from _walk(child)


def _import(name: str, is_module: bool, models: Collection[str]) -> Import:
    if is_module:
        if name in models:
            return Import(module="..models", name=name)
        return Import(module="..apply", name=name[1:], alias=name) if name[1:] in models else Import(module=name)
    home = next((module.__name__ for module in _HOMES if name in module.__all__), RUNTIME)
    return Import(module=home, name=name)
