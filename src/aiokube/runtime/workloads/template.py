"""The pod templates of workloads, as manifests: how kubectl restarts a workload and sets its images."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..errors import InvalidRequest, RolloutError

_RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
_PLACES = {"Pod": ("spec",), "CronJob": ("spec", "jobTemplate", "spec", "template", "spec")}
_OF_WORKLOADS = ("spec", "template", "spec")

Manifest = dict[str, Any]


def restart_patch(manifest: Manifest, now: datetime) -> Manifest:
    """Return the strategic merge patch that restarts all pods of a workload.

    Args:
        manifest: The workload.
        now: The time of the restart.

    Raises:
        RolloutError: The Deployment is paused, or was restarted in this very second.
    """
    what = f"{manifest.get('kind', 'object')} {manifest['metadata']['name']}"
    if manifest["spec"].get("paused"):
        raise RolloutError(f"{what} is paused, so that a restart would not begin; set spec.paused to false first")
    at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    template = manifest["spec"].get("template", {})
    if template.get("metadata", {}).get("annotations", {}).get(_RESTARTED_AT) == at:
        raise RolloutError(f"{what} was restarted within the last second; wait before the next restart")
    return {"spec": {"template": {"metadata": {"annotations": {_RESTARTED_AT: at}}}}}


def image_patch(manifest: Manifest, images: Mapping[str, str]) -> Manifest | None:
    """Return the strategic merge patch that sets images of containers; None if all have them.

    Args:
        manifest: A pod, or an object with a pod template.
        images: Images by name of a container or init container; `*` stands for all of them.

    Raises:
        InvalidRequest: There is no such container, or an image is empty.
    """
    if not isinstance(images, Mapping) or not images:
        raise InvalidRequest(f"images is {images!r:.80}; pass a dict of container names and images")
    place = _PLACES.get(manifest.get("kind", ""), _OF_WORKLOADS)
    spec: Any = manifest
    for key in place:
        spec = spec.get(key, {})
    kinds = ("initContainers", "containers")
    names = [one["name"] for kind in kinds for one in spec.get(kind, ())]
    for container, image in images.items():
        if not isinstance(image, str) or not image:
            raise InvalidRequest(f"images[{container!r}] is {image!r:.80}; pass the name of an image")
        if container not in names and container != "*":
            raise InvalidRequest(
                f"{manifest['metadata']['name']} has no container named {container!r}; it has {', '.join(names)}"
            )
    changed: Manifest = {}
    for kind in kinds:
        for one in spec.get(kind, ()):
            wanted = images.get(one["name"], images.get("*"))
            if wanted is not None and wanted != one.get("image"):
                changed.setdefault(kind, []).append({"name": one["name"], "image": wanted})
    if not changed:
        return None
    for key in reversed(place):
        changed = {key: changed}
    return changed
