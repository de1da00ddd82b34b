"""Admission: what kube-apiserver's own plugins refuse and set, before an object is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..call import Call
from ..checks.causes import invalid as invalid_value
from ..failures import Cause, Failure, forbidden, invalid
from ..store import Key, Object
from .dropping import drop_fields
from .pods import mount_token

if TYPE_CHECKING:
    from ..verbs.state import State

_NODE_PORTS = range(30000, 32768)
_NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
_PROTECTED = {
    "persistentvolumeclaims": "kubernetes.io/pvc-protection",
    "persistentvolumes": "kubernetes.io/pv-protection",
}


def admit(state: State, call: Call, old: Object | None, obj: Object) -> None:
    """Admit an object; it is changed.

    Args:
        state: The cluster.
        call: The request.
        old: The present state; None for an object that is created.
        obj: The new state.

    Raises:
        Failure: It is refused.
    """
    if old is None and call.resource.namespaced:
        check_namespace(state, call, obj["metadata"].get("name", ""))
    drop_fields(call.resource, obj)
    if call.resource.collection == "pods" and old is None:
        _admit_pod(state, call, obj)
    if call.resource.collection == "pods" and not call.subresource:
        _tolerate(obj["spec"])
    if call.resource.collection == "nodes" and old is None:
        spec = obj.setdefault("spec", {})
        if not any(one.get("key") == _NOT_READY["key"] for one in spec.get("taints") or ()):
            spec["taints"] = [*(spec.get("taints") or ()), dict(_NOT_READY)]
    if call.resource.collection == "services":
        _allocate(state, old, obj)
        if not call.dry_run:
            _check_node_ports(call, obj)
    if call.resource.collection in _PROTECTED and old is None:
        protection = _PROTECTED[call.resource.collection]
        finalizers = obj["metadata"].get("finalizers") or []
        if protection not in finalizers:
            obj["metadata"]["finalizers"] = [*finalizers, protection]


def check_namespace(state: State, call: Call, name: str) -> None:
    """Check that a namespace exists, and is not about to end.

    Raises:
        Failure: It does not, or is.
    """
    record = state.store.get("namespaces", Key("", call.namespace))
    if record is None:
        details = {"name": call.namespace, "kind": "namespaces"}
        raise Failure(404, "NotFound", f'namespaces "{call.namespace}" not found', details=details)
    if record.obj["metadata"].get("deletionTimestamp"):
        message = f"unable to create new content in namespace {call.namespace} because it is being terminated"
        cause = Cause("NamespaceTerminating", f"namespace {call.namespace} is being terminated", "metadata.namespace")
        raise forbidden(call.resource, name, message, causes=[cause])


def _allocate(state: State, old: Object | None, service: Object) -> None:
    """Give a service its addresses."""
    spec = service["spec"]
    if spec["type"] == "ExternalName":
        return
    was = (old or {}).get("spec", {})
    if not spec.get("clusterIP"):
        spec["clusterIP"] = was.get("clusterIP") or _free_address(state)
    spec.setdefault("clusterIPs", [spec["clusterIP"]])
    # What someone else is to give addresses to may have those of both families.
    is_open = spec["clusterIP"] == "None" and not spec.get("selector")
    families, policy = (["IPv4", "IPv6"], "RequireDualStack") if is_open else (["IPv4"], "SingleStack")
    spec.setdefault("ipFamilies", families)
    spec.setdefault("ipFamilyPolicy", policy)


def _check_node_ports(call: Call, service: Object) -> None:
    for index, port in enumerate(service["spec"].get("ports") or ()):
        number = port.get("nodePort")
        if number and number not in _NODE_PORTS and service["spec"]["type"] in ("LoadBalancer", "NodePort"):
            known = f"{_NODE_PORTS[0]}-{_NODE_PORTS[-1]}"
            text = f"provided port is not in the valid range. The range of valid ports is {known}"
            cause = invalid_value(f"spec.ports[{index}].nodePort", number, text)
            raise invalid(call.resource, service["metadata"].get("name", ""), [cause])


def _free_address(state: State) -> str:
    """Return an address of 10.96.0.0/16 that no service has."""
    used = {record.obj["spec"].get("clusterIP") for _, record in state.store.records("services")}
    return next(
        address for number in range(2, 1 << 16) if (address := f"10.96.{number >> 8}.{number & 255}") not in used
    )


def _admit_pod(state: State, call: Call, pod: Object) -> None:
    spec = pod["spec"]
    if not spec.get("serviceAccountName"):
        spec["serviceAccountName"] = spec["serviceAccount"] = "default"
    account = spec["serviceAccountName"]
    record = state.store.get("serviceaccounts", Key(call.namespace, account))
    if record is None:
        raise forbidden(
            call.resource,
            pod["metadata"].get("name", ""),
            f'error looking up service account {call.namespace}/{account}: serviceaccount "{account}" not found',
        )
    mount_token(pod, record.obj)
    if not spec.get("imagePullSecrets") and (secrets := record.obj.get("imagePullSecrets")):
        spec["imagePullSecrets"] = secrets
    spec.setdefault("priority", 0)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")


def _tolerate(spec: Object) -> None:
    """Let a pod stay for five minutes on a node that is not ready, unless it says otherwise."""
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        tolerations = spec.get("tolerations") or ()
        if not any(
            one.get("key") in (key, "", None) and one.get("effect") in ("NoExecute", "", None) for one in tolerations
        ):
            toleration = {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            spec["tolerations"] = [*tolerations, toleration]
