"""The state that verbs work on, and their results."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..api.catalog import Catalog
from ..call import User
from ..clock import Clock
from ..rendering import JSON
from ..store import Store


@dataclass(frozen=True)
class Token:
    """A bearer token that the server accepts."""

    user: User
    expires: float | None = None
    """On the cluster's clock, in seconds; None for never."""
    audiences: tuple[str, ...] = ()


@dataclass(kw_only=True)
class State:
    """A cluster: its objects, its API and its time."""

    catalog: Catalog
    store: Store = field(default_factory=Store)
    clock: Clock = field(default_factory=Clock)
    tokens: dict[str, Token] = field(default_factory=dict)

    def token(self, text: str) -> Token | None:
        """Return a token that is valid now; None if there is none."""
        token = self.tokens.get(text)
        is_valid = token is not None and (token.expires is None or self.clock.seconds() < token.expires)
        return token if is_valid else None


@dataclass(kw_only=True)
class Reply:
    """A complete response."""

    body: bytes
    status: int = 200
    content_type: str = JSON
