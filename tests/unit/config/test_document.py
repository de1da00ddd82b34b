"""The YAML reader: scalars, merges, limits, and errors without secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiokube.runtime.codec.yaml_reader import parse
from aiokube.runtime.config.config import Config
from aiokube.runtime.errors import ConfigError

MEBIBYTE = 1024 * 1024

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
trees = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner), max_leaves=20
)
# Unlike JSON, YAML, and with it kubectl, rejects surrogate pairs as escapes, and keys longer than 1,024 bytes.
json_text = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]))
json_trees = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | json_text,
    lambda inner: st.lists(inner) | st.dictionaries(json_text.filter(lambda key: len(key) < 100), inner),
    max_leaves=20,
)
names = st.sampled_from(["a", "b", ""]) | st.text(max_size=3)
fields = st.sampled_from(
    [
        "server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority", "certificate-authority-data",
        "proxy-url", "extensions", "client-certificate", "client-certificate-data", "client-key", "client-key-data",
        "token", "tokenFile", "as", "as-uid", "as-groups", "as-user-extra", "username", "password", "auth-provider",
        "exec", "cluster", "user", "namespace", "name", "config", "command", "apiVersion", "args", "env",
    ]
)  # fmt: skip
values = (
    scalars
    | st.sampled_from(["https://a", "http://a", "YQ==", "client.authentication.k8s.io/v1", "Never", "oidc", "a", "b"])
    | trees
    | st.dictionaries(fields, scalars | trees)
)


def entries(content: str) -> st.SearchStrategy[Any]:
    entry = st.fixed_dictionaries({"name": names, content: st.dictionaries(fields, values, max_size=5)})
    return st.lists(entry | values, max_size=3)


kubeconfigs = st.fixed_dictionaries(
    {
        "current-context": names | values,
        "clusters": entries("cluster"),
        "users": entries("user"),
        "contexts": entries("context"),
    }
)


@given(st.binary() | st.text().map(str.encode) | st.text(alphabet="[]{}:,-?&*!|>'\"%@#\n ab1").map(str.encode))
@settings(max_examples=400, deadline=None)
@pytest.mark.slow
def test_any_bytes_are_parsed_or_a_config_error(data: bytes) -> None:
    try:
        parse(data, origin="file")
    except ConfigError as error:
        assert str(error).startswith("file: ")


@given(kubeconfigs | trees)
@settings(max_examples=400, deadline=None)
@pytest.mark.slow
def test_any_tree_is_a_config_or_a_config_error(tree: object) -> None:
    try:
        config = Config.from_dict(cast("Mapping[str, Any]", tree), context="a", allow_exec=True)
    except ConfigError as error:
        assert str(error)
    else:
        assert config.is_tls or not config.has_credentials


@given(json_trees)
@settings(deadline=None)
@pytest.mark.slow
def test_json_is_parsed_as_yaml(tree: object) -> None:
    data = json.dumps(tree).encode()
    assert parse(data, origin="file") == json.loads(data)


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 10 * MEBIBYTE,
        b"{a: " * (2 * MEBIBYTE),
        b"- " * (5 * MEBIBYTE),
        b"? " * (5 * MEBIBYTE),
        pytest.param(b"[" + b"a," * (4 * MEBIBYTE), marks=pytest.mark.slow),
        pytest.param(b"a: &a {x: 1}\nb: {" + b"<<: *a, " * MEBIBYTE + b"}", marks=pytest.mark.slow),
        b"a0: &a0 {x: 1}\n" + b"".join(b"a%d: &a%d {<<: *a%d, y%d: 1}\n" % (i + 1, i + 1, i, i) for i in range(3000)),
        b"a: &a [" + b"x," * 1000 + b"]\nb: &b [" + b"*a," * 1000 + b"]\nc: [" + b"*b," * 1000 + b"]",
    ],
    ids=["sequences", "mappings", "block sequences", "keys", "values", "merges", "merge chain", "aliases"],
)
@pytest.mark.timeout(20)
def test_documents_over_a_limit_are_rejected_quickly(data: bytes) -> None:
    with pytest.raises(ConfigError, match=r"line \d+: (more than 1000000 values|nested deeper than 100 levels)"):
        parse(data, origin="file")


@pytest.mark.slow
def test_the_limits_are_exact() -> None:
    assert parse(b"[" * 101 + b"]" * 101, origin="file")
    with pytest.raises(ConfigError, match=r"nested deeper"):
        parse(b"[" * 102 + b"]" * 102, origin="file")
    with pytest.raises(ConfigError, match=r"larger than"):
        parse(b"#" * (10 * MEBIBYTE + 1), origin="file")
    assert parse(b"#" * (10 * MEBIBYTE), origin="file") is None
    ten = b"[a, a, a, a, a, a, a, a, a]"
    within = b"- &x " + ten + b"\n" + b"- *x\n" * 99_998
    assert len(parse(within, origin="file")) == 99_999  # type: ignore[arg-type]  # it is a list
    with pytest.raises(ConfigError, match=r"more than 1000000 values"):
        parse(within + b"- *x\n", origin="file")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0x1F", 31), ("0b11", 3), ("-0b11", -3), ("0o17", 15), ("017", 15), ("08", 8), ("1_000", 1000), ("+1", 1),
        ("0", 0), ("-0", 0), ("18446744073709551615", 2**64 - 1), ("18446744073709551616", 2.0**64), (".5", 0.5),
        ("1.", 1), ("1e3", 1000), ("1e30", 1e30), ("1e400", "1e400"), ("0o8", "0o8"), ("_1", "_1"), ("1e", "1e"),
        ("12:30", "12:30"), ("2001-12-14", "2001-12-14"), ("~", None), ("", None), ("NULL", None), ("nUll", "nUll"),
        ("y", True), ("Off", False), ("oN", "oN"), ("=", "="), ("'1'", "1"), ('"yes"', "yes"),
        ("!!str 1", "1"), ("! 1", "1"), ("!!binary dDBrM24=", "t0k3n"), ("!!binary ''", ""),
        ('!!binary "dDBr\\nM24="', "t0k3n"),
        ("1" * 5000, "1" * 5000), ("0x" + "f" * 100, "0x" + "f" * 100),
    ],
)  # fmt: skip
def test_scalars_have_the_types_that_kubectl_gives_them(text: str, value: object) -> None:
    parsed = parse(f"x: {text}\n".encode(), origin="file")
    assert parsed == {"x": value}
    assert isinstance(parsed, dict) and type(parsed["x"]) is type(value)


def test_scalar_keys_become_strings() -> None:
    assert parse(b"{1: a, 1.5: b, yes: c, 'k': d}", origin="file") == {"1": "a", "1.5": "b", "true": "c", "k": "d"}


@pytest.mark.parametrize(
    ("merge", "value"),
    [
        ("<<: *one, v: own", "own"),
        ("v: own, <<: *one", "one"),
        ("<<: [*one, *two]", "one"),
        ("v: own, '<<': *one", "own"),
    ],
)
def test_merge_keys_have_the_precedence_of_kubectl(merge: str, value: str) -> None:
    parsed = parse(f"a: &one {{v: one}}\nb: &two {{v: two}}\nx: {{{merge}}}".encode(), origin="file")
    assert isinstance(parsed, dict) and parsed["x"]["v"] == value


@pytest.mark.parametrize("data", [b"token: @c4n4ry", b"token: c4n4ry\xff", b"token: c4n4ry\x01"])
def test_an_error_has_no_cause_with_the_content_of_the_file(data: bytes) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(data, origin="file")
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


@pytest.mark.parametrize(
    "value",
    [
        "*{}",
        "!{}",
        "!{} x",
        "!<{}> x",
        "!{}!x y",
        "&{0} [*{0}]",
        "{{{0}: a, {0}: b}}",
        "{{? {0}, {0}}}",
        '"{}\\q"',
        "`{}",
    ],
)
def test_an_error_does_not_show_a_secret_without_quotes(value: str) -> None:
    document = f"user:\n  password: {value.format('canary7531')}\n"

    with pytest.raises(ConfigError, match="line 2: ") as refused:
        parse(document.encode(), origin="file")

    assert "canary" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("document", ["name: a\nname: b\n", '{"name": "a", "name": "b"}'])
def test_the_error_of_a_repeated_key_names_it(document: str) -> None:
    with pytest.raises(ConfigError, match="the key 'name' is repeated, first on line 1"):
        parse(document.encode(), origin="file")
