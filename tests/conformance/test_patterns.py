"""Regular expressions of schemas and of rules in CEL: what Go compiles, what matches, and what is found."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .api import Api
from .test_custom import DEFINITIONS, Kind
from .test_rules import definition

Json = dict[str, Any]

WRONG = [
    *(
        "(",
        ")",
        "a)b",
        "(a))",
        "((a)",
        "[",
        "[a",
        "[^",
        "[]a",
        "[z-a]",
        "[a-\\d]",
        "[[:nope:]]",
        "[[:^Alpha:]]",
        "a[\\",
    ),
    *("*", "+a", "(|*)", "(?i)*", "a**", "a+?*", "a*+", "a{2}{3}", "a{1001}", "a{2,1}", "a{1,1001}", "(a{500}){3}"),
    *("((a{100}*){11})", "a{99999999999}", "(?=a)", "(?!a)", "(?<=a)", "(?<n", "(?P<>a)", "(?P<n-n>a)", "(?P=n)"),
    *("(?", "(?i", "(?-)", "(?i-)", "(?i--s)", "(?a)", "(?#a)", "(?>a)", "(?'n'a)", "(a)\\1", "\\8", "\\C", "\\Z"),
    *("\\", "a\\", "\\é", "\\q", "\\x", "\\x4", "\\xg1", "\\x{", "\\x{}", "\\x{110000}", "\\x{g}", "\\pX", "\\p"),
    *("\\p{", "\\p{L", "\\p{}", "\\p{1}", "[\\pX]", "\\Qa\\E*\\E", "(?i)(?-i", "a|*", "^**", "(" * 1100 + ")" * 1100),
]
RIGHT = [
    *(r"^\d+$", r"^\w+$", r"^\s+$", r"^\S+$", r"^\W+$", "^a$", "a$", r"a\z", r"\Aa", r"(?i)^[[:alpha:]]+$", "(?m)^a$"),
    *("(?i)^k$", "(?i)^ſ$", "(?i)^[^k]$", r"(?i)^\w$", "(?i)^é$", "(?i)ß", "(?i:A)b", "(?i-s)A", "a(?i)B|C"),
    *(r"^\pL+$", r"^\PL+$", r"^\p{Lu}", r"^\p{^Lu}", r"[\pN_]", r"^[^\pL]$", r"\p{Any}", r"(?i)^\p{Lu}$", r"\p{lu}"),
    *("[[:cntrl:]]", "[[:punct:]]", "[[:^ascii:]]", "[[:word:]-]", "[]a]", "[^]a]", "[a-]", r"[a\-z]", r"^[\d\s]$"),
    *("^.$", "(?s)^.$", "(?s-i)a.b", r"\ba\b", r"a\B", r"\Ba", r"\Qa.b\E", r"^\Qa", r"\Qa\E+b", r"\x61", r"\x{e9}"),
    *(
        r"\141",
        r"\0",
        r"\07",
        r"\.",
        r"\_",
        r"\n",
        "a{,2}",
        "a{",
        "a{1",
        "{",
        "a{01}",
        "}",
        "^a{2,3}$",
        "^a{2,}$",
        "^a{0}$",
    ),
    *("(?P<n>a)(?<m>b)", "(?:a|b)*c", "", "()", "a||b", "(|a)*", "(|a)+", "(a|ab)(c|bcd)?", "a*?", "(?U)a+", "a??b"),
    *("(?U)a+?", "(?:)*", "(a*)*", "(a*?)*b", "(a|b)*?b", "$^", "^^a$$", "x*", "(?m)$", "(?i)", "(^|b)a", "a(b|$)"),
]
TEXTS = [
    *("a", "ab", "aab", "abcd", "a.b", "A", "aB", "\u212a", "k", "s", "ſ", "É", "ẞ", "\u0661", "1"),
    *(
        "7_",
        "\u00a0",
        " ",
        "a\n",
        "\na",
        "b\na\nb",
        "",
        "\0",
        "\x7f",
        "a-b",
        "]",
        "{",
        "a{,2}",
        "a{1",
        "𝔸",
        "ba ab",
        "\u2028",
    ),
]


async def test_patterns_that_do_not_compile(api: Api) -> None:
    text = {"type": "string", "anyOf": [{"pattern": one} for one in WRONG]}
    await api.post(DEFINITIONS, definition("Wrong", {"text": text}, []), 422)


async def shared(api: Api) -> Kind:
    """Return a kind that checks have in common: a real server takes seconds to serve a new one."""
    functions = (
        "self.text.matches(self.by)",
        "self.text.find(self.by) == ''",
        "self.text.findAll(self.by) == []",
        "self.text.findAll(self.by, 1) == ['a']",
        "int(self.by) == 1",
        "double(self.by) == 1.0",
        "self.by.trim() == ''",
    )
    rules = [{"rule": f"!has(self.by) || {one}", "message": one} for one in functions]
    for one in map(json.dumps, RIGHT):
        rules.append({"rule": f"!self.text.matches({one})", "messageExpression": f"self.text.find({one})"})
        found = f"self.text.findAll({one})"
        rules.append({"rule": f"{found}.size() < 2", "messageExpression": f"{found}[1]"})
    by = {"type": "string", "maxLength": 30}
    text = {**by, "allOf": [{"pattern": one} for one in RIGHT if one]}
    kind = Kind(api, "Pattern", True)
    await api.ensure(DEFINITIONS, definition("Pattern", {"text": text, "by": by}, rules), kind.path)
    return kind


async def test_expressions_match_and_find_as_in_go(api: Api) -> None:
    kind = await shared(api)
    for text in TEXTS:
        # Each answer names all patterns that do not match, and what each finds.
        await api.post(kind.path, kind.body({"text": text}), 422)


async def test_texts_are_read_as_in_go_when_a_rule_is_evaluated(api: Api) -> None:
    kind = await shared(api)
    expressions = ("(", "^(a+)+$", "[[:alpha:]]$", "a")
    numbers = ("\u0661", "1_0", "1.", ".5e1", "+1", "9" * 20, "0" * 20 + "1", "1e999", "-inf", "nan", "1e-999", " 1")
    for by in (*expressions, *numbers, "\x1c", "\u0085\u3000"):
        await api.post(kind.path, kind.body({"text": "a" * 28 + "!", "by": by}), 422)


@pytest.mark.parametrize(
    "rule",
    [
        "self.mode.matches('(') || self.mode.matches(')')",
        "matches(self.mode, '(')",
        "matches('(', self.mode)",
        "self.mode.find('(') == ''",
        "self.mode.findAll('a**', 1) == []",
        "self.mode.matches('(') && self.nothing",
        "self.mode.find('(')",
    ],
)
async def test_expressions_in_rules_that_do_not_compile(api: Api, rule: str) -> None:
    await api.post(DEFINITIONS, definition("Wrong", {"mode": {"type": "string"}}, [{"rule": rule}]), 422)
