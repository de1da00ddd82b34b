"""Credentials: the headers that a request is sent with."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Protocol

from ..config import Config
from ..errors import ConfigError
from .token_file import TokenFile


class Credentials(Protocol):
    """Where the headers that prove who the user is come from."""

    async def headers(self) -> Mapping[str, str]:
        """The headers of the next request.

        Raises:
            ConfigError: there are none to be had; the message says why.
        """
        ...

    def refused(self, headers: Mapping[str, str]) -> None:
        """Learn that the server answered 401 to a request with these headers."""
        ...


class FixedCredentials:
    """Headers that never change: a token, a name and password, or none."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    async def headers(self) -> Mapping[str, str]:
        """The headers."""
        return self._headers

    def refused(self, headers: Mapping[str, str]) -> None:
        """Nothing can be done about it here."""


def credentials_of(config: Config) -> Credentials:
    """The credentials of a config's user.

    Raises:
        ConfigError: the config names a kind of credentials that is not supported, or one that cannot be read.
    """
    if config.token_file is not None:
        return TokenFile(config.token_file)
    if config.token is not None:
        return FixedCredentials({"Authorization": f"Bearer {config.token}"})
    if config.username is not None:
        pair = f"{config.username}:{config.password or ''}".encode()
        return FixedCredentials({"Authorization": f"Basic {b64encode(pair).decode()}"})
    if config.exec is not None:
        raise ConfigError(f"user {config.user!r}: exec plugins ({config.exec.command!r}) are not supported yet")
    if config.auth_provider is not None:
        raise ConfigError(f"user {config.user!r}: auth-providers ({config.auth_provider.name!r}) are not supported yet")
    return FixedCredentials({})
