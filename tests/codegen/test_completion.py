"""Completion of command lines, in a real bash and as other shells ask for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aiokube_codegen.document.shipped import shipped_source
from aiokube_codegen.explain.completion import complete
from tests.codegen.command import AIOKUBE
from tests.support.children import output_of, run

BASH = """
eval "$(aiokube completion bash)"
COMP_LINE="$1"; COMP_POINT=${#1}; COMP_TYPE=9
_python_argcomplete aiokube
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A search path on which the command is."""
    program = tmp_path / "aiokube"
    program.write_text(f'#!/bin/sh\nexec {" ".join(AIOKUBE)} "$@"\n')
    program.chmod(0o755)
    return f"{tmp_path}:{os.environ['PATH']}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "completions"),
    [
        ("aiokube ", ["generate", "diff", "explain", "find", "reference", "completion"]),
        ("aiokube ex", ["explain "]),
        ("aiokube generate --sta", ["--standalone "]),
        ("aiokube explain pods.spec.termin", ["pods.spec.terminationGracePeriodSeconds "]),
    ],
)
def test_bash_completes_commands_options_and_paths(line: str, completions: list[str], path: str) -> None:
    output = output_of("bash", "-c", BASH, "bash", line, env={**os.environ, "PATH": path})
    assert output.splitlines() == completions


@pytest.mark.slow
@pytest.mark.parametrize(("shell", "divider"), [("zsh", "\v"), ("fish", "\n")])
def test_other_shells_are_answered_as_they_ask(shell: str, divider: str, tmp_path: Path) -> None:
    script = output_of(*AIOKUBE, "completion", shell)
    assert "aiokube" in script
    assert "_ARGCOMPLETE_SHELL" in script
    line = "aiokube explain pods.spec.termin"
    environment = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_SHELL": shell,
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
        "_ARGCOMPLETE_IFS": divider,
        "_ARGCOMPLETE_STDOUT_FILENAME": str(tmp_path / "answer"),
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
    }
    assert run(*AIOKUBE, env={**os.environ, **environment}).returncode == 0
    assert (tmp_path / "answer").read_text().split(divider)[0].rstrip(":") == "pods.spec.terminationGracePeriodSeconds"


@pytest.mark.parametrize(
    ("typed", "paths"),
    [
        ("deplo", ["deployments"]),
        ("pods.sp", ["pods.spec", "pods.spec."]),
        ("po.spec.containers.live", ["po.spec.containers.livenessProbe", "po.spec.containers.livenessProbe."]),
        ("deployments.apps.spec.repl", ["deployments.apps.spec.replicas"]),
        ("pods.spec.nothing", []),
        ("nothing.", []),
    ],
)
def test_paths_are_completed_from_the_document(typed: str, paths: list[str]) -> None:
    assert complete(shipped_source(), typed) == paths
