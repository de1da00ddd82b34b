"""Resolution of a pod, service or workload to one pod and port, as in `kubectl port-forward`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import InvalidRequest, StreamError
from ..http.request import build

if TYPE_CHECKING:
    from ..client import BaseClient

_CORE = "/api/v1/namespaces/{namespace}"
_APPS = "/apis/apps/v1/namespaces/{namespace}"
_PODS = f"{_CORE}/pods"

# The types of `kubectl port-forward TYPE/NAME`.
_PATHS = {
    ("service", "services", "svc"): f"{_CORE}/services",
    ("deployment", "deployments", "deploy"): f"{_APPS}/deployments",
    ("replicaset", "replicasets", "rs"): f"{_APPS}/replicasets",
    ("statefulset", "statefulsets", "sts"): f"{_APPS}/statefulsets",
    ("daemonset", "daemonsets", "ds"): f"{_APPS}/daemonsets",
    ("replicationcontroller", "replicationcontrollers", "rc"): f"{_CORE}/replicationcontrollers",
    ("job", "jobs"): "/apis/batch/v1/namespaces/{namespace}/jobs",
}
_BY_TYPE = {name: path for names, path in _PATHS.items() for name in names}
_POD_TYPES = ("pod", "pods", "po")


@dataclass(frozen=True, slots=True)
class Target:
    """A port of a pod."""

    pod: str
    port: int


async def find_target(client: BaseClient, namespace: str, name: str, port: int | str) -> Target:
    """Find the pod and the port number.

    Args:
        client: The client that sends the requests.
        namespace: The namespace of the object.
        name: The name of a pod, or `TYPE/NAME`: `service/web`, `deployment/web`.
        port: The number or name of a port: of the service for a service, else of the pod.

    Raises:
        InvalidRequest: The type is unknown, or the port is invalid.
        NotFound: The object does not exist.
        StreamError: None of its pods is running, or it has no such port.
    """
    _check(port)
    kind, slash, own_name = name.partition("/")
    if not slash:
        kind, own_name = "pod", name
    if kind.lower() in _POD_TYPES:
        # For a port number the pod need not be read: the server reports what is wrong.
        if isinstance(port, int):
            return Target(own_name, port)
        pod = await _get(client, f"{_PODS}/{{name}}", namespace, own_name)
        return Target(own_name, _container_port(pod, port))
    path = _BY_TYPE.get(kind.lower())
    if path is None:
        known = ", ".join(names[0] for names in _PATHS)
        raise InvalidRequest(f"name is {name!r}; the type before the slash must be one of pod, {known}")
    owner = await _get(client, f"{path}/{{name}}", namespace, own_name)
    pod = await _select_pod(client, namespace, name, owner)
    if path.endswith("/services"):
        return Target(pod["metadata"]["name"], _target_port(name, owner, pod, port))
    return Target(pod["metadata"]["name"], port if isinstance(port, int) else _container_port(pod, port))


async def _select_pod(client: BaseClient, namespace: str, name: str, owner: Mapping[str, Any]) -> Mapping[str, Any]:
    selector = _label_selector(owner.get("spec", {}).get("selector"))
    if not selector:
        raise StreamError(f"{name} has no selector; name a pod instead")
    request = build("GET", _PODS, {"namespace": namespace}, {"labelSelector": selector})
    pods = (await client.send(request)).json().get("items") or []
    if not pods:
        raise StreamError(f"{name} has no pods (selector {selector})")
    best: Mapping[str, Any] = max(pods, key=_preference)
    if not _is_running(best):
        raise StreamError(f"none of the {len(pods)} pods of {name} is running")
    return best


def _preference(pod: Mapping[str, Any]) -> tuple[bool, bool]:
    conditions = pod.get("status", {}).get("conditions") or []
    return _is_running(pod), any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)


def _is_running(pod: Mapping[str, Any]) -> bool:
    return pod.get("status", {}).get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]


def _label_selector(selector: Mapping[str, Any] | None) -> str:
    """Format a selector for a query: the plain map of a service, or a LabelSelector."""
    if not selector:
        return ""
    if not ("matchLabels" in selector or "matchExpressions" in selector):
        return ",".join(f"{key}={value}" for key, value in selector.items())
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for one in selector.get("matchExpressions") or ():
        key, values = one["key"], ",".join(one.get("values") or ())
        operators = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "DoesNotExist": f"!{key}"}
        parts.append(operators.get(one["operator"], str(key)))
    return ",".join(parts)


def _target_port(name: str, service: Mapping[str, Any], pod: Mapping[str, Any], port: int | str) -> int:
    for one in service["spec"].get("ports") or ():
        if port not in (one["port"], one.get("name")):
            continue
        if one.get("protocol", "TCP") != "TCP":
            continue
        target = one.get("targetPort") or one["port"]
        # A headless service has no proxy: its port is the port of the pod.
        if service["spec"].get("clusterIP") == "None":
            return int(one["port"])
        return target if isinstance(target, int) else _container_port(pod, target)
    raise StreamError(f"{name} has no TCP port {port!r}")


def _container_port(pod: Mapping[str, Any], name: str) -> int:
    for container in _containers(pod):
        for one in container.get("ports") or ():
            if one.get("name") == name and one.get("protocol", "TCP") == "TCP":
                return int(one["containerPort"])
    raise StreamError(f"pod {pod['metadata']['name']} has no TCP port named {name!r}")


def _containers(pod: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    spec = pod.get("spec", {})
    yield from spec.get("containers") or ()
    yield from spec.get("initContainers") or ()


def _check(port: int | str) -> None:
    if isinstance(port, bool) or (isinstance(port, int) and not 0 < port < 1 << 16) or not port:
        raise InvalidRequest(f"port is {port!r}; it must be a number from 1 to 65535 or the name of a port")


async def _get(client: BaseClient, path: str, namespace: str, name: str) -> Mapping[str, Any]:
    response = await client.send(build("GET", path, {"namespace": namespace, "name": name}, {}))
    found: Mapping[str, Any] = response.json()
    return found
