"""HorizontalPodAutoscalers: v1 has a field for the utilization of CPUs, and annotations for the rest of v2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..store import Object

_PREFIX = "autoscaling.alpha.kubernetes.io/"
_METRICS = f"{_PREFIX}metrics"
_CURRENT = f"{_PREFIX}current-metrics"
_CONDITIONS = f"{_PREFIX}conditions"
_BEHAVIOR = f"{_PREFIX}behavior"
_ANNOTATIONS = frozenset({_METRICS, _CURRENT, _CONDITIONS, _BEHAVIOR})

_DEFAULT_UTILIZATION = 80
_ESCAPED = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>&"})

Fields = tuple[tuple[str, str, Any], ...]
"""Names in v1, paths in v2, and what v1 writes where v2 has nothing; None if that is left out."""

_SELECTED: Fields = (("selector", "metric.selector", None),)
_SPECS: dict[str, Fields] = {
    "object": (
        ("target", "describedObject", None),
        ("metricName", "metric.name", ""),
        ("targetValue", "target.value", "0"),
        *_SELECTED,
        ("averageValue", "target.averageValue", None),
    ),
    "pods": (("metricName", "metric.name", ""), ("targetAverageValue", "target.averageValue", "0"), *_SELECTED),
    "resource": (
        ("name", "name", ""),
        ("targetAverageUtilization", "target.averageUtilization", None),
        ("targetAverageValue", "target.averageValue", None),
    ),
    "containerResource": (
        ("name", "name", ""),
        ("targetAverageUtilization", "target.averageUtilization", None),
        ("targetAverageValue", "target.averageValue", None),
        ("container", "container", ""),
    ),
    "external": (
        ("metricName", "metric.name", ""),
        ("metricSelector", "metric.selector", None),
        ("targetValue", "target.value", None),
        ("targetAverageValue", "target.averageValue", None),
    ),
}
_STATUSES: dict[str, Fields] = {
    "object": (
        ("target", "describedObject", None),
        ("metricName", "metric.name", ""),
        ("currentValue", "current.value", "0"),
        *_SELECTED,
        ("averageValue", "current.averageValue", None),
    ),
    "pods": (("metricName", "metric.name", ""), ("currentAverageValue", "current.averageValue", "0"), *_SELECTED),
    "resource": (
        ("name", "name", ""),
        ("currentAverageUtilization", "current.averageUtilization", None),
        ("currentAverageValue", "current.averageValue", "0"),
    ),
    "containerResource": (
        ("name", "name", ""),
        ("currentAverageUtilization", "current.averageUtilization", None),
        ("currentAverageValue", "current.averageValue", "0"),
        ("container", "container", ""),
    ),
    "external": (
        ("metricName", "metric.name", ""),
        ("metricSelector", "metric.selector", None),
        ("currentValue", "current.value", "0"),
        ("currentAverageValue", "current.averageValue", None),
    ),
}
_CONDITION = ("type", "status", "lastTransitionTime", "reason", "message", "observedGeneration")
_SHARED_SPEC = ("scaleTargetRef", "minReplicas", "maxReplicas")
_RULES = ("stabilizationWindowSeconds", "selectPolicy", "policies", "tolerance")
_POLICY = ("type", "value", "periodSeconds")


def to_v1(obj: Object) -> Object:
    """Convert an object of v2."""
    spec, status = obj.get("spec", {}), obj.get("status", {})
    metrics, current = spec.get("metrics") or [], status.get("currentMetrics") or []
    cpus = [one["resource"]["target"]["averageUtilization"] for one in metrics if _is_utilization(one)]
    used = [at for one in current if _is_cpu(one) and (at := _at(one, "resource.current.averageUtilization"))]
    enclosed = {
        _METRICS: [_flat(one, _SPECS) for one in metrics if not _is_utilization(one)],
        _CURRENT: [_flat(one, _STATUSES) for one in current],
        _BEHAVIOR: _capitalized(spec["behavior"]) if spec.get("behavior") else None,
        _CONDITIONS: [_condition(one) for one in status.get("conditions") or ()],
    }
    annotations = dict(obj["metadata"].get("annotations") or {})
    annotations |= {name: _json(value) for name, value in enclosed.items() if value}
    return {
        "metadata": _annotated(obj["metadata"], annotations),
        "spec": {
            **{name: spec[name] for name in _SHARED_SPEC if name in spec},
            **({"targetCPUUtilizationPercentage": cpus[0]} if cpus else {}),
        },
        "status": {
            **{name: status[name] for name in ("observedGeneration", "lastScaleTime") if name in status},
            "currentReplicas": status.get("currentReplicas", 0),
            "desiredReplicas": status.get("desiredReplicas", 0),
            **({"currentCPUUtilizationPercentage": used[-1]} if used else {}),
        },
    }


def to_v2(obj: Object) -> Object:
    """Convert an object of v1."""
    spec, status = obj.get("spec", {}), obj.get("status", {})
    annotations = obj["metadata"].get("annotations") or {}
    enclosed = {name: found for name in _ANNOTATIONS if (found := _parsed(annotations.get(name))) is not None}
    utilization = spec.get("targetCPUUtilizationPercentage")
    metrics = [_deep(one, _SPECS) for one in enclosed.get(_METRICS, ())]
    if utilization is not None or not metrics:
        metrics.append(_utilization(_DEFAULT_UTILIZATION if utilization is None else utilization))
    used = status.get("currentCPUUtilizationPercentage")
    current = [_deep(one, _STATUSES) for one in enclosed.get(_CURRENT, ())] or None
    if current is None and used is not None:
        current = [{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": used}}}]
    kept = ("observedGeneration", "lastScaleTime", "currentReplicas")
    return {
        "metadata": _annotated(obj["metadata"], {k: v for k, v in annotations.items() if k not in _ANNOTATIONS}),
        "spec": {
            **{name: spec[name] for name in _SHARED_SPEC if name in spec},
            "metrics": metrics,
            **({"behavior": _uncapitalized(enclosed[_BEHAVIOR])} if enclosed.get(_BEHAVIOR) else {}),
        },
        "status": {
            **{name: status[name] for name in kept if status.get(name)},
            "desiredReplicas": status.get("desiredReplicas", 0),
            "currentMetrics": current,
            **({"conditions": enclosed[_CONDITIONS]} if enclosed.get(_CONDITIONS) else {}),
        },
    }


# metrics


def _is_cpu(metric: Object) -> bool:
    return bool(metric.get("type") == "Resource" and _at(metric, "resource.name") == "cpu")


def _is_utilization(metric: Object) -> bool:
    """Return True for what v1 has a field for."""
    return _is_cpu(metric) and _at(metric, "resource.target.averageUtilization") is not None


def _utilization(percentage: int) -> Object:
    target = {"type": "Utilization", "averageUtilization": percentage}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def _place(metric: Object) -> str:
    """Return the field that has what a metric is about."""
    type = str(metric.get("type", ""))
    return type[:1].lower() + type[1:]


def _flat(metric: Object, fields: Mapping[str, Fields]) -> Object:
    """Return a metric of v1."""
    place = _place(metric)
    content: Object = {}
    for name, path, default in fields.get(place, ()):
        found = _at(metric[place], path)
        if found is not None or default is not None:
            content[name] = default if found is None else found
    if "target" in content:
        target = content["target"]
        content["target"] = {name: target[name] for name in ("kind", "name", "apiVersion") if name in target}
    return {"type": metric["type"], **({place: content} if place in fields else {})}


def _deep(metric: Object, fields: Mapping[str, Fields]) -> Object:
    """Return a metric of v2."""
    place = _place(metric)
    content: Object = {}
    sent = metric.get(place) or {}
    for name, path, default in fields.get(place, ()):
        # An average is meant where there is one: then zero says nothing.
        if name in sent and not (path == "target.value" and default == sent[name] and "averageValue" in sent):
            _set(content, path, sent[name])
    if (target := content.get("target")) is not None:
        order = (("averageUtilization", "Utilization"), ("value", "Value"), ("averageValue", "AverageValue"))
        type = next(type for field, type in order if field in target)
        if place == "object" and "averageValue" in target:
            type = "AverageValue"
        content["target"] = {"type": type, **target}
    return {"type": metric["type"], place: content}


def _condition(found: Object) -> Object:
    return {name: found.get(name) for name in _CONDITION if name in found or name == "lastTransitionTime"}


# behavior, which v1 has as Go prints the fields that have no names in JSON


def _capitalized(behavior: Object) -> Object:
    def rules(found: Object | None) -> Object | None:
        if found is None:
            return None
        policies = found.get("policies")
        shown = None if policies is None else [{_capital(name): one[name] for name in _POLICY} for one in policies]
        return {_capital(name): shown if name == "policies" else found.get(name) for name in _RULES}

    return {"ScaleUp": rules(behavior.get("scaleUp")), "ScaleDown": rules(behavior.get("scaleDown"))}


def _uncapitalized(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _uncapitalized(child) for key, child in value.items() if child is not None}
    return [_uncapitalized(item) for item in value] if isinstance(value, list) else value


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


# JSON


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode().translate(_ESCAPED)


def _parsed(text: str | None) -> Any:
    """Return what an annotation has; None for what is no JSON, which is dropped."""
    try:
        return None if text is None else msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None


def _annotated(metadata: Object, annotations: dict[str, str]) -> Object:
    rest = {name: value for name, value in metadata.items() if name != "annotations"}
    return {**rest, "annotations": annotations} if annotations else rest


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _set(obj: Object, path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for name in parents:
        obj = obj.setdefault(name, {})
    obj[last] = value
