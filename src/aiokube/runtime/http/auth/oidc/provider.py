"""Credentials of the `oidc` auth-provider: its ID token, renewed before it expires."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from weakref import WeakValueDictionary

from ....config import validation
from ....config.config import Config
from ....config.identity import AuthProvider
from ....errors import ClientClosed, ConfigError, RequestTimeout
from ...transport import Transport
from ..credentials import Credential, bearer
from .issuer import Issuer, RefreshRefused
from .store import TokenStore
from .tokens import Tokens, claims_of

_log = logging.getLogger("aiokube.auth")

# Seconds.
_TIMEOUT = 30.0
_EARLY = 10.0
"""How long before its end a token counts as expired, as in client-go."""
_PAUSE = 10.0
"""A token that is refused when it is not older than this is not renewed again: it cannot be its age."""
_GRACE = 2.0
"""How long `close` waits for a refresh that is under way."""

# Clients of one kubeconfig take turns, so that the second one finds in the file what the first one was given.
_turns: WeakValueDictionary[tuple[object, ...], asyncio.Lock] = WeakValueDictionary()


class OpenIDConnect:
    """An ID token of OpenID Connect, as the bearer token of requests.

    It is used until 10 seconds before it expires, or until the API server refuses it with 401. Then the tokens are
    looked up in the kubeconfig, where another program may have renewed them or the user logged in again; failing that,
    the identity provider is asked for new ones, and these are written to the kubeconfig before they are used. However
    many requests wait, one refresh is under way, and it goes on when they are cancelled. Where there is no file, or
    none that can be written, new tokens live in memory alone.

    Args:
        provider: the auth-provider; of its config `idp-issuer-url`, `client-id`, `client-secret`, `id-token`,
            `refresh-token`, `idp-certificate-authority` and `idp-certificate-authority-data` count.
        connect: makes the transport to the identity provider.
        timeout: seconds that the identity provider may take for a refresh.
        now: seconds since 1970.

    Raises:
        ConfigError: a field of the config is missing or cannot be used.
    """

    def __init__(
        self,
        provider: AuthProvider,
        *,
        connect: Callable[[Config], Transport],
        timeout: float = _TIMEOUT,
        now: Callable[[], float] = time.time,
    ) -> None:
        config, path = provider.config, provider.source
        self._place = f"auth-provider oidc of {path}" if path else "auth-provider oidc"
        self._issuer = Issuer(config, place=self._place, directory=path.parent if path else None, connect=connect)
        self._store = TokenStore(path, issuer=config["idp-issuer-url"], client_id=config["client-id"]) if path else None
        self._turn_key = (path, config["idp-issuer-url"], config["client-id"])
        self._tokens = Tokens(id_token=config.get("id-token", ""), refresh_token=config.get("refresh-token", ""))
        self._timeout = timeout
        self._now = now
        self._refused = ""
        self._refreshed_at = float("-inf")
        self._flight: asyncio.Task[None] | None = None
        self._closed = False
        validation.token(self._tokens.id_token, f"{self._place}: id-token")

    async def get(self) -> Credential:
        """The ID token; a new one where the last one has expired or was refused.

        Raises:
            ConfigError: the user has to log in again, or the provider does not do what OpenID Connect says.
            ConnectionError: the identity provider cannot be reached, or is out of order.
            ClientClosed: the client was closed meanwhile.
        """
        if not self._is_good(self._tokens):
            await self._refreshed()
        return bearer(self._tokens.id_token)

    def refused(self, credential: Credential) -> None:
        """Get another token for the next request, unless that has happened since."""
        current = self._tokens.id_token
        if credential == bearer(current) and not 0 <= self._now() - self._refreshed_at < _PAUSE:
            self._refused = current

    async def close(self) -> None:
        """End a refresh that is under way."""
        self._closed = True
        if self._flight is None or self._flight.done():
            return
        # Its answer may hold the only refresh token that is still good: it is worth a moment.
        await asyncio.wait({self._flight}, timeout=_GRACE)
        self._flight.cancel()
        await asyncio.wait({self._flight})

    def _is_good(self, tokens: Tokens) -> bool:
        return bool(tokens.id_token) and tokens.id_token != self._refused and self._is_current(tokens)

    def _is_current(self, tokens: Tokens) -> bool:
        return self._now() + _EARLY < int(claims_of(tokens.id_token, f"{self._place}: id-token").exp)

    async def _refreshed(self) -> None:
        if self._closed:
            raise ClientClosed("the client is closed: make a new one, and use it inside its `async with`")
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._refresh())
            # Its failure may find nobody who still waits.
            self._flight.add_done_callback(lambda flight: flight.cancelled() or flight.exception())
        flight = self._flight
        await asyncio.wait({flight})
        if flight.cancelled():
            raise ClientClosed(f"{self._place}: the client was closed while its tokens were refreshed")
        flight.result()

    async def _refresh(self) -> None:
        async with self._turn():
            known = await self._stored()
            if self._is_good(known):
                self._tokens = known
                return
            if not known.refresh_token:
                self._go_on_with(known)
                return
            try:
                new = await self._ask(known.refresh_token)
            except RefreshRefused:
                # Another program may have used up the refresh token, and have new ones by now.
                stored = await self._stored()
                if not self._is_good(stored):
                    raise
                self._tokens = stored
                return
            await self._save(known, new)
            self._tokens = new
            self._refreshed_at = self._now()

    def _turn(self) -> asyncio.Lock:
        return _turns.setdefault((asyncio.get_running_loop(), *self._turn_key), asyncio.Lock())

    def _go_on_with(self, tokens: Tokens) -> None:
        """Do without a refresh token."""
        if not tokens.id_token:
            raise ConfigError(f"{self._place}: there is neither an id-token nor a refresh-token; log in")
        if not self._is_current(tokens):
            raise ConfigError(f"{self._place}: the id-token has expired and there is no refresh-token; log in again")
        # The API server may come to like it, such as one that had not reached the identity provider yet.
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
                f"{self._place}: the identity provider has not refreshed the id-token within {self._timeout:g} s"
            ) from error

    async def _stored(self) -> Tokens:
        """The tokens as the kubeconfig has them now, or else as they are known."""
        if self._store is None:
            return self._tokens
        try:
            return await asyncio.to_thread(self._store.find, self._tokens) or self._tokens
        except (ConfigError, OSError) as error:
            _log.warning("%s: going on with the tokens in memory: %s", self._place, error)
            return self._tokens

    async def _save(self, old: Tokens, new: Tokens) -> None:
        if self._store is None:
            _log.info("%s: the new tokens are in memory only", self._place)
            return
        try:
            await asyncio.to_thread(self._store.replace, old, new)
        except (ConfigError, OSError) as error:
            _log.warning(
                "%s: the new tokens are in memory only, and other programs may have to log in again: %s",
                self._place,
                error,
            )
