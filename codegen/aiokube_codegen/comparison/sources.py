"""The surface of a package that exists, read from its files; none of them is imported."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

from ..contract import SHIPPED, SHIPPED_FOLDER
from ..errors import CodegenError
from ..naming.deprecations import deprecation
from ..render.ir import SHARED_MODULE, TYPE_VARIABLES
from .surface import Class, GroupVersion, Method, Surface, class_of, method_of, resource_of, signature_of
from .types import qualified

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

_CUSTOM: Final = f"api/{SHARED_MODULE}.py"

_VERSION: Final = re.compile(r'^KUBERNETES = "([^"]+)"$', re.MULTILINE)

_SHARED: Final = tuple(f"{SHIPPED}.{folder}." for folder in ("api", "models"))
"""Beginnings of the modules of the shipped package, whose classes others may share."""


def source_surface(files: Mapping[str, str]) -> Surface:
    """Return the surface of a package.

    Args:
        files: Source of each file, by path inside the package.

    Raises:
        CodegenError: A file is not Python.
    """
    groups: dict[str, GroupVersion] = {}
    classes: dict[str, Class] = {}
    package = _Package(files)
    shared = package.classes(_CUSTOM)
    for path in sorted(files):
        folder, _, name = path.removesuffix(".py").partition("/")
        if name and name != "__init__" and folder == "api" and path != _CUSTOM:
            groups[name] = _group(name, package.module(path), shared)
        elif name and name != "__init__" and folder == "models":
            classes |= _classes(name.partition("/")[0], package.module(path))
    return Surface(groups=groups, classes=classes)


def source_title(files: Mapping[str, str], output: Path) -> str:
    """Return what a package is called: its folder, with the version of Kubernetes that its API is of."""
    version = _VERSION.search(files.get("client.py", ""))
    return f"{output} (Kubernetes {version[1]})" if version else str(output)


class _Package:
    """The parsed files of a package."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._modules: dict[str, ast.Module] = {}

    def module(self, path: str) -> ast.Module:
        """Return a module, with the classes that it re-exports from another one, or from the shipped package, in place.

        Raises:
            CodegenError: It is not Python.
        """
        if path not in self._modules:
            try:
                self._modules[path] = module = ast.parse(self._files.get(path, ""), path)
            except SyntaxError as error:
                raise CodegenError(
                    f"{path} is not Python: {error.msg} in line {error.lineno}: generate it again"
                ) from error
            for node in module.body:
                if isinstance(node, ast.ImportFrom):
                    found = self._imported(node, path)
                    module.body += [found[name.name] for name in node.names if name.asname == name.name in found]
        return self._modules[path]

    def classes(self, path: str) -> Mapping[str, ast.ClassDef]:
        """Return the classes of a module."""
        return _class_nodes(self.module(path))

    def _imported(self, node: ast.ImportFrom, path: str) -> Mapping[str, ast.ClassDef]:
        """The classes of the module that a statement imports from."""
        if f"{node.module}.".startswith(_SHARED):
            return _shipped_classes(str(node.module))
        if not (node.level and node.module):
            return {}
        home = "/".join((*path.split("/")[: -node.level], *node.module.split(".")))
        return self.classes(next((one for one in (f"{home}.py", f"{home}/__init__.py") if one in self._files), home))


@cache
def _shipped_classes(module: str) -> Mapping[str, ast.ClassDef]:
    path = SHIPPED_FOLDER.parent.joinpath(*module.split(".")).with_suffix(".py")
    return _class_nodes(ast.parse(path.read_text(encoding="utf-8"), path)) if path.exists() else {}


def _class_nodes(module: ast.Module) -> dict[str, ast.ClassDef]:
    return {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}


def _inherited(cls: ast.ClassDef, shared: Mapping[str, ast.ClassDef]) -> dict[str, Method]:
    """The methods that a resource shares with others, with its own classes in their types."""
    for base in cls.bases:
        match base:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Tuple(elts=types)) if name in shared:
                source = ast.unparse(shared[name])
                for variable, type in zip(TYPE_VARIABLES, types, strict=False):
                    written = type.value if isinstance(type, ast.Constant) else ast.unparse(type)
                    source = re.sub(rf"\b{variable}\b", str(written), source)
                return _methods(_class_nodes(ast.parse(source))[name])
    return {}


def _group(name: str, module: ast.Module, shared: Mapping[str, ast.ClassDef]) -> GroupVersion:
    found = _class_nodes(module)
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
            attribute: resource_of(
                name,
                {**_inherited(found[cls], shared), **_methods(found[cls])},
                ast.get_docstring(found[cls]) or "",
            )
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
        if _is_overload(node):
            overloads[node.name].append(signature_of(node))
        else:
            methods[node.name] = method_of(node, ast.get_docstring(node) or "", overloads[node.name])
    return methods


def _is_overload(node: _Function) -> bool:
    return any(isinstance(decorator, ast.Name) and decorator.id == "overload" for decorator in node.decorator_list)


def _classes(name: str, module: ast.Module) -> dict[str, Class]:
    own = set(_defined(module))
    found = {one: Class(fields={}) for one in own}
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = class_of(_fields(node, name, own), ast.get_docstring(node) or "", _bases(node))
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
            yield node.target.id, qualified(node.annotation, module, own), default, _text(following)


def _text(node: ast.stmt | None) -> str:
    """The docstring below a field; empty if something else follows."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return node.value.value
    return ""


def _bases(cls: ast.ClassDef) -> list[str]:
    return [base.id for base in cls.bases if isinstance(base, ast.Name)]
