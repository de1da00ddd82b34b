"""Generated modules as an importable package, for as long as a test needs it."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType


@contextmanager
def imported(modules: Mapping[str, str], directory: Path, name: str) -> Iterator[dict[str, ModuleType]]:
    """Write modules below a directory as a package and import each.

    Args:
        modules: sources by module name.
        directory: where to write the package.
        name: the package's name, one that nothing else has.
    """
    package = directory / name
    package.mkdir()
    (package / "__init__.py").write_text("")
    for module, source in modules.items():
        (package / f"{module}.py").write_text(source, encoding="utf-8")
    sys.path.insert(0, str(directory))
    try:
        yield {module: importlib.import_module(f"{name}.{module}") for module in modules}
    finally:
        sys.path.remove(str(directory))
        for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0] == name]:
            del sys.modules[loaded]


def class_annotations(source: str) -> dict[str, dict[str, str]]:
    """The annotations of all classes in a module, as written but for the quotes of forward references."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            fields = [item for item in node.body if isinstance(item, ast.AnnAssign)]
            found[node.name] = {
                item.target.id: item.annotation.value
                if isinstance(item.annotation, ast.Constant) and isinstance(item.annotation.value, str)
                else ast.unparse(item.annotation)
                for item in fields
                if isinstance(item.target, ast.Name)
            }
    return found


def class_docstring(source: str, name: str) -> str:
    """The docstring of a class in a module."""
    (node,) = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == name]
    return ast.get_docstring(node) or ""


def field_docstring(source: str, cls: str, name: str) -> str:
    """The docstring below a field; empty when it has none."""
    (node,) = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == cls]
    for item, following in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and item.target.id == name:
            if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
                return str(following.value.value)
            return ""
    raise AssertionError(f"{cls} has no field {name}")
