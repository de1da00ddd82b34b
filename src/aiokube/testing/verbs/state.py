"""The state that verbs work on, and their results."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..api.catalog import Catalog
from ..authentication.tokens import Tokens
from ..authorization.authorizer import Authorizer
from ..clock import Clock
from ..rendering import JSON
from ..store import Store


@dataclass(kw_only=True)
class State:
    """A cluster: its objects, its API and its time."""

    catalog: Catalog
    rbac: bool = False
    """True if roles and bindings decide who may do what."""
    store: Store = field(default_factory=Store)
    clock: Clock = field(default_factory=Clock)
    pages_expire: bool = False
    """True if every continue token is expired."""
    tokens: Tokens = field(init=False)
    authorizer: Authorizer = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.store, self.clock)
        self.authorizer = Authorizer(self.store, rbac=self.rbac)


@dataclass(kw_only=True)
class Reply:
    """A complete response."""

    body: bytes
    status: int = 200
    content_type: str = JSON
