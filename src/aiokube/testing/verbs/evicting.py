"""The subresource `eviction` of pods: a deletion, if the disruption budgets of the pod allow one more.

A real cluster's controller keeps the status of the budgets; here they are counted when they are asked.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import msgspec

from ..bodies import read_object
from ..call import Call
from ..failures import Failure, bad_request, not_found, not_implemented
from ..rendering import accepted_whole, encode
from ..selectors import selects
from ..store import Key, Object, Record
from .deleting import delete
from .state import Reply, State
from .tokens import resource_of_body

_BUDGETS = "poddisruptionbudgets.policy"
_SUCCESS: Object = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def evict(state: State, call: Call) -> Reply:
    """Evict a pod.

    Raises:
        Failure: The pod does not exist, or a budget does not allow it.
    """
    content_type = accepted_whole(call.accept)
    node = state.catalog.definition("", "v1", "policy.v1.Eviction")
    obj = read_object(call, resource_of_body(call), node)
    if obj["metadata"].get("name") != call.name:
        raise bad_request("name in URL does not match name in Eviction object")
    pod = state.store.get("pods", call.key)
    if pod is None:
        raise not_found(call.resource, call.name)
    if _counts(pod.obj):
        _check_budgets(state, pod)
    options = obj.get("deleteOptions") or {}
    dry_run = {"dryRun": ["All"]} if call.dry_run else {}
    body = msgspec.json.encode({**options, **dry_run})
    delete(state, replace(call, verb="delete", subresource="", body=body, query={}, content_type=""))
    return Reply(body=encode(_SUCCESS), status=201, content_type=content_type)


def _check_budgets(state: State, pod: Record) -> None:
    metadata = pod.obj["metadata"]
    found = [
        (key, record.obj)
        for key, record in state.store.records(_BUDGETS, namespace=metadata["namespace"])
        if selects(record.obj["spec"].get("selector"), metadata.get("labels") or {})
    ]
    if len(found) > 1:
        raise Failure(
            500,
            "InternalError",
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
        )
    for key, budget in found:
        _check_budget(state, key, budget)


def _check_budget(state: State, key: Key, budget: Object) -> None:
    spec = budget["spec"]
    pods = [
        record.obj
        for _, record in state.store.records("pods", namespace=key.namespace)
        if selects(spec.get("selector"), record.obj["metadata"].get("labels") or {}) and _counts(record.obj)
    ]
    healthy = sum(_is_healthy(pod) for pod in pods)
    least, most = spec.get("minAvailable", 1), spec.get("maxUnavailable")
    if most is not None:
        expected = _expected(state, pods)
        desired = max(0, expected - _share(most, expected))
    else:
        desired = _share(least, _expected(state, pods) if isinstance(least, str) else 0)
    if healthy - desired >= 1:
        return
    text = f"The disruption budget {key.name} needs {desired} healthy pods and has {healthy} currently"
    raise Failure(
        429,
        "TooManyRequests",
        "Cannot evict pod as it would violate the pod's disruption budget.",
        details={"causes": [{"reason": "DisruptionBudget", "message": text}]},
    )


def _expected(state: State, pods: list[Object]) -> int:
    """Return how many pods their controllers want.

    Raises:
        Failure: A pod has no controller in this cluster, which a real one refuses to count, too.
    """
    owners = [one for pod in pods for one in pod["metadata"].get("ownerReferences") or () if one.get("controller")]
    places = {state.store.place_of(one["uid"]) for one in owners}
    records = [state.store.get(*place) for place in places if place is not None]
    if len(owners) < len(pods) or None in places:
        raise not_implemented("disruption budgets by percentage or maxUnavailable for pods without a controller")
    return sum(int(record.obj["spec"].get("replicas", 1)) for record in records if record is not None)


def _share(value: Any, count: int) -> int:
    if isinstance(value, str) and value.endswith("%"):
        return math.ceil(int(value[:-1]) * count / 100)
    return int(value)


def _counts(pod: Object) -> bool:
    """Return True for a pod that budgets protect."""
    phase = pod.get("status", {}).get("phase")
    return phase not in ("Succeeded", "Failed", "Pending") and not pod["metadata"].get("deletionTimestamp")


def _is_healthy(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions") or ()
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)
