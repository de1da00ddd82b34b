"""The fixtures of the table, with one sandbox for the whole session; a conftest imports both."""

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
    """Return the sandbox without the requests of earlier tests."""
    shared_box.forget()
    return shared_box
