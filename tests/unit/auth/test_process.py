"""The execution of commands: limits, output and termination."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from subprocess import PIPE

import pytest

from aiokube.runtime.http.auth import plugin_process as process
from aiokube.runtime.http.auth.plugin_process import Outcome
from tests.support.children import child
from tests.support.plugins import is_alive, is_running, number_in, until

pytestmark = pytest.mark.slow  # its tests start servers or programs


async def sh(script: str, *, time_limit: float = 20) -> Outcome:
    return await process.run(["/bin/sh", "-c", script], environ=dict(os.environ), time_limit=time_limit)


async def test_large_output_on_both_pipes_does_not_deadlock() -> None:
    size = process.MAX_OUTPUT
    # With stderr first, reading one pipe after the other would deadlock.
    outcome = await sh(f"head -c {size} /dev/zero >&2; head -c {size} /dev/zero; echo the end >&2; exit 3")
    assert outcome.failure == "failed with exit code 3"
    assert outcome.stdout == bytes(size)
    assert outcome.complaint == "the end"


@pytest.mark.parametrize("script", ["head -c 1048577 /dev/zero", "yes", "head -c 1048577 /dev/zero; sleep 60"])
async def test_stdout_over_the_limit_stops_the_command(script: str) -> None:
    start = time.monotonic()
    outcome = await sh(f"echo $$ >&2; {script}")
    assert time.monotonic() - start < 10
    assert outcome.failure == "wrote more than 1 MiB to stdout and was stopped"
    assert len(outcome.stdout) < 2 << 20
    assert not is_alive(int(outcome.complaint))


@pytest.mark.slow
async def test_only_the_end_of_stderr_is_kept() -> None:
    outcome = await sh("echo $$; yes complaint >&2", time_limit=0.5)
    assert outcome.failure == "did not end within 0.5 seconds and was killed"
    assert len(outcome.stderr) <= 4096
    assert not is_alive(int(outcome.stdout))


@pytest.mark.slow
async def test_a_timeout_kills_the_command_and_its_children(tmp_path: Path) -> None:
    outcome = await sh("echo $$; sleep 60 & echo $!; sleep 60", time_limit=0.3)
    parent, child = map(int, outcome.stdout.split())
    assert outcome.failure == "did not end within 0.3 seconds and was killed"
    assert not is_alive(parent)
    await until(lambda: not is_running(child))


@pytest.mark.slow
async def test_a_command_that_ignores_signals_is_killed() -> None:
    outcome = await sh("trap '' TERM INT HUP; echo $$; while :; do sleep 0.05; done", time_limit=0.3)
    assert not is_alive(int(outcome.stdout))


async def test_a_second_cancellation_still_kills_the_command(tmp_path: Path) -> None:
    running = asyncio.create_task(sh(f"echo $$ > {tmp_path}/pid; sleep 60"))
    pid = await number_in(tmp_path / "pid")
    running.cancel()
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(lambda: not is_alive(pid))


async def test_the_failure_names_the_signal() -> None:
    assert (await sh("kill -9 $$")).failure == "was terminated by signal 9"


@pytest.mark.slow
async def test_a_daemon_that_keeps_the_pipes_open_does_not_delay_the_result() -> None:
    start = time.monotonic()
    outcome = await sh("sleep 60 & echo result; echo $! >&2")
    assert time.monotonic() - start < 10
    assert (outcome.failure, outcome.stdout) == ("", b"result\n")
    daemon = int(outcome.complaint)
    assert is_running(daemon)
    os.kill(daemon, 9)


async def test_the_output_of_a_short_command_is_complete() -> None:
    for size in (0, 1, 65_536, 1_000_000):
        outcome = await sh(f"head -c {size} /dev/zero")
        assert (outcome.failure, len(outcome.stdout)) == ("", size)


async def test_a_command_without_a_terminal_has_its_own_session() -> None:
    script = "import os; print(os.getsid(0) == os.getpgrp() == os.getpid() != os.getppid())"
    outcome = await process.run([sys.executable, "-c", script], environ={}, time_limit=20)
    assert outcome.stdout == b"True\n"


STDOUT = json.dumps(
    {
        "kind": "ExecCredential",
        "apiVersion": "client.authentication.k8s.io/v1",
        "status": {
            "token": "abcdefghijklmnop.QRSTUVWX-yz_0",
            "others": ["hunter2hunter2", "Ab3/dEf+gH1jKl=mN0pQ/rStUv", "-----BEGIN-----\nab/c+\n", "short"],
        },
    }
).encode()


@pytest.mark.parametrize(
    ("stderr", "shown"),
    [
        (b"", ""),
        (b" \n\n", ""),
        (b"one\ntwo\r\n\tthree\n", "one two three"),
        (b"\x1b[1;31mred\x1b[0m \x1b]0;title\x07after \x1b]8;;http://x\x1b\\link\x1b(Bend\x1b", "red after linkBend"),
        (b"a\x08\x00\x7fb\xe2\x80\xaec", "a b c"),
        (b"caf\xc3\xa9 \xff", "caf\u00e9 \ufffd"),
        (b"x" * 501, "..." + "x" * 500),
        (b"x" * 500, "x" * 500),
        (b"token abcdefghijklmnop.QRSTUVWX-yz_0 here", "token --- REDACTED --- here"),
        (b"token=hunter2hunter2, short", "token=--- REDACTED ---, short"),
        (b"debug: token=Ab3/dEf+gH1jKl=mN0pQ/rStUv", "debug: token=--- REDACTED ---"),
        (b"key -----BEGIN-----\\nab/c+\\n", "key --- REDACTED ---"),
        (b"this is client.authentication.k8s.io/v1", "this is client.authentication.k8s.io/v1"),
        (b"cut off: QRSTUVWX-yz_0123", "cut off: QRSTUVWX-yz_0123"),
        (b"cut off: klmnop.QRSTUVWX-yz_0", "cut off: --- REDACTED ---"),
    ],
)
def test_the_complaint_contains_no_secrets_and_no_control_characters(stderr: bytes, shown: str) -> None:
    assert Outcome("", STDOUT, stderr).complaint == shown


def test_the_repr_of_an_outcome_contains_no_output() -> None:
    assert "secret" not in repr(Outcome("", b"secret", b"secret"))


AT_A_TERMINAL = """
import asyncio, sys
from aiokube.runtime.http.auth.exec_plugin import ExecPlugin
from aiokube import Config
from aiokube.config import ExecConfig

plugin = ExecConfig(command=sys.argv[1], api_version="client.authentication.k8s.io/v1", interactive_mode="Always")
credentials = ExecPlugin(plugin, Config(server="https://127.0.0.1:6443"))
print(asyncio.run(credentials.get()).headers["Authorization"])
"""

ASKS = """#!/bin/sh
printf 'code? ' >&2
read typed
printf 'and the password? ' > /dev/tty
read password < /dev/tty
printf '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",'
printf '"status":{"token":"%s-%s"}}' "$typed" "$password"
"""


@pytest.mark.slow
def test_a_plugin_can_prompt_the_user_at_the_terminal(tmp_path: Path) -> None:
    """The prompts reach the user, and the input reaches the plugin, through stdin and through /dev/tty."""
    plugin = tmp_path / "asks"
    plugin.write_text(ASKS)
    plugin.chmod(0o700)
    near, far = os.openpty()
    command = (sys.executable, "-c", AT_A_TERMINAL, plugin)
    with (
        open(near, "r+b", buffering=0) as keyboard,
        open(far, "r+b", buffering=0) as line,
        child(*command, stdin=line, stdout=PIPE, stderr=line, terminal=True) as process,
    ):
        line.close()
        seen = b""
        while b"code? " not in seen:
            seen += keyboard.read(1000)
        keyboard.write(b"1234\n")
        while b"and the password? " not in seen:
            seen += keyboard.read(1000)
        keyboard.write(b"5678\n")
        stdout, _ = process.communicate(timeout=20)
    assert stdout == "Bearer 1234-5678\n"
