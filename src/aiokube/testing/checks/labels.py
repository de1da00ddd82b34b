"""Labels, and selectors of labels and nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..failures import Cause
from ..names import label_value_problem, qualified_name_problem
from .causes import forbidden, invalid, required

_HAS_VALUES = "must be specified when `operator` is 'In' or 'NotIn'"
_HAS_NONE = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"


def label_name_causes(name: str, path: str) -> Iterator[Cause]:
    """Return what is wrong with the key of a label."""
    if problem := qualified_name_problem(name):
        for text in problem.split("; "):
            yield invalid(path, name, text)


def labels_causes(labels: Mapping[str, str] | None, path: str) -> Iterator[Cause]:
    """Return what is wrong with labels."""
    for key, value in (labels or {}).items():
        yield from label_name_causes(key, path)
        if problem := label_value_problem(value):
            yield invalid(path, value, problem)


def label_selector_causes(selector: Mapping[str, Any] | None, path: str) -> Iterator[Cause]:
    """Return what is wrong with a LabelSelector; nothing if there is none."""
    selector = selector or {}
    yield from labels_causes(selector.get("matchLabels"), f"{path}.matchLabels")
    for index, expression in enumerate(selector.get("matchExpressions") or ()):
        yield from _expression_causes(expression, f"{path}.matchExpressions[{index}]", of_nodes=False)


def node_selector_term_causes(term: Mapping[str, Any], path: str) -> Iterator[Cause]:
    """Return what is wrong with a term of a node selector."""
    for index, expression in enumerate(term.get("matchExpressions") or ()):
        yield from _expression_causes(expression, f"{path}.matchExpressions[{index}]", of_nodes=True)
    for index, expression in enumerate(term.get("matchFields") or ()):
        yield from _field_causes(expression, f"{path}.matchFields[{index}]")


def _expression_causes(expression: Mapping[str, Any], path: str, *, of_nodes: bool) -> Iterator[Cause]:
    operator, values = expression.get("operator") or "", expression.get("values") or []
    if operator in ("In", "NotIn"):
        if not values:
            yield required(f"{path}.values", _HAS_VALUES)
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            yield forbidden(f"{path}.values", _HAS_NONE)
    elif of_nodes and operator in ("Gt", "Lt"):
        if len(values) != 1:
            yield required(f"{path}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'")
    else:
        yield invalid(f"{path}.operator", operator, "not a valid selector operator")
    yield from label_name_causes(expression.get("key") or "", f"{path}.key")
    for index, value in enumerate(values):
        if problem := label_value_problem(value):
            yield invalid(f"{path}.values[{index}]", value, problem)


def _field_causes(expression: Mapping[str, Any], path: str) -> Iterator[Cause]:
    operator, key = expression.get("operator") or "", expression.get("key") or ""
    if operator not in ("In", "NotIn"):
        yield invalid(f"{path}.operator", operator, "not a valid selector operator")
    elif len(expression.get("values") or ()) != 1:
        text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        yield required(f"{path}.values", text)
    if key != "metadata.name":
        yield invalid(f"{path}.key", key, "not a valid field selector key")
