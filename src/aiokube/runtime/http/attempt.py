"""Attempts as values, for metrics and traces."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from ..public import public

_log = logging.getLogger("aiokube.http")


@public("aiokube")
@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request that was sent. It holds no body, no header and no object name."""

    method: str
    """HTTP method."""
    template: str
    """Path as in the OpenAPI document: `/api/v1/namespaces/{namespace}/pods/{name}`."""
    number: int
    """Number within the call, from 1."""
    duration: float
    """Seconds until the response; for a stream, until its start."""
    status: int | None
    """HTTP status code; None if there was no response."""
    error: str | None
    """Class name of the error if there was no response."""


class AttemptObserver:
    """Passes attempts to the `on_request` callback of a client; logs what the callback raises.

    Args:
        callback: Called with each attempt; None for nothing.
    """

    def __init__(self, callback: Callable[[Attempt], object] | None) -> None:
        self._callback = callback

    def report(self, attempt: Attempt) -> None:
        """Call the callback."""
        if self._callback is None:
            return
        try:
            self._callback(attempt)
        except Exception:
            _log.exception("the on_request callback raised")
