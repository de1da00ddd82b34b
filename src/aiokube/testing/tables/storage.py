"""Tables of volumes and what provides them."""

from __future__ import annotations

from datetime import datetime

from ..store import Object
from .columns import (
    AGE,
    NAME,
    NONE,
    UNSET,
    Cells,
    Column,
    Layout,
    at,
    joined,
    moment,
    size,
    text,
    value,
)

_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}
_CLASS = "volume.beta.kubernetes.io/storage-class"
_DEFAULTS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")


def _modes(obj: Object, path: str) -> str:
    found = set(at(obj, path, ()))
    return ",".join(short for mode, short in _MODES.items() if mode in found)


def _class(obj: Object, now: datetime) -> str:
    annotations = at(obj, "metadata.annotations", {})
    return str(annotations.get(_CLASS, at(obj, "spec.storageClassName", "")))


def _phase(obj: Object, now: datetime) -> str:
    return "Terminating" if at(obj, "metadata.deletionTimestamp") else at(obj, "status.phase", "")


def _claim(volume: Object, now: datetime) -> str:
    claim = at(volume, "spec.claimRef")
    return "" if claim is None else f"{claim.get('namespace', '')}/{claim.get('name', '')}"


def _claim_capacity(claim: Object, now: datetime) -> str:
    return str(at(claim, "status.capacity", {}).get("storage", "0")) if at(claim, "spec.volumeName") else ""


def _claim_modes(claim: Object, now: datetime) -> str:
    return _modes(claim, "status.accessModes") if at(claim, "spec.volumeName") else ""


def _audiences(driver: Object, now: datetime) -> str:
    requests = at(driver, "spec.tokenRequests")
    return UNSET if requests is None else ",".join(one.get("audience", "") for one in requests)


def _mark_default(rows: list[tuple[Cells, Object]]) -> list[tuple[Cells, Object]]:
    """Mark the default class: of several, the newest one, and then the first one."""
    marked = [
        (cells, obj)
        for cells, obj in rows
        if "true" in [at(obj, "metadata.annotations", {}).get(name) for name in _DEFAULTS]
    ]
    if marked:
        cells, _ = min(marked, key=lambda row: (-_created(row[1]), row[1]["metadata"]["name"]))
        cells[0] += " (default)"
    return rows


def _created(obj: Object) -> float:
    return moment(obj["metadata"]["creationTimestamp"]).timestamp()


_VOLUME_MODE = Column("VolumeMode", value("spec.volumeMode", UNSET), about="spec.volumeMode", priority=1)
_ATTRIBUTES = value("spec.volumeAttributesClassName", UNSET)


def _flag(name: str, field: str, default: bool) -> Column:
    return Column(name, value(f"spec.{field}", default), about=f"spec.{field}", type="boolean")


LAYOUTS = {
    "persistentvolumes": Layout(
        (
            NAME,
            Column(
                "Capacity",
                lambda volume, now: at(volume, "spec.capacity", {}).get("storage", "0"),
                about="spec.capacity",
            ),
            Column("Access Modes", lambda volume, now: _modes(volume, "spec.accessModes"), about="spec.accessModes"),
            Column(
                "Reclaim Policy",
                text("spec.persistentVolumeReclaimPolicy"),
                about="spec.persistentVolumeReclaimPolicy",
            ),
            Column("Status", _phase, about="status.phase"),
            Column("Claim", _claim, about="spec.claimRef"),
            Column("StorageClass", _class, "StorageClass of the pv"),
            Column("VolumeAttributesClass", _ATTRIBUTES, "VolumeAttributesClass of the pv"),
            Column("Reason", text("status.reason"), about="status.reason"),
            AGE,
            _VOLUME_MODE,
        )
    ),
    "persistentvolumeclaims": Layout(
        (
            NAME,
            Column("Status", _phase, about="status.phase"),
            Column("Volume", text("spec.volumeName"), about="spec.volumeName"),
            Column("Capacity", _claim_capacity, about="status.capacity"),
            Column("Access Modes", _claim_modes, about="status.accessModes"),
            Column("StorageClass", _class, "StorageClass of the pvc"),
            Column("VolumeAttributesClass", _ATTRIBUTES, "VolumeAttributesClass of the pvc"),
            AGE,
            _VOLUME_MODE,
        )
    ),
    "storageclasses.storage.k8s.io": Layout(
        (
            NAME,
            Column("Provisioner", text("provisioner"), about="provisioner"),
            Column("ReclaimPolicy", value("reclaimPolicy", "Delete"), about="reclaimPolicy"),
            Column("VolumeBindingMode", value("volumeBindingMode", "Immediate"), about="volumeBindingMode"),
            Column("AllowVolumeExpansion", value("allowVolumeExpansion", False), about="allowVolumeExpansion"),
            AGE,
        ),
        arrange=_mark_default,
    ),
    "volumeattributesclasses.storage.k8s.io": Layout(
        (NAME, Column("DriverName", text("driverName"), about="driverName"), AGE)
    ),
    "volumeattachments.storage.k8s.io": Layout(
        (
            NAME,
            Column("Attacher", text("spec.attacher"), about="spec.attacher", format="name"),
            Column("PV", text("spec.source.persistentVolumeName"), about="spec.source.persistentVolumeName"),
            Column("Node", text("spec.nodeName"), about="spec.nodeName"),
            Column("Attached", value("status.attached", False), about="status.attached", type="boolean"),
            AGE,
        )
    ),
    "csinodes.storage.k8s.io": Layout(
        (
            NAME,
            Column(
                "Drivers",
                size("spec.drivers"),
                "Drivers indicates the number of CSI drivers registered on the node",
                type="integer",
            ),
            AGE,
        )
    ),
    "csidrivers.storage.k8s.io": Layout(
        (
            NAME,
            _flag("AttachRequired", "attachRequired", True),
            _flag("PodInfoOnMount", "podInfoOnMount", False),
            _flag("StorageCapacity", "storageCapacity", False),
            Column("TokenRequests", _audiences, about="spec.tokenRequests"),
            _flag("RequiresRepublish", "requiresRepublish", False),
            Column("Modes", joined("spec.volumeLifecycleModes", NONE), about="spec.volumeLifecycleModes"),
            AGE,
        )
    ),
}
