"""The query parameters of verbs, checked, with their defaults."""

from __future__ import annotations

from typing import Final

from ..arguments import types
from ..errors import InvalidRequest
from ..http.parameters import is_dry_run
from ..watching.list_watch import Query

_FLAGS: Final = {
    "follow": "follow",
    "force": "force",
    "insecureSkipTLSVerifyBackend": "insecure_skip_tls_verify_backend",
    "previous": "previous",
    "stderr": "stderr",
    "stdin": "stdin",
    "stdout": "stdout",
    "timestamps": "timestamps",
    "tty": "tty",
}
"""Parameters that are booleans, with the names of the arguments."""

_WHOLE: Final = {
    "gracePeriodSeconds": ("grace_period_seconds", 0),
    "limitBytes": ("limit_bytes", 1),
    "sinceSeconds": ("since_seconds", 1),
    "tailLines": ("tail_lines", 0),
}
"""Parameters that are whole numbers, with the names of the arguments and the least value that servers accept."""


def checked_query(query: Query) -> Query:
    """Return the query parameters of a verb, checked.

    A dry run is on or off for a method, and `All` or absent for a server. Unknown and duplicate fields are refused by
    default, as by kubectl, since servers drop them otherwise.

    Raises:
        InvalidArgument: A parameter is of a wrong type.
        InvalidRequest: A number is out of range.
    """
    changed: dict[str, object] = {}
    for name, value in query.items():
        if name == "fieldValidation" and value is None:
            changed[name] = "Strict"
        elif value is None:
            continue
        elif name in _FLAGS:
            types.flag(value, _FLAGS[name])
        elif name in _WHOLE:
            check_whole(value, *_WHOLE[name])
        elif name == "dryRun":
            changed[name] = "All" if is_dry_run(value) else None
    return {**query, **changed} if changed else query


def check_whole(value: object, name: str, least: int) -> None:
    """Check a whole number.

    Raises:
        InvalidRequest: It is none, or below the least value.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise InvalidRequest(f"{name} is {value!r:.80}; pass a whole number, {least} or more")
