"""Credentials: what a request proves with who it is from."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


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


def basic(name: str, password: str) -> str:
    """The value of a header that proves a name by a password (RFC 7617)."""
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"


def bearer(token: str) -> Credential:
    """The credential of a bearer token."""
    return Credential(headers={"Authorization": f"Bearer {token}"})
