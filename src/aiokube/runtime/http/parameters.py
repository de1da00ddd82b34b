"""The query parameters of Kubernetes: types of those that take few values, and a check of their types."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from ..arguments import Types
from ..errors import InvalidRequest
from .selectors import SELECTORS, selector_text

DryRun: TypeAlias = Literal["All"]
"""Process a request without storing the result: `All` stages of it."""

FieldValidation: TypeAlias = Literal["Ignore", "Warn", "Strict"]
"""Treatment of unknown and duplicate fields: drop them, drop them and warn (the default), or refuse the request."""

PropagationPolicy: TypeAlias = Literal["Background", "Foreground", "Orphan"] | str
"""Treatment of an object's dependents: delete them after it, delete them before it, or keep them.

Servers may know more values, so that any text is accepted.
"""

ResourceVersionMatch: TypeAlias = Literal["Exact", "NotOlderThan"]
"""Meaning of a resource version in a list: exactly this one, or at least this one."""

_STRINGS: Final = (
    "container",
    "continue",
    "dryRun",
    "fieldManager",
    "fieldValidation",
    "propagationPolicy",
    "resourceVersion",
    "resourceVersionMatch",
    "shardSelector",
    "stream",
)
_INTEGERS: Final = ("gracePeriodSeconds", "limit", "limitBytes", "sinceSeconds", "tailLines", "timeoutSeconds")
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
    **dict.fromkeys(_INTEGERS, (int, "an integer")),
    **dict.fromkeys(_FLAGS, (bool, "True or False")),
}
_WORD: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_types: Final = Types(InvalidRequest)


def checked_query(query: Mapping[str, object]) -> Mapping[str, object]:
    """Return the query of a verb with its parameters checked, and with its selectors as text.

    Parameters that Kubernetes does not have are left alone. Later changes of a selector do not change the query.

    Raises:
        InvalidRequest: A parameter has another type, which is named by its argument, or a selector is invalid.
    """
    checked: dict[str, object] = {}
    for name, value in query.items():
        if value is not None and name in SELECTORS:
            value = selector_text(name, value)
        elif value is not None and name in _EXPECTED:
            _types.instance(value, *_EXPECTED[name], _argument(name))
        checked[name] = value
    return checked


def _argument(name: str) -> str:
    """Return the argument of a parameter: `tailLines` is `tail_lines`, and `continue` is `continue_`."""
    return f"{name}_" if keyword.iskeyword(name) else _WORD.sub("_", name).lower()
