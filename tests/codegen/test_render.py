"""The files of a package, as the templates print them."""

from __future__ import annotations

import ast

import pytest

from aiokube_codegen.naming.docstrings import literal
from aiokube_codegen.render.ir import GroupVersion
from aiokube_codegen.render.render import HEADER, render_package

DISCOVERY = GroupVersion(
    name="discovery", class_name="Discovery", title="", docstring="Calls of the server.", imports=()
)


def _files(version: str) -> dict[str, str]:
    return render_package([], DISCOVERY, [], {"meta_v1": "class ObjectMeta: ...\n"}, {}, version=version)


@pytest.mark.parametrize(
    ("version", "minor"),
    [
        ("v1.37.2", "1.37"),
        ("v1.30.4-eks-1a2b3c", "1.30"),
        ("v1.38.0-beta.0", "1.38"),
        ("unversioned", "unversioned"),
        ('"\x1b[31m"\n', "\\\\x1b[31m"),
    ],
)
def test_the_minor_version_stands_in_the_client(version: str, minor: str) -> None:
    files = _files(version)
    assert minor in next(line for line in files["client.py"].splitlines() if line.startswith("KUBERNETES = "))
    assert all(text.startswith(HEADER) for path, text in files.items() if path != "py.typed")


@pytest.mark.parametrize(
    ("other", "changed"), [("v1.37.9", []), ("v1.37.2-gke.1014001", []), ("v1.38.0", ["client.py"])]
)
def test_another_version_of_the_same_api_changes_at_most_the_client(other: str, changed: list[str]) -> None:
    before, after = _files("v1.37.2"), _files(other)
    assert before.keys() == after.keys()
    assert [path for path in before if before[path] != after[path]] == changed


@pytest.mark.parametrize("text", ['a"b\\', "\n\t\x00", "\x9b31m", "\u202e\u2028", "\U000e0001", "\ud800", "name 名"])
def test_a_literal_is_printable_and_means_the_same(text: str) -> None:
    assert literal(text).isprintable()
    assert ast.literal_eval(literal(text)) == text
