"""Credentials that expire: renewed before that, and shared by concurrent requests."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ...errors import ClientClosed, ConfigError
from .credentials import Credential
from .single_flight import SingleFlight

_log = logging.getLogger("aiokube.auth")

_LEEWAY_S = 60.0
"""Time before its expiry when a credential is renewed, so that no request arrives with an expired one."""
_MAX_LEEWAY_RATIO = 0.25
"""Maximum ratio of that time to the remaining lifetime of a new credential. Without it, a source whose credentials are
short-lived, or cached until shortly before their expiry, would be asked for every request."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A credential from its source."""

    credential: Credential = field(repr=False)
    expires: float
    """The time of expiry in seconds since the epoch; infinite if the source does not specify it."""


@dataclass(slots=True)
class _Held:
    """A credential and its times, in seconds since the epoch."""

    credential: Credential
    expires: float
    renew_at: float


class RenewedCredentials(ABC):
    """Credentials of a source, kept until a minute before they expire, or until the server rejects them.

    Requests that need a credential at the same time share one fetch. When all of them are cancelled, the fetch is
    cancelled. If a renewal before the expiry fails, the credential stays in use until it expires.

    Args:
        place: Description of the source, for messages.
        clock: Clock in seconds since the epoch.
    """

    def __init__(self, place: str, *, clock: Callable[[], float] = time.time) -> None:
        self._place = place
        self._clock = clock
        self._held: _Held | None = None
        self._flight: SingleFlight[Credential] | None = None
        self._closed = False

    @abstractmethod
    async def _fetch(self) -> Fetched:
        """Ask the source for a credential.

        Raises:
            ConfigError: There is none.
        """

    async def get(self) -> Credential:
        """Return the credential for the next request; asks the source if there is none, or if it expires soon.

        Raises:
            ConfigError: The source returned no credential.
            ClientClosed: The client is closed.
        """
        if self._closed:
            raise ClientClosed("the client is closed; create a new one and use it with `async with`")
        if self._held is not None and self._clock() < self._held.renew_at:
            return self._held.credential
        if self._flight is None or not self._flight.is_open:
            self._flight = SingleFlight(self._renew())
        return await self._flight.wait()

    def refused(self, credential: Credential) -> None:
        """Ask the source again for the next request, unless the credential has been renewed already."""
        if self._held is not None and credential is self._held.credential:
            self._held = None

    async def close(self) -> None:
        """Cancel a pending fetch."""
        self._closed = True
        self._held = None
        if self._flight is not None:
            await self._flight.end()

    async def _renew(self) -> Credential:
        try:
            fetched = await self._fetch()
        except ConfigError as error:
            held = self._held
            if held is None or held.expires <= self._clock():
                raise
            # No second attempt before the expiry, because every request would wait for a source that hangs.
            held.renew_at = held.expires
            _log.warning("using the last credential until it expires: %s", error)
            return held.credential
        left = fetched.expires - self._clock()
        if left <= 0:
            _log.warning(
                "%s returned a credential that expired at %s; is the clock right?",
                self._place,
                datetime.fromtimestamp(fetched.expires, UTC).isoformat(),
            )
        leeway = min(_LEEWAY_S, left * _MAX_LEEWAY_RATIO)
        self._held = _Held(fetched.credential, fetched.expires, fetched.expires - leeway)
        return fetched.credential
