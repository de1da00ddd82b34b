"""The revisions of workloads, by the rules of `kubectl rollout history` and `kubectl rollout undo`."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from ..codec.model import Model, Raw, decode, field
from ..codec.open_types import Open
from ..codec.partial_metadata import ObjectMetadata
from ..errors import DecodeError, RolloutError, printable
from ..http.request import build
from ..http.responses import decode_response
from .results import Revision
from .template import Manifest, PodTemplate, TemplatedWorkload

if TYPE_CHECKING:
    from ..client import HttpClient

T = TypeVar("T")

_log = logging.getLogger("aiokube.workloads")

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

_WITH_REVISIONS: Final = ("Deployment", "DaemonSet", "StatefulSet")
# A number as Go reads it.
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)


class HolderSpec(Model, kw_only=True):
    """The pod template of a revision."""

    template: Open[PodTemplate] = field(default_factory=PodTemplate)


class ReplicaSet(Model, kw_only=True):
    """A ReplicaSet, which holds a revision of a Deployment."""

    metadata: ObjectMetadata = field(default_factory=ObjectMetadata)
    spec: HolderSpec = field(default_factory=HolderSpec)


class ReplicaSetList(Model, kw_only=True):
    """A list of ReplicaSets."""

    api_version: str = field(default_factory=lambda: "apps/v1")
    kind: str = field(default_factory=lambda: "ReplicaSetList")
    items: list[ReplicaSet] = field(default_factory=list)


class RevisionData(Model, kw_only=True):
    """The data of a ControllerRevision, which is a strategic merge patch."""

    spec: HolderSpec = field(default_factory=HolderSpec)


class ControllerRevision(Model, kw_only=True):
    """A ControllerRevision, which holds a revision of a DaemonSet or StatefulSet."""

    metadata: ObjectMetadata = field(default_factory=ObjectMetadata)
    revision: int = 0
    data: Raw = Raw(b"{}")


class ControllerRevisionList(Model, kw_only=True):
    """A list of ControllerRevisions."""

    api_version: str = field(default_factory=lambda: "apps/v1")
    kind: str = field(default_factory=lambda: "ControllerRevisionList")
    items: list[ControllerRevision] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRevision:
    """A revision, with what restores it."""

    revision: Revision
    annotations: Mapping[str, str]
    """Annotations of the object that holds it."""
    data: Raw | None = None
    """The patch that a ControllerRevision holds."""


@dataclass(frozen=True, slots=True)
class Undo:
    """The patch that restores a revision."""

    type: Literal["json", "strategic"]
    patch: Raw | list[Manifest]


async def read_history(client: HttpClient, workload: TemplatedWorkload, namespace: str) -> list[HeldRevision]:
    """Return the revisions of a workload, the oldest first.

    Args:
        client: The client that sends the requests.
        workload: A Deployment, DaemonSet or StatefulSet.
        namespace: Its namespace.

    Raises:
        DecodeError: It is something else, or a response does not fit.
    """
    if workload.api_version != "apps/v1" or workload.kind not in _WITH_REVISIONS:
        found = f"{workload.kind!r:.80} of {workload.api_version!r:.80}"
        raise DecodeError(f"the response is {found}, and none of {', '.join(_WITH_REVISIONS)} of apps/v1")
    held = await (_of_deployment if workload.kind == "Deployment" else _of_controller)(client, workload, namespace)
    return sorted(held, key=lambda one: one.revision.number)


async def _of_deployment(client: HttpClient, workload: TemplatedWorkload, namespace: str) -> list[HeldRevision]:
    found = await _list(client, _REPLICA_SETS, ReplicaSetList, workload, namespace)
    held: list[HeldRevision] = []
    for one in found.items:
        if not _is_of(one.metadata, workload):
            continue
        # A ReplicaSet that the Deployment has adopted has no revision, which is 0 for kubectl.
        text = one.metadata.annotations.get(_REVISION, "0")
        if not _NUMBER.fullmatch(text):
            _log.warning(
                "ReplicaSet %s of %s is left out: its annotation %s is %s, which is no number",
                printable(one.metadata.name),
                printable(workload.title),
                _REVISION,
                printable(repr(text[:80])),
            )
            continue
        cause = one.spec.template.metadata.annotations.get(_CHANGE_CAUSE)
        held.append(_held(one.metadata, int(text), one.spec.template, cause=cause))
    return held


async def _of_controller(client: HttpClient, workload: TemplatedWorkload, namespace: str) -> list[HeldRevision]:
    found = await _list(client, _CONTROLLER_REVISIONS, ControllerRevisionList, workload, namespace)
    held: list[HeldRevision] = []
    for one in found.items:
        if not _is_of(one.metadata, workload):
            continue
        try:
            data = decode(bytes(one.data), RevisionData)
        except DecodeError as error:
            raise DecodeError(f"ControllerRevision {one.metadata.name}: data: {error}") from error
        held.append(_held(one.metadata, one.revision, data.spec.template, data=one.data))
    return held


async def _list(client: HttpClient, path: str, list_type: type[T], workload: TemplatedWorkload, namespace: str) -> T:
    query = {"labelSelector": str(workload.spec.selector) or None}
    request = build("GET", path, {"namespace": namespace}, query)
    return decode_response(request, await client.send(request), list_type)


def _is_of(metadata: ObjectMetadata, workload: TemplatedWorkload) -> bool:
    return any(owner.controller and owner.uid == workload.metadata.uid for owner in metadata.owner_references)


def _held(
    metadata: ObjectMetadata, number: int, template: PodTemplate, *, cause: str | None = None, data: Raw | None = None
) -> HeldRevision:
    revision = Revision(
        number=number,
        name=metadata.name,
        change_cause=metadata.annotations.get(_CHANGE_CAUSE) or cause or None,
        template=_plain(template),
    )
    return HeldRevision(revision=revision, annotations=metadata.annotations, data=data)


def undo_patch(workload: TemplatedWorkload, history: Sequence[HeldRevision], to_revision: int | None) -> Undo | None:
    """Return the patch that restores a revision; None if the workload has its template already.

    Args:
        workload: A Deployment, DaemonSet or StatefulSet.
        history: Its revisions, the oldest first.
        to_revision: Number of the revision. None: the one before the latest.

    Raises:
        RolloutError: There is no such revision, or the Deployment is paused.
    """
    if to_revision is None:
        if len(history) < 2:
            raise RolloutError(f"{workload.title} has no earlier revision")
        chosen = history[-2]
    else:
        by_number = {held.revision.number: held for held in history}
        if to_revision not in by_number:
            known = ", ".join(map(str, by_number)) or "none"
            raise RolloutError(f"{workload.title} has no revision {to_revision}; it has {known}")
        chosen = by_number[to_revision]
    if workload.spec.paused:
        raise RolloutError(
            f"{workload.title} is paused, so that a rollback would not begin; set spec.paused to false first"
        )
    template = chosen.revision.template
    if _plain(workload.spec.template) == template:
        return None
    if chosen.data is not None:
        return Undo("strategic", chosen.data)
    current, former = workload.metadata.annotations, chosen.annotations
    annotations = {key: value for key, value in current.items() if key in _NOT_RESTORED}
    annotations |= {key: value for key, value in former.items() if key not in _NOT_RESTORED}
    return Undo(
        "json",
        [
            {"op": "replace", "path": "/spec/template", "value": template},
            {"op": "replace", "path": "/metadata/annotations", "value": annotations},
        ],
    )


def _plain(template: PodTemplate) -> Manifest:
    """Return a pod template without what controllers add to it, and without nulls in its metadata."""
    plain = {key: value for key, value in template.to_dict().items() if key != "$patch"}
    metadata = {key: value for key, value in plain.get("metadata", {}).items() if value is not None}
    if "labels" in metadata:
        metadata["labels"] = {key: value for key, value in metadata["labels"].items() if key != _HASH}
    return {**plain, "metadata": metadata}
