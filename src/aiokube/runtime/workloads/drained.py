"""The parts of nodes and pods that a drain reads."""

from __future__ import annotations

from typing import Any

from ..codec.model import Model, field
from ..codec.partial_metadata import ObjectMetadata, OwnerReference

_MIRROR = "kubernetes.io/config.mirror"


class NodeSpec(Model, kw_only=True):
    """The state that a node is to have."""

    unschedulable: bool = False


class Node(Model, kw_only=True):
    """A node."""

    spec: NodeSpec = field(default_factory=NodeSpec)


class Volume(Model, kw_only=True):
    """A volume of a pod."""

    empty_dir: dict[str, Any] | None = None


class PodSpec(Model, kw_only=True):
    """The node and the volumes of a pod."""

    node_name: str = ""
    volumes: list[Volume] = field(default_factory=list)


class PodStatus(Model, kw_only=True):
    """The state of a pod."""

    phase: str = ""


class Pod(Model, kw_only=True):
    """A pod."""

    metadata: ObjectMetadata = field(default_factory=ObjectMetadata)
    spec: PodSpec = field(default_factory=PodSpec)
    status: PodStatus = field(default_factory=PodStatus)

    @property
    def key(self) -> str:
        """The namespace and the name: `shop/web-0`."""
        return f"{self.metadata.namespace}/{self.metadata.name}"

    @property
    def controller(self) -> OwnerReference | None:
        """The owner that manages the pod."""
        return next((one for one in self.metadata.owner_references if one.controller), None)

    @property
    def is_of_daemon_set(self) -> bool:
        """True if a DaemonSet of apps/v1 manages the pod, and not one of another group."""
        owner = self.controller
        return owner is not None and (owner.api_version, owner.kind) == ("apps/v1", "DaemonSet")

    @property
    def is_finished(self) -> bool:
        """True if none of the containers will run again."""
        return self.status.phase in ("Succeeded", "Failed")

    @property
    def is_mirror(self) -> bool:
        """True if the kubelet manages the pod."""
        return _MIRROR in self.metadata.annotations

    @property
    def has_local_data(self) -> bool:
        """True if data is lost with the pod."""
        return any(volume.empty_dir is not None for volume in self.spec.volumes)


class PodList(Model, kw_only=True):
    """A list of pods. Without its type, what looks like an empty list may be anything."""

    api_version: str = ""
    kind: str = ""
    items: list[Pod] = field(default_factory=list)


class DaemonSet(Model, kw_only=True):
    """A DaemonSet, which exists."""

    api_version: str = field(default_factory=lambda: "apps/v1")
    kind: str = field(default_factory=lambda: "DaemonSet")
