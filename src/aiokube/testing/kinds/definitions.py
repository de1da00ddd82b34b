"""Defaults and checks of CustomResourceDefinitions."""

from __future__ import annotations

from collections.abc import Iterator

from ..failures import Cause
from ..store import Object
from .patterns import pattern_causes
from .rules import rule_problems

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
    """Return what is wrong with a definition."""
    spec = obj["spec"]
    versions = spec.get("versions") or []
    storing = [one["name"] for one in versions if one.get("storage")]
    if len(storing) != 1:
        shown = [one.get("name", "") for one in versions]
        text = f"Invalid value: {shown!r}: must have exactly one version marked as storage version"
        yield Cause("FieldValueInvalid", text, "spec.versions")
    for index, version in enumerate(versions):
        where = f"spec.versions[{index}].schema.openAPIV3Schema"
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if not schema:
            yield Cause("FieldValueRequired", "Required value: schemas are required", where)
        elif schema.get("type") != "object":
            text = f'Invalid value: "{schema.get("type", "")}": must be object at the root'
            yield Cause("FieldValueInvalid", text, f"{where}.type")
        else:
            # What all versions have is said once.
            is_shared = all(one.get("schema") == version["schema"] for one in versions)
            path = "spec.validation.openAPIV3Schema" if is_shared else where
            yield from rule_problems(schema, path)
            yield from pattern_causes(schema, path)
            if is_shared:
                return


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
    there = {one["name"] for one in spec.get("versions") or ()}
    for index, version in enumerate(status.get("storedVersions") or ()):
        if version not in there:
            text = (
                f"missing from spec.versions; {version} was previously a storage version, and must remain in "
                f"spec.versions until a storage migration ensures no data remains persisted in {version} and removes "
                f"{version} from status.storedVersions"
            )
            yield Cause("FieldValueInvalid", f'Invalid value: "{version}": {text}', f"status.storedVersions[{index}]")
