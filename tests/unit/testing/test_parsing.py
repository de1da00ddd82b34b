"""Values of queries: read as Go reads them."""

from __future__ import annotations

import pytest

from aiokube.testing.parsing import NotANumber, parse_bool, parse_int, parse_uint


def test_numbers_within_their_range_are_read() -> None:
    assert [parse_int(text) for text in ("0", "+7", "-7", "0" * 5000 + "1", str(2**63 - 1), str(-(2**63)))] == [
        *(0, 7, -7, 1, 2**63 - 1, -(2**63))
    ]
    assert parse_uint(str(2**64 - 1)) == 2**64 - 1


@pytest.mark.parametrize("text", ["", " 1", "1_0", "٣", "0x1", "1.5", "+", "--1", "1\n"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(NotANumber, match=r"ParseInt: parsing .* invalid syntax"):
        parse_int(text)


@pytest.mark.parametrize("text", [str(2**63), str(-(2**63) - 1), "9" * 5000, "-" + "9" * 5000])
def test_what_is_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(NotANumber, match="value out of range"):
        parse_int(text)


def test_a_number_without_sign_has_none() -> None:
    with pytest.raises(NotANumber, match=r"ParseUint: .* invalid syntax"):
        parse_uint("+1")


def test_whatever_is_not_false_is_true() -> None:
    assert [parse_bool(text) for text in ("", "2", "garbage", "TRUE", "0", "False")] == [True] * 4 + [False] * 2
