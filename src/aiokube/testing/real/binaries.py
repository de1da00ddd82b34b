"""The programs of a cluster: found on this machine, or built from the go.mod files in `modules/`."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import ClusterError, tail
from .lock import locked
from .patches import KWOK, fingerprint, patched_go_mod
from .toolchain import Progress, environment, find_go

HERE = Path(__file__).parent / "modules"
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
        """Name of its folder."""
        return self.directory.name

    def require(self, pattern: str, what: str) -> str:
        """Return the first group of a pattern in the go.mod."""
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
        """Return the same module, for some of its programs."""
        return Module(self.directory, {name: path for name, path in self.packages.items() if name in programs})


CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
ETCD = Module(HERE / "etcd", {"etcd": "go.etcd.io/etcd/server/v3"})
NEWEST = Module(HERE / "kubernetes", {name: f"{KUBERNETES}/cmd/{name}" for name in (*CONTROL_PLANE, "kubectl")})
NODES = Module(HERE / "kwok", {"kwok": f"{KWOK}/cmd/kwok"})
MODULES = (ETCD, NEWEST, NODES)

ESSENTIAL = ("etcd", "kube-apiserver")
"""Programs without which there is no cluster."""
_TO_FIND = (*ESSENTIAL, "kube-controller-manager", "kube-scheduler", "kubectl")
"""Programs that may be found on this machine. kwok is always built: it needs corrections (`patches.py`)."""
_OF_ANY_VERSION = {"kubectl": NEWEST, "kwok": NODES}
"""Programs that need not come with the others, each with the module that it is built from."""


def other_versions() -> dict[str, Module]:
    """Return the control planes of older versions of Kubernetes that can be built, by version: `1.36`."""
    packages = {name: f"{KUBERNETES}/cmd/{name}" for name in CONTROL_PLANE}
    found = sorted(HERE.glob("kubernetes-*/go.mod"))
    return {path.parent.name.removeprefix("kubernetes-"): Module(path.parent, packages) for path in found}


def default_version() -> str:
    """Return the version of Kubernetes that is built unless another is asked for: `1.37`."""
    return NEWEST.require(rf"^\s*{re.escape(KUBERNETES)} v(\d+\.\d+)\.", f"version of {KUBERNETES}")


def report(line: str) -> None:
    """Write a line of progress to stderr."""
    sys.stderr.write(f"aiokube.testing: {line}\n")
    sys.stderr.flush()


def cache_directory() -> Path:
    """Return `$XDG_CACHE_HOME/aiokube/cluster`, by default in `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(base or Path.home() / ".cache") / "aiokube" / "cluster"


def locate(wanted: Collection[str] = (), *, version: str = "", progress: Progress = report) -> dict[str, Path]:
    """Return the programs of a cluster: those of KUBEBUILDER_ASSETS, else those on PATH, else built.

    Those that are found are etcd and kube-apiserver with what is beside them. Built ones are kept in the cache.

    Args:
        wanted: Programs that are needed beside etcd and kube-apiserver.
        version: Version of Kubernetes, such as `1.36`; empty for any that is found, else the newest.
        progress: Called with each line of progress; nothing is said when there is nothing to build.

    Returns:
        The path of each program by its name, also of those that were not asked for.

    Raises:
        ClusterError: KUBEBUILDER_ASSETS or PATH lacks a program, one could not be built, or the version cannot be had.
    """
    origin, way_out, programs = _find(version)
    missing = [name for name in wanted if name not in programs and name not in _OF_ANY_VERSION]
    if programs and missing:
        raise ClusterError(f"{origin} has no executable {', '.join(missing)}; put them there, or {way_out}")
    if not programs:
        for module in (ETCD, _control_plane(version)):
            programs |= build(module, cache=cache_directory(), progress=progress)
    for name in wanted:
        if name not in programs:
            programs[name] = build(_OF_ANY_VERSION[name], cache=cache_directory(), progress=progress)[name]
    return programs


def build(module: Module, *, cache: Path, progress: Progress = report) -> dict[str, Path]:
    """Build the programs of a module, once per content of its go.mod, go.sum and sources, platform and flags.

    Args:
        module: What to build.
        cache: The directory that keeps what was built; two processes may build into it at once.
        progress: Called with each line of progress.

    Raises:
        ClusterError: The build failed. The message has the command, its exit code and the end of its output.
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
    """Return the exit code, None when the process still runs after so many seconds."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


def _find(version: str) -> tuple[str, str, dict[str, Path]]:
    """Return where programs of a version were found, how to have them built, and their paths; none if they have to be.

    Raises:
        ClusterError: KUBEBUILDER_ASSETS lacks a program without which there is no cluster.
    """
    if assets := os.environ.get("KUBEBUILDER_ASSETS"):
        origin = f"KUBEBUILDER_ASSETS is {assets}, which"
        way_out = "unset KUBEBUILDER_ASSETS to have all of them built"
        programs = {name: Path(assets) / name for name in _TO_FIND if os.access(Path(assets) / name, os.X_OK)}
        if missing := [name for name in ESSENTIAL if name not in programs]:
            raise ClusterError(f"{origin} has no executable {', '.join(missing)}; put them there, or {way_out}")
        if not version or _version_of(programs["kube-apiserver"]) == version:
            return origin, way_out, programs
    on_path = {name: Path(path) for name in _TO_FIND if (path := shutil.which(name))}
    if on_path.keys() >= set(ESSENTIAL) and (not version or _version_of(on_path["kube-apiserver"]) == version):
        way_out = "take kube-apiserver from PATH to have all of them built"
        return f"PATH, where {on_path['kube-apiserver']} is,", way_out, on_path
    return "", "", {}


def _version_of(apiserver: Path) -> str:
    """Return the version of a kube-apiserver, as `1.37`; empty if it does not say one."""
    done = subprocess.run([str(apiserver), "--version"], text=True, capture_output=True, check=False)
    match = re.search(r"v(\d+\.\d+)\.", done.stdout)
    return match[1] if match else ""


def _control_plane(version: str) -> Module:
    """Return the module of a version.

    Raises:
        ClusterError: There is none.
    """
    modules = {**other_versions(), default_version(): NEWEST}
    if (version or default_version()) not in modules:
        raise ClusterError(
            f"version: no control plane of Kubernetes {version!r} to build: there are {', '.join(modules)}; for "
            "another, let KUBEBUILDER_ASSETS name a folder with its kube-apiserver and etcd"
        )
    return modules[version or default_version()]


def _key(module: Module) -> str:
    """Return the key under which a built program can be used again."""
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
    """Return the name that `go install` gives a program: the last element of its package that is no major version."""
    return [part for part in package.split("/") if not re.fullmatch(r"v\d+", part)][-1]
