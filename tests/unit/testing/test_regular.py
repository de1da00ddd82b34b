"""Regular expressions: what Python also knows matches as there, and no text takes long."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiokube.testing.regular.errors import ExpressionError, ExpressionUnsupported
from aiokube.testing.regular.program import compiled

_CHARACTERS = st.sampled_from(["a", "b", "B", "1", "_", "-", "\n", "é"])
# In Python, `\B` does not match in an empty text.
_TEXTS = st.lists(_CHARACTERS, min_size=1, max_size=10).map("".join)
_ATOMS = st.sampled_from(
    [
        "a",
        "b",
        "é",
        ".",
        r"\d",
        r"\w",
        r"\W",
        r"\b",
        r"\B",
        "^",
        r"\A",
        "[ab]",
        "[^a]",
        r"[\d-]",
        "[a-c1]",
        r"\x61",
        "-",
    ]
)


def _larger(parts: Any) -> Any:
    repeated = st.tuples(parts, st.sampled_from(["*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,}?"]))
    return st.one_of(
        st.tuples(parts, parts).map("".join),
        st.tuples(parts, parts).map("|".join).map("(?:{})".format),
        parts.map("({})".format),
        parts.map("(?i:{})".format),
        parts.map("(?s:{})".format),
        repeated.map(lambda one: f"(?:{one[0]}){one[1]}"),
    )


@settings(max_examples=50)
@given(pattern=st.recursive(_ATOMS, _larger, max_leaves=8), text=_TEXTS)
def test_an_expression_that_python_knows_matches_as_there(pattern: str, text: str) -> None:
    assert compiled(pattern).matches(text) == (re.search(pattern, text, re.ASCII) is not None)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("(a|ab)(c|bcd)?", "abcd ab", ["abcd", "a"]),
        ("a*", "baac", ["", "aa", ""]),
        ("(|a)*", "aa", ["", "", ""]),
        ("(?U)a+", "aaa", ["a", "a", "a"]),
        (r"\b\w+?\b", "ab cd", ["ab", "cd"]),
        ("(?m)^.", "a\nb", ["a", "b"]),
        ("x|", "", [""]),
    ],
)
def test_the_best_of_the_first_matches_is_found(pattern: str, text: str, found: list[str]) -> None:
    assert list(compiled(pattern).find_all(text)) == found


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^(a+)+$", "a" * 5000 + "!"),
        ("(x+x+)+y", "x" * 5000),
        ("(a?){200}a{200}$", "a" * 199),
        ("^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 3000),
    ],
)
def test_no_text_takes_long(pattern: str, text: str) -> None:
    # Backtracking would take years.
    assert not compiled(pattern).matches(text)


def test_a_search_forgets_what_it_knows_rather_than_grow() -> None:
    program = compiled("a.{300}$")
    assert program.matches("ab" * 1000 + "a" + "b" * 300)
    assert not program.matches("ab" * 1000 + "b" * 300)


def test_a_tree_may_be_deep() -> None:
    assert compiled("(?:a|" * 900 + "b" + ")" * 900).matches("b")
    with pytest.raises(ExpressionError, match="nests too deeply"):
        compiled("(" * 1100 + ")" * 1100)


@pytest.mark.parametrize("pattern", [r"\p{Greek}", r"[\P{Latin}]", "(a{1000}b{1000}c{1000}){1}" * 4])
def test_what_is_not_known_is_refused(pattern: str) -> None:
    with pytest.raises(ExpressionUnsupported, match="regular expression"):
        compiled(pattern)
