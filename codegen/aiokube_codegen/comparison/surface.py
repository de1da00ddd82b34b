"""The surface of a package: everything that code can name, with its types, as plain data."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..naming.deprecations import deprecation

_CONSTANT: Final = re.compile(r"default_factory=lambda: ['\"]([^'\"]*)['\"]")
_DEFAULT: Final = re.compile(r"field\(default|(?!field\().")
_MANIFEST: Final = re.compile(r"(?:_\w+\.\w+|Mapping\[str, Any\]) \| UntypedManifest\b")
_INHERITED: Final = {
    "OpenModel": {"extra_fields": "dict[str, Any]"},
    "DynamicObject": {"metadata": "DynamicMetadata", "extra_fields": "dict[str, Any]"},
}
"""Fields that a class has of its base: names and annotations. The constants of a kind are its own."""
_DEPRECATED_ARGUMENT: Final = re.compile(r"^ +(\w+): (Deprecated[.:].*(?:\n {8,}.*)*)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of a method."""

    annotation: str
    default: str
    """Python source; empty where the parameter is required."""
    positional: bool
    deprecated: str = ""
    """The notice, `Deprecated: Use b.`; empty for what is not deprecated. So in all classes below."""

    def declared(self, name: str) -> str:
        """Return it as it is written in a signature."""
        return f"{name}: {self.annotation}{f' = {self.default}' if self.default else ''}"


@dataclass(frozen=True, kw_only=True)
class Method:
    """A method of a resource or a group-version."""

    parameters: Mapping[str, Parameter]
    """In their order, without `self`."""
    returns: str
    overloads: tuple[str, ...] = ()
    """Signatures, as they are written."""
    deprecated: str = ""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """An attribute of a group-version: `kube.core_v1.pods`."""

    kind: str = ""
    """`Pod`; empty where its objects have no class."""
    methods: Mapping[str, Method]
    deprecated: str = ""


@dataclass(frozen=True, kw_only=True)
class GroupVersion:
    """An attribute of the client: `kube.core_v1`."""

    resources: Mapping[str, Resource]
    methods: Mapping[str, Method] = field(default_factory=dict)
    deprecated: str = ""


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of a class."""

    annotation: str
    """With the modules of classes: `list[core_v1.Container]`."""
    required: bool
    """It has no default."""
    deprecated: str = ""


@dataclass(frozen=True, kw_only=True)
class Class:
    """A class of the models."""

    fields: Mapping[str, Field]
    kind: str = ""
    """Kind of the objects; empty for a part of an object."""
    deprecated: str = ""


@dataclass(frozen=True, kw_only=True)
class Surface:
    """A package, as the code that uses it sees it."""

    groups: Mapping[str, GroupVersion]
    """By attribute of the client: `core_v1`."""
    classes: Mapping[str, Class]
    """By module and name: `core_v1.Pod`."""


def method_of(node: ast.FunctionDef | ast.AsyncFunctionDef, docstring: str, overloads: Iterable[str] = ()) -> Method:
    """Return a method by its signature and docstring."""
    notices = {match[1]: deprecation(" ".join(match[2].split())) for match in _DEPRECATED_ARGUMENT.finditer(docstring)}
    return Method(
        parameters={
            argument.arg: Parameter(
                annotation=_source(argument.annotation),
                default=_source(default),
                positional=positional,
                deprecated=notices.get(argument.arg, ""),
            )
            for argument, default, positional in _arguments(node.args)
        },
        returns=_source(node.returns),
        overloads=tuple(overloads),
        # A summary follows the notice in the same paragraph.
        deprecated="Deprecated." if docstring.startswith("Deprecated.") else deprecation(docstring),
    )


def signature_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Return a signature as it is written, without `self`."""
    written = ast.unparse(node.args).removeprefix("self").removeprefix(", ")
    return f"({written}) -> {_source(node.returns)}"


def resource_of(module: str, methods: Mapping[str, Method], docstring: str) -> Resource:
    """Return a resource by its methods and docstring."""
    returned = [methods[name].returns for name in ("get", "create", "replace") if name in methods]
    kinds = (text.rpartition(".")[2] for text in returned if text.startswith(f"{module}."))
    return Resource(kind=next(kinds, ""), methods=methods, deprecated=deprecation(docstring))


def class_of(fields: Iterable[tuple[str, str, str, str]], docstring: str, bases: Collection[str]) -> Class:
    """Return a class.

    Args:
        fields: Name, annotation, default and docstring of each field.
        docstring: That of the class.
        bases: Names of its bases.
    """
    listed = list(fields)
    constants = {name: match[1] for name, _, default, _ in listed if (match := _CONSTANT.search(default))}
    inherited = {
        name: Field(annotation=annotation, required=False)
        for base in bases
        for name, annotation in _INHERITED.get(base, {}).items()
    }
    return Class(
        fields=inherited
        | {
            name: Field(annotation=annotation, required=not _DEFAULT.match(default), deprecated=deprecation(text))
            for name, annotation, default, text in listed
        },
        kind=constants.get("kind", "") if "api_version" in constants else "",
        deprecated=deprecation(docstring),
    )


def _arguments(arguments: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr | None, bool]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [*[None] * (len(positional) - len(arguments.defaults)), *arguments.defaults]
    for argument, default in zip(positional[1:], defaults[1:], strict=True):
        yield argument, default, True
    for argument, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield argument, keyword_default, False


def _source(node: ast.expr | None) -> str:
    # The type of a manifest says no more than the class beside it, and an older package may not have it.
    return "" if node is None else _MANIFEST.sub("Mapping[str, Any]", ast.unparse(node))
