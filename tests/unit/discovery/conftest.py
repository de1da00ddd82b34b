"""Servers of recorded discovery documents."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import Answer, Exchange

FOLDER = Path(__file__).parent


@dataclass
class Documents:
    """A step that responds with documents by their paths, as an API server does; 404 for others."""

    by_path: dict[str, Any]
    broken: dict[str, Answer] = field(default_factory=dict)

    async def play(self, exchange: Exchange) -> None:
        """Respond to one request."""
        path = exchange.request.target.partition("?")[0]
        found = self.by_path.get(path)
        answer = Answer(404) if found is None else Answer(body=json.dumps(found).encode())
        await self.broken.get(path, answer).play(exchange)


def documents(name: str) -> Documents:
    """Return the recorded documents of `aggregated` or `old` discovery."""
    return Documents(json.loads((FOLDER / f"{name}.json").read_text()))


@pytest.fixture
def aggregated() -> Documents:
    """Aggregated discovery, with custom resources."""
    return documents("aggregated")


@pytest.fixture
def old() -> Documents:
    """Discovery by group-version."""
    return documents("old")
