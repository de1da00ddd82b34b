"""A verb and an operation of the document -> a method, as plain data."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from ..naming.deprecations import mark_deprecated
from ..naming.docstrings import WIDTH, literal
from ..naming.names import attribute_name
from ..render.ir import Import, Method, Signature
from ..verbs.arguments import PARAMETERS, PATH_ARGUMENTS, Argument
from ..verbs.operation import Operation
from ..verbs.verb import HIDES_ARGUMENTS, Verb
from .imports import imports_of

# Columns that a method's docstring is indented by.
_INDENT: Final = 8


def build_method(verb: Verb, operation: Operation, models: Collection[str]) -> Method:
    """Make the method of a verb.

    Args:
        verb: The verb.
        operation: An operation that it applies to.
        models: The model modules, for the imports.
    """
    fields = {**operation.fields, "sent_name": _sent_name(verb, operation, models)}
    arguments = list(_arguments(verb, operation, fields))
    returns = verb.returns.format_map(fields)
    query = ", ".join(f"{literal(one.wire_name)}: {one.name}" for one in arguments if one.wire_name)
    values = ", ".join(f"{literal(one.path_name)}: {one.name}" for one in arguments if one.path_name)
    fields = {**fields, "query": f"{{{query}}}", "path_values": f"{{{values}}}"}
    passed = [source.format_map(fields) for source in verb.passes]
    # Mappings hold nothing but arguments, and keywords nothing but literals.
    types = [source for source in passed if not source.startswith("{") and "=" not in source]
    defaults = [one.default for one in arguments if one.default]
    is_secret = operation.sends_secrets and any("body" in (one.name, one.passed_as) for one in arguments)
    decorator = HIDES_ARGUMENTS if is_secret else verb.decorator
    decorators = [decorator] if decorator else []
    imports = imports_of([returns, *(one.annotation for one in arguments), *defaults, *types, *decorators], models)
    return Method(
        name=verb.name.format_map(fields),
        is_async=verb.is_async,
        signature=_implementation(verb, arguments) if verb.overloads else _signature(arguments, returns),
        overloads=tuple(
            _signature(_overloaded(arguments, overload.annotations, fields), overload.returns.format_map(fields))
            for overload in verb.overloads
        ),
        docstring=_docstring(verb, operation, arguments, fields),
        decorator=decorator,
        calls=verb.calls,
        passed=(
            *(source for source in passed if not source.endswith("=False")),
            *(f"{one.passed_as or one.name}={one.name}" for one in arguments if not (one.wire_name or one.path_name)),
        ),
        imports=imports | {Import("typing", "overload"), Import("typing", "Any")} if verb.overloads else imports,
        requests=operation.calls,
        is_composed=verb.is_composed,
    )


def _arguments(verb: Verb, operation: Operation, fields: Mapping[str, str]) -> Iterator[Argument]:
    """The arguments of a verb for an operation: those that the markers stand for in their places."""
    own = {argument.wire_name for argument in verb.arguments}
    for argument in verb.arguments:
        if argument is PARAMETERS:
            for parameter in operation.parameters:
                if parameter.wire_name not in own and verb.sends(parameter.wire_name):
                    yield replace(parameter, text=verb.meanings.get(parameter.wire_name, parameter.text))
        elif argument is PATH_ARGUMENTS:
            yield from operation.path_arguments
        elif argument.when(operation):
            yield replace(
                argument,
                name=argument.name.format_map(fields),
                annotation=argument.annotation.format_map(fields),
                text=argument.text.format_map(fields),
            )


def _sent_name(verb: Verb, operation: Operation, models: Collection[str]) -> str:
    """The argument for the object that is sent: its kind, unless the method needs the name for something else."""
    if operation.sent is None or not operation.sent.modules or operation.collection:
        return "body"
    name = attribute_name(operation.sent.text.rpartition(".")[2])
    others = (*verb.arguments, *operation.path_arguments, *operation.parameters)
    taken = {argument.name for argument in others if argument.when(operation)}
    return "body" if name in taken.union(models) else name


def _overloaded(
    arguments: Sequence[Argument], annotations: Mapping[str, str], fields: Mapping[str, str]
) -> list[Argument]:
    return [replace(one, annotation=annotations.get(one.name, one.annotation).format_map(fields)) for one in arguments]


def _implementation(verb: Verb, arguments: Sequence[Argument]) -> Signature:
    """The signature below the overloads, which type checkers and editors show in its place."""
    varied = {name for overload in verb.overloads for name in overload.annotations}
    return _signature([replace(one, annotation="Any") if one.name in varied else one for one in arguments], "Any")


def _signature(arguments: Sequence[Argument], returns: str) -> Signature:
    positional = [_declared(argument) for argument in arguments if argument.positional]
    keywords = [_declared(argument) for argument in arguments if not argument.positional]
    return Signature(arguments=("self", *positional, *(["*"] if keywords else []), *keywords), returns=returns)


def _declared(argument: Argument) -> str:
    default = f" = {argument.default}" if argument.default else ""
    return f"{argument.name}: {argument.annotation}{default}"


def _docstring(verb: Verb, operation: Operation, arguments: Sequence[Argument], fields: Mapping[str, str]) -> str:
    # The quotes stand before the first line.
    summary = mark_deprecated(verb.summary.format_map(fields), flagged=operation.deprecated)
    parts = [_wrapped(summary.replace("\n\n", " "), first="   ").lstrip()]
    if not verb.is_composed:
        parts.append("\n".join(operation.calls))
    if arguments:
        parts.append("\n".join(["Args:", *(_item(argument.name, argument.text) for argument in arguments)]))
    if raises := [one for one in verb.raises if one.when(operation)]:
        parts.append("\n".join(["Raises:", *(_item(one.error, f"{one.reason.format_map(fields)}.") for one in raises)]))
    return "\n\n".join(parts)


def _item(name: str, text: str) -> str:
    return _wrapped(f"{name}: {text}", first=" " * 4, rest=" " * 8)


@cache
def _wrapped(text: str, *, first: str, rest: str = "") -> str:
    return textwrap.fill(
        text,
        width=WIDTH - _INDENT,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
