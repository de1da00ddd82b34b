"""The query parameters of Kubernetes: types of those that take few values, and a check of their types."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from ..arguments import Types
from ..errors import InvalidRequest
from .selectors import SELECTORS, selector_text

DryRun: TypeAlias = bool | Literal["All"]
"""Process a request without storing the result: True, or `All`, which is the API's own value."""

FieldValidation: TypeAlias = Literal["Ignore", "Warn", "Strict"]
"""Treatment of unknown and duplicate fields: drop them, drop them and warn, or refuse the request (the default)."""

PropagationPolicy: TypeAlias = Literal["Background", "Foreground", "Orphan"] | str
"""Treatment of an object's dependents: delete them after it, delete them before it, or keep them.

Servers may know more values, so that any text is accepted.
"""

ResourceVersionMatch: TypeAlias = Literal["Exact", "NotOlderThan"]
"""Meaning of a resource version in a list: exactly this one, or at least this one."""

_STRINGS: Final = (
    "container",
    "continue",
    "fieldManager",
    "fieldValidation",
    "propagationPolicy",
    "resourceVersion",
    "resourceVersionMatch",
    "shardSelector",
    "stream",
)
# With the least value that servers accept.
_INTEGERS: Final = {
    "gracePeriodSeconds": 0,
    "limit": 0,
    "limitBytes": 1,
    "sinceSeconds": 1,
    "tailLines": 0,
    "timeoutSeconds": 0,
}
# Servers take any other text than `false` and `0` for true.
_FLAGS: Final = (
    "allowWatchBookmarks",
    "follow",
    "force",
    "ignoreStoreReadErrorWithClusterBreakingPotential",
    "insecureSkipTLSVerifyBackend",
    "orphanDependents",
    "previous",
    "sendInitialEvents",
    "stderr",
    "stdin",
    "stdout",
    "timestamps",
    "tty",
)
_EXPECTED: Final[Mapping[str, tuple[type, str]]] = {
    **dict.fromkeys(_STRINGS, (str, "a string")),
    **dict.fromkeys(_FLAGS, (bool, "True or False")),
}
_WORD: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_types: Final = Types(InvalidRequest)


def checked_query(query: Mapping[str, object]) -> Mapping[str, object]:
    """Return the query of a verb with its parameters checked, and with its selectors as text.

    A dry run, which is on or off for a method, is `All` or absent for a server. Unknown and duplicate fields of objects
    are refused by default, as by kubectl; servers would drop them. Parameters that Kubernetes does not have are left
    alone. Later changes of a selector do not change the query.

    Raises:
        InvalidRequest: A parameter has another type, which is named by its argument, or is out of range; or a selector
            is invalid.
    """
    checked: dict[str, object] = {}
    for name, value in query.items():
        if value is not None and name in SELECTORS:
            value = selector_text(name, value)
        elif value is not None and name in _EXPECTED:
            _types.instance(value, *_EXPECTED[name], _argument(name))
        elif value is not None and name in _INTEGERS:
            _types.whole(value, _argument(name), _INTEGERS[name])
        elif name == "dryRun":
            value = "All" if is_dry_run(value) else None
        elif name == "fieldValidation":
            value = "Strict"
        checked[name] = value
    return checked


def _argument(name: str) -> str:
    """Return the argument of a parameter: `tailLines` is `tail_lines`, and `continue` is `continue_`."""
    return f"{name}_" if keyword.iskeyword(name) else _WORD.sub("_", name).lower()


def is_dry_run(value: object) -> bool:
    """Return True if nothing is to be stored.

    Raises:
        InvalidRequest: It is neither a boolean, nor `All`, nor None.
    """
    if value is None or isinstance(value, bool):
        return bool(value)
    if value != "All":
        raise InvalidRequest(f"dry_run: must be True, False or 'All', not {value!r:.80}")
    return True
