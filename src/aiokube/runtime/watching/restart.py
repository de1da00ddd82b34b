"""The timeouts of watch requests, the delays between them, and their number."""

from __future__ import annotations

import random

from ..errors import ApiError, InvalidArgument, ServerTimeout, ServiceUnavailable, TooManyRequests, Unauthorized
from ..failures import is_transient
from ..http.backoff import Backoff
from ..http.retry import MAX_WAIT_S

# A watch that ends sooner counts as failed.
_SHORT_LIFE_S = 5.0
_MIN_INTERVAL_S = 1.0
# One of several API servers may lag, or fail, for some seconds.
_MAX_REFUSALS = 5
_MAX_CREDENTIALS = 2


def check_watch_timeout(watch_timeout: object) -> None:
    """Check the timeout that a caller gives for each connection of a watch.

    Raises:
        InvalidArgument: It is not a whole number of seconds, or less than one.
    """
    is_valid = isinstance(watch_timeout, int) and watch_timeout >= 1 and watch_timeout is not True
    if not (watch_timeout is None or is_valid):
        wanted = "use a whole number of seconds, at least 1, or None for the default"
        raise InvalidArgument(f"watch_timeout is {watch_timeout!r:.80}; {wanted}")


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


class Refusals:
    """The failures in a row of a request that is repeated unchanged, with the same resource version."""

    def __init__(self) -> None:
        self._version: str | None = None
        self._credentials = 0
        self._failures = 0

    def clear(self) -> None:
        """Forget them once the server has accepted the request."""
        self._credentials = self._failures = 0

    def may_retry(self, error: Exception, version: str | None) -> bool:
        """Count an error of a request, and return False if it is final.

        Args:
            error: The error.
            version: Resource version of the request.
        """
        if version != self._version:
            self._version = version
            self.clear()
        if isinstance(error, Unauthorized):
            # A credential is renewed after it was refused, so the second one in a row was fresh.
            self._credentials += 1
            return self._credentials < _MAX_CREDENTIALS
        self._failures += _is_refusal(error)
        return self._failures < _MAX_REFUSALS and is_transient(error)


def _is_refusal(error: Exception) -> bool:
    """Return whether the API server itself, not a proxy, failed to handle a request, perhaps for its resource version.

    429 and 503 refuse no request: the server is overloaded or not ready, and asks for another attempt later.
    """
    return (
        isinstance(error, ApiError)
        and not isinstance(error, (TooManyRequests, ServiceUnavailable))
        and all(cause.reason != "UnexpectedServerResponse" for cause in error.causes)
    )
