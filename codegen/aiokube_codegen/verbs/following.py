"""Verbs that follow changes: watch, informer, metadata_informer, wait_for, wait_for_all, wait_for_any."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .arguments import ALL_NAMESPACES, NAME, NAMESPACE, ON_UNDECODABLE, PARAMETERS, Argument
from .operation import Operation
from .verb import Overload, Raises, Verb, all_but


def _can_be_watched(operation: Operation) -> bool:
    return operation.action == "list" and operation.is_watchable


def _can_be_cached(operation: Operation) -> bool:
    return _can_be_watched(operation) and operation.has_typed_item


_CONDITION: Final = "str | Callable[[{item}], bool]"

_WATCH_TIMEOUT: Final = Argument(
    name="watch_timeout",
    annotation="int | None",
    default="None",
    text="Seconds after which a watch is renewed. Default: 5 to 10 minutes, at random.",
)

WATCH: Final = Verb(
    name="watch",
    applies=_can_be_watched,
    summary="Watch {objects}. The watch resumes after broken connections.",
    arguments=(NAMESPACE, ALL_NAMESPACES, ON_UNDECODABLE, _WATCH_TIMEOUT, PARAMETERS),
    sends=all_but("watch", "limit", "continue"),
    meanings={
        "allowWatchBookmarks": "Yield `BOOKMARK` events, which carry a fresh resource version.",
        "resourceVersion": "Resource version to start after. If unset, existing objects come first, as `ADDED`.",
        "timeoutSeconds": "Seconds after which the watch ends. Default: never.",
    },
    returns="Watch[{item}]",
    is_async=False,
    calls="_watch",
    passes=("{path}", "{all_namespaces_path}", "{item}", "{response}", "{query}"),
    raises=(Raises(error="Gone", reason="The resource version is too old: list again"),),
)

_PAGE_SIZE: Final = Argument(
    name="page_size", annotation="int", default="500", text="Number of objects per page of a list."
)
_INDEXERS: Final = Argument(
    name="indexers",
    annotation="Mapping[str, Callable[[{item}], object]] | None",
    default="None",
    text="Index functions by name; each returns one value, or a list or set of values, for `by_index`.",
)
_STREAMING_LIST: Final = Argument(
    name="streaming_list",
    annotation="bool",
    default="False",
    text="Receive existing objects as events, which takes less memory; where that fails, as a list.",
)
_KEEP_MANAGED_FIELDS: Final = Argument(
    name="keep_managed_fields",
    annotation="bool",
    default="False",
    text="Keep `metadata.managed_fields`, which can be half of an object.",
)
_TRANSFORM: Final = Argument(
    name="transform",
    annotation="Callable[[{item}], {item}] | None",
    default="None",
    text="Drops what nobody reads from an object that it may change, and returns the object to keep.",
)
_SYNC_TIMEOUT: Final = Argument(
    name="sync_timeout",
    annotation="float | None",
    default="120.0",
    text="Time limit for the first list, retries included, in seconds. None: no limit.",
)

INFORMER: Final = Verb(
    name="informer",
    applies=_can_be_cached,
    summary="Cache {objects}, kept in sync by `list` and `watch`. Enter it with `async with`.",
    is_composed=True,
    arguments=(
        NAMESPACE,
        ALL_NAMESPACES,
        _PAGE_SIZE,
        _INDEXERS,
        _STREAMING_LIST,
        _KEEP_MANAGED_FIELDS,
        _TRANSFORM,
        _SYNC_TIMEOUT,
        _WATCH_TIMEOUT,
        ON_UNDECODABLE,
        PARAMETERS,
    ),
    sends=lambda wire_name: wire_name.endswith("Selector"),
    returns="Informer[{item}]",
    is_async=False,
    calls="_informer",
    passes=("{path}", "{all_namespaces_path}", "{item}", "{response}", "{query}"),
    raises=(Raises(error="WaitTimeout", reason="On entering: the first list did not complete within `sync_timeout`"),),
)

METADATA_INFORMER: Final = replace(
    INFORMER,
    name="metadata_informer",
    summary="Cache the metadata of {objects}. Enter it with `async with`.",
    arguments=(
        NAMESPACE,
        ALL_NAMESPACES,
        _PAGE_SIZE,
        replace(_INDEXERS, annotation="Mapping[str, Callable[[PartialObjectMetadata], object]] | None"),
        _STREAMING_LIST,
        replace(_TRANSFORM, annotation="Callable[[PartialObjectMetadata], PartialObjectMetadata] | None"),
        _SYNC_TIMEOUT,
        _WATCH_TIMEOUT,
        ON_UNDECODABLE,
        PARAMETERS,
    ),
    returns="Informer[PartialObjectMetadata]",
    calls="_metadata_informer",
    passes=("{path}", "{all_namespaces_path}", "{query}"),
    raises=(),
)

WAIT_FOR: Final = Verb(
    name="wait_for",
    applies=_can_be_cached,
    summary="Wait until {a_kind} meets a condition, by `list` and `watch`.",
    is_composed=True,
    arguments=(
        replace(NAME, text="Name of the {kind}, which need not exist yet.", when=lambda operation: True),
        Argument(
            name="condition",
            annotation=f"{_CONDITION} | Deleted",
            text="Condition in the status (`Ready`, `Ready=False`), place (`jsonpath={{.status.phase}}=Running`), "
            "function of the object, `created` or `deleted`.",
            positional=True,
        ),
        Argument(
            name="timeout",
            annotation="float | None",
            default="30.0",
            text="Time limit in seconds; 0 for a single look, None for no limit.",
        ),
        NAMESPACE,
    ),
    returns="{item} | None",
    overloads=(
        Overload(annotations={"condition": _CONDITION}, returns="{item}"),
        Overload(annotations={"condition": "Deleted"}, returns="{item} | None"),
    ),
    calls="_wait_for",
    passes=("{path}", "{item}", "{response}"),
    raises=(
        Raises(error="WaitTimeout", reason="The condition was not met in time"),
        Raises(error="ObjectDeleted", reason="The object was deleted while something else was waited for"),
    ),
)

_NO_MATCH: Final = Raises(error="NotFound", reason="No object matches the label selector")

WAIT_FOR_ALL: Final = replace(
    WAIT_FOR,
    name="wait_for_all",
    summary="Wait until each of several objects meets a condition, by `wait_for`.",
    arguments=(
        WAIT_FOR.arguments[1],
        Argument(
            name="names",
            annotation="Sequence[str] | None",
            default="None",
            text="Names of the objects, which need not exist yet. Default: the selector chooses.",
        ),
        Argument(
            name="label_selector",
            annotation="Selector | None",
            default="None",
            text="Label selector of the objects; those that exist now are waited for.",
            wire_name="labelSelector",
        ),
        *WAIT_FOR.arguments[2:],
    ),
    returns="Sequence[{item} | None]",
    overloads=(
        Overload(annotations={"condition": _CONDITION}, returns="Sequence[{item}]"),
        Overload(annotations={"condition": "Deleted"}, returns="Sequence[{item} | None]"),
    ),
    calls="_wait_for_all",
    passes=("{path}", "{item}", "{response}", "{query}"),
    raises=(_NO_MATCH, *WAIT_FOR.raises),
)

WAIT_FOR_ANY: Final = replace(
    WAIT_FOR_ALL,
    name="wait_for_any",
    summary="Wait until one of several objects meets a condition, by `wait_for`, and return it.",
    returns=WAIT_FOR.returns,
    overloads=WAIT_FOR.overloads,
    calls="_wait_for_any",
)

VERBS: Final = (WATCH, INFORMER, METADATA_INFORMER, WAIT_FOR, WAIT_FOR_ALL, WAIT_FOR_ANY)
