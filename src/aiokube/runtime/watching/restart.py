"""The timeouts of watch requests, the delays between them, and their number."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import Any

from ..errors import (
    AiokubeError,
    ApiError,
    Disconnected,
    InvalidArgument,
    ResponseTooLarge,
    ServerTimeout,
    ServiceUnavailable,
    TooManyRequests,
    Unauthorized,
)
from ..failures import is_transient
from ..http.backoff import Backoff
from ..http.retry import MAX_WAIT_S
from .last_heard import LastHeard
from .list_watch import ListWatch

# A watch that ends sooner, or within half of its timeout, counts as failed.
_SHORT_LIFE_S = 5.0
_VERY_SHORT_LIFE_S = 1.0
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


class Connection:
    """One connection of a watch, whose life tells whether the server accepts the request.

    Args:
        seconds: Its timeout for the server.
    """

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self.has_events = False
        """True once an event or a bookmark has come."""
        self._started: float | None = None

    def start(self) -> None:
        """Note the response of the server."""
        self._started = asyncio.get_running_loop().time()

    @property
    def lifetime(self) -> float:
        """Seconds since the response of the server; 0 without one."""
        return 0.0 if self._started is None else asyncio.get_running_loop().time() - self._started

    @property
    def is_short(self) -> bool:
        """True if it counts as failed, as long as it is not longer."""
        return self.lifetime <= min(_SHORT_LIFE_S, self.seconds / 2)

    @property
    def is_in_vain(self) -> bool:
        """True if it has been too short for an event, and none has come."""
        return not self.has_events and self.lifetime < min(_VERY_SHORT_LIFE_S, self.seconds / 2)


def check_end(connection: Connection, plural: str) -> None:
    """Check a connection that the server has ended regularly.

    Raises:
        Disconnected: It was in vain.
    """
    if connection.is_in_vain:
        raise Disconnected(f"the watch of {plural} ended immediately, without an event")


def restart_delay(backoff: Backoff, connection: Connection | None, failure: Exception | None) -> float:
    """Return the seconds to wait before the next connection.

    Args:
        backoff: Backoff that grows with each short connection, and is reset by a longer one.
        connection: The connection that has ended; None if there was none.
        failure: The error that ended it; None if the server ended it regularly.
    """
    retry_after = min(failure.retry_after or 0.0, MAX_WAIT_S) if isinstance(failure, ApiError) else 0.0
    lifetime = 0.0 if connection is None else connection.lifetime
    if connection is None or connection.is_short:
        delay = backoff.next()
    else:
        backoff.reset()
        # The server ends many watches at once; a random delay keeps them from returning all at once.
        delay = random.uniform(0, _MIN_INTERVAL_S)  # noqa: S311 - it only spreads the load
    return max(delay, _MIN_INTERVAL_S - lifetime, retry_after)


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
        self._refusals = 0
        self._failures = 0
        self._is_to_blame = False

    def clear(self) -> None:
        """Forget them once the server has accepted the request."""
        self._credentials = self._refusals = self._failures = 0

    async def probe(self, list_watch: ListWatch[Any]) -> None:
        """Before the request is repeated after five failures in a row, see whether the server responds to a list.

        If so, the request is to blame if it fails again.
        """
        self._is_to_blame = self._failures >= _MAX_REFUSALS and await _is_listed(list_watch)

    def may_retry(self, error: Exception, version: str | None, *, in_vain: bool = True) -> bool:
        """Count an error of a request, and return False if it is final.

        Args:
            error: The error.
            version: Resource version of the request.
            in_vain: False if the server has accepted the request, as far as that can be told.
        """
        if version != self._version:
            self._version = version
            self.clear()
        if isinstance(error, Unauthorized):
            # A credential is renewed after it was refused, so the second one in a row was fresh.
            self._credentials += 1
            return self._credentials < _MAX_CREDENTIALS
        self._refusals += _is_refusal(error)
        is_proven = False
        # 429 asks for another attempt, however often.
        if not isinstance(error, TooManyRequests):
            self._failures = self._failures + 1 if in_vain else 0
            is_proven = in_vain and self._is_to_blame
        return self._refusals < _MAX_REFUSALS and not is_proven and is_transient(error)


async def _is_listed(list_watch: ListWatch[Any]) -> bool:
    """Return whether the server responds to a list."""
    # It is neither a part of a cache nor news of it.
    other = replace(list_watch, kept=None, heard=LastHeard())
    try:
        await other.page({"limit": 1}, max_retries=0)
    except AiokubeError as error:
        is_refused = isinstance(error, ApiError) and not is_transient(error)
        return is_refused or isinstance(error, ResponseTooLarge)
    return True


def _is_refusal(error: Exception) -> bool:
    """Return whether the API server itself, not a proxy, failed to handle a request, perhaps for its resource version.

    429 and 503 refuse no request: the server is overloaded or not ready, and asks for another attempt later.
    """
    return (
        isinstance(error, ApiError)
        and not isinstance(error, (TooManyRequests, ServiceUnavailable))
        and all(cause.reason != "UnexpectedServerResponse" for cause in error.causes)
    )
