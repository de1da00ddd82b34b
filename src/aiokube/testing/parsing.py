"""Values of queries, parsed as Go's strconv and Kubernetes' conversions do."""

from __future__ import annotations

import json
import re

_SIGNED = re.compile(r"[+-]?[0-9]+")
_UNSIGNED = re.compile(r"[0-9]+")
_BITS = 64


class NotANumber(Exception):
    """A text is no number, or one out of range; the message is that of Go."""


def parse_int(text: str) -> int:
    """Return what `strconv.ParseInt(text, 10, 64)` does.

    Raises:
        NotANumber: It is none, or out of range.
    """
    half = 1 << (_BITS - 1)
    return _parse(text, "ParseInt", _SIGNED, -half, half - 1)


def parse_uint(text: str) -> int:
    """Return what `strconv.ParseUint(text, 10, 64)` does.

    Raises:
        NotANumber: It is none, or out of range.
    """
    return _parse(text, "ParseUint", _UNSIGNED, 0, (1 << _BITS) - 1)


def parse_bool(text: str) -> bool:
    """Return a boolean of a query: everything is true but `false` and `0`, even nothing."""
    return text.lower() not in ("false", "0")


def _parse(text: str, function: str, form: re.Pattern[str], least: int, most: int) -> int:
    if not form.fullmatch(text):
        raise NotANumber(f"strconv.{function}: parsing {json.dumps(text, ensure_ascii=False)}: invalid syntax")
    sign, digits = ("-" if text[0] == "-" else ""), text.lstrip("+-").lstrip("0") or "0"
    # Python refuses to read thousands of digits.
    number = int(sign + digits) if len(digits) <= _BITS else most + 1
    if not least <= number <= most:
        raise NotANumber(f'strconv.{function}: parsing "{text}": value out of range')
    return number
