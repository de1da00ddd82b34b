"""Rules of custom resources in CEL: what a definition may have, and what objects follow."""

from __future__ import annotations

from typing import Any

import pytest

from .api import GROUP, Api
from .test_custom import DEFINITIONS, Kind

Json = dict[str, Any]

INTEGER, STRING = {"type": "integer"}, {"type": "string"}
PORTS: Json = {
    "type": "array",
    "maxItems": 10,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["port"],
    "items": {
        "type": "object",
        "required": ["port"],
        "properties": {"port": INTEGER, "name": {**STRING, "maxLength": 9}},
        "x-kubernetes-validations": [{"rule": "self.port < oldSelf.port + 10", "message": "not so far"}],
    },
}
FIELDS: Json = {
    "least": INTEGER,
    "most": INTEGER,
    "ratio": {"type": "number"},
    "name": {**STRING, "maxLength": 20, "x-kubernetes-validations": [{"rule": "self == oldSelf"}]},
    "mode": {**STRING, "enum": ["a", "b"]},
    "flag": {"type": "boolean"},
    "words": {"type": "array", "maxItems": 10, "items": {**STRING, "maxLength": 20}},
    "tags": {
        "type": "array",
        "maxItems": 10,
        "x-kubernetes-list-type": "set",
        "items": {**STRING, "maxLength": 20},
        "x-kubernetes-validations": [{"rule": "self == oldSelf || self.size() > 3", "reason": "FieldValueForbidden"}],
    },
    "labels": {
        "type": "object",
        "maxProperties": 10,
        "additionalProperties": {
            **STRING,
            "maxLength": 20,
            "x-kubernetes-validations": [{"rule": "self.startsWith('v')", "message": "  must begin with v "}],
        },
    },
    "either": {"x-kubernetes-int-or-string": True, "maxLength": 10},
    "when": {**STRING, "format": "date-time"},
    "long": {**STRING, "format": "duration"},
    "ports": PORTS,
    "namespace": {
        **STRING,
        "maxLength": 20,
        "x-kubernetes-validations": [{"rule": "!format.dns1123Label().validate(self).hasValue()"}],
    },
    "url": {
        **STRING,
        "maxLength": 50,
        "x-kubernetes-validations": [{"rule": "isURL(self) && url(self).getHost() != 'no'"}],
    },
    "amount": {**STRING, "maxLength": 20},
    "raw": {**STRING, "format": "byte", "maxLength": 20},
    "address": {**STRING, "maxLength": 50, "x-kubernetes-validations": [{"rule": "isIP(self) || isCIDR(self)"}]},
    "object": {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True},
    "pair": {"type": "object", "required": ["b", "a"], "properties": {"a": INTEGER, "b": INTEGER}},
    "once": {
        **INTEGER,
        "x-kubernetes-validations": [
            {"rule": "oldSelf.hasValue() || self == 1", "optionalOldSelf": True},
            {"rule": "self >= oldSelf.orValue(0)", "optionalOldSelf": True},
        ],
    },
    "a-b": INTEGER,
}


def definition(name: str, fields: Json, rules: list[Json], root: list[Json] | None = None) -> Json:
    """Return a definition whose `spec` has fields and rules."""
    spec = {"type": "object", "properties": fields, "x-kubernetes-validations": rules}
    status = {"type": "object", "properties": {"n": INTEGER}}
    schema: Json = {"type": "object", "properties": {"spec": spec, "status": status}}
    if root:
        schema["x-kubernetes-validations"] = root
        schema["required"] = ["metadata", "kind", "apiVersion", "spec"]
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    plural = f"{name.lower()}s"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": name},
            "versions": [{**version, "subresources": {"status": {}}}],
        },
    }


RULES = [
    {"rule": "self.least <= self.most"},
    {"rule": "!has(self.ratio) || self.ratio > 0.5 && self.ratio < 10.0", "fieldPath": ".ratio"},
    {"rule": "!has(self.words) || self.words.all(word, word.matches('^[a-z]+$'))", "message": "words in lower case"},
    {
        "rule": "!has(self.words) || self.words.exists_one(word, word == self.mode)",
        "messageExpression": "'no ' + self.mode",
        "reason": "FieldValueRequired",
    },
    {"rule": "!has(self.either) || (type(self.either) == int ? self.either > 4 : self.either.endsWith('%'))"},
    {"rule": "!has(self.when) || self.when > timestamp('2026-01-01T00:00:00Z')"},
    {"rule": "!has(self.long) || self.long <= duration('1h30m')"},
    {"rule": "!has(self.flag) || self.flag == (self.mode in ['a'])"},
    {"rule": "!has(self.labels) || self.labels.all(key, size(key) < 4) && self.labels['a'] != 'vx'"},
    {"rule": "!has(self.namespace) || self.namespace != 'no'"},
    {"rule": "!has(self.amount) || quantity(self.amount).isLessThan(quantity('1.5Gi'))"},
    {"rule": "!has(self.raw) || string(self.raw) == 'ok'"},
    {"rule": "!has(self.a__dash__b) || 100 / self.a__dash__b >= 10 && self.a__dash__b % 2 == 0"},
]
ROOT = [{"rule": "self.metadata.name.size() < 6 && self.kind == 'Ruled'"}]
GOOD: Json = {"least": 1, "most": 2, "mode": "a"}


@pytest.fixture
async def kind(api: Api) -> Kind:
    """A kind with rules, which the checks have in common."""
    kind = Kind(api, "Ruled", True)
    await api.ensure(DEFINITIONS, definition("Ruled", FIELDS, RULES, ROOT), kind.path)
    return kind


async def create(kind: Kind, status: int, name: str = "a", **spec: Any) -> None:
    await kind.api.post(kind.path, kind.body({**GOOD, **spec}, name), status)


@pytest.mark.parametrize(
    "spec",
    [
        {"ratio": 1.5, "words": ["a", "bc"], "labels": {"a": "v1"}, "either": 5, "flag": True},
        {"either": "5%", "when": "2026-02-03T04:05:06Z", "long": "1h", "tags": ["x", "y"], "a-b": 4},
        {"ports": [{"port": 1}, {"port": 2, "name": "two"}], "mode": "b", "flag": False},
        {"namespace": "ok", "url": "https://a.b:1/c?d=e", "amount": "1535Mi", "address": "::1/128", "once": 1},
        {"pair": {"a": 1, "b": 2}, "object": {"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}}},
        {"url": "/a/b", "amount": "1e3", "raw": "b2s=", "address": "10.0.0.1"},
    ],
)
async def test_what_follows_the_rules_is_created(kind: Kind, spec: Json) -> None:
    await create(kind, 201, **spec)


@pytest.mark.parametrize(
    "spec",
    [
        {"least": 3},
        {"ratio": 0.25},
        {"words": ["a", "B"]},
        {"words": ["b"]},
        {"either": 4},
        {"either": "5"},
        {"when": "2025-12-31T23:59:59Z"},
        {"long": "91m"},
        {"flag": False},
        {"labels": {"a": "v1", "long": "v2"}},
        {"labels": {"a": "x1"}},
        {"labels": {"b": "v1"}},
        {"a-b": 0},
        {"a-b": 11},
        {"a-b": 5},
        {"namespace": "no"},
        {"namespace": "a_b"},
        {"url": "a.b/c"},
        {"url": "https://a b/"},
        {"url": "https://no"},
        {"amount": "1536Mi"},
        {"amount": "1 Gi"},
        {"raw": "b2sK"},
        {"address": "::ffff:1.2.3.4"},
        {"address": "10.0.0.1/33"},
        {"address": "10.0.0.01"},
        {"once": 2},
        {"pair": {}},
        {"object": {"kind": "A", "metadata": {"name": "a"}}},
    ],
)
async def test_what_does_not_follow_a_rule_is_refused(kind: Kind, spec: Json) -> None:
    await create(kind, 422, **spec)


async def test_finalizers_of_custom_resources_are_warned_about(kind: Kind) -> None:
    body = kind.body(GOOD)
    body["metadata"]["finalizers"] = ["b.example.com", "a", "example.com/c", "orphan"]
    await kind.api.post(kind.path, body)
    await kind.api.patch(f"{kind.path}/a", {"metadata": {"finalizers": ["a", "d"]}})
    await kind.api.patch(f"{kind.path}/a", {"metadata": {"finalizers": None}})


async def test_a_rule_for_a_field_that_is_missing_fails(kind: Kind) -> None:
    await kind.api.post(kind.path, kind.body({"least": 1}), 422)


async def test_rules_of_the_root_know_the_metadata(kind: Kind) -> None:
    await create(kind, 422, name="too-long")


async def test_rules_are_not_checked_of_what_is_invalid_anyway(kind: Kind) -> None:
    await create(kind, 422, least=3, mode="x")


async def test_rules_of_transitions(kind: Kind) -> None:
    one = f"{kind.path}/a"
    await create(kind, 201, name="a", tags=["x", "y"], ports=[{"port": 1}, {"port": 20}])
    await kind.api.patch(one, {"spec": {"name": "first"}})
    await kind.api.patch(one, {"spec": {"name": "second"}}, 422)
    await kind.api.patch(one, {"spec": {"name": None}})
    await kind.api.patch(one, {"spec": {"name": "second"}})
    # The order of a set means nothing.
    await kind.api.patch(one, {"spec": {"tags": ["y", "x"]}})
    await kind.api.patch(one, {"spec": {"tags": ["y", "z"]}}, 422)
    await kind.api.patch(one, {"spec": {"ports": [{"port": 20}, {"port": 1}, {"port": 99}]}})
    await kind.api.patch(one, {"spec": {"once": 1}})
    await kind.api.patch(one, {"spec": {"once": 5}})
    await kind.api.patch(one, {"spec": {"once": 4}}, 422)
    await kind.api.patch(f"{one}/status", {"status": {"n": 1}})


async def test_what_was_wrong_before_and_stays_is_a_warning(api: Api) -> None:
    name = "Loose" + api.namespace.removeprefix("check-")
    kind = Kind(api, name, True)
    await api.post(DEFINITIONS, definition(name, {"a": INTEGER, "b": INTEGER}, []), differs=["*"])
    await api.until(kind.path, 200, differs=["metadata"])
    await api.post(kind.path, kind.body({"a": 1, "b": 1}))
    strict = {**INTEGER, "x-kubernetes-validations": [{"rule": "self > 5"}]}
    await api.patch(
        kind.definition,
        [
            {
                "op": "replace",
                "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/a",
                "value": strict,
            }
        ],
        type="application/json-patch+json",
        differs=["*"],
    )
    one = f"{kind.path}/a"
    await api.until_refused(one, {"spec": {"a": 2}})
    await api.patch(one, {"spec": {"b": 2}})
    await api.patch(one, {"spec": {"a": 3}}, 422)


@pytest.mark.parametrize(
    "rule",
    [
        "self.least <",
        "self.zz == 1",
        "zz == 1",
        "self.least < self.name",
        "self.least + 1.5 > 2.0",
        "self.least",
        "has(self.zz)",
        "self.words.all(word, word > 1)",
        "self.least.all(word, true)",
        "self.mode in [1, 2]",
        "[1, 'a'].size() == 2",
        "!self.least",
        "self.name.startsWith(1)",
        "size(self.least) > 1",
        "self.words[0] == 1",
        "self.flag ? 1 : 'a'",
        "",
        "self.words.map(word, word).all(word, word)",
        "self.least && self.flag",
        "self.name.size",
    ],
)
async def test_a_rule_that_does_not_compile(api: Api, rule: str) -> None:
    wrong = rule in ("self.least <", "")
    differs = ["message", "details.causes"] if wrong and rule else []
    await api.post(DEFINITIONS, definition("Wrong", FIELDS, [{"rule": rule}]), 422, differs=differs)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (
            "words",
            {
                "type": "array",
                "maxItems": 3,
                "items": {**INTEGER, "x-kubernetes-validations": [{"rule": "self == oldSelf"}]},
            },
        ),
        ("least", {**INTEGER, "x-kubernetes-validations": [{"rule": "self > 1", "messageExpression": "self"}]}),
        ("least", {**INTEGER, "x-kubernetes-validations": [{"rule": "self > 1", "messageExpression": "'a' + self"}]}),
        ("least", {**INTEGER, "x-kubernetes-validations": [{"rule": "self > 1", "optionalOldSelf": True}]}),
        ("least", {**INTEGER, "x-kubernetes-validations": [{"rule": "self > oldSelf", "optionalOldSelf": True}]}),
    ],
)
async def test_rules_of_fields_that_do_not_compile(api: Api, field: str, value: Json) -> None:
    await api.post(DEFINITIONS, definition("Wrong", {field: value}, []), 422)


@pytest.mark.parametrize(
    "rule",
    [
        "self.least in [1, 2] && !(self.most in [3])",
        "self.mode.lowerAscii().trim() != '' && self.name.replace('a', 'b').upperAscii() == 'B'",
        "self.name.substring(1, 2).indexOf('a') < self.name.lastIndexOf('b')",
        "sets.contains(self.words, ['a']) || sets.intersects(self.words, ['b'])",
        "self.words.isSorted() && self.words.indexOf('a') == 0",
        "int(self.name) + self.least > 3 && double(self.least) < 2.5",
        "self.ports.exists(port, port.port == 1 && has(port.name))",
        "self.ports.filter(port, port.port > 1).size() == self.ports.map(port, port.port).size()",
        "self.labels.exists(key, key == 'a') && 'b' in self.labels",
        "self.name.find('[0-9]+') == '1' && self.name.charAt(0) == 'a'",
        "self.ports == oldSelf.ports && self.labels == oldSelf.labels",
        "self.when - timestamp('2026-01-01T00:00:00Z') > duration('1h') && self.long + duration('1m') < duration('2h')",
        "self.least * 2 - 1 > -self.most && self.least % 2 == 0",
        "r'\\d' != \"\\u00e9\" && '''a''' == 'a' && 0x10 == 16 && 1e3 > .5",
        "{'a': 1}['a'] == 1 && [1, 2][0] == 1",
        "self.ports.map(port, port.port).min() < [1, 2].max() && self.mode.split('-')[0] == 'a'",
        "true ? self.flag : false",
        "self.namespace == self.__namespace__ && has(self.namespace)",
        "isURL(self.url) && url(self.url).getScheme() == 'https' || isIP(self.url) || isCIDR(self.url)",
        "quantity(self.amount).compareTo(quantity('1Gi')) > 0 && isQuantity(self.amount)",
        "!format.dns1123Label().validate(self.mode).hasValue() && self.?least.orValue(1) > 0",
        "string(self.raw).startsWith('a') && size(self.raw) < 3 && duration(self.long) > duration('1s')",
        "ip(self.url).family() == 4 && self.mode.matches('^[[:alpha:]]+$')",
    ],
)
async def test_a_rule_that_compiles(api: Api, rule: str) -> None:
    body = definition("Right", FIELDS, [{"rule": rule}])
    await api.post(DEFINITIONS, body, query={"dryRun": "All"}, differs=["metadata.managedFields", "status"])
