"""Unified diffs: they lead from one text to the other, and long ones are not compared line by line."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiokube.runtime.manifests.line_diff import unified_diff


def patched(before: Sequence[str], lines: Sequence[str]) -> list[str]:
    """What `patch` makes of a text."""
    assert lines[:2] == ["--- a", "+++ b"] or not lines
    found: list[str] = []
    at = 0
    for line in lines[2:]:
        if line.startswith("@@"):
            header = re.fullmatch(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@", line)
            assert header
            start = int(header[1]) - (header[2] != "0")
            found += before[at:start]
            at = start
            continue
        if line[0] in " -":
            assert before[at] == line[1:]
            at += 1
        if line[0] in " +":
            found.append(line[1:])
    return [*found, *before[at:]]


_TEXTS = st.lists(st.sampled_from("abcdefgh"), max_size=30)


@given(_TEXTS, _TEXTS)
def test_a_diff_leads_from_one_text_to_the_other(before: list[str], after: list[str]) -> None:
    lines = list(unified_diff(before, after, "a", "b"))
    assert patched(before, lines) == after
    assert bool(lines) == (before != after)


@given(st.lists(st.sampled_from("abcdefgh"), max_size=30), st.integers(0, 30))
def test_one_changed_line_is_shown_as_difflib_shows_it(text: list[str], at: int) -> None:
    before = [f"{number} {line}" for number, line in enumerate(text)]
    after = [*before[:at], "new", *before[at + 1 :]]
    assert list(unified_diff(before, after, "a", "b")) == list(
        difflib.unified_diff(before, after, "a", "b", lineterm="")
    )


def dashboard(version: str) -> list[str]:
    options = {f"option{number}": {"mode": "off", "value": number} for number in range(30)}
    panels = [{"id": number, "version": version, "title": f"Panel {number}", **options} for number in range(200)]
    return json.dumps(panels, indent=1).splitlines()


_LONG = {
    "a dashboard": (dashboard("1"), dashboard("2")),
    "lines that are alike": (["a", "b"] * 20_000, ["b", "a", "a"] * 10_000),
    "the reverse": ([str(number) for number in range(30_000)], [str(number) for number in reversed(range(30_000))]),
}


@pytest.mark.parametrize("texts", _LONG.values(), ids=_LONG)
def test_long_texts_are_compared_in_parts(texts: tuple[list[str], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []

    class Counting(difflib.SequenceMatcher[str]):
        def get_matching_blocks(self) -> list[difflib.Match]:
            compared.append(len(self.a) * len(self.b))  # type: ignore[attr-defined]  # typeshed has neither
            return super().get_matching_blocks()

    monkeypatch.setattr(difflib, "SequenceMatcher", Counting)
    before, after = texts
    lines = list(unified_diff(before, after, "a", "b"))
    assert patched(before, lines) == after
    assert sum(compared) <= 1_000_000


def test_a_change_of_each_part_of_a_long_text_is_shown_alone() -> None:
    before, after = _LONG["a dashboard"]
    lines = list(unified_diff(before, after, "a", "b"))
    assert sum(line.startswith("-") for line in lines[2:]) == sum(line.startswith("+") for line in lines[2:]) == 200
