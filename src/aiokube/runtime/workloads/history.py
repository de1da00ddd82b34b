"""The revisions of workloads, by the rules of `kubectl rollout history` and `kubectl rollout undo`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from ..codec.model import encode
from ..errors import RolloutError
from ..http.request import build
from ..streams.pod import Workload
from .results import Revision

if TYPE_CHECKING:
    from ..client import HttpClient

_REPLICA_SETS: Final = "/apis/apps/v1/namespaces/{namespace}/replicasets"
_CONTROLLER_REVISIONS: Final = "/apis/apps/v1/namespaces/{namespace}/controllerrevisions"
_REVISION: Final = "deployment.kubernetes.io/revision"
_CHANGE_CAUSE: Final = "kubernetes.io/change-cause"
_HASH: Final = "pod-template-hash"
# They belong to the Deployment itself, not to its revisions.
_NOT_RESTORED: Final = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        "deployment.kubernetes.io/revision",
        "deployment.kubernetes.io/revision-history",
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
        "deprecated.deployment.rollback.to",
    }
)

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Undo:
    """The patch that restores a revision."""

    type: Literal["json", "strategic"]
    patch: Manifest | list[Manifest]


async def read_history(client: HttpClient, workload: Manifest) -> list[tuple[Revision, Manifest]]:
    """Return the revisions of a workload, the oldest first, each with the object that holds it.

    Args:
        client: The client that sends the requests.
        workload: A Deployment, DaemonSet or StatefulSet.
    """
    metadata = workload["metadata"]
    is_deployment = workload["kind"] == "Deployment"
    path = _REPLICA_SETS if is_deployment else _CONTROLLER_REVISIONS
    query = {"labelSelector": Workload.from_json(encode(workload)).selector}
    response = await client.send(build("GET", path, {"namespace": metadata["namespace"]}, query))
    found: list[Manifest] = cast("Manifest", response.json()).get("items") or []
    revisions: list[tuple[Revision, Manifest]] = []
    for one in found:
        owners = one["metadata"].get("ownerReferences", ())
        if not any(owner.get("controller") and owner["uid"] == metadata["uid"] for owner in owners):
            continue
        annotations = one["metadata"].get("annotations", {})
        number = annotations.get(_REVISION) if is_deployment else one.get("revision")
        if number is None:
            continue
        template = one["spec"]["template"] if is_deployment else one["data"]["spec"]["template"]
        revision = Revision(
            number=int(number),
            name=one["metadata"]["name"],
            change_cause=annotations.get(_CHANGE_CAUSE),
            template=_plain(template),
        )
        revisions.append((revision, one))
    return sorted(revisions, key=lambda pair: pair[0].number)


def undo_patch(
    workload: Manifest, history: Sequence[tuple[Revision, Manifest]], to_revision: int | None
) -> Undo | None:
    """Return the patch that restores a revision; None if the workload has its template already.

    Args:
        workload: A Deployment, DaemonSet or StatefulSet.
        history: Its revisions, the oldest first.
        to_revision: Number of the revision. None: the one before the latest.

    Raises:
        RolloutError: There is no such revision, or the Deployment is paused.
    """
    what = f"{workload['kind']} {workload['metadata']['name']}"
    if to_revision is None:
        if len(history) < 2:
            raise RolloutError(f"{what} has no earlier revision")
        revision, holder = history[-2]
    else:
        by_number = {revision.number: (revision, holder) for revision, holder in history}
        if to_revision not in by_number:
            known = ", ".join(map(str, by_number)) or "none"
            raise RolloutError(f"{what} has no revision {to_revision}; it has {known}")
        revision, holder = by_number[to_revision]
    if workload["spec"].get("paused"):
        raise RolloutError(f"{what} is paused, so that a rollback would not begin; set spec.paused to false first")
    if _plain(workload["spec"]["template"]) == revision.template:
        return None
    if workload["kind"] != "Deployment":
        # The data of a ControllerRevision is such a patch.
        return Undo("strategic", holder["data"])
    current, former = (one["metadata"].get("annotations", {}) for one in (workload, holder))
    annotations = {key: value for key, value in current.items() if key in _NOT_RESTORED}
    annotations |= {key: value for key, value in former.items() if key not in _NOT_RESTORED}
    return Undo(
        "json",
        [
            {"op": "replace", "path": "/spec/template", "value": revision.template},
            {"op": "replace", "path": "/metadata/annotations", "value": annotations},
        ],
    )


def _plain(template: Manifest) -> Manifest:
    """Return a pod template without what controllers add to it, and without nulls."""
    plain = {key: value for key, value in template.items() if key != "$patch"}
    metadata = {key: value for key, value in plain.get("metadata", {}).items() if value is not None}
    if "labels" in metadata:
        metadata["labels"] = {key: value for key, value in metadata["labels"].items() if key != _HASH}
    return {**plain, "metadata": metadata}
