"""Workloads: deployments, replica sets, daemon sets, stateful sets and replication controllers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..failures import Cause
from ..selectors import selects
from ..store import Object
from .causes import (
    amount,
    at_most_all_causes,
    forbidden,
    go_struct,
    invalid,
    label_causes,
    not_negative,
    number_or_percent_causes,
    required,
    unsupported,
)
from .labels import label_selector_causes
from .pods import template_causes
from .storage import claim_spec_causes

_NO_MATCH = "`selector` does not match template `labels`"
_ROLLING, _ON_DELETE = "RollingUpdate", "OnDelete"


def deployment_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with a deployment."""
    spec = obj["spec"]
    yield from not_negative(spec, "spec", "replicas")
    yield from _selected_template_causes(spec, "deployment")
    yield from _deployment_strategy_causes(spec.get("strategy") or {}, "spec.strategy")
    yield from not_negative(spec, "spec", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= (spec.get("minReadySeconds") or 0):
        yield invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")


def replica_set_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with a replica set."""
    yield from not_negative(obj["spec"], "spec", "replicas", "minReadySeconds")
    yield from _selected_template_causes(obj["spec"], "deployment")


def daemon_set_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with a daemon set."""
    spec = obj["spec"]
    template, selector = spec.get("template") or {}, spec.get("selector")
    problems = list(label_selector_causes(selector, "spec.selector"))
    yield from problems
    if not problems:
        yield from _match_causes(selector, template)
    if selector == {}:
        yield invalid("spec.selector", selector, "empty selector is invalid for daemonset")
    yield from template_causes(template, "spec.template")
    yield from _runs_always_causes(template, "DaemonSet")
    yield from not_negative(spec, "spec", "minReadySeconds")
    yield from _daemon_set_strategy_causes(spec.get("updateStrategy") or {}, "spec.updateStrategy")
    yield from not_negative(spec, "spec", "revisionHistoryLimit")
    if selector is None:
        yield required("spec.selector")


def stateful_set_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with a stateful set."""
    spec = obj["spec"]
    policy = spec.get("podManagementPolicy") or ""
    if policy not in ("OrderedReady", "Parallel"):
        yield invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")
    yield from _stateful_set_strategy_causes(spec.get("updateStrategy") or {}, "spec.updateStrategy")
    claims = spec.get("volumeClaimTemplates") or ()
    for index, claim in enumerate(claims):
        yield from claim_spec_causes(claim.get("spec") or {}, f"spec.volumeClaimTemplates[{index}].spec")
    yield from not_negative(spec, "spec", "replicas", "minReadySeconds")
    if name := spec.get("serviceName"):
        yield from label_causes(name, "spec.serviceName")
    template, selector = spec.get("template") or {}, spec.get("selector")
    problems = list(label_selector_causes(selector, "spec.selector"))
    yield from problems
    if selector == {}:
        yield invalid("spec.selector", selector, "empty selector is invalid for statefulset")
    if problems:
        yield invalid("spec.selector", selector, "")
    else:
        yield from _match_causes(selector, template)
        yield from template_causes(_with_claims(template, claims), "spec.template")
    yield from _runs_always_causes(template, "StatefulSet")
    if selector is None:
        yield required("spec.selector")


def replication_controller_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with a replication controller."""
    spec = obj["spec"]
    yield from not_negative(spec, "spec", "minReadySeconds")
    selector = spec.get("selector") or {}
    if not selector:
        yield required("spec.selector")
    yield from not_negative(spec, "spec", "replicas")
    template = spec.get("template")
    if template is None:
        yield required("spec.template")
        return
    if selector:
        yield from _match_causes({"matchLabels": selector}, template)
    yield from template_causes(template, "spec.template")
    yield from _runs_always_causes(template, "ReplicationController")


def _selected_template_causes(spec: Any, kind: str) -> Iterator[Cause]:
    selector, template = spec.get("selector"), spec.get("template") or {}
    if selector is None:
        yield required("spec.selector")
    problems = list(label_selector_causes(selector, "spec.selector"))
    yield from problems
    if selector == {}:
        yield invalid("spec.selector", selector, f"empty selector is invalid for {kind}")
    if problems:
        yield invalid("spec.selector", selector, "invalid label selector")
        return
    yield from _match_causes(selector, template)
    yield from template_causes(template, "spec.template")
    yield from _runs_always_causes(template, "ReplicaSet")


def _match_causes(selector: Any, template: Any) -> Iterator[Cause]:
    labels = (template.get("metadata") or {}).get("labels")
    if not selects(selector, labels or {}):
        yield invalid("spec.template.metadata.labels", labels, _NO_MATCH)


def _runs_always_causes(template: Any, kind: str) -> Iterator[Cause]:
    spec = template.get("spec") or {}
    if spec.get("restartPolicy", "Always") != "Always":
        yield unsupported("spec.template.spec.restartPolicy", spec["restartPolicy"], ("Always",))
    if spec.get("activeDeadlineSeconds") is not None:
        text = f"activeDeadlineSeconds in {kind} is not Supported"
        yield forbidden("spec.template.spec.activeDeadlineSeconds", text)


def _with_claims(template: Any, claims: Any) -> Any:
    """Return the template of a stateful set with what its controller adds to its pods."""
    spec = {
        name: value for name, value in (template.get("spec") or {}).items() if name not in ("hostname", "subdomain")
    }
    added = [{"name": one["metadata"].get("name", ""), "emptyDir": {}} for one in claims]
    names = {one["name"] for one in added}
    kept = [one for one in spec.get("volumes") or () if one.get("name") not in names]
    return {**template, "spec": {**spec, "volumes": [*added, *kept]}}


def _deployment_strategy_causes(strategy: Any, path: str) -> Iterator[Cause]:
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if kind == "Recreate":
        if rolling is not None:
            yield forbidden(f"{path}.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
    elif kind == _ROLLING:
        unavailable, surge = (rolling or {}).get("maxUnavailable"), (rolling or {}).get("maxSurge")
        where = f"{path}.rollingUpdate"
        yield from number_or_percent_causes(unavailable, f"{where}.maxUnavailable")
        yield from number_or_percent_causes(surge, f"{where}.maxSurge")
        if not amount(unavailable) and not amount(surge):
            yield invalid(f"{where}.maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0")
        yield from at_most_all_causes(unavailable, f"{where}.maxUnavailable")
    else:
        yield unsupported(path, go_struct(strategy, ("type", "rollingUpdate")), ("Recreate", _ROLLING))


def _daemon_set_strategy_causes(strategy: Any, path: str) -> Iterator[Cause]:
    kind, where = strategy.get("type"), f"{path}.rollingUpdate"
    if kind == _ON_DELETE:
        return
    if kind != _ROLLING:
        yield unsupported(path, go_struct(strategy, ("type", "rollingUpdate")), (_ROLLING, _ON_DELETE))
        return
    rolling = strategy.get("rollingUpdate") or {}
    names = ("maxUnavailable", "maxSurge")
    for causes in (number_or_percent_causes, at_most_all_causes):
        for name in names:
            yield from causes(rolling.get(name), f"{where}.{name}")
    unavailable, surge = (amount(rolling.get(name)) for name in names)
    if unavailable and surge:
        yield invalid(f"{where}.maxSurge", rolling["maxSurge"], "may not be set when maxUnavailable is non-zero")
    elif not unavailable and not surge:
        yield required(f"{where}.maxUnavailable", "cannot be 0 when maxSurge is 0")


def _stateful_set_strategy_causes(strategy: Any, path: str) -> Iterator[Cause]:
    kind, rolling, where = strategy.get("type"), strategy.get("rollingUpdate"), f"{path}.rollingUpdate"
    if kind == _ON_DELETE:
        if rolling is not None:
            shown = {
                "Partition": 0,
                **{k: v for k, v in go_struct(rolling, _OF_SETS).items() if k == "MaxUnavailable" or v},
            }
            yield invalid(where, shown, f"only allowed for updateStrategy '{_ROLLING}'")
    elif kind != _ROLLING:
        shown = go_struct(strategy, ("type", "rollingUpdate"))
        yield invalid(path, shown, f"must be '{_ROLLING}' or '{_ON_DELETE}'")
    elif rolling is not None:
        yield from not_negative(rolling, where, "partition")
        unavailable, field = rolling.get("maxUnavailable"), f"{where}.maxUnavailable"
        yield from number_or_percent_causes(unavailable, field)
        if unavailable is not None and not amount(unavailable):
            yield invalid(field, unavailable, "cannot be 0")
        yield from at_most_all_causes(unavailable, field)


_OF_SETS = ("partition", "maxUnavailable")
