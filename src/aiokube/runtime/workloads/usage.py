"""The usage of pods and nodes, from the Metrics API, as of `kubectl top`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from ..codec.model import Model, field
from ..codec.partial_metadata import ACCEPT_LIST, ObjectMetadata, PartialObjectMetadataList
from ..codec.problems import other_kind
from ..codec.scalars import Quantity
from ..codec.status import Status
from ..errors import DecodeError, NotFound
from ..http.request import build
from ..http.responses import decode_response
from .results import NodeUsage, PodUsage

if TYPE_CHECKING:
    from ..client import HttpClient

T = TypeVar("T", bound="Metrics")

_CORE: Final = "/api/v1"
_GROUP: Final = "metrics.k8s.io"
# As kubectl; metrics-server has the first.
_VERSIONS: Final = ("v1beta1", "v1")
_NONE: Final = Quantity("0")

Query = dict[str, object]


class ContainerMetrics(Model, kw_only=True):
    """The metrics of a container."""

    name: str = ""
    usage: dict[str, Quantity] = field(default_factory=dict)


class Metrics(Model, kw_only=True):
    """A response of the Metrics API, of any of its versions."""

    api_version: str = ""
    kind: str = ""


class PodMetrics(Metrics, kw_only=True):
    """The metrics of a pod."""

    metadata: ObjectMetadata = field(default_factory=ObjectMetadata)
    containers: list[ContainerMetrics] = field(default_factory=list)


class PodMetricsList(Metrics, kw_only=True):
    """The metrics of pods."""

    items: list[PodMetrics] = field(default_factory=list)


class NodeMetrics(Metrics, kw_only=True):
    """The metrics of a node."""

    metadata: ObjectMetadata = field(default_factory=ObjectMetadata)
    usage: dict[str, Quantity] = field(default_factory=dict)


class NodeMetricsList(Metrics, kw_only=True):
    """The metrics of nodes."""

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
        query: Selectors. That of fields chooses among pods, which the Metrics API has no fields of.
        name: Name of the only pod. None: all.

    Raises:
        NotFound: The pod has no metrics, or the server has no Metrics API.
    """
    if name is None:
        labels = {key: value for key, value in query.items() if key != "fieldSelector"}
        items = (await _metrics(client, path, values, labels, PodMetricsList)).items
        if query.get("fieldSelector") is not None:
            request = build("GET", path, values, query, accept=ACCEPT_LIST)
            pods = decode_response(request, await client.send(request), PartialObjectMetadataList).items
            chosen = {(pod.metadata.namespace, pod.metadata.name) for pod in pods}
            items = [one for one in items if (one.metadata.namespace, one.metadata.name) in chosen]
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
    unknown: NotFound | None = None
    for version in _VERSIONS:
        request = build("GET", f"/apis/{_GROUP}/{version}{path.removeprefix(_CORE)}", values, query)
        try:
            found = decode_response(request, await client.send(request), response_type)
        except NotFound as error:
            if error.status.details.name:
                raise
            # The path itself is unknown.
            unknown = unknown or error
            continue
        expected = (f"{_GROUP}/{version}", response_type.__name__)
        if (found.api_version, found.kind) != expected:
            raise DecodeError(f"{request}: {other_kind(expected, (found.api_version, found.kind))}")
        return found
    message = "the server has no Metrics API (metrics.k8s.io), which metrics-server adds to a cluster"
    status = Status(status="Failure", reason="NotFound", message=message, code=404)
    raise NotFound(status, method="GET", path=unknown.path if unknown else "") from unknown
