"""Finds Chromium for the tests of pages, or installs Debian's."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from aiokube.testing.real.errors import tail
from aiokube.testing.real.lock import locked
from tests.support import children

VARIABLE = "AIOKUBE_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome")
_WAY_OUT = f"install Debian's package `chromium`, or set {VARIABLE} to the program of a Chromium or Chrome"
_INSTALL_TIMEOUT = 600  # seconds


class NoBrowser(RuntimeError):
    """There is no browser, and none could be installed; the message says what to do."""


def find_chromium(
    *,
    cache: Path,
    progress: Callable[[str], None],
    environ: Mapping[str, str] = os.environ,
    root: bool = os.geteuid() == 0,
) -> Path:
    """A Chromium or Chrome: that of `AIOKUBE_CHROMIUM`, one on PATH, or Debian's, which is installed where that may be.

    Args:
        cache: The directory of the lock that only one process installs it.
        progress: Called with each line of progress.
        environ: The environment, for `AIOKUBE_CHROMIUM` and PATH.
        root: Whether this process may install packages.

    Raises:
        NoBrowser: There is none, and none could be installed.
    """
    if named := environ.get(VARIABLE):
        if program := shutil.which(named, path=environ.get("PATH")):
            return Path(program)
        raise NoBrowser(f"{VARIABLE} is {named!r}, which is no program: {_WAY_OUT}")
    path = environ.get("PATH")
    if found := _on(path):
        return found
    apt = shutil.which("apt-get", path=path)
    if apt is None or not root:
        why = "this user is not root" if apt else "there is no apt-get"
        raise NoBrowser(f"no {', '.join(NAMES)} on PATH to test pages with, and {why} to install one: {_WAY_OUT}")
    with locked(cache / "chromium.lock", progress=progress):
        # Another process may have installed it meanwhile.
        if found := _on(path):
            return found
        progress("no browser on PATH: installing Debian's package chromium")
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            _run([apt, *arguments], environ)
        if found := _on(path):
            return found
    raise NoBrowser(f"Debian's package chromium brought no {', '.join(NAMES)} onto PATH: {_WAY_OUT}")


def _run(command: list[str], environ: Mapping[str, str]) -> None:
    try:
        done = children.run(*command, env={**environ, "DEBIAN_FRONTEND": "noninteractive"}, timeout=_INSTALL_TIMEOUT)
    except subprocess.TimeoutExpired:
        raise NoBrowser(f"`{' '.join(command)}` did not end within {_INSTALL_TIMEOUT} s: {_WAY_OUT}") from None
    if done.returncode:
        output = tail(done.stdout + done.stderr)
        raise NoBrowser(f"`{' '.join(command)}` ended with {done.returncode}: {_WAY_OUT}\n{output}")


def _on(path: str | None) -> Path | None:
    return next((Path(found) for name in NAMES if (found := shutil.which(name, path=path))), None)
