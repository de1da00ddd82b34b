"""Bearer tokens from a file that somebody else keeps fresh, such as a pod's service account token."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import ConfigError

_log = logging.getLogger("aiokube")

# client-go's: a token is taken to live for a minute, and is read again ten seconds before that ends.
_PERIOD = 50.0


class TokenFile:
    """A token that is read again every 50 seconds, and at once after a 401.

    Args:
        path: the file.
        clock: seconds that only go up.

    Raises:
        ConfigError: the file cannot be read, or holds no token.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._headers = self._read()
        self._read_at = clock()

    async def headers(self) -> Mapping[str, str]:
        """The header with the token; the last good one where the file has become unreadable."""
        now = self._clock()
        if now - self._read_at >= _PERIOD:
            self._read_at = now
            try:
                self._headers = self._read()
            except ConfigError as error:
                _log.warning("keeping the last token: %s", error)
        return self._headers

    def refused(self, headers: Mapping[str, str]) -> None:
        """Read the file again for the next request, unless that has happened since."""
        if headers.get("Authorization") == self._headers["Authorization"]:
            self._read_at = self._clock() - _PERIOD

    def _read(self) -> dict[str, str]:
        try:
            token = self._path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"the token file {self._path} cannot be read: {error}") from error
        if not token:
            raise ConfigError(f"the token file {self._path} is empty")
        if not token.isprintable() or not token.isascii():
            raise ConfigError(f"the token file {self._path} holds characters that no token has")
        return {"Authorization": f"Bearer {token}"}
