"""The usage of pods and nodes, from the Metrics API, as of `kubectl top`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from ..codec.model import Model, field
from ..codec.partial_metadata import ObjectMetadata
from ..codec.scalars import Quantity
from ..codec.status import Status
from ..errors import NotFound
from ..http.request import build
from ..http.responses import decode_response
from .results import NodeUsage, PodUsage

if TYPE_CHECKING:
    from ..client import HttpClient

T = TypeVar("T")

_CORE: Final = "/api/v1"
_METRICS: Final = "/apis/metrics.k8s.io/v1beta1"
_NONE: Final = Quantity("0")

Query = dict[str, object]


class ContainerMetrics(Model, kw_only=True):
    """The metrics of a container."""

    name: str = ""
    usage: dict[str, Quantity] = field(default_factory=dict)


class PodMetrics(Model, kw_only=True):
    """The metrics of a pod."""

    api_version: str = field(default_factory=lambda: "metrics.k8s.io/v1beta1")
    kind: str = field(default_factory=lambda: "PodMetrics")
    metadata: ObjectMetadata = field(default_factory=ObjectMetadata)
    containers: list[ContainerMetrics] = field(default_factory=list)


class PodMetricsList(Model, kw_only=True):
    """The metrics of pods."""

    api_version: str = field(default_factory=lambda: "metrics.k8s.io/v1beta1")
    kind: str = field(default_factory=lambda: "PodMetricsList")
    items: list[PodMetrics] = field(default_factory=list)


class NodeMetrics(Model, kw_only=True):
    """The metrics of a node."""

    api_version: str = field(default_factory=lambda: "metrics.k8s.io/v1beta1")
    kind: str = field(default_factory=lambda: "NodeMetrics")
    metadata: ObjectMetadata = field(default_factory=ObjectMetadata)
    usage: dict[str, Quantity] = field(default_factory=dict)


class NodeMetricsList(Model, kw_only=True):
    """The metrics of nodes."""

    api_version: str = field(default_factory=lambda: "metrics.k8s.io/v1beta1")
    kind: str = field(default_factory=lambda: "NodeMetricsList")
    items: list[NodeMetrics] = field(default_factory=list)


class NodeStatus(Model, kw_only=True):
    """Capacity of a node for pods."""

    allocatable: dict[str, Quantity] = field(default_factory=dict)


class Node(Model, kw_only=True):
    """A node, as far as its usage is concerned."""

    api_version: str = field(default_factory=lambda: "v1")
    kind: str = field(default_factory=lambda: "Node")
    metadata: ObjectMetadata = field(default_factory=ObjectMetadata)
    status: NodeStatus = field(default_factory=NodeStatus)


class NodeList(Model, kw_only=True):
    """A list of nodes."""

    api_version: str = field(default_factory=lambda: "v1")
    kind: str = field(default_factory=lambda: "NodeList")
    items: list[Node] = field(default_factory=list)


async def pod_usage(
    client: HttpClient, path: str, values: dict[str, str | None], query: Query, name: str | None
) -> Sequence[PodUsage]:
    """Return the usage of pods, by namespace and name.

    Args:
        client: The client that sends the requests.
        path: Path template of the pods.
        values: Values for the braces of the path.
        query: Selectors.
        name: Name of the only pod. None: all.

    Raises:
        NotFound: The pod has no metrics, or the server has no Metrics API.
    """
    if name is None:
        items = (await _metrics(client, path, values, query, PodMetricsList)).items
    else:
        items = [await _metrics(client, f"{path}/{{name}}", {**values, "name": name}, query, PodMetrics)]
    usages = [
        PodUsage(
            namespace=one.metadata.namespace,
            name=one.metadata.name,
            cpu=sum((container.usage.get("cpu", _NONE) for container in one.containers), _NONE),
            memory=sum((container.usage.get("memory", _NONE) for container in one.containers), _NONE),
            containers={container.name: container.usage for container in one.containers},
        )
        for one in items
    ]
    return sorted(usages, key=lambda usage: (usage.namespace, usage.name))


async def node_usage(client: HttpClient, path: str, query: Query, name: str | None) -> Sequence[NodeUsage]:
    """Return the usage of nodes, by name, beside what they have for pods.

    Args:
        client: The client that sends the requests.
        path: Path of the nodes.
        query: Selectors.
        name: Name of the only node. None: all.

    Raises:
        NotFound: The node has no metrics, or the server has no Metrics API.
    """
    if name is None:
        items = (await _metrics(client, path, {}, query, NodeMetricsList)).items
        request = build("GET", path, {}, query)
        nodes = decode_response(request, await client.send(request), NodeList).items
    else:
        items = [await _metrics(client, f"{path}/{{name}}", {"name": name}, query, NodeMetrics)]
        request = build("GET", f"{path}/{{name}}", {"name": name}, {})
        nodes = [decode_response(request, await client.send(request), Node)]
    allocatable = {node.metadata.name: node.status.allocatable for node in nodes}
    usages = [
        NodeUsage(
            name=one.metadata.name,
            cpu=one.usage.get("cpu", _NONE),
            memory=one.usage.get("memory", _NONE),
            allocatable_cpu=allocatable.get(one.metadata.name, {}).get("cpu", _NONE),
            allocatable_memory=allocatable.get(one.metadata.name, {}).get("memory", _NONE),
        )
        for one in items
    ]
    return sorted(usages, key=lambda usage: usage.name)


async def _metrics(
    client: HttpClient, path: str, values: dict[str, str | None], query: Query, response_type: type[T]
) -> T:
    request = build("GET", _METRICS + path.removeprefix(_CORE), values, query)
    try:
        return decode_response(request, await client.send(request), response_type)
    except NotFound as error:
        if error.status.details.name:
            raise
        # The path itself is unknown.
        message = "the server has no Metrics API (metrics.k8s.io/v1beta1), which metrics-server adds to a cluster"
        status = Status(status="Failure", reason="NotFound", message=message, code=404)
        raise NotFound(status, method=error.method, path=error.path) from error
