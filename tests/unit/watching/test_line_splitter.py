"""The line splitter yields the same lines however a stream is split into chunks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiokube.errors import DecodeError
from aiokube.runtime.watching.line_splitter import MAX_LINE_BYTES, LineSplitter


def _split(chunks: list[bytes], limit: int = MAX_LINE_BYTES) -> tuple[list[bytes], bytes]:
    splitter = LineSplitter(limit=limit)
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    return lines, splitter.rest()


@given(
    st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"])).map(str.encode)),
    st.booleans(),
    st.data(),
)
@pytest.mark.slow
def test_any_split_gives_the_same_lines(written: list[bytes], is_finished: bool, data: st.DataObject) -> None:
    stream = b"\n".join([*written, b""] if is_finished else written)
    positions = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    chunks = [stream[start:end] for start, end in zip([0, *positions], [*positions, len(stream)], strict=True)]

    lines, rest = _split(chunks)

    *complete, last = stream.split(b"\n")
    assert lines == [line for line in complete if line and not line.isspace()]
    assert rest == last.strip()


@given(st.lists(st.sampled_from([b"\n", b" ", b"a", b"bc", b"\r\n"])).map(b"".join), st.data())
@pytest.mark.slow
def test_blocks_hold_the_same_lines(stream: bytes, data: st.DataObject) -> None:
    positions = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    chunks = [stream[start:end] for start, end in zip([0, *positions], [*positions, len(stream)], strict=True)]
    splitter = LineSplitter(limit=8)
    lines: list[bytes] = []

    try:
        expected, rest = _split(chunks, limit=8)
    except DecodeError:
        return
    for chunk in chunks:
        block = splitter.feed_block(chunk)
        lines.extend(splitter.feed(chunk) if block is None else block.split(b"\n"))

    assert [line for line in lines if line and not line.isspace()] == expected
    assert splitter.rest() == rest


def test_a_stream_can_be_split_at_any_byte() -> None:
    stream = '{"a": "é\\n"}\r\n\n  \n{"b": 1}\n'.encode()
    for position in range(len(stream) + 1):
        assert _split([stream[:position], stream[position:]]) == (['{"a": "é\\n"}\r'.encode(), b'{"b": 1}'], b"")


@pytest.mark.parametrize("size", [1, 7, 1 << 17, MAX_LINE_BYTES])
def test_a_line_of_the_limit_passes(size: int) -> None:
    line = b"x" * MAX_LINE_BYTES
    step = max(size, 1 << 12)
    lines, rest = _split([line[start : start + step] for start in range(0, len(line), step)] + [b"\n"])
    assert (lines, rest) == ([line], b"")


@pytest.mark.parametrize(
    "chunks", [[b"ok\n" + b"x" * 11], [b"ok\n", b"x" * 6, b"x" * 5], [b"ok\n" + b"x" * 11 + b"\n"]]
)
def test_a_line_over_the_limit_is_refused(chunks: list[bytes]) -> None:
    splitter = LineSplitter(limit=10)
    lines: list[bytes] = []
    with pytest.raises(DecodeError, match="exceeds 10 bytes"):
        for chunk in chunks:
            lines.extend(splitter.feed(chunk))
            assert len(splitter.rest()) <= 10
    assert lines == [b"ok"]


def test_lines_before_one_over_the_limit_are_yielded() -> None:
    splitter = LineSplitter(limit=10)
    feed = splitter.feed(b"first\nsecond\n" + b"x" * 11)
    assert [next(feed), next(feed)] == [b"first", b"second"]
    with pytest.raises(DecodeError):
        next(feed)
