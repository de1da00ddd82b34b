"""What the tests of credentials share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.identity_provider import IdentityProvider, identity_provider


@pytest.fixture
def idp() -> Iterator[IdentityProvider]:
    with identity_provider() as provider:
        yield provider
