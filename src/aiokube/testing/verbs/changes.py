"""Patches of a present object or scale: read, checked and applied, by their media type."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from ..call import Call
from ..failures import Cause, Failure, bad_request, invalid, invalid_patch
from ..patching import json_patch, merge, strategic
from ..patching.strategic import go_text
from ..rendering import encode
from ..schema.decoding import NumberTooLarge, parse_json, repeated_fields
from ..schema.node import Node

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"


class Changes(NamedTuple):
    """A patch."""

    media: str
    value: Any
    problems: list[str]
    """Unknown and repeated fields, in the server's words."""


def read_changes(call: Call) -> Changes:
    """Return the patch in the body of a request.

    Raises:
        Failure: It is not JSON, or no patch of its media type.
    """
    media = call.content_type.partition(";")[0].strip()
    where = "" if media == STRATEGIC_PATCH else "error decoding patch: "
    try:
        value = parse_json(call.body)
    except NumberTooLarge as error:
        place = "struct field jsonPatchOp.value" if media == JSON_PATCH else "value"
        raise bad_request(f"{where}json: cannot unmarshal number {error} into Go {place} of type float64") from None
    except (ValueError, RecursionError):
        raise bad_request("invalid JSON patch") from None
    wanted, shown = (list, "[]handlers.jsonPatchOp") if media == JSON_PATCH else (dict, "map[string]interface {}")
    if value is None and media == MERGE_PATCH:
        raise bad_request("Invalid JSON Patch")
    # As in Go: null is a patch without changes.
    value = wanted() if value is None else value
    if not isinstance(value, wanted):
        raise bad_request(f"{where}json: cannot unmarshal {json_patch.json_name(value)} into Go value of type {shown}")
    problems = repeated_fields(value)
    if isinstance(value, list):
        try:
            problems += json_patch.check(value, is_checked=call.field_validation != "Ignore")
        except json_patch.NoOperation as error:
            raise bad_request(str(error)) from None
        problems = [f"json patch {problem}" for problem in problems]
    return Changes(media, value, problems)


def patched(call: Call, present: dict[str, Any], changes: Changes, node: Node) -> Any:
    """Return an object with a patch applied.

    Args:
        call: The request.
        present: The object.
        changes: The patch.
        node: Schema of the object.

    Raises:
        Failure: The patch cannot be applied.
    """
    try:
        if changes.media == MERGE_PATCH:
            return merge.apply(present, changes.value)
        if changes.media == STRATEGIC_PATCH:
            return strategic.apply(present, changes.value, node)
        if len(changes.value) > json_patch.MAX_OPERATIONS:
            limit = json_patch.MAX_OPERATIONS
            text = f"The allowed maximum operations in a JSON patch is {limit}, got {len(changes.value)}"
            raise Failure(413, "RequestEntityTooLarge", f"Request entity is too large: {text}")
        return json_patch.apply(present, changes.value, call.body)
    except strategic.BadFormat as error:
        raise bad_request(str(error)) from None
    except json_patch.PatchError as error:
        if changes.media == STRATEGIC_PATCH and not isinstance(error, strategic.ListOfLists):
            raise Failure(500, "", str(error)) from None
        text = "the server rejected our request due to an error in our request"
        raise Failure(422, "Invalid", text, details={}) from None


def refused(changed: Any, changes: Changes, problem: str) -> Failure:
    """Return the failure of a patch whose result is no object of the kind.

    Args:
        changed: The result.
        changes: The patch, which is shown instead, if it is a strategic one.
        problem: Why.
    """
    shown = dict(sorted(changed.items())) if isinstance(changed, dict) else changed
    is_strategic = changes.media == STRATEGIC_PATCH
    return invalid_patch(go_text(changes.value) if is_strategic else encode(shown).decode(), problem)


def check_fields(call: Call, changed: Any, changes: Changes, *, custom: bool) -> None:
    """Check what a patch leaves of version and kind, and warn of its unknown and repeated fields.

    Args:
        call: The request.
        changed: The object with its version and kind.
        changes: The patch.
        custom: The object is a custom resource.

    Raises:
        Failure: Version or kind are missing where kube-apiserver needs them, or fields are checked strictly.
    """
    problems, is_unknown = list(changes.problems), False
    if changes.media != STRATEGIC_PATCH and isinstance(changed, dict):
        if custom:
            _check_custom(call, changed, changes)
        elif not changed.get("apiVersion"):
            # As in kube-apiserver: without a version, it knows none of the fields, and no name.
            is_unknown = True
            problems += [f'unknown field "{name}"' for name in changed if name not in ("apiVersion", "kind")]
    if problems and call.field_validation == "Strict":
        raise refused(changed, changes, f"strict decoding error: {', '.join(problems)}")
    if call.field_validation == "Warn":
        call.warnings += problems
    if is_unknown:
        raise without_name(call)


def _check_custom(call: Call, changed: dict[str, Any], changes: Changes) -> None:
    resource = call.version.resource
    version, kind = changed.get("apiVersion"), changed.get("kind")
    if not kind:
        raise refused(changed, changes, f"Object 'Kind' is missing in '{encode(changed).decode()}'")
    if not version:
        text = "Object 'apiVersion' is missing in 'object has no apiVersion field'"
        raise Failure(500, "InternalError", f"Internal error occurred: {text}", details={"causes": [{"message": text}]})
    if version != resource.api_version:
        text = f'Invalid value: "{version}": must be {resource.api_version}'
        sent = replace(resource, group=str(version).rpartition("/")[0])
        raise invalid(sent, call.name, [Cause("FieldValueInvalid", text, "apiVersion")])
    if kind != resource.kind:
        text = f'Invalid value: "{kind}": must be {resource.kind}'
        raise invalid(resource, call.name, [Cause("FieldValueInvalid", text, "kind")], kind=str(kind))


def without_name(call: Call) -> Failure:
    """Return the failure of a write of an object that has no name."""
    return bad_request(f"the name of the object ({call.name} based on URL) was undeterminable: name must be provided")
