"""Verbs that read: get, list, iterate."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .arguments import ALL_NAMESPACES, NAME, NAMESPACE, ON_UNDECODABLE, PARAMETERS, Argument
from .verb import NOT_FOUND, Raises, Verb, all_but

_OF_WATCHES: Final = ("allowWatchBookmarks", "sendInitialEvents", "watch")
_RESOURCE_VERSION: Final = "Unset: the latest state. `0`: any, perhaps an old one. Otherwise at least this version."
_ON_UNDECODABLE: Final = replace(
    ON_UNDECODABLE, text="Called with the error of each object that does not fit its class. Default: raise it."
)

GET: Final = Verb(
    name="get{suffix}",
    applies=lambda operation: operation.action == "get",
    summary="Read {one}.",
    arguments=(NAME, NAMESPACE, PARAMETERS),
    returns="{response}",
    calls="_get",
    raises=(NOT_FOUND,),
)

LIST: Final = Verb(
    name="list",
    applies=lambda operation: operation.action == "list",
    summary="List {objects} in one request.",
    arguments=(NAMESPACE, ALL_NAMESPACES, _ON_UNDECODABLE, PARAMETERS),
    sends=all_but(*_OF_WATCHES),
    meanings={"resourceVersion": _RESOURCE_VERSION},
    returns="{response}",
    calls="_list",
    passes=("{path}", "{all_namespaces_path}", "{response}", "{query}"),
    raises=(Raises(error="Expired", reason="The continue token or `resource_version` is too old"),),
)

ITERATE: Final = Verb(
    name="iterate",
    applies=lambda operation: operation.action == "list",
    summary="Iterate over {objects} in pages, each exactly once, even when a continue token expires.",
    arguments=(
        NAMESPACE,
        ALL_NAMESPACES,
        Argument(name="page_size", annotation="int", default="500", text="Number of objects in a page."),
        _ON_UNDECODABLE,
        PARAMETERS,
    ),
    sends=all_but(*_OF_WATCHES, "limit", "continue"),
    meanings={"resourceVersion": _RESOURCE_VERSION},
    returns="AsyncGenerator[{item}, None]",
    is_async=False,
    calls="_iterate",
    passes=("{path}", "{all_namespaces_path}", "{item}", "{response}", "{query}"),
    raises=(Raises(error="Expired", reason="`resource_version` is too old"),),
)

VERBS: Final = (GET, LIST, ITERATE)
