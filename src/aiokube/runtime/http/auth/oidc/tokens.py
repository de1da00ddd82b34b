"""The tokens of OpenID Connect, and the claims of ID tokens."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

import msgspec

from ....codec.depth import shallow
from ....errors import ConfigError
from ....secret import SecretText


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The ID token of a user and the refresh token for the next one; either may be empty."""

    id_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        for name in ("id_token", "refresh_token"):
            object.__setattr__(self, name, SecretText(getattr(self, name)))


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """The claims of an ID token (OpenID Connect Core, section 2) that are used here."""

    exp: int | float = 0
    """The time of expiry in seconds since the epoch; a token without it has expired."""
    sub: str = ""
    """The subject, an identifier that is unique at the issuer."""


def claims_of(id_token: str, place: str) -> Claims:
    """Decode the claims of an ID token; the API server verifies its signature.

    Args:
        id_token: A JSON Web Token (RFC 7519).
        place: Description of the token, for the error.

    Raises:
        ConfigError: The token is not a JSON Web Token.
    """
    if (count := id_token.count(".") + 1) != 3:
        raise ConfigError(f"{place}: is not a JSON Web Token: it has {count} parts instead of 3; log in again")
    claims = _decoded(id_token)
    if claims is None:
        raise ConfigError(f"{place}: is not a JSON Web Token: its claims cannot be decoded; log in again")
    return claims


def _decoded(id_token: str) -> Claims | None:
    payload = id_token.split(".")[1]
    try:
        text = base64.b64decode(payload + "=" * (-len(payload) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(shallow(text), type=Claims)
    except (ValueError, binascii.Error, RecursionError):
        # The exception shows the claims.
        return None
