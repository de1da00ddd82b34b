"""The parts of Deployments, DaemonSets and StatefulSets that tell how far a rollout is."""

from __future__ import annotations

from ..codec.model import Model, field
from ..codec.partial_metadata import ObjectMetadata


class RollingUpdate(Model, kw_only=True):
    """The parameters of a rolling update."""

    partition: int | None = None


class UpdateStrategy(Model, kw_only=True):
    """The update strategy of a DaemonSet or StatefulSet."""

    type: str = "RollingUpdate"
    rolling_update: RollingUpdate = field(default_factory=RollingUpdate)


class WorkloadSpec(Model, kw_only=True):
    """The state that a workload is to have."""

    replicas: int = 1
    update_strategy: UpdateStrategy = field(default_factory=UpdateStrategy)


class Condition(Model, kw_only=True):
    """A condition of a Deployment."""

    type: str = ""
    reason: str = ""
    message: str = ""


class WorkloadStatus(Model, kw_only=True):
    """The state that a workload has."""

    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    available_replicas: int = 0
    ready_replicas: int = 0
    current_replicas: int = 0
    desired_number_scheduled: int = 0
    updated_number_scheduled: int = 0
    number_available: int = 0
    current_revision: str = ""
    update_revision: str = ""
    conditions: list[Condition] = field(default_factory=list)


class Workload(Model, kw_only=True):
    """A Deployment, DaemonSet or StatefulSet."""

    kind: str = ""
    metadata: ObjectMetadata = field(default_factory=ObjectMetadata)
    spec: WorkloadSpec = field(default_factory=WorkloadSpec)
    status: WorkloadStatus = field(default_factory=WorkloadStatus)
