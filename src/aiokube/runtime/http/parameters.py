"""Types of query parameters that take few values."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ..errors import InvalidArgument

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


def is_dry_run(value: object) -> bool:
    """Return True if nothing is to be stored.

    Raises:
        InvalidArgument: It is neither a boolean, nor `All`, nor None.
    """
    if value is None or isinstance(value, bool):
        return bool(value)
    if value != "All":
        raise InvalidArgument(f"dry_run: must be True, False or 'All', not {value!r:.80}")
    return True
