"""Validation: names and metadata of every object, required fields and enums of the schema, and fields that stay."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Set
from typing import Any

from ..api.resources import Resource
from ..checks.causes import to_json
from ..checks.kinds import CHECKS
from ..checks.labels import label_selector_causes
from ..failures import Cause
from ..names import (
    dns1035_problem,
    label_problem,
    label_value_problem,
    path_segment_problem,
    qualified_name_problem,
    subdomain_problem,
)
from ..schema.node import Node
from ..store import Object
from .definitions import definition_causes, definition_name_causes, definition_update_causes
from .embedded import embedded_causes
from .immutable import immutable_causes
from .owners import owner_causes
from .pods import ephemeral_causes, resize_causes
from .rbac import RBAC
from .scales import scale_causes
from .strategy import quality_of
from .structural import validate_custom
from .warnings import STANDARD_FINALIZERS

# Lists that may not be empty; others that the document requires may.
_REQUIRED_LISTS = frozenset({"containers"})
_MAX_ANNOTATIONS = 256 * 1024

_DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"

_NAME_RULES = {
    "namespaces": label_problem,
    "services": dns1035_problem,
    "roles.rbac.authorization.k8s.io": path_segment_problem,
    "rolebindings.rbac.authorization.k8s.io": path_segment_problem,
    "clusterroles.rbac.authorization.k8s.io": path_segment_problem,
    "clusterrolebindings.rbac.authorization.k8s.io": path_segment_problem,
}


def validate(resource: Resource, obj: Object, node: Node, old: Object | None = None) -> list[Cause]:
    """Return what is wrong with an object.

    Args:
        resource: The resource.
        obj: The object.
        node: Its schema.
        old: Its present state: what stays in a custom resource may be invalid.
    """
    rule = _NAME_RULES.get(resource.collection, subdomain_problem)
    causes = list(_metadata(resource, obj["metadata"], rule))
    if resource.collection == _DEFINITIONS:
        causes += [] if old is not None else definition_name_causes(obj)
        causes += definition_causes(obj)
    if node.custom:
        causes += validate_custom(obj, node, old)
        causes += scale_causes(resource, obj)
        causes += embedded_causes(obj, node, lambda metadata: _metadata(resource, metadata, path_segment_problem))
    elif (of_kind := RBAC.get(resource.collection)) is not None:
        causes += of_kind(obj)
    elif resource.collection != _DEFINITIONS:
        is_checked = resource.collection in CHECKS and not _keeps_spec(obj, old)
        own = list(CHECKS[resource.collection](obj)) if is_checked else []
        causes += [*own, *_unless_checked(_schema(obj, node, ""), {cause.field for cause in own})]
    return causes


def _keeps_spec(obj: Object, old: Object | None) -> bool:
    """Return True if only the metadata or the status of a valid object change."""
    return old is not None and "spec" in obj and obj["spec"] == old.get("spec")


def validate_create(resource: Resource, obj: Object) -> list[Cause]:
    """Return what only an update may set."""
    if resource.collection == "pods" and obj["spec"].get("ephemeralContainers"):
        return [Cause("FieldValueForbidden", "Forbidden: cannot be set on create", "spec.ephemeralContainers")]
    return []


def validate_update(resource: Resource, obj: Object, old: Object, subresource: str) -> list[Cause]:
    """Return what an update of an object, or of a subresource, may not change."""
    causes: list[Cause] = []
    metadata, was = obj["metadata"], old["metadata"]
    if was.get("deletionTimestamp"):
        known = set(was.get("finalizers") or ())
        added = [one for one in metadata.get("finalizers") or () if one not in known]
        if added:
            shown = "[]string{" + ", ".join(f'"{one}"' for one in added) + "}"
            text = "no new finalizers can be added if the object is being deleted, found new finalizers"
            causes.append(Cause("FieldValueForbidden", f"Forbidden: {text} {shown}", "metadata.finalizers"))
    if subresource == "ephemeralcontainers":
        return [*causes, *ephemeral_causes(obj, old)]
    if subresource == "resize":
        return [*causes, *resize_causes(obj, old, quality_of(obj))]
    if subresource == "finalize":
        return [*causes, *_finalizers(obj["spec"].get("finalizers"), "spec.finalizers")]
    if resource.collection == _DEFINITIONS and not subresource:
        return [*causes, *definition_update_causes(obj, old)]
    return [*causes, *immutable_causes(resource, obj, old)]


def _metadata(resource: Resource, metadata: Object, rule: Callable[[str], str]) -> Iterator[Cause]:
    name, base = metadata.get("name", ""), metadata.get("generateName", "")
    # A name may go on after a hyphen.
    if base and (problem := rule(f"{base[:-2]}a" if len(base) > 1 and base.endswith("-") else base)):
        yield _invalid(base, problem, "metadata.generateName")
    if not name:
        text = "Required value: name or generateName is required"
        yield Cause("FieldValueRequired", text, "metadata.name")
    elif problem := rule(name):
        yield _invalid(name, problem, "metadata.name")
    if (generation := metadata.get("generation", 0)) < 0:
        text = f"Invalid value: {generation}: must be greater than or equal to 0"
        yield Cause("FieldValueInvalid", text, "metadata.generation")
    for key, value in (metadata.get("labels") or {}).items():
        if problem := qualified_name_problem(key):
            yield _invalid(key, problem, "metadata.labels")
        if problem := label_value_problem(value):
            yield _invalid(value, problem, "metadata.labels")
    annotations = metadata.get("annotations") or {}
    for key in annotations:
        if problem := qualified_name_problem(key.lower()):
            yield _invalid(key, problem, "metadata.annotations")
    if sum(len(key) + len(value.encode()) for key, value in annotations.items()) > _MAX_ANNOTATIONS:
        text = f"Too long: may not be more than {_MAX_ANNOTATIONS} bytes"
        yield Cause("FieldValueTooLong", text, "metadata.annotations")
    yield from owner_causes(metadata.get("ownerReferences") or [])
    yield from _finalizers(metadata.get("finalizers"), "metadata.finalizers", custom=resource.custom)


def _finalizers(finalizers: list[str] | None, path: str, *, custom: bool = False) -> Iterator[Cause]:
    for index, finalizer in enumerate(finalizers or ()):
        for problem in filter(None, qualified_name_problem(finalizer).split("; ")):
            yield _invalid(finalizer, problem, path)
        if "/" not in finalizer and finalizer not in STANDARD_FINALIZERS and not custom:
            text = "name is neither a standard finalizer name nor is it fully qualified"
            yield _invalid(finalizer, text, f"{path}[{index}]")

    if {"orphan", "foregroundDeletion"} <= set(finalizers or ()):
        text = "finalizer orphan and foregroundDeletion cannot be both set"
        yield Cause("FieldValueInvalid", f"Invalid value: {to_json(finalizers)}: {text}", path)


def _unless_checked(causes: Iterable[Cause], checked: Set[str]) -> Iterator[Cause]:
    """Leave out what the checks of a kind say of the same field, or of the one that it is in."""
    for cause in causes:
        parts = re.split(r"(?=[.\[])", cause.field)
        if not any("".join(parts[:length]) in checked for length in (len(parts), len(parts) - 1)):
            yield cause


def _schema(value: Any, node: Node, path: str) -> Iterator[Cause]:
    """Required fields and enums of a built-in schema."""
    if node.go_name == "LabelSelector" and isinstance(value, dict):
        yield from label_selector_causes(value, path)
    elif node.kind == "struct" and isinstance(value, dict):
        for name in sorted(node.required):
            schema = node.field(name)
            where = f"{path}.{name}" if path else name
            is_checked = schema is not None and (schema.kind == "string" or name in _REQUIRED_LISTS)
            if is_checked and not path.startswith("status") and value.get(name) in (None, "", []):
                yield Cause("FieldValueRequired", "Required value", where)
        for name, child in value.items():
            schema = node.field(name)
            # Metadata of the object has rules of its own.
            if schema is not None and (path or name != "metadata"):
                yield from _schema(child, schema, f"{path}.{name}" if path else name)
    elif node.kind == "list" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _schema(item, node.items, f"{path}[{index}]")
    elif "enum" in node.raw and value is not None and value not in node.raw["enum"]:
        choices = ", ".join(f'"{one}"' for one in sorted(node.raw["enum"]))
        yield Cause("FieldValueNotSupported", f'Unsupported value: "{value}": supported values: {choices}', path)


def _invalid(value: str, problem: str, field: str) -> Cause:
    return Cause("FieldValueInvalid", f'Invalid value: "{value}": {problem}', field)
