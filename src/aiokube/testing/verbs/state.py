"""What the verbs work on, and what they return."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..api.catalog import Catalog
from ..clock import Clock
from ..rendering import JSON
from ..store import Store


@dataclass(kw_only=True)
class State:
    """A cluster: its objects, its API and its time."""

    catalog: Catalog
    store: Store = field(default_factory=Store)
    clock: Clock = field(default_factory=Clock)


@dataclass(kw_only=True)
class Reply:
    """A complete response."""

    body: bytes
    status: int = 200
    content_type: str = JSON
