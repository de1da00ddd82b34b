"""Pods: the token of their service account, and what their subresources change."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ...runtime.codec.scalars import Quantity
from ..failures import Cause
from ..store import Object, copied

_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
_TOKEN_PREFIX = "kube-api-access-"  # noqa: S105 - the name of a volume
_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105
_TOKEN_SECONDS = 3607
_RESIZABLE = ("cpu", "memory")
_EPHEMERAL_ONLY = ("ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resources")


def mount_token(pod: Object, account: Object) -> None:
    """Mount the token of a service account in the containers of a pod, unless one of both declines it."""
    spec = pod["spec"]
    wanted = spec.get("automountServiceAccountToken", account.get("automountServiceAccountToken", True))
    if not wanted:
        return
    volumes = spec.get("volumes") or []
    name = next((one["name"] for one in volumes if one["name"].startswith(_TOKEN_PREFIX)), "")
    is_new = not name
    if is_new:
        name = _TOKEN_PREFIX + "".join(random.choice(_SUFFIX) for _ in range(5))  # noqa: S311 - no secret
    is_needed = False
    for field in ("initContainers", "containers"):
        for container in spec.get(field) or ():
            mounts = container.get("volumeMounts") or []
            if not any(mount.get("mountPath") == _TOKEN_PATH for mount in mounts):
                container["volumeMounts"] = [*mounts, {"name": name, "readOnly": True, "mountPath": _TOKEN_PATH}]
                is_needed = True
    if is_new and is_needed:
        spec["volumes"] = [*volumes, {"name": name, "projected": _token_volume()}]


def _token_volume() -> Object:
    certificate = {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    return {
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": _TOKEN_SECONDS, "path": "token"}},
            {"configMap": certificate},
            {"downwardAPI": {"items": [namespace]}},
        ],
        "defaultMode": 420,
    }


def keep_but_ephemeral(pod: Object, old: Object) -> None:
    """Keep all of a pod but its ephemeral containers."""
    found = (pod.get("spec") or {}).get("ephemeralContainers")
    pod["spec"] = copied(old["spec"])
    pod["spec"].pop("ephemeralContainers", None)
    if found:
        pod["spec"]["ephemeralContainers"] = found


def keep_but_resources(pod: Object, old: Object) -> None:
    """Keep all of a pod but the resources of its containers, and what validation is to refuse."""
    spec, was = pod.get("spec") or {}, copied(old["spec"])
    for field in ("containers", "initContainers"):
        names = [one.get("name") for one in spec.get(field) or ()]
        if len(names) != len(was.get(field) or ()):
            return
        if names != [one["name"] for one in was.get(field) or ()]:
            was[field] = spec[field]
            continue
        for container, kept in zip(spec.get(field) or (), was.get(field) or (), strict=True):
            for name in ("resources", "resizePolicy"):
                kept.pop(name, None)
                if name in container:
                    kept[name] = container[name]
    if "resources" in spec:
        was["resources"] = spec["resources"]
    pod["spec"] = was


def ephemeral_causes(pod: Object, old: Object) -> Iterator[Cause]:
    """Return what an update of the ephemeral containers of a pod may not do."""
    path = "spec.ephemeralContainers"
    others = {one["name"] for field in ("initContainers", "containers") for one in pod["spec"].get(field) or ()}
    taken = set(others)
    found = pod["spec"].get("ephemeralContainers") or []
    for index, container in enumerate(found):
        where, name = f"{path}[{index}]", container.get("name", "")
        if name in taken:
            yield Cause("FieldValueDuplicate", f'Duplicate value: "{name}"', f"{where}.name")
        taken.add(name)
        if (target := container.get("targetContainerName")) and target not in others:
            yield Cause("FieldValueNotFound", f'Not found: "{target}"', f"{where}.targetContainerName")
        for field in _EPHEMERAL_ONLY:
            if container.get(field):
                text = "Forbidden: cannot be set for an Ephemeral Container"
                yield Cause("FieldValueForbidden", text, f"{where}.{field}")
    present = {one.get("name"): one for one in found}
    for container in old["spec"].get("ephemeralContainers") or ():
        name = container["name"]
        if name not in present:
            text = f'existing ephemeral containers "{name}" may not be removed\n'
            yield Cause("FieldValueForbidden", f"Forbidden: {text}", path)
        elif present[name] != container:
            text = f'existing ephemeral containers "{name}" may not be changed\n'
            yield Cause("FieldValueForbidden", f"Forbidden: {text}", path)


def resize_causes(pod: Object, old: Object, quality: str) -> Iterator[Cause]:
    """Return what a resize may not do.

    Args:
        pod: The new state.
        old: The present state.
        quality: The quality of service class of the new state.
    """
    was = old["status"].get("qosClass", "")
    if was != quality:
        text = f'Invalid value: "{was}": Pod QOS Class may not change as a result of resizing'
        yield Cause("FieldValueInvalid", text, "spec")
    order = list(_order_causes(pod["spec"], old["spec"]))
    yield from order
    if order:
        return
    others = False
    for field in ("initContainers", "containers"):
        pairs = zip(pod["spec"].get(field) or (), old["spec"].get(field) or (), strict=True)
        for index, (container, before) in enumerate(pairs):
            new, present = container.get("resources") or {}, before.get("resources") or {}
            for name in ("requests", "limits"):
                if set(present.get(name) or {}) - set(new.get(name) or {}):
                    text = f"Forbidden: resource {name} cannot be removed"
                    yield Cause("FieldValueForbidden", text, f"spec.{field}[{index}].resources.{name}")
                others = others or _others(new.get(name)) != _others(present.get(name))
    if others:
        yield Cause("FieldValueForbidden", "Forbidden: only cpu and memory resources are mutable", "spec")


def _order_causes(spec: Object, old: Object) -> Iterator[Cause]:
    for field in ("containers", "initContainers"):
        new, was = spec.get(field) or [], old.get(field) or []
        if len(new) != len(was):
            text = f"Forbidden: {field} may not be added or removed on resize"
            yield Cause("FieldValueForbidden", text, f"spec.{field}")
            continue
        for index, (one, before) in enumerate(zip(new, was, strict=True)):
            if one.get("name") != before["name"]:
                text = f"Forbidden: {field} may not be renamed or reordered on resize"
                yield Cause("FieldValueForbidden", text, f"spec.{field}[{index}].name")


def _others(amounts: Any) -> dict[str, Decimal]:
    return {name: Quantity(value).value for name, value in (amounts or {}).items() if name not in _RESIZABLE}
