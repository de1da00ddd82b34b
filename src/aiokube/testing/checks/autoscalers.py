"""Horizontal pod autoscalers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...runtime.codec.scalars import Quantity
from ..failures import Cause
from ..names import path_segment_problem
from ..store import Object
from .causes import forbidden, invalid, required, unsupported

_SOURCES = {
    "Object": "object",
    "External": "external",
    "Pods": "pods",
    "Resource": "resource",
    "ContainerResource": "containerResource",
}
_NOT_BOTH = "may not set both a target raw value and a target utilization"
_MAX_WINDOW = 3600
_MAX_PERIOD = 1800


def autoscaler_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with an autoscaler."""
    spec = obj["spec"]
    least, most = spec.get("minReplicas"), spec.get("maxReplicas") or 0
    if least is not None and most < least:
        yield invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`")
    for field in ("kind", "name"):
        value = (spec.get("scaleTargetRef") or {}).get(field) or ""
        if not value:
            yield required(f"spec.scaleTargetRef.{field}")
        elif problem := path_segment_problem(value):
            yield invalid(f"spec.scaleTargetRef.{field}", value, problem)
    yield from _version_causes(spec.get("scaleTargetRef") or {}, "spec.scaleTargetRef.apiVersion")
    metrics = spec.get("metrics") or []
    for index, metric in enumerate(metrics):
        yield from _metric_causes(metric, f"spec.metrics[{index}]")
    if least == 0 and not any(one.get("type") in ("Object", "External") for one in metrics):
        text = "must specify at least one Object or External metric to support scaling to zero replicas"
        yield forbidden("spec.metrics", text)
    behavior = spec.get("behavior") or {}
    for field in ("scaleUp", "scaleDown"):
        if (rules := behavior.get(field)) is not None:
            yield from _rules_causes(rules, f"spec.behavior.{field}")
    if least is not None and least < 0:
        yield invalid("spec.minReplicas", least, "must be greater than or equal to 0")
    if most == 0:
        yield required("spec.maxReplicas")
    elif most < 0:
        yield invalid("spec.maxReplicas", most, "must be greater than or equal to 1")


def _version_causes(reference: Any, path: str) -> Iterator[Cause]:
    version = reference.get("apiVersion") or ""
    if version.count("/") > 1:
        yield invalid(path, version, f"unexpected GroupVersion string: {version}")
    elif "/" not in version.strip("/") and not _is_core(reference):
        yield invalid(path, version, "apiVersion must specify API group")


def _is_core(reference: Any) -> bool:
    return bool(reference.get("kind") == "ReplicationController")


def _metric_causes(metric: Any, path: str) -> Iterator[Cause]:
    kind = metric.get("type") or ""
    present = [field for field in _SOURCES.values() if metric.get(field) is not None]
    if not kind:
        yield required(f"{path}.type", "must specify a metric source type")
    for field in present[:1]:
        if field in ("resource", "containerResource"):
            yield from _resource_causes(metric[field], f"{path}.{field}", has_container=field != "resource")
    expected = _SOURCES.get(kind, "")
    if not expected:
        yield unsupported(f"{path}.type", kind, sorted(_SOURCES))
    elif expected not in present:
        yield required(f"{path}.{expected}", "must populate information for the given metric source")
    if len(present) != 1:
        for field in present:
            if field != expected:
                yield forbidden(f"{path}.{field}", "must populate the given metric source only")


def _resource_causes(source: Any, path: str, *, has_container: bool) -> Iterator[Cause]:
    target = source.get("target") or {}
    if not source.get("name"):
        yield required(f"{path}.name", "must specify a resource name")
    if has_container and not source.get("container"):
        yield required(f"{path}.container", "must specify a container")
    kind, where = target.get("type") or "", f"{path}.target"
    if not kind:
        yield required(f"{where}.type", "must specify a metric target type")
    if kind not in ("Utilization", "Value", "AverageValue"):
        yield invalid(f"{where}.type", kind, "must be either Utilization, Value, or AverageValue")
    for field in ("value", "averageValue"):
        if target.get(field) is not None and Quantity(target[field]).value <= 0:
            yield invalid(f"{where}.{field}", str(target[field]), "must be positive")
    percent, value = target.get("averageUtilization"), target.get("averageValue")
    if percent is not None and percent < 1:
        yield invalid(f"{where}.averageUtilization", percent, "must be greater than 0")
    if percent is None and value is None:
        text = "must set either a target raw value or a target utilization"
        yield required(f"{where}.averageUtilization", text)
    if percent is not None and value is not None:
        yield forbidden(f"{where}.averageValue", _NOT_BOTH)


def _rules_causes(rules: Any, path: str) -> Iterator[Cause]:
    window, field = rules.get("stabilizationWindowSeconds"), f"{path}.stabilizationWindowSeconds"
    if window is not None and window < 0:
        yield invalid(field, window, "must be greater than or equal to zero")
    if window is not None and window > _MAX_WINDOW:
        yield invalid(field, window, f"must be less than or equal to {_MAX_WINDOW}")
    if (choice := rules.get("selectPolicy")) is not None and choice not in ("Disabled", "Max", "Min"):
        yield unsupported(f"{path}.selectPolicy", choice, ("Disabled", "Max", "Min"))
    if not rules.get("policies"):
        yield required(f"{path}.policies", "must specify at least one Policy")
    for index, policy in enumerate(rules.get("policies") or ()):
        where = f"{path}.policies[{index}]"
        if (kind := policy.get("type") or "") not in ("Percent", "Pods"):
            yield unsupported(f"{where}.type", kind, ("Percent", "Pods"))
        for name in ("value", "periodSeconds"):
            if (number := policy.get(name) or 0) <= 0:
                yield invalid(f"{where}.{name}", number, "must be greater than zero")
        if (period := policy.get("periodSeconds") or 0) > _MAX_PERIOD:
            yield invalid(f"{where}.periodSeconds", period, f"must be less than or equal to {_MAX_PERIOD}")
