"""Rules of custom resources in CEL (`x-kubernetes-validations`): compiled with a definition, evaluated on writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from ..api.resources import Resource
from ..call import Call
from ..cel.compiler import Program, compile_expression
from ..cel.errors import CelError, CelUnsupported, EvaluationError
from ..cel.types import Type, type_of_schema
from ..failures import Cause, not_implemented
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
_PATH = re.compile(r"(?:\.[A-Za-z_][A-Za-z0-9_-]*)+")
_REASONS = ("FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate")


class RuleProblem(Exception):
    """A rule that a definition cannot have."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.message)
        self.cause = cause


@dataclass(frozen=True)
class _Rule:
    source: Mapping[str, Any]
    program: Program
    message: Program | None

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


def rule_problems(schema: Mapping[str, Any], where: str) -> Iterator[Cause]:
    """Return what is wrong with the rules of the schema of a definition.

    Args:
        schema: The schema of a version.
        where: Its path.

    Raises:
        Failure: A rule uses something that is not known here.
    """
    try:
        _checks(schema, where, type_of_schema(schema, root=True), "")
    except RuleProblem as problem:
        yield problem.cause
    except CelUnsupported as error:
        raise not_implemented(f"{error} (x-kubernetes-validations)") from None


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
        _known[node] = [_checks(node.raw, "", type_of_schema(node.raw, root=True), "")]
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


def _checks(schema: Mapping[str, Any], where: str, found: Type | None, apart: str) -> _Checks | None:
    """Return the rules of a schema; None if there are none.

    Args:
        schema: The schema.
        where: Its path.
        found: The type of its values.
        apart: Path of the list in which old items are not found again; empty outside of one.
    """
    for name in ("allOf", "anyOf", "oneOf", "not"):
        if _mentions(schema.get(name)):
            raise CelUnsupported(f"rules below {name}")
    rules = tuple(
        _rule(schema, index, f"{where}.{_RULES}[{index}]", found, apart)
        for index in range(len(schema.get(_RULES) or ()))
    )
    fields: dict[str, _Checks] = {}
    for name, one in (schema.get("properties") or {}).items():
        below = _checks(one, f"{where}.properties[{name}]", type_of_schema(one, root=_is_embedded(one)), apart)
        if below is not None:
            fields[name] = below
    values = schema.get("additionalProperties")
    of_values = (
        _checks(values, f"{where}.additionalProperties", type_of_schema(values, root=_is_embedded(values)), apart)
        if isinstance(values, Mapping)
        else None
    )
    of_items = None
    if isinstance(items := schema.get("items"), Mapping):
        is_map = schema.get("x-kubernetes-list-type") == "map"
        below_list = apart or ("" if is_map else where)
        of_items = _checks(items, f"{where}.items", type_of_schema(items, root=_is_embedded(items)), below_list)
    if not (rules or fields or of_values or of_items):
        return None
    return _Checks(schema, rules, fields, of_values, of_items)


def _is_embedded(schema: Mapping[str, Any]) -> bool:
    return bool(schema.get("x-kubernetes-embedded-resource"))


def _mentions(value: Any) -> bool:
    if isinstance(value, Mapping):
        return _RULES in value or any(map(_mentions, value.values()))
    return isinstance(value, list) and any(map(_mentions, value))


def _rule(schema: Mapping[str, Any], index: int, where: str, found: Type | None, apart: str) -> _Rule:
    source = schema[_RULES][index]
    text, message = source.get("rule") or "", source.get("messageExpression") or ""
    if not text.strip():
        raise RuleProblem(Cause("FieldValueRequired", "Required value: rule is not specified", f"{where}.rule"))
    if source.get("optionalOldSelf") is not None:
        raise CelUnsupported("optionalOldSelf")
    if found is None:
        raise CelUnsupported("rules of a schema without a type")
    if (path := source.get("fieldPath")) and not _PATH.fullmatch(path):
        raise CelUnsupported(f"the fieldPath {path!r}")
    variables = {"self": found, "oldSelf": found}
    program = _compiled(source, text, variables, f"{where}.rule", "bool", "compilation failed")
    shown = None
    if message:
        place = f"{where}.messageExpression"
        shown = _compiled(source, message, variables, place, "string", "messageExpression compilation failed")
    if apart and "oldSelf" in program.names:
        problem = f"oldSelf cannot be used on the uncorrelatable portion of the schema within {apart}"
        raise RuleProblem(Cause("FieldValueInvalid", f"Invalid value: {_shown(text)}: {problem}", f"{where}.rule"))
    return _Rule(source, program, shown)


def _compiled(
    source: Mapping[str, Any], text: str, variables: Mapping[str, Type], where: str, wanted: str, failed: str
) -> Program:
    problem = ""
    try:
        program = compile_expression(text, variables)
    except CelError as error:
        problem = f"{failed}: {error}"
    else:
        if program.type.kind == wanted:
            return program
        what = (
            "cel expression must evaluate to a bool"
            if wanted == "bool"
            else "messageExpression must evaluate to a string"
        )
        problem = what
    raise RuleProblem(Cause("FieldValueInvalid", f"Invalid value: {_go_rule(source)}: {problem}", where))


def _go_rule(source: Mapping[str, Any]) -> str:
    """Return a rule as Go shows it."""
    names = {"rule": "Rule", "message": "Message", "messageExpression": "MessageExpression", "reason": "Reason"}
    shown: Object = {title: source.get(name, "") for name, title in names.items()}
    shown["Reason"] = source.get("reason")
    return _shown({**shown, "FieldPath": source.get("fieldPath", ""), "OptionalOldSelf": source.get("optionalOldSelf")})


def _shown(value: Any) -> str:
    """Return a value as Go encodes it, which is no HTML."""
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
            if old is not None or not rule.uses_old:
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
        scope = {"self": value, "oldSelf": old}
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
    reason = rule.source.get("reason") or _REASONS[0]
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
