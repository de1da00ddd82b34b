"""Bearer tokens from a file that somebody else keeps fresh, such as a pod's service account token."""

from __future__ import annotations

import logging
import stat
import time
from collections.abc import Callable
from pathlib import Path

from ...config import validation
from ...errors import ConfigError
from .credentials import Credential, bearer

_log = logging.getLogger("aiokube.auth")

# Seconds; client-go takes a token to live for a minute, and reads it again ten seconds before that ends.
_PERIOD = 50.0

_MAX_BYTES = 1 << 20


class TokenFile:
    """A token that is read again every 50 seconds, and at once after a 401.

    While the file holds no token, the last good one is used and each request looks again.

    Args:
        path: the file; a symbolic link is followed anew each time, as kubelet's rotation needs it.
        fallback: the token to use until the file holds one.
        clock: seconds that only go up.

    Raises:
        ConfigError: the file cannot be read or holds no token, and there is no fallback.
    """

    def __init__(self, path: Path, *, fallback: str | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._stale_at = clock()
        self._problem = ""
        if fallback is None:
            self._credential = self._read()
            self._stale_at += _PERIOD
        else:
            self._credential = bearer(fallback)

    async def get(self) -> Credential:
        """The token; the last good one where the file holds none."""
        # Read here and not in a thread: a small regular file takes less time than the way there and back.
        if self._clock() >= self._stale_at:
            self._read_again()
        return self._credential

    def refused(self, credential: Credential) -> None:
        """Read the file again for the next request, unless that has happened since."""
        if credential == self._credential:
            self._stale_at = self._clock()

    async def close(self) -> None:
        """Nothing is under way."""

    def _read_again(self) -> None:
        try:
            self._credential = self._read()
        except ConfigError as error:
            if str(error) != self._problem:
                self._problem = str(error)
                _log.warning("keeping the last token: %s", error)
        else:
            self._problem = ""
            self._stale_at = self._clock() + _PERIOD

    def _read(self) -> Credential:
        place = f"the token file {self._path}"
        try:
            data = _content(self._path)
        except OSError as error:
            raise ConfigError(f"{place} cannot be read: {error.strerror}") from error
        if data is None:
            raise ConfigError(f"{place} is not a regular file of at most {_MAX_BYTES} bytes")
        try:
            token = data.decode().strip()
        except UnicodeDecodeError:
            # The error holds what was read, which may be most of a secret.
            raise ConfigError(f"{place} holds no UTF-8 text") from None
        if not token:
            raise ConfigError(f"{place} is empty")
        return bearer(validation.token(token, place))


def _content(path: Path) -> bytes | None:
    """The bytes of a small regular file; None for anything else, such as a pipe that nobody writes to."""
    if not stat.S_ISREG(path.stat().st_mode):
        return None
    with path.open("rb") as file:
        data = file.read(_MAX_BYTES + 1)
    return data if len(data) <= _MAX_BYTES else None
