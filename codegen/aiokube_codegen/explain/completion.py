"""Completes the paths of `aiokube explain` while they are typed: from the document alone, which takes a moment less."""

from __future__ import annotations

from aiokube.runtime.errors import AiokubeError

from ..document.load import load
from ..document.source import Source
from ..document.spec import GVK, Schema, Spec, definition_name
from ..errors import CodegenError
from ..reference.resources import resources_of
from .lookup import find_resource


def complete(source: Source, typed: str) -> list[str]:
    """Return the paths that begin with what is typed.

    Args:
        source: The API.
        typed: The beginning of a path: `pods.sp`.
    """
    before, dot, last = typed.rpartition(".")
    try:
        resources = resources_of(source)
        if not dot:
            return sorted({one.plural for one in resources.resources if one.plural.startswith(last)})
        resource, parts = find_resource(resources, before.split("."), api_version=None, origin=source.origin)
        spec = load(source, [resource.group or "core"])
    except (AiokubeError, CodegenError):
        return []
    schema = _kind(spec, resource.group, resource.version, resource.kind)
    for part in parts:
        schema = _object(spec, schema.get("properties", {}).get(part, {}))
    found = [name for name in schema.get("properties", ()) if name.startswith(last)]
    if len(found) == 1 and _object(spec, schema["properties"][found[0]]).get("properties"):
        # With two candidates, the shell adds no space, and one can go on.
        found.append(f"{found[0]}.")
    return [f"{before}.{name}" for name in found]


def _kind(spec: Spec, group: str, version: str, kind: str) -> Schema:
    wanted = {"group": group, "version": version, "kind": kind}
    return next((schema for schema in spec.definitions.values() if wanted in schema.get(GVK, ())), {})


def _object(spec: Spec, schema: Schema) -> Schema:
    """The schema of an object, or of the objects in a list or a map."""
    while not schema.get("properties"):
        if "$ref" in schema:
            schema = spec.definitions.get(definition_name(schema["$ref"]), {})
        elif inner := schema.get("items") or (schema.get("allOf") or [None])[0]:
            schema = inner
        elif isinstance(schema.get("additionalProperties"), dict):
            schema = schema["additionalProperties"]
        else:
            break
    return schema
