"""The pod templates of workloads: how kubectl restarts a workload and sets its images."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..codec.absent import ABSENT_DICT, absent
from ..codec.model import Model, dataclass, field
from ..codec.open_model import OpenModel
from ..codec.open_types import Open
from ..codec.partial_metadata import ObjectMetadata
from ..errors import InvalidRequest, RolloutError
from ..streams.pod import LabelSelector

_RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
_PATHS = {"Pod": ("spec",), "CronJob": ("spec", "jobTemplate", "spec", "template", "spec")}
_PATH_IN_WORKLOADS = ("spec", "template", "spec")

Manifest = dict[str, Any]


@dataclass
class TemplateMetadata(OpenModel, kw_only=True):
    """The metadata of a pod template."""

    labels: dict[str, str] = ABSENT_DICT
    annotations: dict[str, str] = ABSENT_DICT


@dataclass
class PodTemplate(OpenModel, kw_only=True):
    """A pod template, with all of its fields."""

    metadata: Open[TemplateMetadata] = absent(TemplateMetadata)


class WorkloadSpec(Model, kw_only=True):
    """The state that a workload is to have."""

    paused: bool = False
    selector: LabelSelector = field(default_factory=LabelSelector)
    template: Open[PodTemplate] = field(default_factory=PodTemplate)


class TemplatedWorkload(Model, kw_only=True):
    """A Deployment, DaemonSet or StatefulSet, as far as its pod template is concerned."""

    api_version: str = ""
    kind: str = ""
    metadata: ObjectMetadata = field(default_factory=ObjectMetadata)
    spec: WorkloadSpec = field(default_factory=WorkloadSpec)

    @property
    def title(self) -> str:
        """The kind and the name."""
        return f"{self.kind or 'object'} {self.metadata.name}"


class Container(Model, kw_only=True):
    """A container."""

    name: str = ""
    image: str = ""


class PodSpec(Model, kw_only=True):
    """The containers whose images can be set."""

    init_containers: list[Container] = field(default_factory=list)
    containers: list[Container] = field(default_factory=list)


class Template(Model, kw_only=True):
    """A pod template."""

    spec: PodSpec = field(default_factory=PodSpec)


class JobSpec(Model, kw_only=True):
    """The state that a job is to have."""

    template: Template = field(default_factory=Template)


class JobTemplate(Model, kw_only=True):
    """The template of a job."""

    spec: JobSpec = field(default_factory=JobSpec)


class Spec(PodSpec, kw_only=True):
    """The spec of a pod, a workload or a CronJob."""

    template: Template = field(default_factory=Template)
    job_template: JobTemplate = field(default_factory=JobTemplate)


class ObjectWithImages(Model, kw_only=True):
    """A pod, or an object with a pod template."""

    kind: str = ""
    metadata: ObjectMetadata = field(default_factory=ObjectMetadata)
    spec: Spec = field(default_factory=Spec)

    @property
    def pod_spec(self) -> PodSpec:
        """The containers of the pods."""
        match self.kind:
            case "Pod":
                return self.spec
            case "CronJob":
                return self.spec.job_template.spec.template.spec
            case _:
                return self.spec.template.spec


def restart_patch(workload: TemplatedWorkload, now: datetime) -> Manifest:
    """Return the strategic merge patch that restarts all pods of a workload.

    Args:
        workload: The workload.
        now: The time of the restart.

    Raises:
        RolloutError: The Deployment is paused, or was restarted in this very second.
    """
    if workload.spec.paused:
        raise RolloutError(
            f"{workload.title} is paused, so that a restart would not begin; set spec.paused to false first"
        )
    at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if workload.spec.template.metadata.annotations.get(_RESTARTED_AT) == at:
        raise RolloutError(f"{workload.title} was restarted within the last second; wait before the next restart")
    return {"spec": {"template": {"metadata": {"annotations": {_RESTARTED_AT: at}}}}}


def image_patch(obj: ObjectWithImages, images: Mapping[str, str]) -> Manifest | None:
    """Return the strategic merge patch that sets images of containers; None if all have them.

    Args:
        obj: A pod, or an object with a pod template.
        images: Images by name of a container or init container; `*` stands for all of them.

    Raises:
        InvalidRequest: There is no such container, or an image is empty.
    """
    if not isinstance(images, Mapping) or not images:
        raise InvalidRequest(f"images is {images!r:.80}; pass a dict of container names and images")
    if "*" in images and len(images) > 1:
        raise InvalidRequest("images has '*', which stands for all containers, beside others; pass one or the other")
    spec = obj.pod_spec
    lists = {"initContainers": spec.init_containers, "containers": spec.containers}
    names = [one.name for containers in lists.values() for one in containers]
    for container, image in images.items():
        if not isinstance(image, str) or not image:
            raise InvalidRequest(f"images[{container!r}] is {image!r:.80}; pass the name of an image")
        if container not in names and container != "*":
            raise InvalidRequest(f"{obj.metadata.name} has no container named {container!r}; it has {', '.join(names)}")
    changed: Manifest = {}
    for field_name, containers in lists.items():
        for one in containers:
            wanted = images.get("*", images.get(one.name))
            if wanted is not None and wanted != one.image:
                changed.setdefault(field_name, []).append({"name": one.name, "image": wanted})
    if not changed:
        return None
    for key in reversed(_PATHS.get(obj.kind, _PATH_IN_WORKLOADS)):
        changed = {key: changed}
    return changed
