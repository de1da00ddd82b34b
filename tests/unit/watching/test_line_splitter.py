"""A stream of bytes is the same lines, however it is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiokube.errors import DecodeError
from aiokube.runtime.watching.line_splitter import MAX_LINE_BYTES, LineSplitter


def _cut(chunks: list[bytes], limit: int = MAX_LINE_BYTES) -> tuple[list[bytes], bytes]:
    splitter = LineSplitter(limit=limit)
    found = [line for chunk in chunks for line in splitter.feed(chunk)]
    return found, splitter.rest()


@given(
    st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"])).map(str.encode)),
    st.booleans(),
    st.data(),
)
def test_any_cut_gives_the_same_lines(written: list[bytes], is_finished: bool, data: st.DataObject) -> None:
    stream = b"\n".join([*written, b""] if is_finished else written)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    chunks = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    found, rest = _cut(chunks)

    *complete, last = stream.split(b"\n")
    assert found == [line for line in complete if line and not line.isspace()]
    assert rest == last.strip()


def test_every_single_cut() -> None:
    stream = '{"a": "é\\n"}\r\n\n  \n{"b": 1}\n'.encode()
    for cut in range(len(stream) + 1):
        assert _cut([stream[:cut], stream[cut:]]) == (['{"a": "é\\n"}\r'.encode(), b'{"b": 1}'], b"")


@pytest.mark.parametrize("size", [1, 7, 1 << 17, MAX_LINE_BYTES])
def test_the_longest_line(size: int) -> None:
    line = b"x" * MAX_LINE_BYTES
    step = max(size, 1 << 12)
    found, rest = _cut([line[start : start + step] for start in range(0, len(line), step)] + [b"\n"])
    assert (found, rest) == ([line], b"")


@pytest.mark.parametrize(
    "chunks", [[b"ok\n" + b"x" * 11], [b"ok\n", b"x" * 6, b"x" * 5], [b"ok\n" + b"x" * 11 + b"\n"]]
)
def test_a_line_that_is_too_long(chunks: list[bytes]) -> None:
    splitter = LineSplitter(limit=10)
    found: list[bytes] = []
    with pytest.raises(DecodeError, match="exceeds 10 bytes"):
        for chunk in chunks:
            found.extend(splitter.feed(chunk))
            assert len(splitter.rest()) <= 10
    assert found == [b"ok"]


def test_what_comes_before_a_line_that_is_too_long_comes_out() -> None:
    splitter = LineSplitter(limit=10)
    feed = splitter.feed(b"first\nsecond\n" + b"x" * 11)
    assert [next(feed), next(feed)] == [b"first", b"second"]
    with pytest.raises(DecodeError):
        next(feed)
