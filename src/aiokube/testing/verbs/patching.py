"""patch: the present object, changed by a patch, or by what a manager applies."""

from __future__ import annotations

from typing import Any

from ..bodies import parse_yaml, to_object
from ..call import Call, invalid_options
from ..failures import Cause, Failure, bad_request, conflict, invalid_patch, not_found
from ..managed.manager import manage_apply
from ..managed.typed import typed_problem
from ..patching import json_patch, merge, strategic
from ..patching.json_patch import PatchError
from ..patching.strategic import go_text
from ..rendering import encode, whole
from ..schema.decoding import WrongType, decode, parse_json
from ..schema.values import InvalidValue
from ..store import Object, Record
from .state import Reply, State
from .views import view_of
from .writing import reply_of, store_changed, store_new

_JSON = "application/json-patch+json"
_MERGE = "application/merge-patch+json"
_STRATEGIC = "application/strategic-merge-patch+json"
_APPLY = "application/apply-patch+yaml"

_SYSTEM = ("resourceVersion", "uid", "creationTimestamp", "generation", "deletionTimestamp", "selfLink")


def patch(state: State, call: Call) -> Reply:
    """Patch an object, or apply one.

    Raises:
        Failure: The patch or its result is invalid, the object does not exist, or other managers own its fields.
    """
    view = view_of(state, call)
    media = call.content_type.partition(";")[0].strip()
    known = (_JSON, _MERGE, _APPLY) if call.resource.custom else (_JSON, _MERGE, _STRATEGIC, _APPLY)
    if media not in known and call.resource.custom and media.startswith("application/"):
        accepted_types = f"{_JSON}, {_MERGE}, {_APPLY}"
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
        record, status = _patch(state, call, media), 200
    return reply_of(call, view, record, status)


def _patch(state: State, call: Call, media: str) -> Record:
    try:
        changes = parse_json(call.body)
    except (ValueError, RecursionError):
        raise bad_request("invalid JSON patch") from None
    wanted, shown = (list, "[]handlers.jsonPatchOp") if media == _JSON else (dict, "map[string]interface {}")
    if not isinstance(changes, wanted):
        found = "array" if isinstance(changes, list) else "object" if isinstance(changes, dict) else "value"
        where = "" if media == _STRATEGIC else "error decoding patch: "
        raise bad_request(f"{where}json: cannot unmarshal {found} into Go value of type {shown}")
    old = state.store.get(call.resource.collection, call.key)
    if old is None:
        raise not_found(call.version.resource, call.name)
    asked = call.version
    changed = _changed(state, call, media, whole(asked.resource, asked.from_stored(old.obj)), changes)
    obj = asked.to_stored(_decoded(state, call, changed, changes if media == _STRATEGIC else None))
    name = obj["metadata"].get("name", "")
    if not name:
        raise bad_request(
            f"the name of the object ({call.name} based on URL) was undeterminable: name must be provided"
        )
    if name != call.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({call.name})")
    if obj["metadata"].get("managedFields") == old.obj["metadata"].get("managedFields"):
        obj["metadata"].pop("managedFields", None)
    return store_changed(state, call, old, obj)


def _decoded(state: State, call: Call, changed: Any, strategic_patch: Any) -> Object:
    """Return the object that a patch has made.

    Args:
        state: The cluster.
        call: The request.
        changed: The object with its version and kind.
        strategic_patch: The patch, if it was a strategic one: errors show that instead of the object.
    """
    try:
        asked = call.version.resource
        return to_object(call, changed, asked, state.catalog.schema(asked))
    except Failure as failure:
        # The words are those of a body that is refused, without its beginning.
        problem = failure.message.partition(f" cannot be handled as a {call.resource.kind}: ")[2] or failure.message
        text = encode(dict(sorted(changed.items()))).decode() if strategic_patch is None else go_text(strategic_patch)
        raise invalid_patch(text, problem) from None


def _changed(state: State, call: Call, media: str, present: Object, changes: Any) -> Any:
    try:
        if media == _JSON:
            if len(changes) > json_patch.MAX_OPERATIONS:
                limit = json_patch.MAX_OPERATIONS
                text = f"The allowed maximum operations in a JSON patch is {limit}, got {len(changes)}"
                raise Failure(413, "RequestEntityTooLarge", f"Request entity is too large: {text}")
            return json_patch.apply(present, changes)
        if media == _MERGE:
            return merge.apply(present, changes)
        return strategic.apply(present, changes, state.catalog.schema(call.version.resource))
    except PatchError as error:
        if media == _JSON:
            text = "the server rejected our request due to an error in our request"
            raise Failure(422, "Invalid", text, details={}) from None
        raise Failure(500, "", str(error)) from None


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
    if "managedFields" in (value.get("metadata") or {}):
        raise bad_request("metadata.managedFields must be nil")
    if metadata.setdefault("name", call.name) != call.name:
        text = f"the name of the object ({metadata['name']}) does not match the name on the URL ({call.name})"
        raise bad_request(text)
    old = state.store.get(resource.collection, call.key)
    if old is None:
        if call.subresource:
            raise not_found(call.version.resource, call.name)
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
        return asked.to_stored(decode(obj, state.catalog.schema(asked.resource)).obj)
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
        decoded = decode(content, node, keeps_empty=True)
    except WrongType as error:
        raise _untyped(call, metadata, f"{error.where}: expected {error.expected}, got {error.found}") from None
    if node.custom and (problem := typed_problem(decoded.obj, node, "")):
        raise _untyped(call, metadata, problem)
    if decoded.problems:
        first = decoded.problems[0].partition('"')[2].rstrip('"')
        raise _untyped(call, metadata, f".{first}: field not declared in schema")
    decoded.obj.setdefault("metadata", {})
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
