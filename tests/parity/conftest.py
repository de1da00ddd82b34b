"""Fixtures of the tests that compare aiokube with kubectl."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiokube.testing.real.binaries import locate
from tests.cluster.cluster import PROGRAMS
from tests.support.kubeconfigs.fixture import box, shared_box

__all__ = ["box", "shared_box"]


@pytest.fixture(scope="session")
def kubectl() -> Path:
    """The program."""
    return locate(PROGRAMS)["kubectl"]
