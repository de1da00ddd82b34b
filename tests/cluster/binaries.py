"""Locates the programs of the test cluster, or builds them from the go.mod files beside this one."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.errors import ClusterError, tail
from tests.cluster.lock import locked
from tests.cluster.patches import KWOK, fingerprint, patched_go_mod
from tests.cluster.toolchain import Progress, environment, find_go

HERE = Path(__file__).parent
KUBERNETES = "k8s.io/kubernetes"
REPORT_INTERVAL = 15.0
"""Seconds between two lines of progress while a module builds."""


@dataclass(frozen=True)
class Module:
    """A go.mod and the programs built from it."""

    directory: Path
    packages: Mapping[str, str]
    """Program name to Go package."""

    @property
    def name(self) -> str:
        return self.directory.name

    def require(self, pattern: str, what: str) -> str:
        """The first group of a pattern in the go.mod."""
        match = re.search(pattern, (self.directory / "go.mod").read_text(), re.MULTILINE)
        if match is None:
            raise ClusterError(f"{self.directory / 'go.mod'} has no {what}")
        return match[1]

    @property
    def patched(self) -> bool:
        """True if it is built from corrected sources."""
        return any(package.startswith(f"{KWOK}/") for package in self.packages.values())

    @property
    def go_version(self) -> str:
        """The oldest Go that builds it."""
        return self.require(r"^go (\d\S*)$", "`go` line")

    @property
    def build_flags(self) -> list[str]:
        """The flags of `go install`: no debug symbols, and for Kubernetes the version that `/version` reports."""
        flags = ["-s", "-w"]
        if KUBERNETES in "".join(self.packages.values()):
            version = self.require(rf"^\s*{re.escape(KUBERNETES)} (v\S+)", f"version of {KUBERNETES}")
            major, minor = version.removeprefix("v").split(".")[:2]
            for name, value in {"gitVersion": version, "gitMajor": major, "gitMinor": minor}.items():
                flags += ["-X", f"k8s.io/component-base/version.{name}={value}"]
        return [f"-ldflags={' '.join(flags)}"]

    def only(self, programs: set[str]) -> Module:
        """The same module, for some of its programs."""
        return Module(self.directory, {name: path for name, path in self.packages.items() if name in programs})


MODULES = (
    Module(HERE / "etcd", {"etcd": "go.etcd.io/etcd/server/v3"}),
    Module(
        HERE / "kubernetes",
        {
            name: f"{KUBERNETES}/cmd/{name}"
            for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
        },
    ),
    Module(HERE / "kwok", {"kwok": f"{KWOK}/cmd/kwok"}),
)
CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")


def other_versions() -> dict[str, Module]:
    """The control planes of other versions of Kubernetes that can be built, by version: `1.36`."""
    packages = {name: f"{KUBERNETES}/cmd/{name}" for name in CONTROL_PLANE}
    found = sorted(HERE.glob("kubernetes-*/go.mod"))
    return {path.parent.name.removeprefix("kubernetes-"): Module(path.parent, packages) for path in found}


def default_version() -> str:
    """The version of Kubernetes that clusters have unless another is asked for: `1.37`."""
    module = next(module for module in MODULES if module.name == "kubernetes")
    return module.require(rf"^\s*{re.escape(KUBERNETES)} v(\d+\.\d+)\.", f"version of {KUBERNETES}")


OPTIONAL_ASSETS = frozenset({"kubectl"})
"""Programs that KUBEBUILDER_ASSETS may lack; they are built then."""
NEVER_ASSETS = frozenset({"kwok"})
"""Programs that are always built: kwok needs corrections (`patches.py`)."""


def report(line: str) -> None:
    """The default progress: a line on stderr, at once."""
    sys.stderr.write(f"test cluster: {line}\n")
    sys.stderr.flush()


def cache_directory() -> Path:
    """`$XDG_CACHE_HOME/aiokube/cluster`, by default in `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(base or Path.home() / ".cache") / "aiokube" / "cluster"


def locate(*, version: str = "", progress: Progress = report) -> dict[str, Path]:
    """Every program of the test cluster: from KUBEBUILDER_ASSETS where that is set, else from the cache, else built.

    Args:
        version: Version of the control plane, such as `1.36`, which is never taken from KUBEBUILDER_ASSETS; empty for
            the default one.
        progress: Called with each line of progress; nothing is said when there is nothing to build.

    Returns:
        The path of each program by its name.

    Raises:
        ClusterError: KUBEBUILDER_ASSETS lacks a program, one could not be built, or there is no such version.
    """
    versions = other_versions()
    if version not in ("", default_version(), *versions):
        known = ", ".join([*versions, default_version()])
        raise ClusterError(f"there is no control plane of Kubernetes {version!r} to build: there are {known}")
    programs: dict[str, Path] = {}
    if assets := os.environ.get("KUBEBUILDER_ASSETS"):
        programs = _from_assets(Path(assets))
    for module in MODULES:
        missing = module.packages.keys() - programs.keys()
        if missing:
            programs |= build(module.only(missing), cache=cache_directory(), progress=progress)
    if version in versions:
        programs |= build(versions[version], cache=cache_directory(), progress=progress)
    return programs


def build(module: Module, *, cache: Path, progress: Progress = report) -> dict[str, Path]:
    """The programs of a module, built once per content of its go.mod, go.sum and sources, platform and flags.

    Args:
        module: What to build.
        cache: The directory that keeps what was built; two processes may build into it at once.
        progress: Called with each line of progress.

    Raises:
        ClusterError: The build failed; the message holds the command, its exit code and the end of its output.
    """
    home = cache / f"{module.name}-{_key(module)}"
    with locked(home.with_suffix(".lock"), progress=progress):
        if not home.exists():
            go = find_go(module.go_version, cache=cache, progress=progress)
            with tempfile.TemporaryDirectory(dir=cache, prefix=f"{module.name}-") as scratch:
                output = Path(scratch) / "bin"
                output.mkdir()
                _install(module, go, output, progress)
                for name, package in module.packages.items():
                    (output / _installed_name(package)).rename(output / name)
                output.rename(home)
    return {name: home / name for name in module.packages}


def _install(module: Module, go: Path, output: Path, progress: Progress) -> None:
    flags = module.build_flags
    if module.patched:
        scratch = output.with_name("patched")
        scratch.mkdir()
        flags.append(f"-modfile={patched_go_mod(module.directory, go, scratch)}")
    command = [str(go), "install", *flags, *module.packages.values()]
    progress(f"building {module.name}: {', '.join(module.packages)} (once; later runs take them from the cache)")
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as log:
        env = environment(GOBIN=str(output))
        process = subprocess.Popen(command, cwd=module.directory, env=env, stdout=log, stderr=subprocess.STDOUT)
        try:
            while (code := _wait(process, REPORT_INTERVAL)) is None:
                progress(f"still building {module.name}, {time.monotonic() - started:.0f} s")
        finally:
            process.kill()
            process.wait()
        if code != 0:
            log.seek(0)
            raise ClusterError(
                f"building {module.name} failed: `{' '.join(command)}` in {module.directory} "
                f"ended with exit code {code}:\n{tail(log.read())}"
            )
    progress(f"built {module.name} in {time.monotonic() - started:.0f} s")


def _wait(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """The exit code, None when the process still runs after so many seconds."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


def _from_assets(assets: Path) -> dict[str, Path]:
    """The programs in the directory of KUBEBUILDER_ASSETS."""
    wanted = [name for module in MODULES for name in module.packages if name not in NEVER_ASSETS]
    found = {name: assets / name for name in wanted if os.access(assets / name, os.X_OK)}
    if missing := [name for name in wanted if name not in found and name not in OPTIONAL_ASSETS]:
        raise ClusterError(
            f"KUBEBUILDER_ASSETS is {assets}, which has no executable {', '.join(missing)}; "
            f"put them there, or unset KUBEBUILDER_ASSETS to have them built"
        )
    return found


def _key(module: Module) -> str:
    """Key under which a built program can be used again."""
    sources = [] if module.patched else sorted(module.directory.rglob("*.go"))
    digest = hashlib.sha256()
    for path in (module.directory / "go.mod", module.directory / "go.sum", *sources):
        digest.update(path.read_bytes())
    settings = [platform.system(), platform.machine(), *module.build_flags, *module.packages.values()]
    if module.patched:
        settings.append(fingerprint())
    digest.update("\n".join(settings).encode())
    return digest.hexdigest()[:16]


def _installed_name(package: str) -> str:
    """Name that `go install` gives a program: the last element of its package that is no major version."""
    return [part for part in package.split("/") if not re.fullmatch(r"v\d+", part)][-1]
