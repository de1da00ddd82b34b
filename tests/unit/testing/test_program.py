"""`python -m aiokube.testing`: a fake cluster by itself. tests/cluster has the real one."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from subprocess import PIPE

import pytest

from aiokube import Client
from tests.support.children import child, run

pytestmark = pytest.mark.slow

PROGRAM = (sys.executable, "-m", "aiokube.testing")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_serves_until_a_signal_and_leaves_nothing_behind(number: signal.Signals) -> None:
    with child(*PROGRAM, "--pods-run", stdout=PIPE, stderr=PIPE) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        path = Path(program.stdout.readline().strip())
        async with Client(kubeconfig=path) as kube:
            assert await kube.core_v1.nodes.list()
        program.send_signal(number)
        assert program.wait(10) == 0
        assert program.stderr.read().count("\n") == 1
    assert not path.exists()


def test_options_of_the_other_cluster_are_refused() -> None:
    for options, message in ((("--version", "1.36"), "need --real"), (("--real", "--rbac"), "for a fake cluster")):
        done = run(*PROGRAM, *options)
        assert (done.returncode, message in done.stderr) == (2, True)


def test_a_command_that_is_missing_is_named() -> None:
    done = run(*PROGRAM, "no-such-program")
    assert (done.returncode, done.stderr) == (127, "no-such-program: there is no such program\n")
