"""The timeouts of watch requests, and the delays between them."""

from __future__ import annotations

import random

from ..errors import ApiError, InvalidArgument, ServerTimeout
from ..http.backoff import Backoff
from ..http.retry import MAX_WAIT_S

# A watch that ends sooner counts as failed.
_SHORT_LIFE_S = 5.0
_MIN_INTERVAL_S = 1.0


def check_watch_timeout(watch_timeout: int | None) -> None:
    """Check the timeout that a caller gives for each connection of a watch.

    Raises:
        InvalidArgument: It is less than a second.
    """
    if watch_timeout is not None and watch_timeout < 1:
        raise InvalidArgument(f"watch_timeout is {watch_timeout}; use at least 1 second, or None for the default")


def timeout_seconds(watch_timeout: int | None) -> int:
    """Return the timeout of a watch for the server: the given one, else 5 to 10 minutes.

    The default is random so that the watches of many clients spread out.
    """
    return watch_timeout or random.randint(300, 600)  # noqa: S311 - it only spreads the load


def restart_delay(backoff: Backoff, lifetime: float, failure: Exception | None) -> float:
    """Return the seconds to wait before the next connection.

    Args:
        backoff: Backoff that grows with each connection of less than 5 seconds, and is reset by a longer one.
        lifetime: Seconds from the response to the end of the connection; 0 if there was no response.
        failure: The error that ended the connection; None if the server ended it regularly.
    """
    retry_after = min(failure.retry_after or 0.0, MAX_WAIT_S) if isinstance(failure, ApiError) else 0.0
    if lifetime < _SHORT_LIFE_S:
        return max(backoff.next(), _MIN_INTERVAL_S - lifetime, retry_after)
    backoff.reset()
    # The server ends many watches at once; a random delay keeps them from returning all at once.
    return max(random.uniform(0, _MIN_INTERVAL_S), retry_after)  # noqa: S311 - it only spreads the load


def is_version_too_large(error: Exception) -> bool:
    """Return whether the server has not reached the resource version of a request.

    Servers before Kubernetes 1.18.6 say so in the message alone.
    """
    if not isinstance(error, ServerTimeout):
        return False
    causes = [cause.reason for cause in error.causes]
    return "ResourceVersionTooLarge" in causes or error.message.startswith("Too large resource version")


def may_be_version_too_large(error: Exception) -> bool:
    """Return whether the API server itself, not a proxy, timed out, which it may do for a version out of reach."""
    return isinstance(error, ServerTimeout) and all(
        cause.reason != "UnexpectedServerResponse" for cause in error.causes
    )
