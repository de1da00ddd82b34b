"""Quantities, compared with `k8s.io/apimachinery/pkg/api/resource`, and times with microseconds."""

from __future__ import annotations

import copy
import decimal
import pickle
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiokube.errors import DecodeError, InvalidArgument, InvalidRequest
from aiokube.models.coordination_v1 import LeaseSpec
from aiokube.runtime.codec.scalars import MicroTime, Quantity

# The results of `resource.MustParse(text).String()` in Kubernetes v1.37.2, after canonicalization.
CANONICAL = {
    "0": "0",
    "0Ki": "0",
    "0n": "0",
    "-0": "0",
    "0e5": "0",
    "1": "1",
    "-1": "-1",
    "+1": "1",
    "1.": "1",
    ".5": "500m",
    "1.5": "1500m",
    "3.0": "3",
    "3.10": "3100m",
    "0.001": "1m",
    "0.0001": "100u",
    "1000m": "1",
    "1500m": "1500m",
    "0.5m": "500u",
    "1000u": "1m",
    "1500000n": "1500u",
    # The smallest unit is a nano; smaller amounts are rounded up to it.
    "0.1n": "1n",
    "1.1n": "2n",
    "-1.1n": "-2n",
    "0.00000000000000000001": "1n",
    "1000": "1k",
    "1000k": "1M",
    "1000M": "1G",
    "12345678": "12345678",
    "1T": "1T",
    "1P": "1P",
    "1E": "1E",
    "10E": "10E",
    "9223372036854775807": "9223372036854775807",
    "9223372036854775808": "9223372036854775808",
    "-9223372036854775809": "-9223372036854775809",
    "123456789012345678901234567890": "123456789012345678901234567890",
    "1Ki": "1Ki",
    "-1Ki": "-1Ki",
    "1023": "1023",
    "1024": "1024",
    "2048": "2048",
    "1023Ki": "1023Ki",
    "1024Ki": "1Mi",
    "-1024Ki": "-1Mi",
    "1025Ki": "1025Ki",
    "2048Mi": "2Gi",
    "1001Gi": "1001Gi",
    "1024Pi": "1Ei",
    "7Ei": "7Ei",
    "1.0Ki": "1Ki",
    "1.5Gi": "1536Mi",
    "0.5Gi": "512Mi",
    "0.5Ki": "512",
    "-0.5Ki": "-512",
    # Amounts that are not whole numbers have decimal suffixes.
    "0.05Gi": "53687091200m",
    "0.4Mi": "419430400m",
    "0.0001Ki": "102400u",
    "1.23456789Gi": "1325607178060431360n",
    "1e3": "1e3",
    "1E3": "1e3",
    "1e+3": "1e3",
    "1.5e3": "1500",
    "1e5": "100e3",
    "120e5": "12e6",
    "1e10": "10e9",
    "1e19": "10e18",
    "1e-3": "1e-3",
    "100e-3": "100e-3",
    "1e-10": "1e-9",
    "1e100": "10e99",
    "-1e1000": "-10e999",
}

REFUSED = [
    *("", " ", " 1", "1 ", "1m ", "1 Ki", "\n1", "1\n", "1K", "1ki", "1KI", "1Kii", "1mm", "1Mib", "1Q", "1i"),
    *("Ki", "e3", ".", "-", "+", "+-1", "--1", "1.2.3", "1,5", "1_000", "0x10", "1e", "1e1.5", "1e3Ki", "1Ki3"),
    *("NaN", "nan", "Infinity", "-inf", "١", "1½", "1e1001", "1e-1001", "1e99999999999", "1" * 4001),
]

amounts = st.builds(
    lambda whole, suffix: f"{whole}{suffix}",
    st.integers(-(10**40), 10**40),
    st.sampled_from(["n", "u", "m", "", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e7", "e-7"]),
)


@pytest.mark.parametrize(("text", "canonical"), CANONICAL.items(), ids=CANONICAL)
def test_the_canonical_form_equals_that_of_kubernetes(text: str, canonical: str) -> None:
    assert Quantity(text).canonical() == canonical


@pytest.mark.parametrize("text", REFUSED)
def test_invalid_text_is_not_a_quantity(text: str) -> None:
    with pytest.raises(InvalidArgument, match="is not a quantity") as caught:
        Quantity(text)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("amount", [True, False, Decimal("NaN"), Decimal("Infinity")])
def test_booleans_and_infinite_numbers_are_not_quantities(amount: int | Decimal) -> None:
    with pytest.raises(InvalidArgument, match="is not a quantity"):
        Quantity(amount)


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0"), (-7, "-7"), (10**30, str(10**30)), (Decimal("0.1"), "0.1"), (Decimal("1E+3"), "1000")],
)
def test_numbers_become_text(amount: int | Decimal, text: str) -> None:
    assert str(Quantity(amount)) == text


@given(amounts)
def test_text_is_kept_and_its_canonical_form_is_equal(text: str) -> None:
    quantity = Quantity(text)
    assert str(quantity) == text
    canonical = quantity.canonical()
    assert Quantity(canonical).canonical() == canonical
    if Fraction(quantity.value) % Fraction(1, 10**9) == 0:
        assert Quantity(canonical) == quantity
        assert hash(Quantity(canonical)) == hash(quantity)


@given(amounts, amounts, st.integers(-(10**30), 10**30))
def test_arithmetic_is_exact_in_any_decimal_context(one: str, other: str, factor: int) -> None:
    with decimal.localcontext(decimal.Context(prec=3)):
        a, b = Quantity(one), Quantity(other)
        x, y = Fraction(a.value), Fraction(b.value)
        assert Fraction((a * factor).value) == Fraction(_nano(x * factor))
        assert Fraction((a + b).value) == _nano(x + y)
        assert Fraction((a - b).value) == _nano(x - y)
        assert (a < b, a <= b, a == b, a >= b, a > b) == (x < y, x <= y, x == y, x >= y, x > y)


def _nano(value: Fraction) -> Fraction:
    """Round away from zero to a multiple of a nano, like Kubernetes."""
    scaled = abs(value) * 10**9
    nanos = -(-scaled.numerator // scaled.denominator)
    return Fraction(nanos if value >= 0 else -nanos, 10**9)


def test_equal_amounts_are_equal_keys() -> None:
    assert Quantity("1") == Quantity("1000m") == Quantity("1e0")
    assert Quantity("1Ki") == Quantity("1024")
    assert Quantity("1k") != Quantity("1Ki")
    assert len({Quantity("1"), Quantity("1000m"), Quantity("0.001k")}) == 1
    assert Quantity("1") != 1
    assert Quantity("1") != "1"


def test_sums_keep_the_notation() -> None:
    assert str(Quantity("1Gi") + Quantity("512Mi")) == "1536Mi"
    assert str(Quantity("1Gi") - Quantity("1Gi")) == "0"
    assert str(Quantity("500m") + Quantity("1")) == "1500m"
    assert str(Quantity("1Gi") + Quantity("1m")) == "1073741824001m"
    assert str(Quantity("250m") * 4) == str(4 * Quantity("250m")) == "1"
    # A zero has no notation, so it can be the start of a sum.
    assert str(sum([Quantity("1Gi"), Quantity("1Gi")], start=Quantity(0))) == "2Gi"
    with pytest.raises(TypeError):
        Quantity("1") + 1  # type: ignore[operator]  # the mistake under test
    with pytest.raises(TypeError):
        1 + Quantity("1")  # the mistake under test: the sum of a number and an amount
    with pytest.raises(TypeError):
        Quantity("1") * "2"  # type: ignore[operator]  # the mistake under test
    with pytest.raises(TypeError):
        Quantity("1") / "2"  # type: ignore[operator]  # the mistake under test
    with pytest.raises(TypeError):
        assert Quantity("1") < 1  # type: ignore[operator]  # the mistake under test


def test_sum_starts_with_a_plain_zero() -> None:
    assert str(sum([Quantity("1Gi"), Quantity("512Mi")])) == "1536Mi"
    assert sum([Quantity("250m")]) == Quantity("250m")
    assert sum(list[Quantity]()) == 0


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (-Quantity("1Gi"), "-1Gi"),
        (-Quantity("-500m"), "500m"),
        (-Quantity("0"), "0"),
        (abs(Quantity("-1Ki")), "1Ki"),
        (abs(Quantity("1.5Ki")), "1.5Ki"),
        (Quantity("1Gi") * 1.5, "1536Mi"),
        (1.1 * Quantity("100m"), "110m"),
        (Quantity("1Gi") * Decimal("0.25"), "256Mi"),
        (Quantity("1Gi") / 2, "512Mi"),
        (Quantity("1") / 3, "333333334n"),
        (Quantity("-1") / 3, "-333333334n"),
        (Quantity("1n") / 1000, "1n"),
        (Quantity("1") / 0.1, "10"),
        (Quantity("0") / 7, "0"),
        (Quantity("1e1000") / 10, "1e999"),
        (Quantity(0.5), "0.5"),
        (Quantity(1e-7), "1e-07"),
    ],
    ids=str,
)
def test_arithmetic_with_numbers_keeps_the_notation(result: Quantity, text: str) -> None:
    assert str(result) == text


def test_the_ratio_of_two_quantities_is_a_float() -> None:
    assert Quantity("1.5Gi") / Quantity("2Gi") == 0.75
    assert Quantity("250m") / Quantity("1") == 0.25
    assert isinstance(Quantity("2") / Quantity("1"), float)
    with pytest.raises(ZeroDivisionError):
        Quantity("1") / Quantity("0")
    with pytest.raises(ZeroDivisionError):
        Quantity("1") / 0


@pytest.mark.parametrize("factor", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity")])
def test_a_factor_that_is_not_finite_is_refused(factor: float | Decimal) -> None:
    with pytest.raises(InvalidArgument, match="a quantity cannot be multiplied or divided by"):
        Quantity("1") * factor
    with pytest.raises(InvalidArgument, match="a quantity cannot be multiplied or divided by"):
        Quantity("1") / factor


@pytest.mark.parametrize(
    ("text", "whole", "number"), [("1.5Gi", 1610612736, 1610612736.0), ("2500m", 2, 2.5), ("-2500m", -2, -2.5)]
)
def test_a_quantity_is_converted_to_int_without_its_fraction_and_to_float(text: str, whole: int, number: float) -> None:
    assert int(Quantity(text)) == whole
    assert float(Quantity(text)) == number


def test_a_quantity_is_falsy_if_it_is_zero() -> None:
    assert not any([Quantity("0"), Quantity("0Gi"), Quantity("-0.0"), Quantity("0e5"), Quantity(0)])
    assert all([Quantity("1n"), Quantity("-1"), Quantity("1e-1000"), Quantity.from_wire("five")])


def test_huge_amounts_are_exact() -> None:
    big = Quantity("1e1000")
    assert big > Quantity("7Ei")
    assert (big + Quantity("1n")).value - big.value.scaleb(0, decimal.Context(prec=2000)) != Decimal(0)
    assert len((big + Quantity("1")).canonical()) == 1001


def test_the_text_of_a_server_is_kept_unparsed() -> None:
    assert str(Quantity.from_wire("0100m")) == "0100m"
    assert Quantity.from_wire(5) == Quantity("5")
    assert Quantity.from_wire(1e22) == Quantity("1e22")
    odd = Quantity.from_wire("five")
    assert str(odd) == "five"
    assert odd == Quantity.from_wire("five")
    assert odd != Quantity("5")
    assert odd != Quantity.from_wire("six")
    assert len({odd, Quantity.from_wire("five")}) == 1
    with pytest.raises(DecodeError, match="the server sent 'five', which is not a quantity"):
        odd.canonical()
    values: list[object] = [None, True, [], {}]
    for value in values:
        with pytest.raises(ValueError, match="Expected `Quantity`"):
            Quantity.from_wire(value)


@pytest.mark.parametrize("text", ["1", "1.50Gi", "1e3", "100m"])
def test_copies_of_a_quantity_are_equal(text: str) -> None:
    quantity = Quantity(text)
    for twin in (copy.copy(quantity), copy.deepcopy(quantity), pickle.loads(pickle.dumps(quantity))):  # noqa: S301 - our own bytes
        assert str(twin) == text
        assert twin == quantity
    assert repr(quantity) == f"Quantity({text!r})"


def test_a_micro_time_always_has_six_digits() -> None:
    assert MicroTime(2024, 2, 29, 12, 0, tzinfo=UTC).to_wire() == "2024-02-29T12:00:00.000000Z"
    assert MicroTime(2024, 2, 29, 12, 0, 0, 5, tzinfo=UTC).to_wire() == "2024-02-29T12:00:00.000005Z"
    assert MicroTime(1, 1, 1, tzinfo=UTC).to_wire() == "0001-01-01T00:00:00.000000Z"


def test_a_micro_time_is_sent_in_utc() -> None:
    ahead = timezone(timedelta(hours=5, minutes=30))
    assert MicroTime(2024, 1, 1, 2, 0, tzinfo=ahead).to_wire() == "2023-12-31T20:30:00.000000Z"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000000Z"),
        ("2024-01-01T00:00:00.5Z", "2024-01-01T00:00:00.500000Z"),
        ("2024-01-01T00:00:00.123456Z", "2024-01-01T00:00:00.123456Z"),
        ("2024-01-01T00:00:00.123456789Z", "2024-01-01T00:00:00.123456Z"),
        ("2024-01-01T02:00:00+02:00", "2024-01-01T00:00:00.000000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_micro_time_is_parsed_and_formatted(text: str, written: str) -> None:
    time = MicroTime.from_wire(text)
    assert isinstance(time, MicroTime)
    assert time.to_wire() == written
    assert time == datetime.fromisoformat(written)


@pytest.mark.parametrize("value", ["2024-01-01T00:00:00", "", "now", "2024-13-01T00:00:00Z", 5, None])
def test_an_invalid_micro_time_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        MicroTime.from_wire(value)


def test_a_micro_time_without_a_time_zone_is_rejected() -> None:
    with pytest.raises(ValueError, match=r"2024-01-01T00:00:00 has no time zone; use MicroTime.now"):
        MicroTime(2024, 1, 1).to_wire()


def test_a_micro_time_out_of_range_is_an_invalid_request() -> None:
    # In UTC, this would be before the minimum of Python's datetime.
    early = MicroTime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    with pytest.raises(InvalidRequest, match="out of range"):
        LeaseSpec(renew_time=early).to_json()


def test_copies_of_a_micro_time_are_equal() -> None:
    time = MicroTime(2024, 1, 1, 0, 0, 0, 7, tzinfo=UTC)
    for twin in (copy.deepcopy(time), pickle.loads(pickle.dumps(time)), time + timedelta(0), time.replace(second=0)):  # noqa: S301 - our own bytes
        assert isinstance(twin, MicroTime)
        assert twin == time
    assert isinstance(MicroTime.now(UTC), MicroTime)
