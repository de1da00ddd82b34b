"""Lines of a stream are the same however the network cuts it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiokube.errors import DecodeError
from aiokube.runtime.lines import MAX_LINE, Lines


def read(parts: Iterable[bytes], *, limit: int = MAX_LINE) -> list[bytes]:
    """The lines, without the white space around them, and what came behind the last."""
    lines = Lines(limit=limit)
    found = [line.strip() for part in parts for line in lines.feed(part)]
    return [*found, rest] if (rest := lines.rest()) else found


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in itertools.pairwise(ends)]


pieces = [b"{}", b'{"a":"\xc3\xa9"}', b'{"a":"\xf0\x9f\x98\x80"}', b"\n", b"\n\n", b"\r\n", b" ", b"ab", b"\r"]


@given(st.lists(st.sampled_from(pieces)).map(b"".join), st.lists(st.integers(0, 1000)))
def test_any_cut_gives_the_same_lines(data: bytes, places: list[int]) -> None:
    assert read(cut(data, places)) == [line.strip() for line in data.split(b"\n") if line.strip()]


def test_cut_at_every_byte() -> None:
    data = '{"name":"Grüße 😀"}\r\n\n{"a":"\\n"}\n  \n{"last":1}'.encode()
    expected = ['{"name":"Grüße 😀"}'.encode(), b'{"a":"\\n"}', b'{"last":1}']
    assert read([data]) == expected
    assert read([data[index : index + 1] for index in range(len(data))]) == expected
    for index in range(len(data)):
        assert read([data[:index], b"", data[index:]]) == expected


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\r\n", b"  \n\t\n"])
def test_a_stream_without_lines(data: bytes) -> None:
    assert read([]) == read([data]) == read([data, data]) == []


@given(st.integers(0, 30), st.integers(0, 30), st.lists(st.integers(0, 100)))
def test_the_limit_is_of_each_line(before: int, size: int, places: list[int]) -> None:
    data = b"a" * before + b"\n" + b"b" * size + b"\n" + b"c"
    parts = cut(data, places)
    if max(before, size) <= 20:
        assert read(parts, limit=20) == [line for line in (b"a" * before, b"b" * size, b"c") if line]
        return
    with pytest.raises(DecodeError, match="longer than 20 bytes"):
        read(parts, limit=20)


def test_a_line_of_the_limit_passes() -> None:
    half = b"x" * (MAX_LINE // 2)
    assert [len(line) for line in read([half, half, b"\n"])] == [MAX_LINE]
    with pytest.raises(DecodeError, match=f"longer than {MAX_LINE} bytes"):
        read([half, half, b"x"])


def test_a_line_without_end_is_given_up_early() -> None:
    lines = Lines(limit=10_000)
    for _ in range(10):
        assert not list(lines.feed(b"x" * 1000))
    with pytest.raises(DecodeError):
        list(lines.feed(b"x"))


def test_lines_before_one_that_is_too_long_are_not_lost() -> None:
    lines = Lines(limit=20)
    seen: list[bytes] = []
    with pytest.raises(DecodeError):
        seen.extend(lines.feed(b"one\ntwo\n" + b"x" * 50))
    assert seen == [b"one", b"two"]
