"""The surface of a package that exists, read from its files; none of them is imported."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from ..errors import CodegenError
from ..naming.deprecations import deprecation
from .surface import Class, GroupVersion, Method, Surface, class_of, method_of, resource_of, signature_of

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

_SAME_TYPES: Final = {"BytesField": "bytes", "TimeField": "datetime"}
"""What the runtime's names for kinds of fields are to code that reads and writes them."""


def source_surface(files: Mapping[str, str]) -> Surface:
    """Return the surface of a package.

    Args:
        files: Source of each file, by path inside the package.

    Raises:
        CodegenError: A file is not Python.
    """
    groups: dict[str, GroupVersion] = {}
    classes: dict[str, Class] = {}
    for path, text in sorted(files.items()):
        folder, _, name = path.removesuffix(".py").partition("/")
        if name and name != "__init__" and folder == "api":
            groups[name] = _group(name, _parsed(text, path))
        elif name and name != "__init__" and folder == "models":
            classes |= _classes(name.partition("/")[0], _parsed(text, path))
    return Surface(groups=groups, classes=classes)


def _parsed(text: str, path: str) -> ast.Module:
    try:
        return ast.parse(text, path)
    except SyntaxError as error:
        raise CodegenError(f"{path} is not Python: {error.msg} in line {error.lineno}: generate it again") from error


def _group(name: str, module: ast.Module) -> GroupVersion:
    found = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
    group = next((node for node in found.values() if _bases(node) == ["GroupVersion"]), None)
    if group is None:
        return GroupVersion(resources={})
    attributes = {
        statement.target.attr: statement.annotation.id
        for statement in ast.walk(group)
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Attribute)
        and isinstance(statement.annotation, ast.Name)
    }
    return GroupVersion(
        resources={
            attribute: resource_of(name, _methods(found[cls]), ast.get_docstring(found[cls]) or "")
            for attribute, cls in attributes.items()
            if cls in found
        },
        methods=_methods(group),
        deprecated=deprecation(ast.get_docstring(group) or ""),
    )


def _methods(cls: ast.ClassDef) -> dict[str, Method]:
    overloads: defaultdict[str, list[str]] = defaultdict(list)
    methods: dict[str, Method] = {}
    for node in cls.body:
        if not isinstance(node, _Function) or node.name == "__init__":
            continue
        if node.decorator_list:
            overloads[node.name].append(signature_of(node))
        else:
            methods[node.name] = method_of(node, ast.get_docstring(node) or "", overloads[node.name])
    return methods


def _classes(name: str, module: ast.Module) -> dict[str, Class]:
    own = set(_defined(module))
    found = {one: Class(fields={}) for one in own}
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = class_of(_fields(node, name, own), ast.get_docstring(node) or "")
    return {f"{name}.{one}": cls for one, cls in found.items()}


def _defined(module: ast.Module) -> Iterator[str]:
    """The classes of a module, those that it only re-exports included."""
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield from (name.name for name in node.names if name.asname == name.name)
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _fields(cls: ast.ClassDef, module: str, own: set[str]) -> Iterator[tuple[str, str, str, str]]:
    for node, following in zip(cls.body, [*cls.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            default = ast.unparse(node.value) if node.value else ""
            yield node.target.id, _qualified(node.annotation, module, own), default, _text(following)


def _qualified(annotation: ast.expr, module: str, own: set[str]) -> str:
    """The annotation with the module of each class, as other modules write it."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.parse(annotation.value, mode="eval").body

    class Qualifier(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            known = _SAME_TYPES.get(node.id, node.id)
            return ast.Attribute(ast.Name(module), known) if known in own else ast.Name(known)

    return ast.unparse(Qualifier().visit(annotation))


def _text(node: ast.stmt | None) -> str:
    """The docstring below a field; empty if something else follows."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return node.value.value
    return ""


def _bases(cls: ast.ClassDef) -> list[str]:
    return [base.id for base in cls.bases if isinstance(base, ast.Name)]
