"""Fields that stay as they were created, of the kinds where tests meet them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ..api.resources import Resource
from ..failures import Cause
from ..store import Object
from .pod_updates import pod_update_causes

_IMMUTABLE = "field is immutable"
_FIELDS: dict[str, tuple[str, ...]] = {
    "deployments.apps": ("spec.selector",),
    "replicasets.apps": ("spec.selector",),
    "daemonsets.apps": ("spec.selector",),
    "statefulsets.apps": (
        "spec.serviceName",
        "spec.selector",
        "spec.podManagementPolicy",
        "spec.volumeClaimTemplates",
    ),
    "jobs.batch": ("spec.selector", "spec.completionMode", "spec.template"),
    "secrets": ("type",),
    "rolebindings.rbac.authorization.k8s.io": ("roleRef",),
    "clusterrolebindings.rbac.authorization.k8s.io": ("roleRef",),
    "storageclasses.storage.k8s.io": ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
    "priorityclasses.scheduling.k8s.io": ("value",),
}

_OF_SETS = (
    "serviceName",
    "selector",
    "podManagementPolicy",
    "volumeClaimTemplates",
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
_STATEFUL_SET = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)

_json = msgspec.json.Encoder().encode


def immutable_causes(resource: Resource, obj: Object, old: Object) -> Iterator[Cause]:
    """Return the fields that an update changes and may not."""
    if resource.collection in ("configmaps", "secrets") and old.get("immutable"):
        yield from _immutable_data(obj, old)
    for path in _FIELDS.get(resource.collection, ()):
        value = _at(obj, path)
        if value != _at(old, path):
            if path == "roleRef":
                value = {"APIGroup": value["apiGroup"], "Kind": value["kind"], "Name": value["name"]}
            shown = "null" if value is None else _json(value).decode()
            yield Cause("FieldValueInvalid", f"Invalid value: {shown}: {_IMMUTABLE}", path)
    if resource.collection == "pods":
        yield from pod_update_causes(obj, old)
    if resource.collection == "statefulsets.apps" and _without(obj, _OF_SETS) != _without(old, _OF_SETS):
        yield Cause("FieldValueForbidden", f"Forbidden: {_STATEFUL_SET}", "spec")
    if resource.collection == "services":
        was, now = _at(old, "spec.clusterIP"), _at(obj, "spec.clusterIP")
        if was and now != was and _at(obj, "spec.type") != "ExternalName":
            text = "may not change once set"
            yield Cause("FieldValueInvalid", f'Invalid value: ["{now}"]: {text}', "spec.clusterIPs[0]")


def _without(obj: Object, names: tuple[str, ...]) -> Object:
    return {name: value for name, value in obj["spec"].items() if name not in names}


def _immutable_data(obj: Object, old: Object) -> Iterator[Cause]:
    if not obj.get("immutable"):
        text = "Forbidden: field is immutable when `immutable` is set"
        yield Cause("FieldValueForbidden", text, "immutable")
    for field in ("data", "binaryData"):
        if (obj.get(field) or {}) != (old.get(field) or {}):
            text = "Forbidden: field is immutable when `immutable` is set"
            yield Cause("FieldValueForbidden", text, field)


def _at(obj: Object, path: str) -> Any:
    value: Any = obj
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
