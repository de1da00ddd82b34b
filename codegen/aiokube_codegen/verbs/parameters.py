"""The query parameters of the document as keywords: their types and texts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from ..naming.deprecations import mark_deprecated
from ..naming.docstrings import with_values
from ..naming.names import attribute_names
from .arguments import Argument

LEFT_OUT: Final = {"pretty": "it formats responses for people, and methods return objects"}
"""Query parameters that no method has, with the reason."""

_TYPES: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}

_NAMED_TYPES: Final = {
    "dryRun": "DryRun",
    "fieldSelector": "Selector",
    "fieldValidation": "FieldValidation",
    "labelSelector": "Selector",
    "propagationPolicy": "PropagationPolicy",
    "resourceVersionMatch": "ResourceVersionMatch",
}
"""The types of parameters that the document calls strings."""

# The document's own texts run to a dozen lines, the same at every method.
_TEXTS: Final = {
    "container": "Container to use. Default: the only one, or that of the annotation "
    "`kubectl.kubernetes.io/default-container`.",
    "continue": "Continue token: the `metadata.continue_` of the previous page.",
    "dryRun": "True to process the request, but not store the result.",
    "fieldManager": "Field manager to record for these changes. Default: that of the client.",
    "fieldSelector": "Select objects by their fields: `status.phase=Running`, a list of such texts, or a dict.",
    "fieldValidation": "Treatment of unknown and duplicate fields: `Strict` (default), `Warn` or `Ignore`.",
    "follow": "Wait for new lines, until the container ends.",
    "gracePeriodSeconds": "Seconds that the object has to end; 0 deletes it at once. Default: its own.",
    "ignoreStoreReadErrorWithClusterBreakingPotential": "Unsafe: delete it even if it cannot be read.",
    "insecureSkipTLSVerifyBackend": "Do not verify the certificate of the node that serves the log.",
    "labelSelector": "Select objects by their labels: `app=web,tier!=cache`, a list of such texts, or a dict.",
    "limit": "Maximum number of objects to return; `metadata.continue_` leads to the rest. Default: all.",
    "limitBytes": "Maximum number of bytes to return.",
    "orphanDependents": "Deprecated: use `propagation_policy`.",
    "previous": "Read the log of the container's previous run.",
    "propagationPolicy": "Treatment of dependents: `Orphan`, `Background` or `Foreground`.",
    "resourceVersion": "Freshness of the result. Unset: the latest. `0`: any. Otherwise at least this version.",
    "resourceVersionMatch": "Meaning of `resource_version`: `NotOlderThan` or `Exact`.",
    "sendInitialEvents": "Send existing objects first, as `ADDED` events, followed by a bookmark.",
    "shardSelector": "Select the objects of one shard, by a range of hashes of a field.",
    "sinceSeconds": "Age of the oldest line to return, in seconds.",
    "stderr": "Connect standard error. Default: true.",
    "stdin": "Connect standard input. Default: false.",
    "stdout": "Connect standard output. Default: true.",
    "stream": "Stream to return: `All` (default), `Stdout` or `Stderr`.",
    "tailLines": "Number of lines to return, counted from the end.",
    "timeoutSeconds": "Time limit that the server applies, in seconds.",
    "timestamps": "Begin each line with its time, in RFC 3339 format.",
    "tty": "Allocate a terminal. Default: false.",
}


def as_arguments(parameters: Mapping[str, Mapping[str, Any]], *, reserved: Collection[str]) -> tuple[Argument, ...]:
    """The query parameters of an operation as arguments: the required ones first, then in alphabetical order.

    Args:
        parameters: What the document says of each, by wire name.
        reserved: Names that none may have.
    """
    names = attribute_names(parameters, reserved=reserved)
    arguments = [
        _argument(names[wire_name], wire_name, parameter)
        for wire_name, parameter in parameters.items()
        if wire_name not in LEFT_OUT
    ]
    return in_order(arguments)


def in_order(arguments: Iterable[Argument]) -> tuple[Argument, ...]:
    """Sort arguments: the required ones first, then by their names in the document."""
    return tuple(sorted(arguments, key=lambda argument: (bool(argument.default), argument.wire_name)))


def _argument(name: str, wire_name: str, parameter: Mapping[str, Any]) -> Argument:
    required = bool(parameter.get("required", False))
    type = _type(parameter)
    if type == "str":
        type = _NAMED_TYPES.get(wire_name, type)
    return Argument(
        name=name,
        annotation=type if required else f"{type} | None",
        default="" if required else "None",
        text=_TEXTS.get(wire_name) or _described(parameter),
        wire_name=wire_name,
    )


def _type(parameter: Mapping[str, Any]) -> str:
    if parameter.get("type") == "array":
        return f"Sequence[{_TYPES.get(parameter.get('items', {}).get('type', 'string'), 'str')}]"
    return _TYPES.get(parameter.get("type", "string"), "str")


def _described(parameter: Mapping[str, Any]) -> str:
    told = mark_deprecated(parameter.get("description", ""), flagged=parameter.get("deprecated") is True)
    text = first_sentence(told, "See the API's documentation.")
    return " ".join(with_values(text, parameter.get("enum", ())).split())


def first_sentence(text: str, default: str) -> str:
    """Return the first sentence of a description, as one line; the default if it is empty."""
    return re.split(r"(?<=[.!?])\s", " ".join(text.split()), maxsplit=1)[0] or default
