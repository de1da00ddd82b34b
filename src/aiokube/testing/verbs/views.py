"""The view of its objects that a client asks for."""

from __future__ import annotations

from ..api.resources import Resource
from ..call import Call
from ..failures import bad_request, not_implemented
from ..rendering import Accepted, MetadataView, View, accepted
from ..tables.columns import DEFAULT, Layout
from ..tables.custom import custom_layout
from ..tables.json_path import UnknownPath
from ..tables.layouts import CUSTOM_SCALE, LAYOUTS, SCALE
from ..tables.view import TableView
from .state import State

_INCLUDED = ("", "None", "Metadata", "Object")


def view_of(state: State, call: Call, *, is_list: bool = False) -> View:
    """Return the view that a request asks for.

    Args:
        state: The cluster.
        call: The request.
        is_list: The answer is a list.

    Raises:
        Failure: There is none that the client accepts, or an option is invalid.
    """
    is_watch = call.verb == "watch"
    chosen = accepted(call.accept, is_list=is_list, custom=call.resource.custom, is_watch=is_watch)
    match chosen.form:
        case "metadata":
            return MetadataView(call.version, chosen.content_type)
        case "table":
            return _table(state, call, chosen)
    return View(call.version, chosen.content_type)


def _table(state: State, call: Call, chosen: Accepted) -> View:
    include = call.query.get("includeObject", "")
    if include not in _INCLUDED:
        problem = f"Invalid value: \"{include}\": must be 'Metadata', 'Object', 'None', or empty"
        raise bad_request(f"Unable to convert to Table as requested: includeObject: {problem}")
    if call.subresource == "scale":
        layout = CUSTOM_SCALE if call.resource.custom else SCALE
        schema = state.catalog.definition("autoscaling", "v1", "autoscaling.v1.Scale")
    else:
        layout, schema = _layout(call.resource), state.catalog.schema(call.resource)
    return TableView(
        call.version,
        layout,
        schema,
        state.clock.now,
        include=include,
        meta=chosen.version,
        content_type=chosen.content_type,
    )


def _layout(resource: Resource) -> Layout:
    if not resource.custom:
        return LAYOUTS.get(resource.collection, DEFAULT)
    try:
        return custom_layout(resource.columns)
    except UnknownPath as error:
        raise not_implemented(f"printer columns with a JSONPath that has {error}") from None
