"""The surface of a package that is planned: of its class plans and its group-versions, before anything is printed."""

from __future__ import annotations

import ast
import inspect
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from ..models.plan import ClassPlan, FieldPlan
from ..models.types import ClassName
from ..naming.deprecations import deprecation
from ..render import ir
from .surface import Class, GroupVersion, Method, Surface, class_of, method_of, resource_of, signature_of
from .types import qualified


def planned_surface(plans: Mapping[ClassName, ClassPlan], groups: Iterable[ir.GroupVersion]) -> Surface:
    """Return the surface of a package.

    Args:
        plans: Its classes.
        groups: Its group-versions, `discovery` among them.
    """
    own: defaultdict[str, set[str]] = defaultdict(set)
    for name in plans:
        own[name.module].add(name.name)
    return Surface(
        groups={group.name: _group(group) for group in groups},
        classes={str(name): _class(plan, own[name.module]) for name, plan in plans.items()},
    )


def _class(plan: ClassPlan, own: Collection[str]) -> Class:
    def annotation(field: FieldPlan) -> str:
        return qualified(ast.parse(field.type, mode="eval").body, plan.name.module, own)

    fields = plan.fields.values()
    return class_of(
        [(field.name, annotation(field), field.default, _text(field.docstring)) for field in fields],
        _text(plan.docstring),
        plan.bases,
    )


def _group(group: ir.GroupVersion) -> GroupVersion:
    return GroupVersion(
        resources={
            resource.name: resource_of(
                group.name, {method.name: _method(method) for method in resource.methods}, resource.docstring
            )
            for resource in group.resources
        },
        methods={method.name: _method(method) for method in group.methods},
        deprecated=deprecation(group.docstring),
    )


def _method(method: ir.Method) -> Method:
    overloads = [signature_of(_parsed(overload)) for overload in method.overloads]
    return method_of(_parsed(method.signature), method.docstring, overloads)


def _parsed(signature: ir.Signature) -> ast.FunctionDef:
    (node,) = ast.parse(f"def method({', '.join(signature.arguments)}) -> {signature.returns}: ...").body
    assert isinstance(node, ast.FunctionDef)
    return node


def _text(literal: str) -> str:
    """Return the text of a docstring as the template prints it."""
    return inspect.cleandoc(ast.literal_eval(literal)) if literal else ""
