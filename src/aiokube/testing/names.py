"""The rules of names, labels and annotations, and what kube-apiserver says of those that break them."""

from __future__ import annotations

import re

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LABEL_RE = re.compile(_LABEL)
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_SUBDOMAIN_RE = re.compile(_SUBDOMAIN)
_DNS1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_DNS1035_RE = re.compile(_DNS1035)
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_QUALIFIED_RE = re.compile(_QUALIFIED)
_VALUE = f"({_QUALIFIED})?"
_VALUE_RE = re.compile(_VALUE)


def _pattern(message: str, pattern: str, *examples: str) -> str:
    shown = " or ".join(f"'{example}', " for example in examples)
    return f"{message} (e.g. {shown}regex used for validation is '{pattern}')"


LABEL_PROBLEM = _pattern(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character",
    _LABEL,
    "my-name",
    "123-abc",
)
SUBDOMAIN_PROBLEM = _pattern(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character",
    _SUBDOMAIN,
    "example.com",
)
DNS1035_PROBLEM = _pattern(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character",
    _DNS1035,
    "my-name",
    "abc-123",
)
QUALIFIED_PROBLEM = _pattern(
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character",
    _QUALIFIED,
    "MyName",
    "my.name",
    "123-abc",
)
KEY_PROBLEM = _pattern(
    "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character",
    _QUALIFIED,
    "MyName",
    "my.name",
    "123-abc",
)
VALUE_PROBLEM = _pattern(
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character",
    _VALUE,
    "MyValue",
    "my_value",
    "12345",
)


def label_problem(name: str) -> str:
    """Return the problem of a DNS label, such as the name of a namespace; empty if there is none."""
    return _problem(name, _LABEL_RE, LABEL_PROBLEM, 63)


def subdomain_problem(name: str) -> str:
    """Return the problem of a DNS subdomain, which most names are; empty if there is none."""
    return _problem(name, _SUBDOMAIN_RE, SUBDOMAIN_PROBLEM, 253, "characters")


def dns1035_problem(name: str) -> str:
    """Return the problem of the name of a service; empty if there is none."""
    return _problem(name, _DNS1035_RE, DNS1035_PROBLEM, 63)


def path_segment_problem(name: str) -> str:
    """Return the problem of a name that only has to fit in a path, such as that of a role; empty if there is none."""
    if name in (".", ".."):
        return f"may not be '{name}'"
    return next((f"may not contain '{character}'" for character in "/%" if character in name), "")


def label_value_problem(value: str) -> str:
    """Return the problem of the value of a label; empty if there is none."""
    return _problem(value, _VALUE_RE, VALUE_PROBLEM, 63)


def qualified_name_problem(name: str) -> str:
    """Return the problem of the key of a label or an annotation; empty if there is none."""
    prefix, slash, rest = name.rpartition("/")
    if "/" in prefix:
        return f"{KEY_PROBLEM} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
    if slash and not prefix:
        return "prefix part must be non-empty"
    if slash and (problem := subdomain_problem(prefix)):
        return f"prefix part {problem}"
    if not rest:
        return f"name part must be non-empty; {QUALIFIED_PROBLEM}"
    if len(rest) > 63:
        return "name part must be no more than 63 bytes"
    return "" if _QUALIFIED_RE.fullmatch(rest) else QUALIFIED_PROBLEM


def _problem(text: str, pattern: re.Pattern[str], message: str, limit: int, unit: str = "bytes") -> str:
    if len(text) > limit:
        return f"must be no more than {limit} {unit}"
    return "" if pattern.fullmatch(text) else message
