"""Patches of a present object or scale: read, checked and applied, by their media type."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..call import Call
from ..failures import Failure, bad_request
from ..patching import json_patch, merge, strategic
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
