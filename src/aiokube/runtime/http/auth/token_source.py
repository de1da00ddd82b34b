"""Bearer tokens from a function of the program."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from typing import Any

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
            pending: Any = self._source()
            is_async = inspect.isawaitable(pending)
            token = await pending if is_async else None
        except ConfigError:
            raise
        except Exception as error:
            raise ConfigError(f"credentials: the function failed with {type(error).__name__}: {error}") from error
        del pending  # perhaps the secret itself
        if not is_async:
            raise ConfigError("credentials: the function must be async, as in `async def fetch() -> Token`")
        if not isinstance(token, Token):
            kind = kind_of(token)
            del token  # perhaps the secret itself
            raise ConfigError(f"credentials: the function must return a Token, not {kind}")
        expires = float("inf") if token.expires is None else token.expires.timestamp()
        return Fetched(bearer(SecretText(token.value)), expires)
