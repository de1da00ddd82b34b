"""Defaults and checks of CustomResourceDefinitions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from ..failures import Cause
from ..names import dns1035_problem, subdomain_problem
from ..store import Object
from .crd_schema import schema_causes
from .rules import field_of

FIRST_STATUS: Object = {"conditions": None, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": None}
"""The status of a definition before its names are accepted."""


def default_definition(obj: Object) -> None:
    """Set the names that follow from others, and no conversion."""
    spec = obj.setdefault("spec", {})
    names = spec.setdefault("names", {})
    if kind := names.get("kind"):
        names.setdefault("singular", kind.lower())
        names.setdefault("listKind", f"{kind}List")
    if spec.get("conversion") is None:
        spec["conversion"] = {"strategy": "None"}


def definition_name_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with the name of a new definition."""
    spec, name = obj["spec"], obj["metadata"].get("name", "")
    if name != f"{spec.get('names', {}).get('plural', '')}.{spec.get('group', '')}":
        text = f'Invalid value: "{name}": must be spec.names.plural+"."+spec.group'
        yield Cause("FieldValueInvalid", text, "metadata.name")


def definition_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with a definition.

    What all of its versions have in common, kube-apiserver takes out of them: the paths of its failures say so.
    """
    spec = obj["spec"]
    versions: list[Object] = spec.get("versions") or []
    yield from _group_and_scope(spec)
    shared = {name for name in _HOISTED if versions and all(one.get(name) == versions[0].get(name) for one in versions)}
    for index, version in enumerate(versions):
        if not (version.get("schema") or {}).get("openAPIV3Schema"):
            where = f"spec.versions[{index}].schema.openAPIV3Schema"
            yield Cause("FieldValueRequired", "Required value", where)
    for index, version in enumerate(versions):
        where = f"spec.versions[{index}]"
        if problem := dns1035_problem(version.get("name", "")):
            yield _invalid(version.get("name", ""), problem, f"{where}.name")
        yield from _deprecation(version, f"{where}.deprecationWarning")
        yield from _version_causes(version, where, f"{where}.schema", set(_HOISTED) - shared)
    shown = [_go_version(version, shared) for version in versions]
    if len({one.get("name") for one in versions}) != len(versions):
        yield _invalid(shown, "must contain unique version names", "spec.versions")
    if sum(bool(one.get("storage")) for one in versions) != 1:
        yield _invalid(shown, "must have exactly one version marked as storage version", "spec.versions")
    if versions and (problem := dns1035_problem(versions[0].get("name", ""))):
        yield _invalid(versions[0].get("name", ""), problem, "spec.version")
    yield from _names(spec.get("names") or {})
    if versions:
        yield from _version_causes(versions[0], "spec", "spec.validation", shared)
    yield from _conversion(spec.get("conversion") or {})
    yield from _stored(obj, versions)
    yield from _approval(obj)
    if spec.get("preserveUnknownFields"):
        text = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        yield _invalid(True, text, "spec.preserveUnknownFields")


_HOISTED = ("schema", "subresources", "additionalPrinterColumns", "selectableFields")
_COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
_COLUMN_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
_MAX_SELECTABLE = 8
_MAX_WARNING = 256
_APPROVED = "api-approved.kubernetes.io"


def _group_and_scope(spec: Object) -> Iterator[Cause]:
    group, scope = spec.get("group", ""), spec.get("scope", "")
    if not group:
        yield Cause("FieldValueRequired", "Required value", "spec.group")
    elif problem := subdomain_problem(group):
        yield _invalid(group, problem, "spec.group")
    elif "." not in group:
        yield _invalid(group, "should be a domain with at least one dot", "spec.group")
    yield from _one_of(scope, ("Cluster", "Namespaced"), "spec.scope")


def _one_of(value: str, known: tuple[str, ...], where: str) -> Iterator[Cause]:
    if not value:
        yield Cause("FieldValueRequired", "Required value", where)
    elif value not in known:
        choices = ", ".join(f'"{one}"' for one in known)
        yield Cause("FieldValueNotSupported", f'Unsupported value: "{value}": supported values: {choices}', where)


def _deprecation(version: Object, where: str) -> Iterator[Cause]:
    warning = version.get("deprecationWarning")
    if warning is None:
        return
    if not version.get("deprecated"):
        yield _invalid(warning, "can only be set for deprecated versions", where)
        return
    if len(warning.encode()) > _MAX_WARNING:
        yield _invalid(warning, f"must be <= {_MAX_WARNING} characters long", where)
    if not warning:
        yield _invalid(warning, "must not be an empty string", where)
    if not warning.isprintable():
        index = next(number for number, character in enumerate(warning) if not character.isprintable())
        at = len(warning[:index].encode())
        text = f"must only contain printable UTF-8 characters; non-printable character found at index {at}"
        yield _invalid(warning, text, where)


def _version_causes(version: Object, where: str, of_schema: str, fields: Collection[str]) -> Iterator[Cause]:
    """Return what is wrong with fields of a version.

    Args:
        version: The version.
        where: The path of the fields.
        of_schema: The path of the schema.
        fields: The fields that count here.
    """
    schema = (version.get("schema") or {}).get("openAPIV3Schema")
    subresources = version.get("subresources") or {}
    if "schema" in fields and schema:
        path = f"{of_schema}.openAPIV3Schema"
        yield from schema_causes(schema, path, has_status=subresources.get("status") is not None)
    if "subresources" in fields and (scale := subresources.get("scale")) is not None:
        yield from _scale(scale, f"{where}.subresources.scale")
    if "additionalPrinterColumns" in fields:
        for index, column in enumerate(version.get("additionalPrinterColumns") or ()):
            yield from _column(column, f"{where}.additionalPrinterColumns[{index}]")
    if "selectableFields" in fields and version.get("selectableFields") and schema:
        yield from _selectable(version["selectableFields"], schema, f"{where}.selectableFields")


def _scale(scale: Object, where: str) -> Iterator[Cause]:
    for name, parent in (("specReplicasPath", ".spec."), ("statusReplicasPath", ".status.")):
        path = scale.get(name, "")
        if not path:
            yield Cause("FieldValueRequired", "Required value", f"{where}.{name}")
        else:
            yield from _path(path, f"{where}.{name}", (parent,), f"should be a json path under {parent[:-1]}")
    if path := scale.get("labelSelectorPath"):
        text = "should be a json path under either .spec or .status"
        yield from _path(path, f"{where}.labelSelectorPath", (".spec.", ".status."), text)


def _path(path: str, where: str, parents: tuple[str, ...], problem: str) -> Iterator[Cause]:
    if not path.startswith("."):
        yield _invalid(path, "must be a simple json path starting with .", where)
    elif parents and not path.startswith(parents):
        yield _invalid(path, problem, where)


def _column(column: Object, where: str) -> Iterator[Cause]:
    kind, wanted = column.get("type", ""), f"must be one of {','.join(_COLUMN_TYPES)}"
    if not column.get("name"):
        yield Cause("FieldValueRequired", "Required value", f"{where}.name")
    if not kind:
        yield Cause("FieldValueRequired", f"Required value: {wanted}", f"{where}.type")
    elif kind not in _COLUMN_TYPES:
        yield _invalid(kind, wanted, f"{where}.type")
    if (format_ := column.get("format")) and format_ not in _COLUMN_FORMATS:
        yield _invalid(format_, f"must be one of {','.join(_COLUMN_FORMATS)}", f"{where}.format")
    if not column.get("jsonPath"):
        yield Cause("FieldValueRequired", "Required value", f"{where}.JSONPath")
    else:
        yield from _path(column["jsonPath"], f"{where}.JSONPath", (), "")


def _selectable(fields: list[Object], schema: Object, where: str) -> Iterator[Cause]:
    known: set[str] = set()
    for index, one in enumerate(fields):
        path, place = one.get("jsonPath", ""), f"{where}[{index}].jsonPath"
        if not path:
            yield Cause("FieldValueRequired", "Required value", place)
            continue
        if "[" in path or "]" in path:
            yield _invalid(path, "is an invalid path: array notation is not allowed", place)
            continue
        found = field_of(schema, path)
        if found is None:
            yield _invalid(path, "is an invalid path: does not refer to a valid field", place)
            continue
        if path.startswith(".metadata"):
            yield _invalid(path, "must not point to fields in metadata", place)
        if found.get("type") not in ("string", "boolean", "integer"):
            text = (
                "must point to a field of type string, boolean or integer. Enum string fields and strings with formats "
                "are allowed."
            )
            yield _invalid(path, text, place)
        if path in known:
            yield Cause("FieldValueDuplicate", f'Duplicate value: "{path}"', place)
        known.add(path)
    if len(known) > _MAX_SELECTABLE:
        text = f"Too many: {len(known)}: must have at most {_MAX_SELECTABLE} items"
        yield Cause("FieldValueTooMany", text, where)


def _names(names: Object) -> Iterator[Cause]:
    for name in ("plural", "singular", "kind", "listKind"):
        if not names.get(name):
            yield Cause("FieldValueRequired", "Required value", f"spec.names.{name}")
    for name in ("plural", "singular", "kind", "listKind"):
        value, is_mixed = names.get(name, ""), name in ("kind", "listKind")
        if value and (problem := dns1035_problem(value.lower() if is_mixed else value)):
            mixed = "may have mixed case, but should otherwise match: " if is_mixed else ""
            yield _invalid(value, f"{mixed}{problem}", f"spec.names.{name}")
    for index, value in enumerate(names.get("shortNames") or ()):
        if problem := dns1035_problem(value):
            yield _invalid(value, problem, f"spec.names.shortNames[{index}]")
    if names.get("kind") and names["kind"] == names.get("listKind"):
        yield _invalid(names["listKind"], "kind and listKind may not be the same", "spec.names.listKind")
    for index, value in enumerate(names.get("categories") or ()):
        if problem := dns1035_problem(value):
            yield _invalid(value, problem, f"spec.names.categories[{index}]")


def _conversion(conversion: Object) -> Iterator[Cause]:
    strategy, webhook = conversion.get("strategy", ""), conversion.get("webhook") or {}
    yield from _one_of(strategy, ("None", "Webhook"), "spec.conversion.strategy")
    client, versions = webhook.get("clientConfig"), webhook.get("conversionReviewVersions") or []
    of_client, of_versions = "spec.conversion.webhookClientConfig", "spec.conversion.conversionReviewVersions"
    if strategy != "Webhook":
        text = "Forbidden: should not be set when strategy is not set to Webhook"
        if client is not None:
            yield Cause("FieldValueForbidden", text, of_client)
        if versions:
            yield Cause("FieldValueForbidden", text, of_versions)
        return
    if client is None:
        yield Cause("FieldValueRequired", "Required value: required when strategy is set to Webhook", of_client)
    elif (client.get("url") is None) == (client.get("service") is None):
        yield Cause("FieldValueRequired", "Required value: exactly one of url or service is required", of_client)
    if not versions:
        yield Cause("FieldValueRequired", "Required value", of_versions)
    elif not {"v1", "v1beta1"} & set(versions):
        yield _invalid(versions, "must include at least one of v1, v1beta1", of_versions)


def _stored(obj: Object, versions: list[Object]) -> Iterator[Cause]:
    """Return what is wrong with the versions in which objects are, or were, stored."""
    where, stored = "status.storedVersions", (obj.get("status") or {}).get("storedVersions") or []
    if not stored:
        yield _invalid(None, "must have at least one stored version", where)
        return
    for version in versions:
        if version.get("storage") and version["name"] not in stored:
            yield _invalid(stored, f"must have the storage version {version['name']}", where)
    there = {one.get("name") for one in versions}
    for index, name in enumerate(stored):
        if name not in there:
            text = (
                f"missing from spec.versions; {name} was previously a storage version, and must remain in "
                f"spec.versions until a storage migration ensures no data remains persisted in {name} and removes "
                f"{name} from status.storedVersions"
            )
            yield _invalid(name, text, f"{where}[{index}]")


def _approval(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with a definition in a group of Kubernetes itself."""
    group = f".{obj['spec'].get('group', '')}"
    if not group.endswith((".k8s.io", ".kubernetes.io")):
        return
    approval = (obj["metadata"].get("annotations") or {}).get(_APPROVED, "")
    where, more = f"metadata.annotations[{_APPROVED}]", "see https://github.com/kubernetes/enhancements/pull/1111"
    text = f'protected groups must have approval annotation "{_APPROVED}"'
    if not approval:
        yield Cause("FieldValueRequired", f"Required value: {text}, {more}", where)
    elif not approval.startswith(("unapproved", "https://", "http://")):
        yield _invalid(approval, f'{text} with either a URL or a reason starting with "unapproved", {more}', where)


def _go_version(version: Object, shared: set[str]) -> Object:
    """Return a version as Go shows it."""
    fields: dict[str, Any] = {name: None if name in shared else version.get(name) for name in _HOISTED}
    return {
        "Name": version.get("name", ""),
        "Served": bool(version.get("served")),
        "Storage": bool(version.get("storage")),
        "Deprecated": bool(version.get("deprecated")),
        "DeprecationWarning": version.get("deprecationWarning"),
        **{f"{name[0].upper()}{name[1:]}": value for name, value in fields.items()},
    }


def _invalid(value: Any, problem: str, field: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {msgspec.json.encode(value).decode()}: {problem}", field)


def definition_update_causes(obj: Object, old: Object) -> Iterator[Cause]:
    """Return what an update of a definition may not change."""
    spec, was, status = obj["spec"], old["spec"], old.get("status") or {}
    fixed = [("group", spec["group"], was["group"])]
    if any(one["type"] == "Established" and one["status"] == "True" for one in status.get("conditions") or ()):
        fixed = [
            ("scope", spec["scope"], was["scope"]),
            ("names.kind", spec["names"]["kind"], was["names"]["kind"]),
            *fixed,
        ]
    fixed.append(("names.plural", spec["names"]["plural"], was["names"]["plural"]))
    for field, value, before in fixed:
        if value != before:
            text = f'Invalid value: "{value}": field is immutable'
            yield Cause("FieldValueInvalid", text, f"spec.{field}")
