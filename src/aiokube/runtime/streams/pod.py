"""The parts of pods, and of what selects them, that streams need."""

from __future__ import annotations

from collections.abc import Iterator

from ..codec.model import Model, field


class Port(Model, kw_only=True):
    """A port of a container or of a service."""

    name: str = ""
    protocol: str = "TCP"
    container_port: int = 0
    port: int = 0
    target_port: int | str = 0


class Container(Model, kw_only=True):
    """A container."""

    name: str = ""
    ports: list[Port] = field(default_factory=list)


class Metadata(Model, kw_only=True):
    """The metadata of a pod."""

    name: str = ""
    annotations: dict[str, str] = field(default_factory=dict)
    deletion_timestamp: str | None = None


class PodSpec(Model, kw_only=True):
    """The containers of a pod."""

    containers: list[Container] = field(default_factory=list)
    init_containers: list[Container] = field(default_factory=list)
    ephemeral_containers: list[Container] = field(default_factory=list)


class Condition(Model, kw_only=True):
    """A condition of a pod."""

    type: str = ""
    status: str = ""


class PodStatus(Model, kw_only=True):
    """The state of a pod."""

    phase: str = ""
    conditions: list[Condition] = field(default_factory=list)


class Pod(Model, kw_only=True):
    """A pod."""

    metadata: Metadata = field(default_factory=Metadata)
    spec: PodSpec = field(default_factory=PodSpec)
    status: PodStatus = field(default_factory=PodStatus)

    @property
    def is_running(self) -> bool:
        """True if the pod runs and is not being deleted."""
        return self.status.phase == "Running" and self.metadata.deletion_timestamp is None

    @property
    def is_ready(self) -> bool:
        """True if the pod is running and ready."""
        return self.is_running and any(one.type == "Ready" and one.status == "True" for one in self.status.conditions)

    def containers(self) -> Iterator[Container]:
        """Yield all containers in the order in which they start."""
        yield from self.spec.init_containers
        yield from self.spec.containers
        yield from self.spec.ephemeral_containers


class PodList(Model, kw_only=True):
    """A list of pods."""

    api_version: str = field(default_factory=lambda: "v1")
    kind: str = field(default_factory=lambda: "PodList")
    items: list[Pod] = field(default_factory=list)


class ServiceSpec(Model, kw_only=True):
    """The pods and ports of a service; the pods of a replication controller."""

    selector: dict[str, str] = field(default_factory=dict)
    cluster_ip: str = field(default="", name="clusterIP")
    ports: list[Port] = field(default_factory=list)


class Service(Model, kw_only=True):
    """A service, or a replication controller."""

    spec: ServiceSpec = field(default_factory=ServiceSpec)

    @property
    def selector(self) -> str:
        """The label selector of its pods, as a query parameter."""
        return ",".join(f"{key}={value}" for key, value in self.spec.selector.items())


class Requirement(Model, kw_only=True):
    """A requirement of a label selector."""

    key: str = ""
    operator: str = ""
    values: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        values = ",".join(self.values)
        operators = {
            "In": f"{self.key} in ({values})",
            "NotIn": f"{self.key} notin ({values})",
            "DoesNotExist": f"!{self.key}",
        }
        return operators.get(self.operator, self.key)


class LabelSelector(Model, kw_only=True):
    """A label selector."""

    match_labels: dict[str, str] = field(default_factory=dict)
    match_expressions: list[Requirement] = field(default_factory=list)

    def __str__(self) -> str:
        labels = [f"{key}={value}" for key, value in self.match_labels.items()]
        return ",".join([*labels, *map(str, self.match_expressions)])


class WorkloadSpec(Model, kw_only=True):
    """The pods of a workload."""

    selector: LabelSelector = field(default_factory=LabelSelector)


class Workload(Model, kw_only=True):
    """A deployment, replica set, stateful set, daemon set or job."""

    spec: WorkloadSpec = field(default_factory=WorkloadSpec)

    @property
    def selector(self) -> str:
        """The label selector of its pods, as a query parameter."""
        return str(self.spec.selector)
