"""Attempts as plain values, for metrics and traces."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from ..public import public

_log = logging.getLogger("aiokube.http")


@public("aiokube")
@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt of a call. It contains no body, no headers and no name of an object."""

    method: str
    """HTTP method."""
    template: str
    """Path in the OpenAPI document, such as `/api/v1/namespaces/{namespace}/pods/{name}`."""
    number: int
    """Number of the attempt within its call, starting with 1."""
    duration: float
    """Seconds until the response; for a stream, until its start."""
    status: int | None
    """HTTP status code; None if there was no response."""
    error: str | None
    """Class name of the error if there was no response."""


class AttemptObserver:
    """Passes attempts to the `on_request` callback of a client, and logs its exceptions.

    Args:
        callback: Callback for each attempt.
    """

    def __init__(self, callback: Callable[[Attempt], object]) -> None:
        self._callback = callback

    def report(self, attempt: Attempt) -> None:
        """Call the callback."""
        try:
            self._callback(attempt)
        except Exception:
            _log.exception("the on_request callback raised")
