"""The subresource `binding` of pods: the assignment of a pod to a node, which a scheduler makes."""

from __future__ import annotations

from ..api.resources import Resource
from ..bodies import read_object
from ..call import Call
from ..failures import Failure, bad_request, conflict, not_found
from ..names import subdomain_problem
from ..rendering import accepted_whole, encode
from ..store import Key, Object
from .state import Reply, State
from .tokens import resource_of_body

_SUCCESS: Object = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def bind(state: State, call: Call) -> Reply:
    """Assign a pod to a node.

    Raises:
        Failure: The pod does not exist, has a node, is being deleted, or has changed.
    """
    content_type = accepted_whole(call.accept)
    call.check_options()
    resource = resource_of_body(call) if call.subresource else call.resource
    binding = read_object(call, resource, state.catalog.definition("", "v1", "core.v1.Binding"))
    metadata, target = binding["metadata"], binding.get("target") or {}
    key = Key(call.namespace, metadata.get("name", ""))
    if call.subresource and key.name != call.name:
        raise bad_request("name in URL does not match name in Binding object")
    _check_target(target)
    record = state.store.get("pods", key)
    (pods, *_) = state.catalog.served_versions("pods")
    if record is None:
        raise not_found(pods, key.name)
    pod = record.obj
    _check_preconditions(pods, key, metadata, pod["metadata"])
    if problem := _obstacle(pod):
        text = f'Operation cannot be fulfilled on pods/binding "{key.name}": {problem}'
        raise Failure(409, "Conflict", text, details={"name": key.name, "kind": "pods/binding"})
    bound = assigned(pod, target["name"], state.clock.timestamp())
    for field in ("labels", "annotations"):
        if more := metadata.get(field):
            bound["metadata"] = {**bound["metadata"], field: {**(bound["metadata"].get(field) or {}), **more}}
    if not call.dry_run:
        state.store.put("pods", key, bound)
    return Reply(body=encode(_SUCCESS), status=201, content_type=content_type)


def assigned(pod: Object, node: str, now: str) -> Object:
    """Return a pod that is assigned to a node.

    Args:
        pod: The pod.
        node: Name of the node.
        now: The time.
    """
    status = {name: value for name, value in (pod.get("status") or {}).items() if name != "nominatedNodeName"}
    scheduled = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now}
    conditions = [one for one in status.get("conditions") or () if one["type"] != "PodScheduled"]
    return {
        **pod,
        "spec": {**pod["spec"], "nodeName": node},
        "status": {**status, "conditions": [*conditions, scheduled]},
    }


def _check_target(target: Object) -> None:
    causes = []
    if target.get("kind") not in (None, "", "Node"):
        causes.append(f'target.kind: Unsupported value: "{target["kind"]}": supported values: "Node", "<empty>"')
    if not target.get("name"):
        causes.append("target.name: Required value")
    elif problem := subdomain_problem(target["name"]):
        causes.append(f'target.name: Invalid value: "{target["name"]}": {problem}')
    if causes:
        raise Failure(500, "", causes[0] if len(causes) == 1 else f"[{', '.join(causes)}]")


def _check_preconditions(pods: Resource, key: Key, wanted: Object, present: Object) -> None:
    for field, name in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        if wanted.get(field) and wanted[field] != present[field]:
            raise conflict(
                pods,
                key.name,
                f"StorageError: invalid object, Code: 4, Key: /registry/pods/{key.namespace}/{key.name}, "
                f"ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: {name} in precondition: "
                f"{wanted[field]}, {name} in object meta: {present[field]}",
            )


def _obstacle(pod: Object) -> str:
    name = pod["metadata"]["name"]
    if pod["metadata"].get("deletionTimestamp"):
        return f"pod {name} is being deleted, cannot be assigned to a host"
    if node := pod["spec"].get("nodeName"):
        return f'pod {name} is already assigned to node "{node}"'
    if pod["spec"].get("schedulingGates"):
        return f"pod {name} has non-empty .spec.schedulingGates"
    return ""
