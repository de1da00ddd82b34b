"""The children of tests: default signals, and an end."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from subprocess import PIPE

import pytest

from tests.support.children import child, output_of
from tests.support.plugins import is_alive, is_running, until


@pytest.fixture
def ignoring() -> Iterator[None]:
    """This process ignores SIGINT, as in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ignoring")
def test_a_child_of_a_run_in_the_background_hears_ctrl_c() -> None:
    program = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    assert output_of(sys.executable, "-c", program) == "True\n"


async def test_a_block_that_fails_leaves_no_process() -> None:
    pids: list[int] = []

    def fail() -> None:
        with child("sh", "-c", "sleep 60 & echo $!; wait", stdout=PIPE) as process:
            assert process.stdout is not None
            pids.extend([process.pid, int(process.stdout.readline())])
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert not is_alive(pids[0])
    # Its parent gone, it is for init to reap.
    await until(lambda: not is_running(pids[1]))
