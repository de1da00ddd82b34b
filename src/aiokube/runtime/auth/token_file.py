"""Bearer tokens from a file that somebody else keeps fresh, such as a pod's service account token."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from ..config import validation
from ..errors import ConfigError
from .credentials import Credential, bearer

_log = logging.getLogger("aiokube.auth")

# Seconds; client-go takes a token to live for a minute, and reads it again ten seconds before that ends.
_PERIOD = 50.0


class TokenFile:
    """A token that is read again every 50 seconds, and at once after a 401.

    Args:
        path: the file.
        fallback: the token to use when the file cannot be read at the start.
        clock: seconds that only go up.

    Raises:
        ConfigError: the file cannot be read or holds no token, and there is no fallback.
    """

    def __init__(self, path: Path, *, fallback: str | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        try:
            self._credential = self._read()
        except ConfigError:
            if fallback is None:
                raise
            self._credential = bearer(fallback)
        self._read_at = clock()

    async def get(self) -> Credential:
        """The token; the last good one where the file has become unreadable."""
        now = self._clock()
        if now - self._read_at >= _PERIOD:
            self._read_at = now
            try:
                self._credential = self._read()
            except ConfigError as error:
                _log.warning("keeping the last token: %s", error)
        return self._credential

    def refused(self, credential: Credential) -> None:
        """Read the file again for the next request, unless that has happened since."""
        if credential.headers == self._credential.headers:
            self._read_at = self._clock() - _PERIOD

    async def close(self) -> None:
        """Nothing is under way."""

    def _read(self) -> Credential:
        try:
            token = self._path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"the token file {self._path} cannot be read: {error}") from error
        if not token:
            raise ConfigError(f"the token file {self._path} is empty")
        validation.header_value(token, f"the token file {self._path}", secret=True)
        return bearer(token)
