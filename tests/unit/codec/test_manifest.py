"""Manifests as YAML, as kubectl reads and writes them."""

from __future__ import annotations

import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from aiokube.errors import DecodeError
from aiokube.models import core_v1, meta_v1
from aiokube.runtime.codec.manifest import dump_yaml, load_documents, load_yaml

# Plain scalars, and their values in `sigs.k8s.io/yaml`.
PLAIN: dict[str, Any] = {
    "on": True,
    "y": True,
    "No": False,
    "tRue": "tRue",
    "~": None,
    "Null": None,
    "2020-01-01": "2020-01-01",
    "2020-01-01T00:00:00Z": "2020-01-01T00:00:00Z",
    "12:30": "12:30",
    "190:20:30.15": "190:20:30.15",
    "=": "=",
    "0o17": 15,
    "017": 15,
    "08": 8,
    "0x1F": 31,
    "0b11": 3,
    "1_000": 1000,
    "1e5": 100000,
    "1E": "1E",
    "0o8": "0o8",
    ".5": 0.5,
    "+1": 1,
    "1.2.3": "1.2.3",
    "9223372036854775808": 9223372036854775808,
}

# Strings that some YAML readers would interpret as other values without quotes.
CONFUSING = [
    *PLAIN,
    *("n", "Y", "N", "off", "", " ", "null", "1e400", ".NaN", "+.inf", "0_o7", "1__0", "-0", "00", "1.", "-"),
    *("- a", "a: b", "a:", ":a", "# x", "a #b", "?", "? a", "'", '"', "%a", "@a", "`a", "!a", "&a", "*a", "[", "}"),
    *("---", "...", "--- a", "a\nb", "a\n", "\n", "a\n\n", " a\n", "\ta\n", "a \nb", "a\n---\nb", "a\r\nb", "a\rb"),
    *("\x85\n", "a\u2028b\n", "\ufeffa\n", "\x07", "é", "😀", "x: |\n  a\n"),
]

REFUSED = {
    "": "expected a YAML mapping",
    "---": "expected a YAML mapping",
    "null": "expected a YAML mapping",
    "[]": "expected a YAML mapping",
    "text": "expected a YAML mapping",
    "5": "expected a YAML mapping",
    "a: b: c": "line 1: mapping values are not allowed",
    "a: [": "not valid YAML",
    "a: 'b": "not valid YAML",
    "a: @b": "cannot start any token",
    "a:\n\t- b": "line 2",
    "a: 1\nb: \x00": "line 2: control characters are not allowed",
    "a: 1\nb: \ud800": "line 2: a lone surrogate",
    'a: "\\ud800"': "invalid Unicode",
    "a: 1\nb: 2\na: 3": "line 3: the key 'a' is repeated, first on line 1",
    "a: {b: 1, b: 1}": "a key is repeated, first on line 1",
    "a: .nan": "NaN cannot be represented in JSON",
    "a: -.inf": "infinity and NaN cannot be represented in JSON",
    "? [a]\n: b": "a key must be a string",
    "a: *b": "an alias refers to an undefined anchor",
    "a: &a [*a]": "an alias refers to a node that contains it",
    "a: !!python/object/apply:os.system [ls]": "tag",
    "a: !!python/name:os.system": "tag",
    "a: !!binary s3cret!": "line 1: a value with the tag !!binary is not text in base64",
    "a: !!binary /w==": "line 1: a value with the tag !!binary is not text in base64",
    "a: !!binary {b: c}": "tag",
    "a: !!timestamp 2020-01-01": "tag",
    "a: !mine b": "a tag is not allowed",
    "a: 1\n---\nb: 2": "2 YAML documents",
    "---\na: 1\n...\n---\nb: 2\n---\nc: 3": "3 YAML documents",
    "a: 1\n---\nb: [": "not valid YAML: document 2, line 4",
    "a: " + "[" * 5000 + "]" * 5000: "nested deeper",
}


@pytest.mark.parametrize(("text", "value"), PLAIN.items(), ids=PLAIN)
def test_plain_scalars_have_the_types_that_kubectl_gives_them(text: str, value: object) -> None:
    read = load_yaml(f"a: {text}")["a"]
    assert read == value
    assert isinstance(read, bool) == isinstance(value, bool)


@pytest.mark.parametrize("text", CONFUSING, ids=repr)
def test_text_is_quoted_for_every_reader(text: str) -> None:
    written = dump_yaml({"a": text, text: [text]})
    assert load_yaml(written) == {"a": text, text: [text]}
    assert yaml.safe_load(written) == {"a": text, text: [text]}


@pytest.mark.parametrize(("text", "problem"), REFUSED.items(), ids=[repr(text[:40]) for text in REFUSED])
def test_invalid_yaml_is_a_decode_error(text: str, problem: str) -> None:
    with pytest.raises(DecodeError) as caught:
        load_yaml(text)
    assert problem in str(caught.value)
    assert len(str(caught.value)) < 300
    with pytest.raises(DecodeError):
        core_v1.Pod.from_yaml(text)


def test_a_single_document_may_have_markers_anchors_and_merges() -> None:
    assert load_yaml("---\na: 1\n...\n") == {"a": 1}
    assert load_yaml("a: |\n  x\n  ---\n  y\n") == {"a": "x\n---\ny\n"}
    assert load_yaml("\ufeffa: 1") == {"a": 1}
    assert load_yaml("a: &x [1]\nb: *x") == {"a": [1], "b": [1]}
    assert load_yaml("base: &b {a: 1, b: 2}\nmore:\n  <<: *b\n  b: 3")["more"] == {"a": 1, "b": 3}


@pytest.mark.parametrize("leaf", ["[x, x, x, x, x, x, x, x, x, x]", "{a: x, b: x, c: x, d: x, e: x, f: x, g: x}"])
def test_an_alias_bomb_is_rejected_quickly(leaf: str) -> None:
    lines = [f"a0: &a0 {leaf}"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    started = time.monotonic()
    with pytest.raises(DecodeError, match="1000000 values"):
        load_yaml("\n".join(lines))
    assert time.monotonic() - started < 5


def test_alias_bombs_of_many_documents_count_together() -> None:
    lines = [f"a0: &a0 {[*range(10)]}"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 5)]
    document = "\n".join([*lines, ""])
    assert len(load_documents(document)) == 1
    with pytest.raises(DecodeError, match="1000000 values"):
        load_documents(f"---\n{document}" * 10)


@pytest.mark.slow
def test_a_text_of_many_documents_may_be_larger_than_one_document() -> None:
    large = f"a: {'x' * 6_000_000}\n"
    assert [len(data["a"]) for _, data in load_documents(f"{large}---\n{large}")] == [6_000_000, 6_000_000]
    with pytest.raises(DecodeError, match="larger than 104857600 bytes"):
        load_documents(b"a: " + b"x" * 104_857_600)


def test_a_merge_bomb_is_rejected_quickly() -> None:
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 10)}]\n  k{n}: 1" for n in range(1, 30)]
    started = time.monotonic()
    with pytest.raises(DecodeError, match="1000000 values"):
        load_yaml("\n".join(lines))
    assert time.monotonic() - started < 5


def test_the_layout_of_a_manifest() -> None:
    config = core_v1.ConfigMap(
        metadata=meta_v1.ObjectMeta(name="web", labels={"digest": "12e4", "flag": "y", "zip": "08"}),
        data={
            "script": "#!/bin/sh\necho 'hello: world'\n",
            "empty": "",
            "name": "Grüße 😀",
            "long": "word " * 60 + "end",
        },
    )
    assert config.to_yaml() == (
        "apiVersion: v1\n"
        "kind: ConfigMap\n"
        "metadata:\n"
        "  labels:\n"
        "    digest: '12e4'\n"
        "    flag: 'y'\n"
        "    zip: '08'\n"
        "  name: web\n"
        "data:\n"
        "  script: |\n"
        "    #!/bin/sh\n"
        "    echo 'hello: world'\n"
        "  empty: ''\n"
        "  name: Grüße 😀\n"
        f"  long: {'word ' * 60}end\n"
    )


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), json_values, max_size=4))
@pytest.mark.slow
def test_any_data_round_trips(data: dict[str, Any]) -> None:
    assert load_yaml(dump_yaml(data)) == data


@given(st.text(st.sampled_from("ab:-[]{},&*!|>'\"%@`#?\n\t ~.0189eExyno<=")))
def test_any_text_is_a_mapping_or_a_decode_error(text: str) -> None:
    try:
        data = load_yaml(text)
    except DecodeError:
        return
    assert isinstance(data, dict)
