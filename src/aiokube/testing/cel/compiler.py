"""The compiler: checks the types of an expression, and makes a function of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

from ..regular.errors import ExpressionError
from .errors import CelError, CelUnsupported, EvaluationError, compile_error
from .functions import FUNCTIONS, Overload, regular_expression
from .syntax import Tree, parse
from .types import BOOL, DOUBLE, DYN, INT, NULL, STRING, TYPE, Type, list_of, matches, optional_of
from .values import Optional, TypeName, equal, field_if_present, field_of, item_of, seen, type_name

Scope = Mapping[str, Any]
Run = Callable[[Scope], Any]

_TYPES = ("bool", "int", "double", "string", "list", "map", "null_type", "type")
_OPERATORS = ("_?_:_", "_&&_", "_||_", "_==_", "_!=_", "_[_]")
_MACROS = {"all": 2, "exists": 2, "exists_one": 2, "filter": 2, "map": 2}


@dataclass(frozen=True)
class Program:
    """An expression that is ready to run."""

    type: Type
    run: Run
    names: frozenset[str]
    """The variables that it uses."""
    problem: str = ""
    """The problem of a regular expression in it that is not checked before; empty if it has none."""


@dataclass(frozen=True)
class _Part:
    """A part of an expression."""

    type: Type
    run: Run


def compile_expression(source: str, variables: Mapping[str, Type]) -> Program:
    """Compile an expression.

    Args:
        source: The expression.
        variables: The types of what it may name.

    Raises:
        CelError: It is wrong.
        CelUnsupported: It uses something that is not known here.
    """
    compiler = _Compiler(source)
    part = compiler.part(parse(source), dict(variables))
    if compiler.invalid:
        raise CelError("\n".join(str(error) for _, error in sorted(compiler.invalid, key=itemgetter(0))))
    return Program(part.type, part.run, frozenset(compiler.names & variables.keys()), "".join(compiler.problems[:1]))


class _Compiler:
    def __init__(self, source: str) -> None:
        self._source = source
        self.names: set[str] = set()
        self.invalid: list[tuple[int, CelError]] = []
        """Wrong arguments of functions, by their places."""
        self.problems: list[str] = []
        """Problems of regular expressions."""

    def part(self, tree: Tree, known: dict[str, Type]) -> _Part:
        """Compile a part."""
        match tree.kind:
            case "literal":
                return self._literal(tree.value)
            case "name":
                return self._name(tree, known)
            case "select":
                return self._select(tree, known)
            case "optional":
                return self._optional(tree, known)
            case "list":
                return self._list(tree, known)
            case "map":
                return self._map(tree, known)
        return self._call(tree, known)

    def _wrong(self, tree: Tree, problem: str) -> CelError:
        return compile_error(self._source, tree.at, problem)

    def _literal(self, value: Any) -> _Part:
        kinds = {bool: BOOL, int: INT, float: DOUBLE, str: STRING}
        return _Part(kinds.get(type(value), NULL), lambda scope: value)

    def _name(self, tree: Tree, known: dict[str, Type]) -> _Part:
        name = tree.value
        if name in known:
            self.names.add(name)
            return _Part(known[name], lambda scope: scope[name])
        if name in _TYPES:
            return _Part(TYPE, lambda scope: TypeName(name))
        raise self._wrong(tree, f"undeclared reference to '{name}' (in container '')")

    def _select(self, tree: Tree, known: dict[str, Type]) -> _Part:
        assert tree.target is not None
        target = self.part(tree.target, known)
        if target.type.kind == "optional":
            return self._optional(tree, known)
        name = target.type.names.get(tree.value, tree.value)
        found = self._type_of_field(tree, target.type)
        return _Part(found, lambda scope: seen(field_of(target.run(scope), name), found))

    def _optional(self, tree: Tree, known: dict[str, Type]) -> _Part:
        assert tree.target is not None
        target = self.part(tree.target, known)
        inner = target.type.parts[0] if target.type.kind == "optional" else target.type
        found = self._type_of_field(tree, inner)
        name = inner.names.get(tree.value, tree.value)

        def run(scope: Scope) -> Optional:
            field = field_if_present(target.run(scope), name)
            return Optional(True, seen(field.value, found)) if field.present else field

        return _Part(optional_of(found), run)

    def _type_of_field(self, tree: Tree, target: Type) -> Type:
        if target.kind == "object":
            if tree.value not in target.fields:
                raise self._wrong(tree, f"undefined field '{tree.value}'")
            return target.fields[tree.value]
        if target.kind == "map":
            return target.parts[1]
        if target.kind == "dyn":
            return DYN
        raise self._wrong(tree, f"type '{target}' does not support field selection")

    def _list(self, tree: Tree, known: dict[str, Type]) -> _Part:
        parts = [self.part(one, known) for one in tree.parts]
        item = self._common([*zip(tree.parts, parts, strict=True)])
        return _Part(list_of(item), lambda scope: [part.run(scope) for part in parts])

    def _map(self, tree: Tree, known: dict[str, Type]) -> _Part:
        keys = [(entry.parts[0], self.part(entry.parts[0], known)) for entry in tree.parts]
        values = [(entry.parts[1], self.part(entry.parts[1], known)) for entry in tree.parts]
        found = Type("map", parts=(self._common(keys), self._common(values)))
        pairs = [(key, value) for (_, key), (_, value) in zip(keys, values, strict=True)]
        return _Part(found, lambda scope: {key.run(scope): value.run(scope) for key, value in pairs})

    def _common(self, parts: list[tuple[Tree, _Part]]) -> Type:
        """Return the type that all items of a literal have."""
        found = parts[0][1].type if parts else DYN
        for tree, part in parts[1:]:
            if not matches(found, part.type, {}):
                raise self._wrong(tree, f"expected type '{found}' but found '{part.type}'")
        return found

    # calls

    def _call(self, tree: Tree, known: dict[str, Type]) -> _Part:
        name = tree.value
        if tree.target is None and name == "has":
            return self._has(tree, known)
        if tree.target is not None and name in _MACROS:
            return self._macro(tree, known)
        if tree.target is not None and tree.target.kind == "name" and tree.target.value not in known:
            # A function with a namespace, such as sets.contains.
            tree = replace(tree, value=f"{tree.target.value}.{name}", target=None)
        parts = [self.part(tree.target, known)] if tree.target is not None else []
        if tree.value not in FUNCTIONS and tree.value not in _OPERATORS:
            raise CelUnsupported(f"the function {tree.value}() in CEL")
        parts += [self.part(one, known) for one in tree.parts]
        match tree.value:
            case "_?_:_":
                return self._condition(tree, parts)
            case "_&&_" | "_||_":
                return self._logic(tree, parts)
            case "_==_" | "_!=_":
                return self._equality(tree, parts)
            case "_[_]":
                return self._index(tree, parts)
        found = self._function(tree, parts)
        if tree.value in ("matches", "find", "findAll"):
            self._check_expressions(tree)
        return found

    def _check_expressions(self, tree: Tree) -> None:
        """Look at the regular expressions that are literals, as kube-apiserver does."""
        first = tree.parts[0]
        if tree.value == "matches" and _expression_problem(first):
            self.invalid.append((first.at, self._wrong(first, "invalid matches argument")))
        pattern = first if tree.target is not None else tree.parts[1]
        if problem := _expression_problem(pattern):
            self.problems.append(problem)

    def _no_overload(self, tree: Tree, parts: list[_Part]) -> CelError:
        shown = [str(part.type) for part in parts]
        types = f"{shown[0]}.({', '.join(shown[1:])})" if tree.target is not None else f"({', '.join(shown)})"
        return self._wrong(tree, f"found no matching overload for '{tree.value}' applied to '{types}'")

    def _function(self, tree: Tree, parts: list[_Part]) -> _Part:
        styles = ("both", "method" if tree.target is not None else "global")
        overloads = [one for one in FUNCTIONS.get(tree.value, ()) if one.style in styles]
        if not overloads:
            raise self._no_overload(tree, parts)
        if any(part.type.kind == "null_type" for part in parts):
            raise CelUnsupported(f"{tree.value} of null in CEL")
        if tree.value == "_+_" and any(part.type.relation for part in parts):
            raise CelUnsupported("the sum of lists that are sets or maps in CEL")
        results: list[tuple[Overload, Type]] = []
        for overload in overloads:
            bound: dict[str, Type] = {}
            if len(overload.arguments) == len(parts) and all(
                matches(wanted, part.type, bound) for wanted, part in zip(overload.arguments, parts, strict=True)
            ):
                results.append((overload, _bound(overload.result, bound)))
        if not results:
            raise self._no_overload(tree, parts)
        kinds = {str(result) for _, result in results}
        return _Part(results[0][1] if len(kinds) == 1 else DYN, _called([one for one, _ in results], parts))

    def _condition(self, tree: Tree, parts: list[_Part]) -> _Part:
        condition, first, second = parts
        if not matches(BOOL, condition.type, {}) or not matches(first.type, second.type, {}):
            raise self._no_overload(tree, parts)
        result = second.type if first.type.kind == "dyn" else first.type
        return _Part(result, lambda scope: first.run(scope) if _truth(condition.run(scope)) else second.run(scope))

    def _logic(self, tree: Tree, parts: list[_Part]) -> _Part:
        for one, part in zip(tree.parts, parts, strict=True):
            if not matches(BOOL, part.type, {}):
                raise self._wrong(one, f"expected type 'bool' but found '{part.type}'")
        decisive = tree.value == "_||_"
        runs = [part.run for part in parts]
        return _Part(BOOL, lambda scope: _any_of((lambda run=run: run(scope) for run in runs), decisive))

    def _equality(self, tree: Tree, parts: list[_Part]) -> _Part:
        one, other = parts
        kinds = {one.type.kind, other.type.kind}
        if "null_type" in kinds and not kinds & {"dyn", "optional"}:
            raise CelUnsupported("a comparison with null in CEL")
        if kinds != {"null_type", "optional"} and not matches(one.type, other.type, {}):
            raise self._no_overload(tree, parts)
        found = other.type if one.type.kind == "dyn" else one.type
        wanted = tree.value == "_==_"
        return _Part(BOOL, lambda scope: equal(one.run(scope), other.run(scope), found) == wanted)

    def _index(self, tree: Tree, parts: list[_Part]) -> _Part:
        target, index = parts
        keys = {"list": INT, "map": target.type.parts[0] if target.type.parts else STRING, "dyn": DYN}
        if target.type.kind not in keys or not matches(keys[target.type.kind], index.type, {}):
            raise self._no_overload(tree, parts)
        found = target.type.parts[-1] if target.type.parts else DYN
        return _Part(found, lambda scope: seen(item_of(target.run(scope), index.run(scope)), found))

    # macros

    def _has(self, tree: Tree, known: dict[str, Type]) -> _Part:
        if len(tree.parts) != 1 or tree.parts[0].kind != "select":
            raise self._wrong(tree, "invalid argument to has() macro")
        selected = tree.parts[0]
        assert selected.target is not None
        target = self.part(selected.target, known)
        self._type_of_field(replace(selected, at=tree.at), target.type)
        name = target.type.names.get(selected.value, selected.value)

        def run(scope: Scope) -> bool:
            value = target.run(scope)
            if not isinstance(value, Mapping):
                raise EvaluationError("no such overload")
            return name in value

        return _Part(BOOL, run)

    def _macro(self, tree: Tree, known: dict[str, Type]) -> _Part:
        assert tree.target is not None
        name = tree.value
        if len(tree.parts) != _MACROS[name] or tree.parts[0].kind != "name":
            raise CelUnsupported(f"{name}() with {len(tree.parts)} arguments in CEL")
        target = self.part(tree.target, known)
        if target.type.kind not in ("list", "map", "dyn"):
            problem = (
                f"expression of type '{target.type}' cannot be range of a comprehension (must be list, map, or dynamic)"
            )
            raise self._wrong(tree.target, problem)
        variable = tree.parts[0].value
        parts = target.type.parts
        item = DYN if not parts else parts[0]
        inner = self.part(tree.parts[1], {**known, variable: item})
        if name != "map" and not matches(BOOL, inner.type, {}):
            raise self._wrong(tree.parts[1], f"expected type 'bool' but found '{inner.type}'")

        def values(scope: Scope) -> list[Any]:
            found = target.run(scope)
            if not isinstance(found, (list, Mapping)):
                raise EvaluationError("no such overload")
            return [seen(one, item) for one in found]

        def each(scope: Scope) -> list[tuple[Any, Callable[[], Any]]]:
            return [
                (value, lambda value=value: inner.run({**scope, variable: value}))  # type: ignore[misc]
                for value in values(scope)
            ]

        match name:
            case "all" | "exists":
                return _Part(BOOL, lambda scope: _any_of((run for _, run in each(scope)), name == "exists"))
            case "exists_one":
                return _Part(BOOL, lambda scope: sum(_truth(run()) for _, run in each(scope)) == 1)
            case "filter":
                return _Part(list_of(item), lambda scope: [value for value, run in each(scope) if _truth(run())])
        return _Part(list_of(inner.type), lambda scope: [run() for _, run in each(scope)])


def _called(overloads: list[Overload], parts: list[_Part]) -> Run:
    if len(overloads) == 1 and not any(part.type.kind == "dyn" for part in parts):
        call = overloads[0].call
        return lambda scope: call(*(part.run(scope) for part in parts))

    def run(scope: Scope) -> Any:
        values = [part.run(scope) for part in parts]
        for overload in overloads:
            if all(_is_of(value, wanted) for value, wanted in zip(values, overload.arguments, strict=True)):
                return overload.call(*values)
        raise EvaluationError("no such overload")

    return run


def _expression_problem(tree: Tree) -> str:
    if tree.kind != "literal" or not isinstance(tree.value, str):
        return ""
    try:
        regular_expression(tree.value)
    except ExpressionError as error:
        return str(error)
    return ""


def _is_of(value: Any, wanted: Type) -> bool:
    names = {"timestamp": "google.protobuf.Timestamp", "duration": "google.protobuf.Duration"}
    return wanted.kind in ("variable", "dyn") or type_name(value) == names.get(wanted.kind, wanted.kind)


def _bound(result: Type, bound: Mapping[str, Type]) -> Type:
    if result.kind == "variable":
        return bound.get(result.name, DYN)
    return replace(result, parts=tuple(_bound(part, bound) for part in result.parts)) if result.parts else result


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise EvaluationError("no such overload")
    return value


def _any_of(runs: Any, decisive: bool) -> bool:
    """Return the decisive value if any has it, whatever fails beside it; else the other."""
    failed: EvaluationError | None = None
    for run in runs:
        try:
            if _truth(run()) == decisive:
                return decisive
        except EvaluationError as error:
            failed = failed or error
    if failed is not None:
        raise failed
    return not decisive
