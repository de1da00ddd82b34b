"""Resolution of a pod, service or workload to one pod and port, as in `kubectl port-forward`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ..arguments import types
from ..errors import ApiError, InvalidRequest, NotFound, StreamError
from ..http.request import build
from ..http.responses import decode_response
from .pod import Pod, PodList, Service, Workload

if TYPE_CHECKING:
    from ..client import HttpClient

T = TypeVar("T")

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


def _spellings(name: str, path: str) -> tuple[str, ...]:
    """Return a type as it is, and with its group, as `kubectl get -o name` writes it: `deployment.apps`."""
    match path.split("/"):
        case ["", "apis", group, version, *_]:
            return name, f"{name}.{group}", f"{name}.{version}.{group}"
        case _:
            return (name,)


_BY_TYPE = {spelling: path for names, path in _PATHS.items() for name in names for spelling in _spellings(name, path)}
_POD_TYPES = ("pod", "pods", "po")
_SERVICE_LIKE = (f"{_CORE}/services", f"{_CORE}/replicationcontrollers")


@dataclass(frozen=True, slots=True)
class Target:
    """A port of a pod."""

    pod: str
    port: int


class PodFinder:
    """Finds a pod for a name.

    Args:
        client: The client that sends the requests.
        namespace: The namespace of the object.
        name: The name of a pod, or `TYPE/NAME`: `service/web`, `deployment/web`.

    Raises:
        InvalidRequest: The type is unknown.
    """

    def __init__(self, client: HttpClient, namespace: str, name: str) -> None:
        types.instance(name, str, "a string", "name")
        self._client = client
        self._namespace = namespace
        self._name = name
        kind, slash, rest = name.partition("/")
        self.own_name: str = rest if slash else name
        """The name without the type."""
        if not slash:
            kind = "pod"
        self._path = _PODS if kind.lower() in _POD_TYPES else _BY_TYPE.get(kind.lower(), "")
        if not self._path:
            known = ", ".join(names[0] for names in _PATHS)
            raise InvalidRequest(f"name is {name!r}; the type before the slash must be one of pod, {known}")

    @property
    def has_choice(self) -> bool:
        """True if the name is that of a service or workload, which may have several pods."""
        return self._path != _PODS

    async def find_name(self) -> str:
        """Return the name of the pod, or of the best one of a service or workload.

        Raises:
            NotFound: The object does not exist.
            StreamError: None of its pods is running.
            DecodeError: A response of the server does not fit.
        """
        return (await self._select_pod(await self.selector(), "")).metadata.name if self.has_choice else self.own_name

    async def selector(self) -> str:
        """Return the label selector of the pods of a service or workload.

        Raises:
            NotFound: The object does not exist.
            StreamError: It has no selector.
            DecodeError: The response of the server does not fit.
        """
        return self._selector_of(await self._owner())

    def _selector_of(self, owner: Service | Workload) -> str:
        if not owner.selector:
            raise StreamError(f"{self._name} has no selector; name a pod instead")
        return owner.selector

    async def _owner(self) -> Service | Workload:
        cls = Service if self._path in _SERVICE_LIKE else Workload
        return await self._get(cls, self._path, self.own_name)

    async def _select_pod(self, selector: str, avoid: str) -> Pod:
        request = build("GET", _PODS, {"namespace": self._namespace}, {"labelSelector": selector})
        pods = decode_response(request, await self._client.send(request), PodList).items
        if not pods:
            raise StreamError(f"{self._name} has no pods (selector {selector})")
        best = max(pods, key=lambda pod: (pod.is_running, pod.is_ready, pod.metadata.name != avoid))
        if not best.is_running:
            raise StreamError(f"none of the {len(pods)} pods of {self._name} is running")
        return best

    async def _get(self, cls: type[T], path: str, name: str) -> T:
        request = build("GET", f"{path}/{{name}}", {"namespace": self._namespace, "name": name}, {})
        return decode_response(request, await self._client.send(request), cls)


class TargetFinder(PodFinder):
    """Finds the pod and port for a name.

    Args:
        client: The client that sends the requests.
        namespace: The namespace of the object.
        name: The name of a pod, or `TYPE/NAME`: `service/web`, `deployment/web`.
        port: The number or name of a port: of the service for a service, else of the pod.

    Raises:
        InvalidRequest: The type is unknown, or the port is invalid.
    """

    def __init__(self, client: HttpClient, namespace: str, name: str, port: int | str) -> None:
        _check(port)
        super().__init__(client, namespace, name)
        self._port = port

    async def find(self, avoid: str = "") -> Target:
        """Find the pod and the port number.

        Args:
            avoid: Name of a pod to avoid while another one is ready.

        Raises:
            NotFound: The object does not exist.
            StreamError: None of its pods is running, or it has no such port.
            DecodeError: A response of the server does not fit.
        """
        if not self.has_choice:
            # For a port number the pod need not be read: the server reports what is wrong.
            if isinstance(self._port, int):
                return Target(self.own_name, self._port)
            return Target(self.own_name, _container_port(await self._get_pod(self.own_name), self._port))
        owner = await self._owner()
        pod = await self._select_pod(self._selector_of(owner), avoid)
        if isinstance(owner, Service) and self._path.endswith("/services"):
            return Target(pod.metadata.name, self._target_port(owner, pod))
        return Target(
            pod.metadata.name, self._port if isinstance(self._port, int) else _container_port(pod, self._port)
        )

    async def check_exists(self) -> None:
        """Check that a pod that `find` had no need to read exists.

        Who may not read pods may still forward to one, and of all other failures the first connection says more.

        Raises:
            NotFound: The pod does not exist.
        """
        if not self.has_choice and isinstance(self._port, int):
            try:
                await self._get_pod(self.own_name)
            except ApiError as error:
                if isinstance(error, NotFound):
                    raise

    async def is_ready(self, target: Target) -> bool:
        """Return True if the pod of a target is known to be ready."""
        try:
            return (await self._get_pod(target.pod)).is_ready
        except ApiError:
            return False

    def _target_port(self, service: Service, pod: Pod) -> int:
        for one in service.spec.ports:
            if self._port not in (one.port, one.name) or one.protocol != "TCP":
                continue
            # A headless service has no proxy: its port is the port of the pod.
            if service.spec.cluster_ip == "None":
                return one.port
            target = one.target_port or one.port
            return target if isinstance(target, int) else _container_port(pod, target)
        raise StreamError(f"{self._name} has no TCP port {self._port!r}")

    async def _get_pod(self, name: str) -> Pod:
        return await self._get(Pod, _PODS, name)


def _container_port(pod: Pod, name: str) -> int:
    for container in (*pod.spec.containers, *pod.spec.init_containers):
        for port in container.ports:
            if port.name == name and port.protocol == "TCP":
                return port.container_port
    raise StreamError(f"pod {pod.metadata.name} has no TCP port named {name!r}")


def _check(port: int | str) -> None:
    types.instance(port, (int, str), "a number or a name", "port")
    if (isinstance(port, int) and not 0 < port < 1 << 16) or not port:
        raise InvalidRequest(f"port is {port!r}; it must be a number from 1 to 65535 or the name of a port")
    if isinstance(port, str) and port.isdecimal():
        raise InvalidRequest(f"port is {port!r}; pass a number as an int")
