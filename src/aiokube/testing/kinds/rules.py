"""Rules of custom resources in CEL (`x-kubernetes-validations`): compiled with a definition, evaluated on writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import msgspec

from ..api.resources import Resource
from ..call import Call
from ..cel.compiler import Program, compile_expression
from ..cel.errors import CelError, CelUnsupported, EvaluationError
from ..cel.types import Type, optional_of, type_of_schema
from ..cel.values import Optional
from ..failures import Cause, not_implemented, quoted
from ..schema.node import Node
from ..store import Object

_RULES = "x-kubernetes-validations"
_UNCHECKED = (
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete "
    "validation"
)
# The failures after which no rules are evaluated.
_BLOCKING = frozenset(
    {
        "FieldValueNotSupported",
        "FieldValueRequired",
        "FieldValueTooLong",
        "FieldValueTooMany",
        "FieldValueTypeInvalid",
    }
)
_PATH = re.compile(r"(?:\.[^.\[\]']+)+")
_NEW_LINE = re.compile(r"[\n\r]")
_REASONS = ("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")
_UNTYPED = (
    "internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert "
    "structural schema to CEL declarations"
)


class _Use(NamedTuple):
    """The purpose of an expression."""

    kind: str
    wanted: str
    """The problem of another type."""
    name: str
    """Its name in messages about its compilation."""


_OF_RULE = _Use("bool", "cel expression must evaluate to a bool", "")
_OF_MESSAGE = _Use("string", "messageExpression must evaluate to a string", "messageExpression ")


@dataclass(frozen=True)
class _Rule:
    source: Mapping[str, Any]
    program: Program
    message: Program | None

    @property
    def is_optional(self) -> bool:
        """True if it is evaluated without an old value, too."""
        return bool(self.source.get("optionalOldSelf"))

    @property
    def uses_old(self) -> bool:
        return "oldSelf" in self.program.names


@dataclass(frozen=True)
class _Checks:
    """The rules of a schema, and of what is below it."""

    schema: Mapping[str, Any]
    rules: tuple[_Rule, ...] = ()
    fields: Mapping[str, _Checks] = field(default_factory=dict)
    values: _Checks | None = None
    items: _Checks | None = None


def rule_problems(schema: Mapping[str, Any], where: str) -> list[Cause]:
    """Return what is wrong with the rules of the schema of a definition.

    Args:
        schema: The schema of a version.
        where: Its path.

    Raises:
        Failure: A rule uses something that is not known here.
    """
    compilation = _Compilation()
    try:
        compilation.checks(schema, where, root=True)
    except CelUnsupported as error:
        raise not_implemented(f"{error} (x-kubernetes-validations)") from None
    return compilation.problems


_known: WeakKeyDictionary[Node, list[_Checks | None]] = WeakKeyDictionary()


def rule_causes(call: Call, node: Node, obj: Object, old: Object | None, causes: list[Cause]) -> list[Cause]:
    """Return the rules that a custom resource does not follow.

    Args:
        call: The request; what was wrong before becomes a warning of it.
        node: The schema.
        obj: The new state.
        old: The present state; None for an object that is created.
        causes: What else is wrong.

    Raises:
        Failure: A rule uses something that is not known here.
    """
    if node not in _known:
        _known[node] = [_Compilation().checks(node.raw, "", root=True)]
    checks = _known[node][0]
    if checks is None:
        return []
    if any(cause.reason in _BLOCKING for cause in causes):
        return [Cause("FieldValueInvalid", f"Invalid value: null: {_UNCHECKED}", "<nil>")]
    evaluation = _Evaluation(call)
    before = None if old is None else _with_kind(call.resource, old)
    try:
        evaluation.check(checks, "", _with_kind(call.resource, obj), before, same=False)
    except CelUnsupported as error:
        raise not_implemented(f"{error} (x-kubernetes-validations)") from None
    return evaluation.causes


def _with_kind(resource: Resource, obj: Object) -> Object:
    return {"apiVersion": resource.api_version, "kind": resource.kind, **obj}


# compilation


class _Compilation:
    """The compilation of all rules of a schema."""

    def __init__(self) -> None:
        self.problems: list[Cause] = []

    def checks(self, schema: Mapping[str, Any], where: str, *, root: bool, apart: str = "") -> _Checks | None:
        """Return the rules of a schema; None if there are none.

        Args:
            schema: The schema.
            where: Its path.
            root: It is that of a resource.
            apart: Path of the list in which old items are not found again; empty outside of one.

        Raises:
            CelUnsupported: A rule uses something that is not known here.
        """
        for name in ("allOf", "anyOf", "oneOf", "not"):
            if _mentions(schema.get(name)):
                raise CelUnsupported(f"rules below {name}")
        fields = {
            name: found
            for name, one in (schema.get("properties") or {}).items()
            if (found := self._below(one, f"{where}.properties[{name}]", apart)) is not None
        }
        values = self._below(schema.get("additionalProperties"), f"{where}.additionalProperties", apart)
        is_map = schema.get("x-kubernetes-list-type") == "map"
        items = self._below(schema.get("items"), f"{where}.items", apart or ("" if is_map else where))
        places = [f"{where}.{_RULES}[{index}]" for index in range(len(schema.get(_RULES) or ()))]
        # As in kube-apiserver, those of what is below are wrong first.
        found_rules = [self._rule(schema, index, place, root, apart) for index, place in enumerate(places)]
        rules = tuple(rule for rule in found_rules if rule is not None)
        return _Checks(schema, rules, fields, values, items) if rules or fields or values or items else None

    def _below(self, schema: Any, where: str, apart: str) -> _Checks | None:
        if not isinstance(schema, Mapping):
            return None
        is_embedded = bool(schema.get("x-kubernetes-embedded-resource"))
        return self.checks(schema, where, root=is_embedded, apart=apart)

    def _rule(self, schema: Mapping[str, Any], index: int, where: str, root: bool, apart: str) -> _Rule | None:
        source = schema[_RULES][index]
        text, message = source.get("rule") or "", source.get("messageExpression") or ""
        if not text.strip():
            cause = Cause("FieldValueRequired", "Required value: rule is not specified", f"{where}.rule")
            self.problems.append(cause)
            return None
        if problems := list(_source_problems(source, schema, where)):
            self.problems += problems
            return None
        found = type_of_schema(schema, root=root)
        if found is None:
            if schema.get("type"):
                raise CelUnsupported("rules of a schema without a type")
            self.problems.append(Cause("InternalError", f"Internal error: {_UNTYPED}", where.rpartition("[")[0]))
            return None
        variables = {"self": found, "oldSelf": optional_of(found) if source.get("optionalOldSelf") else found}
        program = self._compiled(source, text, variables, f"{where}.rule", _OF_RULE)
        shown = None
        if message and program is not None:
            shown = self._compiled(source, message, variables, f"{where}.messageExpression", _OF_MESSAGE)
        uses_old = program is not None and "oldSelf" in program.names
        if uses_old and apart:
            problem = f"oldSelf cannot be used on the uncorrelatable portion of the schema within {apart}"
            self._add(f"{where}.rule", text, problem)
        elif not uses_old and source.get("optionalOldSelf") is not None:
            problem = "may not be set if oldSelf is not used in rule"
            self._add(f"{where}.optionalOldSelf", source["optionalOldSelf"], problem)
        return _Rule(source, program, shown) if program is not None else None

    def _compiled(
        self, source: Mapping[str, Any], text: str, variables: Mapping[str, Type], where: str, use: _Use
    ) -> Program | None:
        try:
            program = compile_expression(text, variables)
        except CelError as error:
            self._add(where, _go_rule(source), f"{use.name}compilation failed: {error}")
            return None
        if program.type.kind != use.kind:
            self._add(where, _go_rule(source), use.wanted)
            return None
        if program.problem:
            step = f"{use.name or 'program '}instantiation failed"
            self._add(where, _go_rule(source), f"{step}: {program.problem}")
            return None
        return program

    def _add(self, where: str, value: Any, problem: str) -> None:
        self.problems.append(Cause("FieldValueInvalid", f"Invalid value: {_shown(value)}: {problem}", where))


def _source_problems(source: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> Iterator[Cause]:
    """Return what is wrong with a rule beside its expressions."""
    rule, message = source["rule"].strip(), source.get("message") or ""
    if message and not message.strip():
        yield _wrong(message, "must be non-empty if specified", f"{where}.message")
    elif _NEW_LINE.search(message.strip()):
        yield _wrong(message, "must not contain line breaks", f"{where}.message")
    elif _NEW_LINE.search(rule) and not message:
        text = "Required value: message must be specified if rule contains line breaks"
        yield Cause("FieldValueRequired", text, f"{where}.message")
    expression = source.get("messageExpression") or ""
    if expression and not expression.strip():
        text = "Required value: messageExpression must be non-empty if specified"
        yield Cause("FieldValueRequired", text, f"{where}.messageExpression")
    reason = source.get("reason")
    if reason is not None and reason not in _REASONS:
        choices = ", ".join(f'"{one}"' for one in _REASONS)
        text = f'Unsupported value: "{reason}": supported values: {choices}'
        yield Cause("FieldValueNotSupported", text, f"{where}.reason")
    if path := source.get("fieldPath"):
        if not path.strip():
            yield _wrong(path, "must be non-empty if specified", f"{where}.fieldPath")
        if _NEW_LINE.search(path):
            yield _wrong(path, "must not contain line breaks", f"{where}.fieldPath")
        if "[" in path:
            raise CelUnsupported(f"the fieldPath {path!r}")
        if field_of(schema, path) is None:
            yield _wrong(path, "must be a valid path", f"{where}.fieldPath")


def field_of(schema: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
    """Return the schema of a field; None if there is no such field.

    Args:
        schema: The schema in which the path begins.
        path: The path: `.spec.color`.
    """
    if not _PATH.fullmatch(path):
        return None
    found: Any = schema
    for name in path[1:].split("."):
        properties, values = found.get("properties"), found.get("additionalProperties")
        found = properties.get(name) if properties is not None else values
        if not isinstance(found, Mapping):
            return None
    return found  # type: ignore[no-any-return]


def _wrong(value: Any, problem: str, where: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {_shown(value)}: {problem}", where)


def _mentions(value: Any) -> bool:
    if isinstance(value, Mapping):
        return _RULES in value or any(map(_mentions, value.values()))
    return isinstance(value, list) and any(map(_mentions, value))


def _go_rule(source: Mapping[str, Any]) -> Object:
    """Return a rule as Go encodes it."""
    names = {"rule": "Rule", "message": "Message", "messageExpression": "MessageExpression", "reason": "Reason"}
    shown: Object = {title: source.get(name, "") for name, title in names.items()}
    shown["Reason"] = source.get("reason")
    return {**shown, "FieldPath": source.get("fieldPath", ""), "OptionalOldSelf": source.get("optionalOldSelf")}


def _shown(value: Any) -> str:
    """Return a value as Go shows it; what is no text is encoded, and no HTML."""
    if isinstance(value, str):
        return quoted(value)
    text = msgspec.json.encode(value).decode()
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


# evaluation


class _Evaluation:
    """One evaluation of all rules of an object."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.causes: list[Cause] = []

    def check(self, checks: _Checks, path: str, value: Any, old: Any, *, same: bool) -> None:
        """Evaluate the rules of a value, and of what is in it.

        Args:
            checks: The rules.
            path: Path of the value.
            value: The value.
            old: The one before; None if there was none.
            same: What the value is part of is the same as before.
        """
        if value is None:
            return
        same = same or (old is not None and value == old)
        for rule in checks.rules:
            if old is not None or not rule.uses_old or rule.is_optional:
                self._evaluate(rule, checks, path, value, old, same)
        if isinstance(value, dict):
            before = old if isinstance(old, dict) else {}
            for name, one in value.items():
                below = checks.fields.get(name)
                if below is not None:
                    self.check(below, f"{path}.{name}" if path else name, one, before.get(name), same=same)
                elif checks.values is not None:
                    self.check(checks.values, f"{path}[{name}]", one, before.get(name), same=same)
        elif isinstance(value, list) and checks.items is not None:
            for index, one in enumerate(value):
                self.check(checks.items, f"{path}[{index}]", one, _found_again(one, old, checks.schema), same=same)

    def _evaluate(self, rule: _Rule, checks: _Checks, path: str, value: Any, old: Any, same: bool) -> None:
        scope = {"self": value, "oldSelf": Optional(old is not None, old) if rule.is_optional else old}
        text = str(rule.source.get("message") or rule.source["rule"]).strip()
        kind = checks.schema.get("type", "")
        try:
            if rule.program.run(scope):
                return
        except EvaluationError as error:
            problem = f'Invalid value: "{kind}": {error} evaluating rule: {text}'
            self.causes.append(Cause("FieldValueInvalid", problem, path or "<nil>"))
            return
        message = _message(rule, scope) or (text if rule.source.get("message") else f"failed rule: {text}")
        where = path + (rule.source.get("fieldPath") or "")
        cause = _failed(rule, message, where.removeprefix(".") or "<nil>", kind, value)
        if same and not rule.uses_old:
            self._call.warnings.append(f"{cause.field}: {cause.message}")
        else:
            self.causes.append(cause)


def _message(rule: _Rule, scope: Mapping[str, Any]) -> str:
    """Return what the expression for the message says; empty if it has failed, or there is none."""
    if rule.message is None:
        return ""
    try:
        text = str(rule.message.run(scope)).strip()
    except EvaluationError:
        return ""
    return "" if "\n" in text else text


def _failed(rule: _Rule, message: str, where: str, kind: str, value: Any) -> Cause:
    reason = rule.source.get("reason") or "FieldValueInvalid"
    shown = "" if kind in ("object", "array") else f" {_shown(value)}:"
    match reason:
        case "FieldValueForbidden":
            text = f"Forbidden: {message}"
        case "FieldValueRequired":
            text = f"Required value: {message}"
        case "FieldValueDuplicate":
            text = f"Duplicate value: {_shown(value)}"
        case _:
            text = f"Invalid value:{shown} {message}"
    return Cause(reason, text, where)


def _found_again(item: Any, old: Any, schema: Mapping[str, Any]) -> Any:
    """Return the item of a list before that has the same keys; None if there is none."""
    if schema.get("x-kubernetes-list-type") != "map" or not isinstance(old, list) or not isinstance(item, dict):
        return None
    keys = schema.get("x-kubernetes-list-map-keys") or ()
    return next((one for one in old if all(one.get(key) == item.get(key) for key in keys)), None)
