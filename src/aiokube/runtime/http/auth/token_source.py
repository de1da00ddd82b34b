"""Bearer tokens from a function of the program."""

from __future__ import annotations

import time
from collections.abc import Callable

from ...arguments import kind_of
from ...config.identity import Token, TokenSource
from ...errors import ConfigError
from ...secret import SecretText
from .credentials import bearer
from .renewed import Fetched, RenewedCredentials


class SourceOfTokens(RenewedCredentials):
    """The tokens of a `TokenSource`.

    Args:
        source: The function.
        clock: Clock in seconds since the epoch.
    """

    def __init__(self, source: TokenSource, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__("credentials", clock=clock)
        self._source = source

    async def _fetch(self) -> Fetched:
        try:
            token = await self._source()
        except ConfigError:
            raise
        except Exception as error:
            raise ConfigError(f"credentials: the function failed with {type(error).__name__}: {error}") from error
        if not isinstance(token, Token):
            kind = kind_of(token)
            del token  # perhaps the secret itself
            raise ConfigError(f"credentials: the function must return a Token, not {kind}")
        expires = float("inf") if token.expires is None else token.expires.timestamp()
        return Fetched(bearer(SecretText(token.value)), expires)
