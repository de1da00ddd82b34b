"""What docs/comparison.md says of aiokube when something fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.peers.__main__ import title_of
from tests.peers.behaviours import FAULTS, Drive, null_list, secret_in_repr
from tests.peers.page import PAGE, cells_of
from tests.peers.runner import Runner

Fault = Callable[[Drive, Path], Awaitable[str]]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_a_cell_of_aiokube_is_what_it_does(fault: Fault, tmp_path: Path) -> None:
    cells = cells_of(PAGE.read_text(), "When something fails", "aiokube")
    assert await fault(Runner("aiokube"), tmp_path) == cells[title_of(fault)]


@pytest.mark.parametrize("fault", [null_list, secret_in_repr], ids=lambda fault: fault.__name__)
async def test_a_check_can_fail(fault: Fault, tmp_path: Path) -> None:
    assert (await fault(Runner("lightkube"), tmp_path)).startswith("no")
