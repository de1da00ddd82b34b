"""Volumes of pods, and where containers mount them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..failures import Cause
from .causes import duplicate, forbidden, invalid, label_causes, not_found, required

_MODE = "must be a number between 0 and 0777 (octal), both inclusive"
_MAX_MODE = 0o777
# In the order in which kube-apiserver looks for them.
_SOURCES = (
    *("emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs", "iscsi"),
    *("glusterfs", "flocker", "persistentVolumeClaim", "rbd", "cinder", "cephfs", "quobyte", "downwardAPI", "fc"),
    *("configMap", "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume", "azureDisk", "storageos"),
    *("projected", "scaleIO", "csi", "ephemeral", "image"),
)


def volume_causes(volumes: Any, path: str) -> tuple[set[str], list[Cause]]:
    """Return the names of the valid volumes of a pod, and what is wrong with the others."""
    names: set[str] = set()
    causes: list[Cause] = []
    for index, volume in enumerate(volumes or ()):
        found = list(_volume_causes(volume, f"{path}[{index}]", names))
        causes += found
        if not found:
            names.add(volume["name"])
    return names, causes


def _volume_causes(volume: Any, path: str, names: set[str]) -> Iterator[Cause]:
    present = [name for name in _SOURCES if volume.get(name) is not None]
    for name in present[:1]:
        yield from _source_causes(name, volume[name], f"{path}.{name}")
    for name in present[1:]:
        yield forbidden(f"{path}.{name}", "may not specify more than 1 volume type")
    name = volume.get("name") or ""
    if not name:
        yield required(f"{path}.name")
    else:
        yield from label_causes(name, f"{path}.name")
    if name in names:
        yield duplicate(f"{path}.name", name)


def _source_causes(kind: str, source: Any, path: str) -> Iterator[Cause]:
    if kind == "hostPath":
        if not source.get("path"):
            yield required(f"{path}.path")
        else:
            yield from _no_steps_back(source["path"], f"{path}.path")
    elif kind == "persistentVolumeClaim" and not source.get("claimName"):
        yield required(f"{path}.claimName")
    elif kind in ("configMap", "secret"):
        field = "name" if kind == "configMap" else "secretName"
        if not source.get(field):
            yield required(f"{path}.{field}")
        yield from _mode_causes(source, "defaultMode", path)
        for index, item in enumerate(source.get("items") or ()):
            where = f"{path}.items[{index}]"
            for field in ("key", "path"):
                if not item.get(field):
                    yield required(f"{where}.{field}")
            yield from _local_path_causes(item.get("path") or "", f"{where}.path")
            yield from _mode_causes(item, "mode", where)


def _mode_causes(source: Any, field: str, path: str) -> Iterator[Cause]:
    mode = source.get(field)
    if mode is not None and not 0 <= mode <= _MAX_MODE:
        yield invalid(f"{path}.{field}", mode, _MODE)


def _local_path_causes(path: str, field: str) -> Iterator[Cause]:
    yield from _relative_causes(path, field)
    if path.startswith("..") and not path.startswith("../"):
        yield invalid(field, path, "must not start with '..'")


def _relative_causes(path: str, field: str) -> Iterator[Cause]:
    if path.startswith("/"):
        yield invalid(field, path, "must be a relative path")
    yield from _no_steps_back(path, field)


def _no_steps_back(path: str, field: str) -> Iterator[Cause]:
    if ".." in path.split("/"):
        yield invalid(field, path, "must not contain '..'")


def mount_causes(mounts: Any, volumes: set[str], path: str) -> Iterator[Cause]:
    """Return what is wrong with the mounts of a container.

    Args:
        mounts: The mounts.
        volumes: The names of the valid volumes of the pod.
        path: The field of the mounts.
    """
    taken: set[str] = set()
    for index, mount in enumerate(mounts or ()):
        where = f"{path}[{index}]"
        name, place, part = (mount.get(field) or "" for field in ("name", "mountPath", "subPath"))
        if not name:
            yield required(f"{where}.name")
        if name not in volumes:
            yield not_found(f"{where}.name", name)
        if not place:
            yield required(f"{where}.mountPath")
        if place in taken:
            yield invalid(f"{where}.mountPath", place, "must be unique")
        taken.add(place)
        if part:
            yield from _relative_causes(part, f"{path}.subPath")
