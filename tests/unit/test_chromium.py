"""The browser of the tests of pages: where it is found, and that its absence is an error with a way out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.chromium import NoBrowser, find_chromium

SH = Path(shutil.which("sh") or "/bin/sh")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder that is all of PATH, with the shell that the programs of these tests are written for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "chmod"):
        (folder / name).symlink_to(shutil.which(name) or name)
    return folder


def script(path: Path, *lines: str) -> Path:
    path.write_text("\n".join([f"#!{SH}", *lines, ""]))
    path.chmod(0o755)
    return path


def find(folder: Path, *, root: bool = False, **environ: str) -> tuple[Path, list[str]]:
    said: list[str] = []
    found = find_chromium(
        cache=folder.parent / "cache", progress=said.append, environ={"PATH": str(folder), **environ}, root=root
    )
    return found, said


def test_the_browser_of_the_variable_comes_before_that_of_path(programs: Path, tmp_path: Path) -> None:
    script(programs / "chromium")
    mine = script(tmp_path / "mine")
    assert find(programs, AIOKUBE_CHROMIUM=str(mine))[0] == mine


def test_a_variable_that_names_no_program_is_an_error(programs: Path) -> None:
    script(programs / "chromium")
    with pytest.raises(NoBrowser, match="AIOKUBE_CHROMIUM is '/nowhere', which is no program: install"):
        find(programs, AIOKUBE_CHROMIUM="/nowhere")


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_a_browser_on_path_is_taken(programs: Path, name: str) -> None:
    browser = script(programs / name)
    assert find(programs)[0] == browser


def test_root_installs_the_package_of_debian_and_says_so(programs: Path) -> None:
    target = programs / "chromium"
    script(
        programs / "apt-get",
        f'echo "$DEBIAN_FRONTEND $*" >> "{programs}/calls"',
        f'[ "$1" = update ] || {{ echo "#!{SH}" > "{target}"; chmod +x "{target}"; }}',
    )
    found, said = find(programs, root=True)
    assert found == target
    assert said == ["no browser on PATH: installing Debian's package chromium"]
    assert (programs / "calls").read_text().splitlines() == [
        "noninteractive update",
        "noninteractive install -y --no-install-recommends chromium",
    ]


def test_an_installation_that_fails_shows_its_output_and_the_way_out(programs: Path) -> None:
    script(programs / "apt-get", "echo 'Could not resolve the mirror' >&2", "exit 100")
    with pytest.raises(NoBrowser, match=r"(?s)apt-get update` ended with 100: .*AIOKUBE_CHROMIUM.*resolve the mirror"):
        find(programs, root=True)


def test_an_installation_without_a_browser_is_an_error(programs: Path) -> None:
    script(programs / "apt-get")
    with pytest.raises(NoBrowser, match=r"brought no chromium.*AIOKUBE_CHROMIUM"):
        find(programs, root=True)


@pytest.mark.parametrize(("apt", "why"), [(True, "this user is not root"), (False, "there is no apt-get")])
def test_where_nothing_can_be_installed_the_error_says_why(programs: Path, apt: bool, why: str) -> None:
    if apt:
        script(programs / "apt-get")
    with pytest.raises(NoBrowser, match=f"{why} to install one: install.*AIOKUBE_CHROMIUM"):
        find(programs)
