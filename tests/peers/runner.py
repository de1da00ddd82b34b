"""Runs works of a client in processes of its own."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.support.children import async_child

from .drive import READY

_START_S: Final = 120.0
"""Seconds until a client is ready: importing it may take long on a busy machine."""

_WORK_S: Final = 30.0
"""Seconds for the work, which ends by itself after 8 where a client has coroutines."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of a client's process."""

    result: Any = None
    error: str = ""
    """Class of the error; `hangs` if it did not end by itself."""
    text: str = ""


@dataclass(frozen=True)
class Runner:
    """Runs works of one client: the name of its driver."""

    client: str

    async def __call__(self, work: str, kubeconfig: Path, *arguments: str) -> Outcome:
        """Run a work, see `tests.peers.drive`."""
        command = (sys.executable, "-m", "tests.peers.drive", self.client, work, str(kubeconfig), *arguments)
        environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
        async with async_child(*command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None and process.stderr is not None
            line = await _line(process.stdout, _START_S)
            if line.strip() == READY:
                line = await _line(process.stdout, _WORK_S)
            if not line:
                return Outcome(error="hangs")
            return Outcome(**json.loads(line))


async def _line(stream: asyncio.StreamReader, seconds: float) -> str:
    """Read the next line that is for us: some clients print, too. Empty if there is none in time."""
    try:
        async with asyncio.timeout(seconds):
            while line := (await stream.readline()).decode():
                if line.startswith((READY, "{")):
                    return line
    except TimeoutError:
        pass
    return ""
