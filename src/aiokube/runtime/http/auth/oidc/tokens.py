"""The tokens of OpenID Connect, and the claims of ID tokens."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

import msgspec

from ....errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The ID token of a user and the refresh token for the next one; either may be empty."""

    id_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)


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
    parts = id_token.split(".")
    if len(parts) != 3:
        raise ConfigError(f"{place}: is not a JSON Web Token: it has {len(parts)} parts instead of 3; log in again")
    payload = parts[1]
    try:
        text = base64.b64decode(payload + "=" * (-len(payload) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(text, type=Claims)
    except (ValueError, binascii.Error, RecursionError):
        # Not chained, because the exception shows the claims.
        raise ConfigError(f"{place}: is not a JSON Web Token: its claims cannot be decoded; log in again") from None
