"""patch: the present object, changed by a patch, or by what a manager applies."""

from __future__ import annotations

from typing import Any

from ..bodies import parse_yaml, to_object
from ..call import Call, invalid_options
from ..failures import Cause, Failure, bad_request, conflict, not_found
from ..managed.manager import manage_apply
from ..managed.typed import typed_problems
from ..rendering import whole
from ..schema.decoding import WrongType, decode
from ..schema.values import InvalidValue
from ..store import Object, Record
from .changes import (
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC_PATCH,
    Changes,
    check_fields,
    patched,
    read_changes,
    refused,
    without_name,
)
from .state import Reply, State
from .views import view_of
from .writing import reply_of, store_changed, store_new

_APPLY = "application/apply-patch+yaml"

_SYSTEM = ("resourceVersion", "uid", "creationTimestamp", "generation", "deletionTimestamp", "selfLink")


def patch(state: State, call: Call) -> Reply:
    """Patch an object, or apply one.

    Raises:
        Failure: The patch or its result is invalid, the object does not exist, or other managers own its fields.
    """
    view = view_of(state, call)
    media = call.content_type.partition(";")[0].strip()
    of_custom = (JSON_PATCH, MERGE_PATCH, _APPLY)
    known = of_custom if call.resource.custom else (*of_custom, STRATEGIC_PATCH)
    if media not in known and call.resource.custom and media.startswith("application/"):
        accepted_types = ", ".join(of_custom)
        text = "the body of the request was in an unknown format - accepted media types include"
        raise Failure(415, "UnsupportedMediaType", f"{text}: {accepted_types}")
    if media not in known:
        raise Failure(415, "UnsupportedMediaType", "415: Unsupported Media Type", details={})
    call.check_options()
    if media == _APPLY:
        record, status = _apply(state, call)
    else:
        if call.query.get("force") is not None:
            text = "Forbidden: may not be specified for non-apply patch"
            raise invalid_options("PatchOptions", [Cause("FieldValueForbidden", text, "force")])
        record, status = _patch(state, call), 200
    return reply_of(call, view, record, status)


def _patch(state: State, call: Call) -> Record:
    changes = read_changes(call)
    old = state.store.get(call.resource.collection, call.key)
    if old is None:
        raise not_found(call.version.resource, call.name)
    asked = call.version
    present = whole(asked.resource, asked.from_stored(old.obj))
    changed = patched(call, present, changes, state.catalog.schema(asked.resource))
    obj = asked.to_stored(_decoded(state, call, changed, changes))
    name = obj["metadata"].get("name", "")
    if not name:
        raise without_name(call)
    if name != call.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({call.name})")
    if obj["metadata"].get("managedFields") == old.obj["metadata"].get("managedFields"):
        obj["metadata"].pop("managedFields", None)
    return store_changed(state, call, old, obj)


def _decoded(state: State, call: Call, changed: Any, changes: Changes) -> Object:
    """Return the object that a patch has made.

    Args:
        state: The cluster.
        call: The request.
        changed: The object with its version and kind.
        changes: The patch; errors show it instead of the object, if it is a strategic one.
    """
    asked = call.version.resource
    check_fields(call, changed, changes, custom=asked.custom)
    try:
        return to_object(call, changed, asked, state.catalog.schema(asked))
    except Failure as failure:
        # The words are those of a body that is refused, without its beginning.
        problem = failure.message.partition(f" cannot be handled as a {call.resource.kind}: ")[2]
        unknown = failure.message.partition(f" (must be of type {call.resource.kind}): ")[2]
        raise refused(changed, changes, problem or unknown or failure.message) from None


def _apply(state: State, call: Call) -> tuple[Record, int]:
    if not call.query.get("fieldManager"):
        text = "Required value: is required for apply patch"
        raise invalid_options("PatchOptions", [Cause("FieldValueRequired", text, "fieldManager")])
    value = parse_yaml(call.body)
    if not isinstance(value, dict):
        raise bad_request("error decoding YAML: the applied object is not a map")
    resource, asked = call.resource, call.version
    sent = {"apiVersion": value.get("apiVersion"), "kind": value.get("kind")}
    if sent != {"apiVersion": asked.resource.api_version, "kind": resource.kind}:
        raise _wrong_kind(value)
    config = _applied(state, call, value)
    metadata = config["metadata"]
    if isinstance((value.get("metadata") or {}).get("managedFields"), list):
        raise bad_request("metadata.managedFields must be nil")
    old = state.store.get(resource.collection, call.key)
    if old is None and call.subresource:
        raise not_found(call.version.resource, call.name)
    name = metadata.get("name") or (old and call.name)
    if not name:
        raise without_name(call)
    if name != call.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({call.name})")
    metadata["name"] = name
    if old is None:
        if metadata.get("uid"):
            raise _missing_uid(call, metadata["uid"])
        obj, managed = manage_apply(state, call, None, config)
        return store_new(state, call, _as_written(state, call, obj), managed=managed), 201
    obj, managed = manage_apply(state, call, old.obj, config)
    return store_changed(state, call, old, _as_written(state, call, obj), managed=managed), 200


def _as_written(state: State, call: Call, obj: Object) -> Object:
    """Return what an apply has made, with values as Go writes them, in the version in which it is stored."""
    asked = call.version
    try:
        return asked.to_stored(decode(obj, state.catalog.schema(asked.resource), keeps_nulls=True).obj)
    except InvalidValue as error:
        raise Failure(500, "", f"failed to convert: {error}") from None


def _wrong_kind(value: Object) -> Failure:
    api_version = str(value.get("apiVersion") or "")
    shown = api_version if "/" in api_version else f"/{api_version}"
    return bad_request(f"invalid object type: {shown}, Kind={value.get('kind') or ''}")


def _applied(state: State, call: Call, value: Object) -> Object:
    """Return what a manager applies.

    Raises:
        Failure: It does not fit the schema, in the words of structured-merge-diff.
    """
    node, metadata = state.catalog.schema(call.version.resource), value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    try:
        content = {name: part for name, part in value.items() if name not in ("apiVersion", "kind")}
        decoded = decode(content, node, keeps_empty=True, keeps_nulls=True)
    except WrongType as error:
        raise _untyped(call, metadata, f"{error.where}: expected {error.expected}, got {error.found}") from None
    if found := typed_problems(decoded.obj, node):
        raise _untyped(call, metadata, found[0] if len(found) == 1 else "\n  ".join(["errors:", *found]))
    if decoded.problems:
        first = decoded.problems[0].partition('"')[2].rstrip('"')
        raise _untyped(call, metadata, f".{first}: field not declared in schema")
    if decoded.obj.get("metadata") is None:
        decoded.obj["metadata"] = {}
    return decoded.obj


def _untyped(call: Call, metadata: Object, problem: str) -> Failure:
    group = f"{call.version.resource.group}/{call.version.resource.version}"
    where = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"
    return Failure(
        500, "", f"failed to create typed patch object ({where}; {group}, Kind={call.resource.kind}): {problem}"
    )


def _missing_uid(call: Call, uid: str) -> Failure:
    return conflict(
        call.resource,
        call.name,
        f"uid mismatch: the provided object specified uid {uid}, and no existing object was found",
    )
