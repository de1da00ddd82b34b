"""Delays between the connections of a watch: when the next one starts after the last one has ended."""

from __future__ import annotations

import random

from ..errors import ApiError
from ..http.backoff import Backoff
from ..http.retry import MAX_WAIT_S

# A watch that lasts for less counts as a failed one.
_SHORT_LIFE_S = 5.0
_MIN_INTERVAL_S = 1.0


def random_timeout_seconds() -> int:
    """Return the timeout to ask the server for: 5 to 10 minutes, so that the watches of many clients spread."""
    return random.randint(300, 600)  # noqa: S311 - it only spreads the load


def restart_delay(backoff: Backoff, lifetime: float, failure: Exception | None) -> float:
    """Return the seconds to wait before the next connection.

    Args:
        backoff: Grows with the connections that don't last, and is reset by one that does.
        lifetime: Seconds from the response to the end of the connection; 0 if there was no response.
        failure: The error that ended it; None if the server ended it in order.
    """
    asked = min(failure.retry_after or 0.0, MAX_WAIT_S) if isinstance(failure, ApiError) else 0.0
    if lifetime < _SHORT_LIFE_S:
        return max(backoff.next(), _MIN_INTERVAL_S - lifetime, asked)
    backoff.reset()
    if failure is None:
        return 0.0
    # A failure that breaks one watch breaks many, and they should not all come back at once.
    return max(random.uniform(0, _MIN_INTERVAL_S), asked)  # noqa: S311 - it only spreads the load
