"""The tokens of OpenID Connect, and what an ID token says of itself."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

import msgspec

from ....errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What proves who the user is, and what gets the next proof; each empty when there is none."""

    id_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """The claims of an ID token (OpenID Connect Core, section 2) that a client looks at."""

    exp: int | float = 0
    """Seconds since 1970; a token without it has expired."""
    sub: str = ""
    """Who it is about; unique at its issuer."""


def claims_of(id_token: str, place: str) -> Claims:
    """Read the claims of an ID token; its signature is for the API server to check.

    Args:
        id_token: a JSON Web Token (RFC 7519).
        place: where it stands, for the message.

    Raises:
        ConfigError: it is none.
    """
    parts = id_token.split(".")
    if len(parts) != 3:
        raise ConfigError(f"{place}: is not a JSON Web Token: it has {len(parts)} of the 3 parts; log in again")
    payload = parts[1]
    try:
        text = base64.b64decode(payload + "=" * (-len(payload) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(text, type=Claims)
    except (ValueError, binascii.Error, RecursionError):
        # What is wrong with it could be told only by showing it.
        raise ConfigError(f"{place}: is not a JSON Web Token: its claims cannot be read; log in again") from None
