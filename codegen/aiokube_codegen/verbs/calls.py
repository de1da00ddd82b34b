"""Calls that no verb of Kubernetes stands for: of the server, of group-versions, and of resources (`start`, `stop`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .arguments import NAMESPACE, PARAMETERS, PATH_ARGUMENTS, Argument
from .operation import CALL as CALL_ACTION
from .verb import NOT_FOUND, Verb

_PATH: Final = Argument(
    name="{path_argument}",
    annotation="str",
    text="The rest of the path.",
    positional=True,
    passed_as="path_suffix",
    when=lambda operation: bool(operation.path_argument),
)

CALL: Final = Verb(
    name="{name}",
    applies=lambda operation: not operation.action and operation.has_typed_response,
    summary="{description}",
    arguments=(_PATH, PARAMETERS),
    returns="{response}",
    calls="_call",
)

CALL_TEXT: Final = replace(
    CALL,
    applies=lambda operation: not operation.action and not operation.has_typed_response,
    returns="str",
    calls="_text",
    passes=("{path}", "{query}"),
)

_BODY: Final = Argument(
    name="{sent_name}",
    annotation="{sent} | {manifest}",
    text="The body, as an object or its manifest.",
    positional=True,
    passed_as="body",
    when=lambda operation: operation.sent is not None and operation.sent_required,
)

REQUEST: Final = Verb(
    name="{name}",
    applies=lambda operation: operation.action == CALL_ACTION and not operation.opens_websocket,
    summary="{description}",
    arguments=(
        PATH_ARGUMENTS,
        _BODY,
        replace(
            _BODY,
            annotation="{sent} | {manifest} | None",
            default="None",
            when=lambda operation: operation.sent is not None and not operation.sent_required,
        ),
        NAMESPACE,
        PARAMETERS,
    ),
    returns="{response}",
    calls="_request",
    passes=(
        "{http_method}",
        "{path}",
        "{response}",
        "{path_values}",
        "{query}",
        "has_body={has_body}",
        "{content_type}",
    ),
    raises=(replace(NOT_FOUND, when=lambda operation: operation.named),),
)

VERBS: Final = (CALL, CALL_TEXT, REQUEST)

MADE_BY_CLIENT: Final = {"/version/": "version"}
"""Paths without a generated method, each with the method of every client that stands for it."""
