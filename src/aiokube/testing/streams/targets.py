"""The checks of kube-apiserver and kubelets before a stream is opened: is there such a pod, node or container."""

from __future__ import annotations

from ..call import Call
from ..failures import bad_request, not_found
from ..store import Key, Object
from ..verbs.state import State

_SPECS = ("initContainers", "containers", "ephemeralContainers")
_STATUSES = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")


def pod_of(state: State, call: Call, name: str = "") -> Object:
    """Return the pod that a request is for.

    Raises:
        Failure: It does not exist.
    """
    name = name or call.name
    record = state.store.get("pods", Key(call.namespace, name))
    if record is None:
        raise not_found(call.resource, name)
    return record.obj


def container_of(pod: Object, name: str) -> str:
    """Return the name of a container of a pod; the only one may be left out.

    Raises:
        Failure: There is no such container, or there are several.
    """
    pod_name = pod["metadata"]["name"]
    # As kube-apiserver names them: init containers first, ephemeral ones last.
    known = [one["name"] for field in _SPECS for one in pod["spec"].get(field) or ()]
    if name:
        if name not in known:
            raise bad_request(f"container {name} is not valid for pod {pod_name}")
        return name
    if len(pod["spec"]["containers"]) == 1:
        return str(pod["spec"]["containers"][0]["name"])
    text = f"a container name must be specified for pod {pod_name}, choose one of: [{' '.join(known)}]"
    raise bad_request(text)


def check_node(state: State, call: Call, pod: Object) -> None:
    """Check that a pod is on a node.

    Raises:
        Failure: It is not, or the node does not exist.
    """
    node = pod["spec"].get("nodeName")
    if not node:
        raise bad_request(f"pod {pod['metadata']['name']} does not have a host assigned")
    if state.store.get("nodes", Key("", node)) is None:
        # As kube-apiserver says it, for which everything here is a pod.
        raise not_found(call.resource, node)


def container_status(pod: Object, container: str) -> Object | None:
    """Return the status of a container; None if it has none."""
    status = pod.get("status") or {}
    found = (one for field in _STATUSES for one in status.get(field) or ())
    return next((one for one in found if one["name"] == container), None)


def is_running(pod: Object, container: str) -> bool:
    """Return True if a container runs."""
    status = container_status(pod, container)
    return status is not None and "running" in (status.get("state") or {})
