"""Formats of strings in schemas of custom resources, as kube-openapi's registry checks them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from email.utils import parseaddr
from ipaddress import IPv4Address, IPv6Address, ip_interface
from urllib.parse import urlsplit

from ..names import label_problem, subdomain_problem

_DURATION = re.compile(r"\s*([+-]?(\d+(\.\d*)?|\.\d+)\s*(ns|us|µs|μs|ms|s|m|h|d|w|[a-z]+)\s*)+|0", re.ASCII)
_TIME = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|[+-][0-9]{2}:[0-9]{2})")


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def _reads(read: Callable[[str], object]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            read(text)
        except ValueError:
            return False
        return True

    return check


def _is_date(text: str) -> bool:
    return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None and _reads(date.fromisoformat)(text)


def _is_date_time(text: str) -> bool:
    day, found, time = text.lower().partition("t")
    if not found or not _is_date(day) or (match := _TIME.fullmatch(time.partition("t")[0])) is None:
        return False
    return match[1] <= "23" and match[2] <= "59" and match[3] <= "59"


def _is_uri(text: str) -> bool:
    if not text or re.search(r"[\x00-\x20\x7f]", text) or re.search(r"%(?![0-9A-Fa-f]{2})", text):
        return False
    parts = urlsplit(text)
    return bool(parts.scheme) or text.startswith("/")


def _is_email(text: str) -> bool:
    _, address = parseaddr(text)
    return re.fullmatch(r"[^@\s]+@[^@\s]+", address) is not None


def _is_hostname(text: str) -> bool:
    *domains, last = text.split(".")
    is_label = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?").fullmatch
    if not domains:
        return is_label(last) is not None
    return len(text) <= 255 and all(map(is_label, domains)) and re.fullmatch("[a-zA-Z]{2,63}", last) is not None


def _is_interface(text: str) -> bool:
    return "/" in text and text.rpartition("/")[2].isdigit() and _reads(ip_interface)(text)


def _isbn(length: int) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        digits = re.sub(r"[\s-]", "", text)
        if length == 10:
            values = [
                10 if digit == "X" else int(digit) for digit in digits if digit.isascii() and digit in "0123456789X"
            ]
            is_one = re.fullmatch(r"[0-9]{9}[0-9X]", digits) is not None
            return is_one and sum((place + 1) * value for place, value in enumerate(values)) % 11 == 0
        is_one = re.fullmatch(r"[0-9]{13}", digits) is not None
        return is_one and sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits)) % 10 == 0

    return check


def _uuid(version: str, variant: str) -> Callable[[str], bool]:
    digits = "[0-9a-f]"
    return _matches(f"(?i){digits}{{8}}-?{digits}{{4}}-?{version}{digits}{{3}}-?{variant}{digits}{{3}}-?{digits}{{12}}")


_FORMATS: dict[str, Callable[[str], bool]] = {
    "bsonobjectid": _matches("[0-9a-fA-F]{24}"),
    "byte": _matches(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})"),
    "cidr": _is_interface,
    "date": _is_date,
    "datetime": _is_date_time,
    "duration": lambda text: _DURATION.fullmatch(text) is not None,
    "email": _is_email,
    "hexcolor": _matches("#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})"),
    "hostname": _is_hostname,
    "ipv4": _reads(IPv4Address),
    "ipv6": _reads(IPv6Address),
    "isbn": lambda text: _isbn(10)(text) or _isbn(13)(text),
    "isbn10": _isbn(10),
    "isbn13": _isbn(13),
    "k8slongname": lambda text: not subdomain_problem(text),
    "k8sshortname": lambda text: not label_problem(text),
    "mac": _matches("([0-9a-fA-F]{2}[:-]){5}([0-9a-fA-F]{2}[:-]?){1,3}|([0-9a-fA-F]{4}\\.){2}[0-9a-fA-F]{4}"),
    "ssn": _matches(r"[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}"),
    "uri": _is_uri,
    "uuid": _uuid("[0-9a-f]", "[0-9a-f]"),
    "uuid3": _uuid("3", "[0-9a-f]"),
    "uuid4": _uuid("4", "[89ab]"),
    "uuid5": _uuid("5", "[89ab]"),
}


def has_format(text: str, name: str) -> bool:
    """Return True for a text of a format, and for any text if the format is not known.

    Args:
        text: The text.
        name: The format: `date-time`.
    """
    check = _FORMATS.get(name.replace("-", ""))
    return check is None or check(text)


def is_known_format(name: str, kind: str) -> bool:
    """Return True for a format that a type may have.

    Args:
        name: The format.
        kind: The type: `string`.
    """
    if kind in ("", "string"):
        return name.replace("-", "") in {*_FORMATS, "creditcard", "rgbcolor", "password"}
    return name in {"integer": ("int32", "int64"), "number": ("float", "double")}.get(kind, ())
