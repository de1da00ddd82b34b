"""CEL: what expressions evaluate to, when they fail, and what is refused because it is not known."""

from __future__ import annotations

from typing import Any

import pytest

from aiokube.testing.cel.compiler import compile_expression
from aiokube.testing.cel.errors import CelError, CelUnsupported, EvaluationError
from aiokube.testing.cel.types import escape, type_of_schema

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "n": {"type": "integer"},
        "x": {"type": "number"},
        "text": {"type": "string"},
        "bytes": {"type": "string", "format": "byte"},
        "words": {"type": "array", "items": {"type": "string"}},
        "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "map": {"type": "object", "additionalProperties": {"type": "integer"}},
        "either": {"x-kubernetes-int-or-string": True},
        "missing": {"type": "integer"},
    },
}
SELF = {
    "n": 7,
    "x": 2.5,
    "text": "añb",
    "words": ["a", "b"],
    "set": ["a", "b"],
    "map": {"k": 1},
    "either": "5%",
    "bytes": "b2s=",
}


def compiled(source: str) -> Any:
    found = type_of_schema(SCHEMA)
    assert found is not None
    return compile_expression(source, {"self": found, "oldSelf": found})


def evaluated(source: str) -> Any:
    return compiled(source).run({"self": SELF, "oldSelf": {**SELF, "set": ["b", "a"]}})


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("7 / -2", -3),
        ("self.n / 2 * 2", 6),
        ("self.x / 2.0", 1.25),
        ("size(self.text)", 3),
        ("self.text.substring(1, 2)", "ñ"),
        ("'Añ'.lowerAscii()", "añ"),
        ("'a,b,c'.split(',', 2)", ["a", "b,c"]),
        ("'abc'.split('')", ["a", "b", "c"]),
        ("['a', 'b'].join('-')", "a-b"),
        (r"'a\tb\x41\u00e9\101'", "a\tbAéA"),
        (r"r'\d' + '''it's'''", r"\dit's"),
        ("0x1F", 31),
        ("1 + 2 * 3 - -4", 11),
        ("[1, 2, 3].filter(n, n % 2 == 1).map(n, n * n)", [1, 9]),
        ("{'a': 1}.all(key, key == 'a')", True),
        ("type(self.either) == string", True),
        ("self.bytes == self.bytes && size(self.bytes) == 2", True),
        ("self.either == 5", False),
        ("dyn(1) == true", False),
        ("2 > 1.5", True),
        ("self.set == oldSelf.set", True),
        ("self == oldSelf", True),
        ("self.words == ['b', 'a']", False),
        ("has(self.missing)", False),
        ("timestamp('2026-01-01T00:00:00Z') + duration('1h') > timestamp('2026-01-01T00:30:00Z')", True),
        ("duration('1m30s') == duration('90s')", True),
        ("true || 1 / 0 == 0", True),
        ("1 / 0 == 0 || true", True),
        ("false && 1 / 0 == 0", False),
        ("[0, 1].exists(n, 1 / n == 1)", True),
        ("[0, 1].all(n, 1 / n == 2)", False),
        ("'a' in self.map ? 1 : 2 // the end", 2),
        ("self.?missing.hasValue()", False),
        ("self.?n.orValue(1)", 7),
        ("self.?map.k.orValue(2)", 1),
        ("optional.of(1).or(optional.none()).value()", 1),
        ("quantity('1Gi').compareTo(quantity('1073741824'))", 0),
        ("quantity('1500m').sub(quantity('0.5')).asInteger()", 1),
        ("ip('::1').family()", 6),
        ("isIP('1.2.3.4') && !isIP('1.2.3') && !isCIDR('1.2.3.4') && isCIDR('::/0')", True),
        ("url('https://u@h:8080/p?a=b&a=c').getPort() + url('/p').getHost()", "8080"),
        ("url('https://h/p?a=b&a=c').getQuery()['a']", ["b", "c"]),
        ("isURL('a') || isURL('http://a b') || isURL('/%zz') || isURL('')", False),
        ("format.qualifiedName().validate('a/b/c').hasValue()", True),
        ("'a]b'.matches(r'^[[:alpha:]]\\][*+]?b$')", True),
    ],
)
def test_an_expression_has_a_value(source: str, value: Any) -> None:
    found = evaluated(source)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("self.missing > 1", "no such key: missing"),
        ("self.map['z'] > 1", "no such key: z"),
        ("self.words[2] == ''", "index out of bounds: 2"),
        ("1 / 0 == 1", "division by zero"),
        ("1 % 0 == 1", "modulus by zero"),
        ("9223372036854775807 + 1 > 0", "integer overflow"),
        ("self.either > 4", "no such overload"),
        ("self.either.contains('%') && self.either + 1 > 2", "no such overload"),
        ("int(self.text) > 1", "type conversion error from 'string' to 'int'"),
        ("self.text.substring(5) == ''", "index out of range: 5"),
        ("self.words.filter(w, false).min() == ''", "min called on empty list"),
        ("false || self.missing > 1", "no such key: missing"),
        ("duration(self.text) > duration('1s')", "type conversion error"),
    ],
)
def test_an_evaluation_fails(source: str, problem: str) -> None:
    with pytest.raises(EvaluationError, match=problem):
        evaluated(source)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("self.text.format([1])", "format()"),
        ("cel.bind(a, 1, a > 0)", "cel.bind()"),
        ("self.words[?0].hasValue()", "optional items"),
        ("self.words.all(i, word, i < 3)", "all() with 3 arguments"),
        ("1u == 1u", "unsigned integers"),
        ("b'a' == b'a'", "bytes"),
        ("self.text == null", "null"),
        ("self.set + ['c'] == self.set", "lists that are sets"),
        (r"self.text.matches('\\p{Greek}')", r"\p{Greek} of a regular expression"),
        ("cidr(self.text).containsIP('1.2.3.4')", "cidr()"),
        ("semver(self.text).major() == 1", "semver()"),
        ("timestamp('2026-01-01T00:00:00Z').getHours() == 1", "getHours()"),
    ],
)
def test_what_is_not_known_is_named(source: str, name: str) -> None:
    with pytest.raises(CelUnsupported) as caught:
        compiled(source)
    assert name in str(caught.value)


@pytest.mark.parametrize(
    "source", ["self.n == 'a'", "self.n == self.x", "for > 1", "(1", "'a", "1 +", "a.b", "@", "[1,, 2]", "'\\q'"]
)
def test_what_is_wrong_shows_its_place(source: str) -> None:
    with pytest.raises(CelError) as caught:
        compiled(source)
    assert str(caught.value).startswith("ERROR: <input>:1:")
    assert str(caught.value).endswith("^")


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("a", "a"),
        ("a-b", "a__dash__b"),
        ("a.b/c", "a__dot__b__slash__c"),
        ("a__b", "a__underscores__b"),
        ("in", "__in__"),
        ("namespace", "__namespace__"),
        ("1a", ""),
        ("a b", ""),
    ],
)
def test_fields_are_escaped(name: str, escaped: str) -> None:
    assert escape(name) == escaped
