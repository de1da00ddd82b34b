"""Credentials: what a request proves with who it is from."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ..config import Config

if TYPE_CHECKING:
    from .policy import PluginPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """One proof: the headers of a request, and the client certificate of its connection."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    certificate: tuple[bytes, bytes] | None = field(default=None, repr=False)
    """Certificate and key as PEM text; None leaves those of the config."""


class Credentials(Protocol):
    """Where credentials come from."""

    async def get(self) -> Credential:
        """The credential of the next request.

        Raises:
            ConfigError: there is none to be had; the message says why.
        """
        ...

    def refused(self, credential: Credential) -> None:
        """Learn that the server answered 401 to a request with this credential: get another one for the next."""
        ...

    async def close(self) -> None:
        """End what is under way."""
        ...


class FixedCredentials:
    """A credential that never changes: a token, a name and password, or nothing."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    async def get(self) -> Credential:
        """The credential."""
        return self._credential

    def refused(self, credential: Credential) -> None:
        """Nothing can be done about it here."""

    async def close(self) -> None:
        """Nothing is under way."""


def credentials_of(config: Config, policy: PluginPolicy | None = None) -> Credentials:
    """The credentials of a config's user.

    Args:
        config: the config.
        policy: which exec plugins may be run; None for all.

    Raises:
        ConfigError: they cannot be used.
    """
    if config.token_file is not None:
        from .token_file import TokenFile

        return TokenFile(config.token_file, fallback=config.token)
    if config.token is not None:
        return FixedCredentials(bearer(config.token))
    if config.username is not None:
        header = basic(config.username, config.password or "")
        return FixedCredentials(Credential(headers={"Authorization": header}))
    if config.auth_provider is not None:
        from .oidc import OpenIDConnect

        return OpenIDConnect(config.auth_provider)
    if config.exec is not None and not config.has_client_certificate:
        from .plugin import ExecPlugin
        from .policy import PluginPolicy

        return ExecPlugin(config.exec, config, policy=policy or PluginPolicy.allow_all())
    return FixedCredentials(Credential())


def basic(name: str, password: str) -> str:
    """The value of a header that proves a name by a password (RFC 7617)."""
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"


def bearer(token: str) -> Credential:
    """The credential of a bearer token."""
    return Credential(headers={"Authorization": f"Bearer {token}"})
