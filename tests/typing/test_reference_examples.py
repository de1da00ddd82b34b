"""The programs in pages about the shipped API are typed: a strict type checker finds nothing in any of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from aiokube_codegen.document.load import load
from aiokube_codegen.document.shipped import shipped_source
from aiokube_codegen.reference.build import build_catalog
from aiokube_codegen.reference.python_examples import program, program_of_call
from tests.support.children import run

pytestmark = pytest.mark.slow  # it starts a type checker


def programs() -> dict[str, str]:
    """A program for each kind of method: those that differ in nothing but names are checked once."""
    catalog = build_catalog(load(shipped_source()))
    found: dict[tuple[str, ...], tuple[str, str]] = {}
    for kind in catalog.kinds():
        for method in kind.methods:
            shape = (method.runtime, method.name, method.subresource, str(method.returns == kind.python))
            found.setdefault(shape, (method.call, program(kind, method, "aiokube")))
    calls = [*catalog.methods, *(one for group in catalog.groups for one in group.versions[0].methods)]
    return {**dict(found.values()), **{method.call: program_of_call(method, "aiokube") for method in calls[:3]}}


def test_each_program_is_typed(tmp_path: Path) -> None:
    found = programs()
    assert len(found) > 70
    for call, text in found.items():
        (tmp_path / f"{call.replace('.', '_')}.py").write_text(text)
    options = ("--strict", "--config-file=", "--no-error-summary", "--cache-dir=.cache", "--scripts-are-modules")
    done = run(sys.executable, "-m", "mypy", *options, *sorted(tmp_path.glob("*.py")), cwd=tmp_path, timeout=300)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    formatted = run(sys.executable, "-m", "ruff", "check", "--isolated", "--select=F,I", tmp_path)
    assert formatted.returncode == 0, formatted.stdout
