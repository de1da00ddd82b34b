"""Query parameters of the OpenAPI document -> keywords of methods."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..document.spec import Spec
from ..naming.names import attribute_names
from ..render.ir import Parameter

_TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}

RESERVED = frozenset(
    {
        "all_namespaces",
        "body",
        "change",
        "condition",
        "indexers",
        "keep_managed_fields",
        "name",
        "namespace",
        "on_undecodable",
        "options",
        "page_size",
        "self",
        "streaming_list",
        "sync_timeout",
        "timeout",
        "type",
    }
)
"""Arguments that methods have of their own."""

# The document calls these single values; the server reads every repetition of them.
_REPEATED = {"command": "str | Sequence[str]", "ports": "int | Sequence[int]"}

# The document's own texts run to a dozen lines, the same at every method.
_DESCRIPTIONS = {
    "allowWatchBookmarks": "Let the server send `BOOKMARK` events, which carry a fresh resource version.",
    "command": "The program to run and its arguments; no shell is involved.",
    "container": "The container; needed where the pod has more than one.",
    "continue": "The token of the page before, from its `metadata.continue_`.",
    "dryRun": "`All`: do everything but store the result.",
    "fieldManager": "The name that the changes are booked under, for server-side apply.",
    "fieldSelector": "Only objects whose fields match, such as `status.phase=Running`.",
    "fieldValidation": "What happens to unknown or duplicate fields: `Ignore`, `Warn` (the default) or `Strict`.",
    "follow": "Keep the answer open for lines to come.",
    "force": "Take over fields that other managers own.",
    "gracePeriodSeconds": "Seconds that the object gets to end; 0 deletes it at once; default: the object's own.",
    "ignoreStoreReadErrorWithClusterBreakingPotential": "Delete an object that cannot be read from the store. Unsafe.",
    "insecureSkipTLSVerifyBackend": "Don't verify the certificate of the node that the log comes from.",
    "labelSelector": "Only objects whose labels match, such as `app=web,tier!=cache`.",
    "limit": "At most so many objects; the answer's `metadata.continue_` leads to the rest. Default: all.",
    "limitBytes": "End the log after so many bytes.",
    "orphanDependents": "Deprecated: use `propagation_policy`.",
    "path": "The path at the target.",
    "ports": "The ports to forward.",
    "pretty": "`true`: the server indents its answer.",
    "previous": "The log of the container's previous run.",
    "propagationPolicy": "What happens to dependents: `Orphan`, `Background` or `Foreground`.",
    "resourceVersion": "How fresh the answer must be: unset for the latest, `0` for any, else at least this version.",
    "resourceVersionMatch": "How `resource_version` is meant: `NotOlderThan` or `Exact`.",
    "sendInitialEvents": "Start with `ADDED` events for what exists, closed by a bookmark.",
    "shardSelector": "Only the objects of one shard, by a range of hashes of a field.",
    "sinceSeconds": "Only lines of the last so many seconds.",
    "stderr": "Connect standard error; default true.",
    "stdin": "Connect standard input; default false.",
    "stdout": "Connect standard output; default true.",
    "stream": "Which of `All`, `Stdout` and `Stderr` to return.",
    "tailLines": "Only so many lines from the end.",
    "timeoutSeconds": "Seconds after which the server ends the call.",
    "timestamps": "Begin each line with its time in RFC 3339 form.",
    "tty": "Give the program a terminal; default false.",
}


def query_parameters(spec: Spec, *sources: Mapping[str, Any]) -> dict[str, Parameter]:
    """The query parameters of a path item and its operation, by wire name; the operation's own come last and win."""
    found: dict[str, Mapping[str, Any]] = {}
    for source in sources:
        for parameter in _resolved(spec, source):
            if parameter.get("in") == "query":
                found[parameter["name"]] = parameter
    names = attribute_names(found, reserved=RESERVED)
    return {wire_name: _parameter(names[wire_name], parameter) for wire_name, parameter in sorted(found.items())}


def body_schema(spec: Spec, operation: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool] | None:
    """The schema of what an operation sends, and whether it must."""
    for parameter in _resolved(spec, operation):
        if parameter.get("in") == "body":
            return parameter.get("schema", {}), bool(parameter.get("required", False))
    return None


def without(parameters: Mapping[str, Parameter], wire_names: Collection[str]) -> tuple[Parameter, ...]:
    """The parameters but for some."""
    return tuple(parameter for name, parameter in parameters.items() if name not in wire_names)


def _resolved(spec: Spec, source: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    for parameter in source.get("parameters", ()):
        yield spec.resolve(parameter["$ref"]) if "$ref" in parameter else parameter


def _parameter(name: str, parameter: Mapping[str, Any]) -> Parameter:
    wire_name: str = parameter["name"]
    return Parameter(
        name=name,
        wire_name=wire_name,
        type=_type(parameter),
        description=_DESCRIPTIONS.get(wire_name) or _first_sentence(parameter.get("description", "")),
        required=bool(parameter.get("required", False)),
    )


def _type(parameter: Mapping[str, Any]) -> str:
    if parameter["name"] in _REPEATED:
        return _REPEATED[parameter["name"]]
    if parameter.get("type") == "array":
        return f"Sequence[{_TYPES.get(parameter.get('items', {}).get('type', 'string'), 'str')}]"
    return _TYPES.get(parameter.get("type", "string"), "str")


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", " ".join(text.split()), maxsplit=1)[0]
