"""Credentials: how a request authenticates."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ...secret import SecretText


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """The headers of a request, and the client certificate of its connection."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    certificate: tuple[bytes, bytes] | None = field(default=None, repr=False)
    """Certificate and key in PEM format; None to use those of the config."""


class Credentials(Protocol):
    """A source of credentials."""

    async def get(self) -> Credential:
        """Return the credential for the next request.

        Raises:
            ConfigError: No credential is available.
        """
        ...

    def refused(self, credential: Credential) -> None:
        """Renew the credential for the next request, after a 401 for a request that used this credential."""
        ...

    async def close(self) -> None:
        """Stop a pending renewal."""
        ...


class FixedCredentials:
    """A credential that does not change: a token, a user name and password, or none."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    async def get(self) -> Credential:
        """Return the credential."""
        return self._credential

    def refused(self, credential: Credential) -> None:
        """Do nothing; the credential cannot be renewed."""

    async def close(self) -> None:
        """Do nothing; there are no renewals."""


def basic(name: str, password: str) -> str:
    """Return the value of a header for basic authentication (RFC 7617)."""
    return SecretText(f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}")


def bearer(token: str) -> Credential:
    """Return the credential for a bearer token."""
    return Credential(headers={"Authorization": SecretText(f"Bearer {token}")})
