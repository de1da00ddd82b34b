"""The pytest fixtures: one sandbox for the whole session. A conftest imports both names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .sandbox import Sandbox, sandbox


@pytest.fixture(scope="session")
def shared_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with sandbox(tmp_path_factory.mktemp("kubeconfig")) as box:
        yield box


@pytest.fixture
def box(shared_box: Sandbox) -> Sandbox:
    """Files that kubeconfigs name, and servers that nobody has called yet."""
    shared_box.forget()
    return shared_box
