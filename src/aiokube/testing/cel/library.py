"""Additions of Kubernetes to CEL: quantities, addresses, URLs and formats of names; and optional values."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ..names import dns1035_problem, label_problem, label_value_problem, qualified_name_problem, subdomain_problem
from .errors import EvaluationError
from .values import Optional, Quantity

_QUANTITY = re.compile(r"([+-]?(?:\d++\.?\d*+|\.\d++))([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?", re.ASCII)
_QUANTITY_PROBLEM = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_BINARY = {unit: Decimal(1 << (10 * (power + 1))) for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"))}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_AUTHORITY = re.compile(r"(?:[^@/?#]*@)?(?:\[[0-9a-fA-F:.%]+\]|[^\s\[\]:<>\"\\^`{|}@]*)(?::[0-9]*)?")
_PREFIX = re.compile(r"0|[1-9][0-9]*")


@dataclass(frozen=True)
class Format:
    """A format of names, such as that of DNS labels."""

    problem: Callable[[str], str]


@dataclass(frozen=True)
class Url:
    """A URL."""

    scheme: str
    host: str
    name: str
    port: str
    path: str
    query: str


def to_quantity(text: str) -> Quantity:
    """Parse a quantity, such as `1Gi`."""
    found = _QUANTITY.fullmatch(text)
    if found is None:
        raise EvaluationError(_QUANTITY_PROBLEM)
    number, unit = Decimal(found[1]), found[2] or ""
    if unit in _BINARY:
        return Quantity(number * _BINARY[unit])
    return Quantity(number.scaleb(_DECIMAL[unit] if unit in _DECIMAL else int(unit[1:])))


def is_quantity(text: str) -> bool:
    """Return True for the text of a quantity."""
    return _QUANTITY.fullmatch(text) is not None


def is_ip(text: str) -> bool:
    """Return True for an IP address without a zone; of IPv6, not one of IPv4 in another form."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text and (isinstance(found, ipaddress.IPv4Address) or found.ipv4_mapped is None)


def to_ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Parse an IP address."""
    if not is_ip(text):
        raise EvaluationError(f"IP Address {text!r} parse error during conversion from string")
    return ipaddress.ip_address(text)


def is_cidr(text: str) -> bool:
    """Return True for an IP address with the length of a prefix."""
    address, slash, length = text.partition("/")
    longest = 128 if ":" in address else 32
    return bool(slash) and is_ip(address) and bool(_PREFIX.fullmatch(length)) and int(length) <= longest


def is_url(text: str) -> bool:
    """Return True for an absolute URL or an absolute path."""
    scheme = _SCHEME.match(text)
    rest = text[scheme.end() :] if scheme else text
    if any(ord(one) < 32 or ord(one) == 127 for one in text) or not rest.startswith("/"):
        return False
    path = rest.partition("?")[0]
    if re.search(r"%(?![0-9a-fA-F]{2})", path):
        return False
    authority = path[2:].partition("/")[0] if path.startswith("//") and scheme else ""
    return _AUTHORITY.fullmatch(authority) is not None


def to_url(text: str) -> Url:
    """Parse a URL."""
    if not is_url(text):
        raise EvaluationError(f"URL parse error during conversion from string: parse {text!r}: invalid URI for request")
    found = urlsplit(text)
    host = found.netloc.rpartition("@")[2]
    port = re.search(r":([0-9]*)$", host)
    return Url(found.scheme, host, found.hostname or "", port[1] if port else "", found.path, found.query)


def validated(found: Format, text: str) -> Optional:
    """Return what is wrong with a name, if something is."""
    problem = found.problem(text)
    return Optional(bool(problem), [problem])


def value_of(found: Optional) -> Any:
    """Return the value of an optional one."""
    if not found.present:
        raise EvaluationError("optional.none() dereference")
    return found.value


def _sign(one: Quantity) -> int:
    return (one > 0) - (one < 0)


def _to_int(one: Quantity) -> int:
    if one != one.to_integral_value() or abs(one) >= 1 << 63:
        raise EvaluationError("cannot convert value to integer")
    return int(one)


def _format(problem: Callable[[str], str]) -> Callable[[], Format]:
    return lambda: Format(problem)


LIBRARY: tuple[tuple[str, str, str, Callable[..., Any]], ...] = (
    ("quantity", "global", "string -> quantity", to_quantity),
    ("isQuantity", "global", "string -> bool", is_quantity),
    ("compareTo", "method", "quantity, quantity -> int", lambda one, other: (one > other) - (one < other)),
    ("isGreaterThan", "method", "quantity, quantity -> bool", lambda one, other: one > other),
    ("isLessThan", "method", "quantity, quantity -> bool", lambda one, other: one < other),
    ("sign", "method", "quantity -> int", _sign),
    ("add", "method", "quantity, quantity -> quantity", lambda one, other: Quantity(one + other)),
    ("add", "method", "quantity, int -> quantity", lambda one, other: Quantity(one + other)),
    ("sub", "method", "quantity, quantity -> quantity", lambda one, other: Quantity(one - other)),
    ("sub", "method", "quantity, int -> quantity", lambda one, other: Quantity(one - other)),
    ("isInteger", "method", "quantity -> bool", lambda one: one == one.to_integral_value() and abs(one) < 1 << 63),
    ("asInteger", "method", "quantity -> int", _to_int),
    ("asApproximateFloat", "method", "quantity -> double", float),
    ("isIP", "global", "string -> bool", is_ip),
    ("ip", "global", "string -> ip", to_ip),
    ("family", "method", "ip -> int", lambda one: one.version),
    ("isLoopback", "method", "ip -> bool", lambda one: one.is_loopback),
    ("isUnspecified", "method", "ip -> bool", lambda one: one.is_unspecified),
    ("isCIDR", "global", "string -> bool", is_cidr),
    ("isURL", "global", "string -> bool", is_url),
    ("url", "global", "string -> url", to_url),
    ("getScheme", "method", "url -> string", lambda one: one.scheme),
    ("getHost", "method", "url -> string", lambda one: one.host),
    ("getHostname", "method", "url -> string", lambda one: one.name),
    ("getPort", "method", "url -> string", lambda one: one.port),
    ("getEscapedPath", "method", "url -> string", lambda one: one.path),
    ("getQuery", "method", "url -> map(string,list(string))", lambda one: parse_qs(one.query, keep_blank_values=True)),
    ("format.dns1123Label", "global", "-> format", _format(label_problem)),
    ("format.dns1123Subdomain", "global", "-> format", _format(subdomain_problem)),
    ("format.dns1035Label", "global", "-> format", _format(dns1035_problem)),
    ("format.qualifiedName", "global", "-> format", _format(qualified_name_problem)),
    ("format.labelValue", "global", "-> format", _format(label_value_problem)),
    ("validate", "method", "format, string -> optional(list(string))", validated),
    ("optional.of", "global", "A -> optional(A)", lambda value: Optional(True, value)),
    ("optional.none", "global", "-> optional(A)", lambda: Optional(False)),
    ("hasValue", "method", "optional(A) -> bool", lambda found: found.present),
    ("value", "method", "optional(A) -> A", value_of),
    ("orValue", "method", "optional(A), A -> A", lambda found, other: found.value if found.present else other),
    ("or", "method", "optional(A), optional(A) -> optional(A)", lambda one, other: one if one.present else other),
)
"""Functions, each with its style, its signature, and what it does."""
