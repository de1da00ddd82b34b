"""The kinds whose definitions a source creates or changes, which a server follows a moment later."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from ..errors import (
    AiokubeError,
    BadRequest,
    InternalError,
    Invalid,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    UnknownResource,
)
from .planning import Kind

SCHEMA_ERRORS = (BadRequest, InternalError, Invalid)
"""Errors of an object whose fields the server does not know, or does not allow."""

# Seconds in which an API server may still go by the definition before; mostly it is some 10 ms.
_FOLLOWED_WITHIN = 5.0


class NewDefinitions:
    """The kinds whose definitions an apply has created or changed."""

    def __init__(self) -> None:
        self._created: set[Kind] = set()
        self._changed: set[Kind] = set()
        self._followed_by = 0.0

    def add(self, *, created: Iterable[Kind], changed: Iterable[Kind]) -> None:
        """Add kinds whose definitions have just been created, or changed."""
        self._created.update(created)
        self._changed.update(changed)
        self._followed_by = asyncio.get_running_loop().time() + _FOLLOWED_WITHIN

    def changes(self, kind: Kind) -> bool:
        """Return True if the definition of a kind has been changed."""
        return kind in self._changed

    def may_follow(self, kind: Kind, error: AiokubeError) -> bool:
        """Return True if an object has failed because the server may go by an earlier definition of its kind."""
        if asyncio.get_running_loop().time() > self._followed_by:
            return False
        if kind in self._changed and isinstance(error, SCHEMA_ERRORS):
            return True
        # For a while, discovery has a definition that is gone; without the verb, if it was being deleted.
        refusal = error.__cause__ if isinstance(error, InvalidRequest) else error
        is_of_path = isinstance(refusal, NotFound) and refusal.is_unserved
        is_of_path |= isinstance(refusal, (MethodNotAllowed, UnknownResource))
        return is_of_path and (kind in self._created or kind in self._changed)
