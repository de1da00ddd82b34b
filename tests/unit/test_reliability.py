"""The table of docs/reliability.md names tests that exist."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\| ([RSAIQLW]\d+) \|(.*)\|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")

ROWS = dict(_ROW.findall((ROOT / "docs" / "reliability.md").read_text()))


@pytest.mark.parametrize("item", sorted(ROWS))
def test_the_tests_of_an_item_exist(item: str) -> None:
    named = _TEST.findall(ROWS[item])

    assert named, f"{item} names no test"
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text())
        found = {
            node.name
            for node in ast.walk(tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        }
        assert name in found, f"{path} has no {name}"


def test_no_item_is_left_out() -> None:
    counts = {"R": 11, "S": 11, "A": 6, "I": 14, "Q": 4, "L": 7, "W": 10}
    expected = {f"{letter}{number}" for letter, count in counts.items() for number in range(1, count + 1)}

    assert expected <= set(ROWS)


def test_the_oldest_aiohttp_is_a_safe_one() -> None:
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]

    assert "aiohttp>=3.14.3" in needed
    assert tuple(map(int, version("aiohttp").split(".")[:3])) >= (3, 14, 3)
