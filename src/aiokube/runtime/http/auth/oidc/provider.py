"""Credentials of the `oidc` auth-provider: an ID token, refreshed before it expires."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import IO
from weakref import WeakValueDictionary

from ....config import validation
from ....config.config import Config
from ....config.identity import AuthProvider
from ....errors import ClientClosed, ConfigError, RequestTimeout
from ....secret import SecretMap
from ...transport import Transport
from ..credentials import Credential, bearer
from .issuer import Issuer, RefreshRefused, UnusableIDToken
from .store import TokenStore
from .tokens import Tokens, claims_of

_log = logging.getLogger("aiokube.auth")

_TIMEOUT_S = 30.0
_LEEWAY_S = 10.0
"""Time before its expiry when a token is considered expired, as in client-go."""
_MIN_AGE_S = 10.0
"""Minimum age of a token for a refresh after a 401; a newer token is not rejected because of its age."""
_CLOSE_GRACE_S = 2.0
"""Maximum time that `close` waits for a pending refresh."""

_POLL_S = 0.05

# Clients of the same kubeconfig refresh one at a time, so that the second finds the tokens of the first in the file.
_turns: WeakValueDictionary[tuple[object, ...], asyncio.Lock] = WeakValueDictionary()

# The tokens that could not be written to a kubeconfig, by the issuer, the client and the refresh token that is still
# there: another client of this process reads that one, which has been used.
_unsaved: dict[tuple[str, str, str], Tokens] = {}


class OpenIDConnect:
    """Bearer tokens that are ID tokens of OpenID Connect.

    An ID token is used until 10 seconds before it expires, or until the API server responds with 401. Then the tokens
    are read from the kubeconfig again, because another program or a new login may have replaced them. If they have not
    changed, the identity provider is asked for new ones, which are written to the kubeconfig before they are used.
    Concurrent requests share one refresh, which continues even if they are cancelled, and processes take turns. New
    tokens are kept in memory only, for all clients of this process, if there is no kubeconfig file, or it cannot be
    written for whatever reason. A refresh token that the provider has called invalid is not sent again.

    Args:
        provider: The auth-provider. The following fields of its config are used: `idp-issuer-url`, `client-id`,
            `client-secret`, `id-token`, `refresh-token`, `idp-certificate-authority` and
            `idp-certificate-authority-data`.
        connect: Factory of the transport to the identity provider.
        timeout: Timeout of a refresh in seconds; 30 by default.
        now: Clock in seconds since the epoch.

    Raises:
        ConfigError: A field of the config is missing or cannot be used.
    """

    def __init__(
        self,
        provider: AuthProvider,
        *,
        connect: Callable[[Config], Transport],
        timeout: float = _TIMEOUT_S,
        now: Callable[[], float] = time.time,
    ) -> None:
        config, path = SecretMap(provider.config), provider.source
        self._place = f"auth-provider oidc of {path}" if path else "auth-provider oidc"
        self._issuer = Issuer(config, place=self._place, directory=path.parent if path else None, connect=connect)
        self._store = TokenStore(path, issuer=config["idp-issuer-url"], client_id=config["client-id"]) if path else None
        self._client_key = (config["idp-issuer-url"], config["client-id"])
        self._turn_key = (path, *self._client_key)
        self._tokens = Tokens(id_token=config.get("id-token", ""), refresh_token=config.get("refresh-token", ""))
        # The tokens that the kubeconfig held when it was last read.
        self._in_file = self._tokens
        self._timeout = timeout
        self._now = now
        self._refused = ""
        # A refresh token that the provider has rejected, and the error.
        self._invalid: tuple[str, str] = ("", "")
        self._refreshed_at = float("-inf")
        self._flight: asyncio.Task[None] | None = None
        self._closed = False
        validation.token(self._tokens.id_token, f"{self._place}: id-token")

    async def get(self) -> Credential:
        """Return the ID token, refreshed if it has expired or was rejected.

        Raises:
            ConfigError: The user has to log in again, or the provider does not conform to OpenID Connect.
            ConnectionError: The identity provider cannot be reached, or is unavailable.
            ClientClosed: The client is closed.
        """
        if not self._is_good(self._tokens):
            await self._refreshed()
        return bearer(self._tokens.id_token)

    def refused(self, credential: Credential) -> None:
        """Refresh the token for the next request, unless that has happened already."""
        current = self._tokens.id_token
        if credential == bearer(current) and not 0 <= self._now() - self._refreshed_at < _MIN_AGE_S:
            self._refused = current

    async def close(self) -> None:
        """Wait briefly for a pending refresh, and then cancel it."""
        self._closed = True
        if self._flight is None or self._flight.done() or self._flight.get_loop().is_closed():
            return
        # The response may contain the only refresh token that is still valid.
        await asyncio.wait({self._flight}, timeout=_CLOSE_GRACE_S)
        self._flight.cancel()
        await asyncio.wait({self._flight})

    def _is_good(self, tokens: Tokens) -> bool:
        return bool(tokens.id_token) and tokens.id_token != self._refused and self._is_current(tokens)

    def _is_current(self, tokens: Tokens) -> bool:
        return self._now() + _LEEWAY_S < int(claims_of(tokens.id_token, f"{self._place}: id-token").exp)

    async def _refreshed(self) -> None:
        if self._closed:
            raise ClientClosed("the client is closed; create a new one and use it with `async with`")
        if self._flight is None or self._flight.done() or self._flight.get_loop().is_closed():
            self._flight = asyncio.create_task(self._refresh())
            # Retrieve the exception, because all callers may have been cancelled.
            self._flight.add_done_callback(lambda flight: flight.cancelled() or flight.exception())
        flight = self._flight
        await asyncio.wait({flight})
        if flight.cancelled():
            raise ClientClosed(f"{self._place}: the client was closed while its tokens were refreshed")
        flight.result()

    async def _refresh(self) -> None:
        async with self._turn(), self._turn_of_process():
            known = await self._newest()
            if self._is_good(known):
                self._tokens = known
                return
            if not known.refresh_token:
                self._use_without_refresh(known)
                return
            if known.refresh_token == self._invalid[0]:
                raise RefreshRefused(self._invalid[1], "invalid_grant")
            try:
                new = await self._ask(known.refresh_token)
            except RefreshRefused as error:
                if error.code == "invalid_grant":
                    self._invalid = (known.refresh_token, str(error))
                # Another program may have used the refresh token, and stored new tokens.
                stored = await self._newest()
                if not self._is_good(stored):
                    raise
                self._tokens = stored
                return
            except UnusableIDToken as error:
                await self._keep(Tokens(id_token=known.id_token, refresh_token=error.refresh_token))
                raise
            self._refreshed_at = self._now()
            await self._keep(new)

    def _turn(self) -> asyncio.Lock:
        return _turns.setdefault((asyncio.get_running_loop(), *self._turn_key), asyncio.Lock())

    @asynccontextmanager
    async def _turn_of_process(self) -> AsyncIterator[None]:
        """Wait until no other process refreshes tokens of the kubeconfig, for at most the timeout of a refresh."""
        lock: IO[bytes] | None = None
        deadline = time.monotonic() + self._timeout
        try:
            while self._store is not None and lock is None and time.monotonic() < deadline:
                lock = self._store.begin_refresh()
                if lock is None:
                    await asyncio.sleep(_POLL_S)
        except OSError as error:
            _log.debug("%s: other processes are not waited for: %s", self._place, error)
        try:
            yield
        finally:
            if lock is not None:
                lock.close()

    def _use_without_refresh(self, tokens: Tokens) -> None:
        if not tokens.id_token:
            raise ConfigError(f"{self._place}: there is neither an id-token nor a refresh-token; log in")
        if not self._is_current(tokens):
            raise ConfigError(f"{self._place}: the id-token has expired and there is no refresh-token; log in again")
        # The API server may accept the token later, for example if it could not reach the identity provider before.
        self._tokens, self._refused = tokens, ""

    async def _ask(self, refresh_token: str) -> Tokens:
        limit = asyncio.timeout(self._timeout)
        try:
            async with limit:
                return await self._issuer.refresh(refresh_token)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise RequestTimeout(
                f"{self._place}: the identity provider did not refresh the id-token within {self._timeout:g} s"
            ) from error

    async def _newest(self) -> Tokens:
        """Return the current tokens: those of the kubeconfig, or those in memory that it lacks."""
        try:
            found = await asyncio.to_thread(self._store.find, self._tokens) if self._store is not None else None
        except Exception as error:
            _log.warning("%s: keeping the tokens in memory: %s", self._place, _reason(error))
            found = None
        self._in_file = found or self._in_file
        return _unsaved.get(self._key_of_unsaved(), found or self._tokens)

    async def _keep(self, new: Tokens) -> None:
        """Keep new tokens whatever happens to the kubeconfig: the old refresh token may be used up."""
        _unsaved[self._key_of_unsaved()] = new
        try:
            if self._store is None:
                _log.info("%s: the new tokens are kept in memory only", self._place)
                return
            await asyncio.to_thread(self._store.replace, self._in_file, new)
        except Exception as error:
            _log.warning(
                "%s: the new tokens are kept in memory only, and other programs may have to log in again: %s",
                self._place,
                _reason(error),
            )
        else:
            # Another thread may have written them as well.
            _unsaved.pop(self._key_of_unsaved(), None)
            self._in_file = new
        finally:
            self._tokens = new

    def _key_of_unsaved(self) -> tuple[str, str, str]:
        return (*self._client_key, self._in_file.refresh_token)


def _reason(error: Exception) -> str:
    """Return the text of a foreseen error; only the class of another one, whose text may contain tokens."""
    return str(error) if isinstance(error, (ConfigError, OSError)) else type(error).__name__
