"""Values that Go reads and writes in another form: quantities, and times."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache

# Possessive, so that no wrong text takes long.
_QUANTITY = re.compile(
    r"(?P<sign>[+-]?)0*+(?P<whole>\d*+)(?:\.(?P<part>\d*+))?(?P<suffix>[eEinumkKMGTP]*[-+]?\d*)", re.ASCII
)
_EXPONENT = re.compile(r"[eE]([+-]?\d+)", re.ASCII)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL_SUFFIXES = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_BINARY_SUFFIXES = {0: "", **{power: suffix for suffix, power in _BINARY.items()}}

_WRONG_FORM = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_WRONG_SUFFIX = "unable to parse quantity's suffix"

_MAX_DIGITS = 18
_MAX = (1 << 63) - 1

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_MICRO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)", re.ASCII)


class InvalidValue(Exception):
    """A value that Go cannot read."""


@lru_cache(maxsize=1024, typed=True)
def canonical_quantity(value: str | float, *, in_milli: bool = False) -> str:
    """Return a quantity as Go writes it: as it is, if it has no shorter form; else with the largest suffix that leaves
    no fraction.

    Args:
        value: The quantity, a text or a number.
        in_milli: What is smaller than a thousandth is rounded up, as in lists of resources; else a billionth.

    Raises:
        InvalidValue: It is no quantity.
    """
    text = str(value).strip()
    match = _QUANTITY.fullmatch(text)
    if not text or match is None:
        raise InvalidValue(_WRONG_FORM)
    whole, part, suffix = match["whole"] or "0", match["part"] or "", match["suffix"]
    is_binary = suffix in _BINARY
    if is_binary:
        unit, exponent = Fraction(1024 ** _BINARY[suffix]), 0
    else:
        exponent = _exponent(suffix)
        unit = Fraction(10) ** exponent
    if _is_kept(whole, part, exponent, _BINARY.get(suffix, 0), smallest=-3 if in_milli else -9):
        return text
    amount = Fraction(int(whole + part), 10 ** len(part)) * unit
    if is_binary:
        amount = min(amount, Fraction(_MAX))
    amount = _rounded_up(amount, 1000 if in_milli else 10**9)
    sign = "-" if match["sign"] == "-" and amount else ""
    if is_binary and amount >= 1024 and amount.denominator == 1:
        return sign + _binary(int(amount))
    return sign + _decimal(amount, with_exponent=_EXPONENT.fullmatch(suffix) is not None)


def _exponent(suffix: str) -> int:
    if suffix in _DECIMAL:
        return _DECIMAL[suffix]
    if (match := _EXPONENT.fullmatch(suffix)) is None:
        raise InvalidValue(_WRONG_SUFFIX)
    return int(match[1])


def _is_kept(whole: str, part: str, exponent: int, power: int, *, smallest: int) -> bool:
    """Return True for a text that Go keeps: it takes it for canonical by its last digits."""
    digits, scale = whole + part, exponent - len(part)
    if power:
        # So many bits need three tenths as many digits.
        fits = not part and 15 - len(whole) - int(power * 10 * 3 / 10) - 1 >= 0
        return fits and int(digits) & 7 != 0
    fits = len(digits) <= _MAX_DIGITS and scale >= max(smallest, -9)
    return fits and scale % 3 == 0 and not digits.endswith("000") and digits[0] != "0"


def _rounded_up(amount: Fraction, parts: int) -> Fraction:
    return Fraction(-(-(amount * parts) // 1), parts)


def _decimal(amount: Fraction, *, with_exponent: bool) -> str:
    if not amount:
        return "0"
    number, exponent = int(amount * 10**9), -9
    while number % 1000 == 0 and (with_exponent or exponent < 18):
        number, exponent = number // 1000, exponent + 3
    if with_exponent:
        return f"{number}e{exponent}" if exponent else str(number)
    return f"{number}{_DECIMAL_SUFFIXES[exponent]}"


def _binary(number: int) -> str:
    power = 0
    while number % 1024 == 0 and power < 6:
        number, power = number // 1024, power + 1
    return f"{number}{_BINARY_SUFFIXES[power]}"


def canonical_time(value: str, *, micro: bool) -> str:
    """Return a time as Go writes it: in UTC, in whole seconds or microseconds.

    Raises:
        InvalidValue: It is no time, or has another number of digits.
    """
    pattern, digits = (_MICRO_TIME, ".000000") if micro else (_TIME, "")
    try:
        if not pattern.fullmatch(value):
            raise ValueError
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except ValueError:
        layout = f"2006-01-02T15:04:05{digits}Z07:00"
        raise InvalidValue(f'parsing time "{value}" as "{layout}": cannot parse "{value}" as "2006"') from None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")
