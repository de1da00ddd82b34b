"""Bearer tokens from a file that another program rotates, such as a service account token in a pod."""

from __future__ import annotations

import logging
import stat
import time
from collections.abc import Callable
from pathlib import Path

from ...config import validation
from ...errors import ConfigError
from ...secret import SecretText
from .credentials import Credential, bearer

_log = logging.getLogger("aiokube.auth")

# client-go assumes a lifetime of 60 seconds, and reads the file again 10 seconds before its end.
_PERIOD_S = 50.0

_MAX_BYTES = 1 << 20


class TokenFile:
    """A token from a file, which is read again every 50 seconds, and immediately after a response of 401.

    While the file contains no valid token, the last one stays in use, and the file is read again for each request.

    Args:
        path: Path of the file; symbolic links are resolved at each read, for the rotation of kubelet.
        fallback: Token to use until the file contains one.
        clock: Monotonic clock in seconds.

    Raises:
        ConfigError: The file contains no valid token, and there is no fallback.
    """

    def __init__(self, path: Path, *, fallback: str | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._stale_at = clock()
        self._problem = ""
        if fallback is None:
            self._credential = self._read()
            self._stale_at += _PERIOD_S
        else:
            self._credential = bearer(fallback)

    async def get(self) -> Credential:
        """Return the token; the last valid one if the file contains none."""
        # Not in a thread, because reading a small regular file takes less time than the switch of threads.
        if self._clock() >= self._stale_at:
            self._read_again()
        return self._credential

    def refused(self, credential: Credential) -> None:
        """Read the file again for the next request, unless the token has changed already."""
        if credential == self._credential:
            self._stale_at = self._clock()

    async def close(self) -> None:
        """Do nothing; there are no pending reads."""

    def _read_again(self) -> None:
        try:
            self._credential = self._read()
        except ConfigError as error:
            if str(error) != self._problem:
                self._problem = str(error)
                _log.warning("keeping the last token: %s", error)
        else:
            self._problem = ""
            self._stale_at = self._clock() + _PERIOD_S

    def _read(self) -> Credential:
        place = f"the token file {self._path}"
        try:
            token = _content(self._path)
        except OSError as error:
            raise ConfigError(f"{place} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError:
            # The exception contains the data, which is probably secret.
            raise ConfigError(f"{place} is not UTF-8 text") from None
        if token is None:
            raise ConfigError(f"{place} is not a regular file of at most {_MAX_BYTES} bytes")
        if not token:
            raise ConfigError(f"{place} is empty")
        validation.token(token, place)
        return bearer(token)


def _content(path: Path) -> SecretText | None:
    """Return the text of a small regular file; None for any other file, such as a pipe, which might block."""
    if not stat.S_ISREG(path.stat().st_mode):
        return None
    with path.open("rb") as file:
        data = file.read(_MAX_BYTES + 1)
    return SecretText(data.decode().strip()) if len(data) <= _MAX_BYTES else None
