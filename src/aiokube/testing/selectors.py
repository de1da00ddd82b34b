"""Label and field selectors, parsed as kube-apiserver does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .api.resources import Resource
from .failures import Failure, bad_request
from .names import label_value_problem, qualified_name_problem
from .parsing import NotANumber, parse_int
from .store import Object

# Commas between terms, but for those after a backslash.
_TERM = re.compile(r"(?:\\.|[^,\\]|\\$)+", re.DOTALL)
_TOKEN = re.compile(r"\s*(==|!=|=|[(),!<>]|[^\s(),!=<>]+)")

Matches = Callable[[Object], bool]


@dataclass(frozen=True)
class _Requirement:
    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        value = labels.get(self.key)
        match self.operator:
            case "in":
                return value is not None and value in self.values
            case "notin":
                return value is None or value not in self.values
            case "exists":
                return value is not None
            case "!":
                return value is None
        try:
            number = parse_int(value or "")
        except NotANumber:
            return False
        bound = parse_int(self.values[0])
        return number > bound if self.operator == ">" else number < bound


def label_matcher(text: str) -> Matches | None:
    """Parse a label selector; None if it selects everything.

    Raises:
        Failure: It is invalid.
    """
    requirements = _Parser(text).parse()
    if not requirements:
        return None
    return lambda obj: matches_all(requirements, obj["metadata"].get("labels") or {})


def matches_all(requirements: list[_Requirement], labels: Mapping[str, str]) -> bool:
    """Return True if labels meet every requirement."""
    return all(requirement.matches(labels) for requirement in requirements)


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Return True if a LabelSelector of an object selects labels; None and one that is invalid select nothing."""
    if selector is None:
        return False
    requirements = [_Requirement(key, "in", (value,)) for key, value in (selector.get("matchLabels") or {}).items()]
    operators = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}
    for expression in selector.get("matchExpressions") or ():
        operator, values = operators.get(expression.get("operator", "")), tuple(expression.get("values") or ())
        if operator is None:
            return False
        requirements.append(_Requirement(expression.get("key", ""), operator, values))
    return matches_all(requirements, labels)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _TOKEN.findall(text)
        self._at = 0

    def parse(self) -> list[_Requirement]:
        found: list[_Requirement] = []
        while self._at < len(self._tokens):
            found.append(self._requirement())
            if self._at < len(self._tokens):
                following = self._next()
                if following != ",":
                    raise bad_request(f"found '{following}', expected: ',' or 'end of string'")
                if self._at == len(self._tokens):
                    raise bad_request("found '', expected: identifier after ','")
        return found

    def _next(self) -> str:
        token: str = self._tokens[self._at] if self._at < len(self._tokens) else ""
        self._at += 1
        return token

    def _requirement(self) -> _Requirement:
        key = self._next()
        if key == "!":
            if (name := self._next()) == "":
                raise self._failure("found '', expected: identifier")
            return _Requirement(self._key(name), "!")
        key = self._key(key)
        if self._at == len(self._tokens) or self._tokens[self._at] == ",":
            return _Requirement(key, "exists")
        operator = self._next()
        match operator:
            case "=" | "==" | "!=":
                value = "" if self._peek() in ("", ",") else self._next()
                self._check(key, [value])
                return _Requirement(key, "notin" if operator == "!=" else "in", (value,))
            case "in" | "notin":
                values = self._values()
                self._check(key, values)
                return _Requirement(key, operator, tuple(values))
            case "<" | ">":
                value = self._next()
                self._check(key, [value], is_number=True)
                return _Requirement(key, operator, (value,))
        raise self._failure(f"found '{operator}', expected: in, notin, =, ==, !=, gt, lt")

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _key(self, key: str) -> str:
        if key in ("", ",", "(", ")", "=", "==", "!=", "<", ">", "!"):
            raise bad_request(f"found '{key}', expected: !, identifier, or 'end of string'")
        if problem := qualified_name_problem(key):
            raise bad_request(f'unable to parse requirement: <nil>: Invalid value: "{key}": {problem}')
        return key

    def _values(self) -> list[str]:
        if (opening := self._next()) != "(":
            raise self._failure(f"found '{opening}' expected: '('")
        values: list[str] = []
        following = ","
        while following == ",":
            value = self._next()
            if value in ("", "(", "!", "=", "==", "!=", "<", ">"):
                raise self._failure(f"found '{value}', expected: ',', or identifier")
            is_empty = value in (")", ",")
            values.append("" if is_empty else value)
            following = value if is_empty else self._next()
        if following != ")":
            raise self._failure(f"found '{following}', expected: ',' or ')'")
        return sorted(set(values))

    def _check(self, key: str, values: list[str], *, is_number: bool = False) -> None:
        problems: list[str] = []
        if is_number and not _is_number(values[0]):
            text = "for 'Gt', 'Lt' operators, the value must be an integer"
            problems.append(f'values[0]: Invalid value: "{values[0]}": {text}')
        for index, value in enumerate(values):
            if problem := label_value_problem(value):
                problems.append(f'values[{index}][{key}]: Invalid value: "{value}": {problem}')
        if problems:
            text = problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"
            raise self._failure(text)

    def _failure(self, message: str) -> Failure:
        return bad_request(f"unable to parse requirement: {message}")


def _is_number(text: str) -> bool:
    try:
        parse_int(text)
    except NotANumber:
        return False
    return True


# The fields by which kube-apiserver selects objects of a kind, beside their name and namespace; each with the values
# of absent fields.
_FIELDS: dict[str, tuple[str, ...]] = {
    "pods": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    "events": (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
    "secrets": ("type",),
    "services": ("spec.clusterIP", "spec.type"),
    "namespaces": ("status.phase",),
    "nodes": ("spec.unschedulable",),
    "replicasets.apps": ("status.replicas",),
    "replicationcontrollers": ("status.replicas",),
    "jobs.batch": ("status.successful",),
    "certificatesigningrequests.certificates.k8s.io": ("spec.signerName",),
}
_ZERO = {"spec.hostNetwork": "false", "spec.unschedulable": "false", "status.replicas": "0", "status.successful": "0"}


# What the fields are called in another version of a kind.
_RENAMED: dict[str, dict[str, str]] = {
    "events.events.k8s.io": {
        **{
            f"regarding.{name}": f"involvedObject.{name}"
            for name in ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
        },
        "reportingController": "reportingComponent",
        **{name: name for name in ("reason", "type", "metadata.name", "metadata.namespace")},
    },
}


def field_matcher(text: str, resource: Resource, asked: Resource | None = None) -> Matches | None:
    """Parse a field selector; None if it selects everything.

    Args:
        text: Such as `metadata.name=web-0,status.phase!=Running`.
        resource: The resource of the objects.
        asked: The resource in the version of the request; by default, the same.

    Raises:
        Failure: It is invalid, or names another field.
    """
    terms = [_term(part, text) for part in sorted(_TERM.findall(text))]
    # No value of no field selects everything.
    terms = [term for term in terms if term[0] or term[2]]
    if asked is not None and (renamed := _RENAMED.get(asked.collection)) is not None:
        for path, _, _ in terms:
            if path not in renamed:
                raise bad_request(f"field label not supported: {path}")
        terms = [(renamed[path], is_equal, value) for path, is_equal, value in terms]
    known = ("metadata.name", "metadata.namespace", *_FIELDS.get(resource.collection, ()), *resource.selectable)
    for path, _, _ in terms:
        if path not in known:
            raise _unknown_field(resource, path)
    if not terms:
        return None
    return lambda obj: all((field_value(obj, path) == value) == equal for path, equal, value in terms)


def name_of(text: str) -> str:
    """Return the name that a field selector asks for; empty if it does not."""
    for part in text.split(","):
        if part.startswith("metadata.name="):
            return part.removeprefix("metadata.name=").removeprefix("=")
    return ""


def _unknown_field(resource: Resource, path: str) -> Failure:
    if resource.custom or resource.collection in _FIELDS:
        return bad_request(f"field label not supported: {path}")
    return bad_request(f'{json.dumps(path)} is not a known field selector: only "metadata.name", "metadata.namespace"')


def _term(part: str, text: str) -> tuple[str, bool, str]:
    operator = re.search("!=|==|=", part)
    if operator is None:
        raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
    return part[: operator.start()], operator[0] != "!=", _unescaped(part[operator.end() :])


def _unescaped(value: str) -> str:
    """Return the value of a term, in which a backslash is before each comma, equals sign and backslash.

    Raises:
        Failure: It is not.
    """
    found, rest = "", iter(value)
    for character in rest:
        if character == "\\":
            escaped = next(rest, "")
            if escaped not in tuple("\\,="):
                raise bad_request(f"invalid field selector: invalid escape sequence: \\{escaped}")
            character = escaped
        elif character in ",=":
            raise bad_request(f"invalid field selector: unescaped character in value: {ord(character)}")
        found += character
    return found


def field_value(obj: Object, path: str) -> str:
    """Return the value of a field, as selectors compare it."""
    value: Any = obj
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if path == "source":
        value = (value or {}).get("component") or obj.get("reportingComponent")
    if value is None:
        return _ZERO.get(path, "")
    return str(value).lower() if isinstance(value, bool) else str(value)
