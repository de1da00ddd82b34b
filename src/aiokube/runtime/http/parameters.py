"""Types of query parameters that take few values."""

from __future__ import annotations

from typing import Literal, TypeAlias

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
