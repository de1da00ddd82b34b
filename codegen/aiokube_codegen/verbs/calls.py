"""Calls that concern no resource: those of group-versions, and the server's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .arguments import PARAMETERS, Argument
from .verb import Verb

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
    applies=lambda operation: bool(operation.name) and operation.has_typed_response,
    summary="{description}",
    arguments=(_PATH, PARAMETERS),
    returns="{response}",
    calls="_call",
)

CALL_TEXT: Final = replace(
    CALL,
    applies=lambda operation: bool(operation.name) and not operation.has_typed_response,
    returns="str",
    calls="_text",
    passes=("{path}", "{query}"),
)

VERBS: Final = (CALL, CALL_TEXT)

MADE_BY_CLIENT: Final = {"/version/": "version"}
"""Paths without a generated method, each with the method of every client that stands for it."""
