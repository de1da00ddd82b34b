"""Types of JSON scalars: quantities, and times with microseconds."""

from __future__ import annotations

import base64
import math
import re
from datetime import UTC, datetime
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_UP, Context, Decimal, localcontext
from fractions import Fraction
from functools import total_ordering
from typing import TYPE_CHECKING, Annotated, Any, Final, Self, TypeAlias, overload

from msgspec import Meta

from ..errors import DecodeError, InvalidArgument
from ..public import public

_QUANTITY: Final = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?P<suffix>[KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?", re.ASCII
)
QUANTITY_PATTERN: Final = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$"
"""The same for JSON Schema, whose regular expressions have no named groups."""
QUANTITY_SCHEMA: Final[dict[str, Any]] = {"type": ["string", "number"], "pattern": QUANTITY_PATTERN}
TIME_SCHEMA: Final[dict[str, Any]] = {"type": "string", "format": "date-time"}
BASE64_SCHEMA: Final[dict[str, Any]] = {"type": "string", "contentEncoding": "base64"}
_DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY: Final = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_MAX_EXPONENT: Final = 1000
_MAX_LENGTH: Final = 4000
# Independent of the caller's context; the default one rounds to 28 digits.
_EXACT: Final = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)

_TIME: Final = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?:[.,](?P<fraction>[0-9]+))?(?P<zone>[Zz]|[+-][0-9]{2}:[0-9]{2})?",
    re.ASCII,
)


@public("aiokube")
@total_ordering
class Quantity:
    """An exact amount in the notation of Kubernetes: ``500m``, ``1.5Gi``, ``2e3``.

    Quantities are added, subtracted, compared and summed up; multiplied and divided by numbers, which gives a quantity
    that is rounded away from zero to a nano; and divided by each other, which gives a float. ``int()`` drops the
    fraction, and a quantity of zero is falsy. With a number, compare the exact amount: ``quantity.value > 3``.

    A quantity keeps its text, so it is sent in the notation in which it was received, and as a JSON number if it was
    one. Quantities of the same amount are equal: ``Quantity("1") == Quantity("1000m")``.

    Args:
        amount: The text or a number. A float is taken as the decimal that it prints as.

    Raises:
        InvalidArgument: The text is not a quantity; a `ValueError`, too.

    See ``k8s.io/apimachinery/pkg/api/resource``.
    """

    __slots__ = ("_text", "_wire")
    _text: str
    _wire: str | int | float
    """The text, or the JSON number that the quantity was read from."""

    def __init__(self, amount: str | int | float | Decimal) -> None:
        text = format(amount, "f") if isinstance(amount, Decimal) else str(amount)
        if isinstance(amount, bool) or _parse(text) is None:
            raise InvalidArgument(
                f"{amount!r:.80} is not a quantity; use a number with an optional suffix, such as '500m' or '2Gi'"
            )
        self._text = self._wire = text

    @classmethod
    def from_wire(cls, value: object) -> Self:
        """Create a quantity from a JSON string or number of a server, without parsing it."""
        if not isinstance(value, (str, int, float)) or isinstance(value, bool):
            raise ValueError(f"Expected `Quantity`, got `{type(value).__name__}`")
        quantity = cls.__new__(cls)
        quantity._text = str(value)
        quantity._wire = value
        return quantity

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from .pydantic_quantity import validating_schema

        return validating_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any:
        from .pydantic_quantity import describing_schema

        return handler(describing_schema(QUANTITY_PATTERN))

    def to_wire(self) -> str | int | float:
        """Return the JSON string or number of the quantity."""
        return self._wire

    @property
    def value(self) -> Decimal:
        """The exact amount in base units, such as cores or bytes.

        Raises:
            DecodeError: The text that the server sent is not a quantity; a `ValueError`, too.
        """
        parsed = _parse(self._text)
        if parsed is None:
            raise DecodeError(f"the server sent {self._text!r:.80}, which is not a quantity")
        return parsed

    @property
    def is_binary(self) -> bool:
        """True if the suffix is a power of 1024: ``Ki``, ``Mi``, ..."""
        return self._text.endswith("i")

    @property
    def _has_exponent(self) -> bool:
        return self._text[-1:].isdigit() and "e" in self._text.lower()

    def canonical(self) -> str:
        """Return the canonical form of Kubernetes: no fraction, and the largest possible suffix or exponent."""
        return _format(self.value, self)

    def __add__(self, other: Quantity) -> Quantity:
        if not isinstance(other, Quantity):
            return NotImplemented
        # The sum takes the notation of the first operand, unless that is zero.
        return Quantity(_format(_EXACT.add(self.value, other.value), self if self.value else other))

    def __sub__(self, other: Quantity) -> Quantity:
        if not isinstance(other, Quantity):
            return NotImplemented
        return Quantity(_format(_EXACT.subtract(self.value, other.value), self if self.value else other))

    def __radd__(self, other: int) -> Quantity:
        # `sum()` starts with a zero.
        return self if type(other) is int and other == 0 else NotImplemented

    def __mul__(self, factor: float | Decimal) -> Quantity:
        if not isinstance(factor, (int, float, Decimal)):
            return NotImplemented
        return Quantity(_format(_EXACT.multiply(self.value, _decimal(factor)), self))

    __rmul__ = __mul__

    @overload
    def __truediv__(self, other: Quantity) -> float: ...
    @overload
    def __truediv__(self, other: float | Decimal) -> Quantity: ...
    def __truediv__(self, other: Quantity | float | Decimal) -> float | Quantity:
        """Divide by a number, rounding up as Kubernetes does, or by a quantity, for the ratio of the two."""
        if isinstance(other, Quantity):
            return float(Fraction(self.value) / Fraction(other.value))
        if not isinstance(other, (int, float, Decimal)):
            return NotImplemented
        nanos = Fraction(self.value) / Fraction(_decimal(other)) * 10**9
        whole = math.ceil(nanos) if nanos > 0 else math.floor(nanos)
        return Quantity(_format(Decimal(whole).scaleb(-9, _EXACT), self))

    def __neg__(self) -> Quantity:
        return self * -1

    def __abs__(self) -> Quantity:
        return -self if self.value < 0 else self

    def __int__(self) -> int:
        """Return the amount without its fraction."""
        return int(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __bool__(self) -> bool:
        return _parse(self._text) != 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Quantity):
            return NotImplemented
        if self._text == other._text:
            return True
        parsed = _parse(self._text)
        return parsed is not None and parsed == _parse(other._text)

    def __lt__(self, other: Quantity) -> bool:
        if not isinstance(other, Quantity):
            return NotImplemented
        return self.value < other.value

    def __hash__(self) -> int:
        return hash(_parse(self._text))

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Quantity({self._text!r})"


def _decimal(number: float | Decimal) -> Decimal:
    exact = Decimal(repr(number) if isinstance(number, float) else number)
    if not exact.is_finite():
        raise InvalidArgument(f"a quantity cannot be multiplied or divided by {number}")
    return exact


def _parse(text: str) -> Decimal | None:
    match = _QUANTITY.fullmatch(text) if len(text) <= _MAX_LENGTH else None
    if match is None:
        return None
    number, suffix = Decimal(match["number"]), match["suffix"] or ""
    if suffix in _BINARY:
        return _EXACT.multiply(number, Decimal(1024 ** _BINARY[suffix]))
    if suffix in _DECIMAL:
        return number.scaleb(_DECIMAL[suffix], _EXACT)
    exponent = int(suffix[1:])
    return number.scaleb(exponent, _EXACT) if abs(exponent) <= _MAX_EXPONENT else None


def _format(value: Decimal, like: Quantity) -> str:
    """Return the canonical form of an amount, with the kind of suffix of another quantity."""
    with localcontext(_EXACT):
        if value == 0:
            return "0"
        if like.is_binary and value == value.to_integral_value() and abs(value) >= 1024:
            return _format_binary(int(value))
        exponents = {exponent: suffix for suffix, exponent in reversed(_DECIMAL.items())}
        if like._has_exponent:
            highest = value.adjusted() // 3 * 3
            exponents = {exponent: f"e{exponent}" if exponent else "" for exponent in range(highest, -10, -3)}
        for exponent, suffix in exponents.items():
            scaled = value.scaleb(-exponent)
            if scaled == scaled.to_integral_value():
                return f"{scaled.to_integral_value():f}{suffix}"
        # The precision of Kubernetes ends at 1n; it rounds away from zero.
        nanos = value.scaleb(9).to_integral_value(rounding=ROUND_UP)
        return f"{nanos:f}{'e-9' if like._has_exponent else 'n'}"


def _format_binary(whole: int) -> str:
    power = max(power for power in range(7) if whole % 1024**power == 0)
    suffix = next((suffix for suffix, p in _BINARY.items() if p == power), "")
    return f"{whole // 1024**power}{suffix}"


@public("aiokube")
class MicroTime(datetime):
    """A time with microseconds, which are always sent, as Leases and Events require.

    It is a subclass of ``datetime``: ``MicroTime.now(timezone.utc)``.
    """

    __slots__ = ()

    @classmethod
    def from_wire(cls, value: object) -> Self:
        """Parse a time in RFC 3339 format."""
        if not isinstance(value, str):
            raise ValueError(f"Expected `MicroTime`, got `{type(value).__name__}`")
        time = cls.fromisoformat(normalize_time(value))
        if time.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return time

    @classmethod
    def from_datetime(cls, time: datetime) -> Self:
        """Return the same point in time."""
        return cls.combine(time.date(), time.timetz())

    def to_wire(self) -> str:
        """Format the time as RFC 3339 in UTC, with six fractional digits.

        Raises:
            ValueError: The time has no time zone.
        """
        if self.tzinfo is None:
            raise ValueError(f"{self.isoformat()} has no time zone; use MicroTime.now(timezone.utc)")
        return self.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


if TYPE_CHECKING:
    MicroTimeField: TypeAlias = MicroTime
else:
    # With its JSON Schema, which `msgspec.json.schema` asks for.
    MicroTimeField = Annotated[MicroTime, Meta(extra_json_schema=TIME_SCHEMA)]


class ZeroTime(MicroTime):
    """The time that stands for null where a time is required: falsy, and sent as null again."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


ZERO_TIME: Final = ZeroTime(1, 1, 1, tzinfo=UTC)


def normalize_time(text: str) -> str:
    """RFC 3339 text in the spelling that every parser reads: a point before at most six digits, T and Z in capitals."""
    match = _TIME.fullmatch(text)
    if match is None:
        return text
    fraction = f".{match['fraction'][:6]}" if match["fraction"] else ""
    return f"{match['date']}T{match['time']}{fraction}{(match['zone'] or '').upper()}"


def read_time(text: str) -> datetime:
    """Read RFC 3339 text.

    Raises:
        ValueError: The text is not a time, has no zone, or is outside of what a `datetime` holds.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError("not a time; write it like 2026-01-02T03:04:05Z")
    if match["zone"] is None:
        raise ValueError(f"{text:.40} has no time zone; write it like 2026-01-02T03:04:05Z")
    try:
        return datetime.fromisoformat(normalize_time(text))
    except ValueError as error:
        raise ValueError(f"{text:.40} is outside of what Python's datetime holds: {error}") from None


def decode_base64(text: str) -> bytes:
    """Decode base64 as Go does: line breaks are ignored, and so are the bits that fill up the last byte.

    Raises:
        ValueError: The text is not base64.
    """
    digits = text.replace("\r", "").replace("\n", "")
    try:
        if len(digits) % 4 == 0:
            return base64.b64decode(digits, validate=True)
    except ValueError:
        pass
    raise ValueError("not base64; encode the value, as in `base64 < file`")


def is_exact_integer(value: int) -> bool:
    """Return True if the server keeps an integer: in 64 bits, or as a float that equals it or has this text."""
    if -(2**63) <= value < 2**63:
        return True
    return abs(value) < 2**1023 and value in (int(float(value)), int(Decimal(repr(float(value)))))
