"""Defaults and checks of CustomResourceDefinitions."""

from __future__ import annotations

from collections.abc import Iterator

from ..failures import Cause
from ..store import Object
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


def definition_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with a definition."""
    spec, name = obj["spec"], obj["metadata"].get("name", "")
    names = spec.get("names", {})
    wanted = f"{names.get('plural', '')}.{spec.get('group', '')}"
    if name != wanted:
        text = f'Invalid value: "{name}": must be spec.names.plural+"."+spec.group'
        yield Cause("FieldValueInvalid", text, "metadata.name")
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
            yield from rule_problems(schema, "spec.validation.openAPIV3Schema" if is_shared else where)
            if is_shared:
                return
