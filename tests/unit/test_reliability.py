"""The tests that docs/reliability.md names are among those that pytest collects."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.support.children import output_of

ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\| ([RSVMADIQLWK]\d+) \|(.*)\|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[^`]+)`")

_FOUND: list[tuple[str, str]] = _ROW.findall((ROOT / "docs" / "reliability.md").read_text())
ROWS = dict(_FOUND)


@pytest.fixture(scope="module")
def collected() -> set[str]:
    """The node IDs of all tests, without their parameters, and those of the classes that they stand in."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    output = output_of(sys.executable, "-m", "pytest", "--collect-only", "-q", "tests", cwd=ROOT, env=environment)
    tests = {line.partition("[")[0] for line in output.splitlines() if "::" in line}
    return tests | {test.rpartition("::")[0] for test in tests}


@pytest.mark.slow
@pytest.mark.parametrize("item", sorted(ROWS))
def test_the_tests_of_an_item_exist(item: str, collected: set[str]) -> None:
    named = _TEST.findall(ROWS[item])

    assert named, f"{item} names no test"
    assert not [test for test in named if "::" not in test or test not in collected]


def test_items_are_numbered_without_gaps_and_duplicates() -> None:
    numbers: dict[str, list[int]] = {}
    for item, _ in _FOUND:
        numbers.setdefault(item[0], []).append(int(item[1:]))

    assert numbers == {letter: list(range(1, len(found) + 1)) for letter, found in numbers.items()}
    assert set(numbers) == set("RSVMADIQLWK")


def test_every_row_of_a_table_is_an_item() -> None:
    lines = (ROOT / "docs" / "reliability.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("|") and not line.startswith(("| item |", "|---|"))]

    assert len(rows) == len(_FOUND)


def test_the_oldest_aiohttp_is_a_safe_one() -> None:
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]

    (aiohttp,) = [requirement for requirement in needed if requirement.startswith("aiohttp")]
    assert aiohttp.partition(",")[0] == "aiohttp>=3.14.3"
    assert tuple(map(int, version("aiohttp").split(".")[:3])) >= (3, 14, 3)
