"""Causes of an invalid object, as the field errors of Kubernetes word them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ..failures import Cause
from ..names import label_problem, subdomain_problem

MAX_INT32 = 2**31 - 1
_MAX_PORT = 65535
_MAX_PORT_NAME = 15


def required(path: str, text: str = "") -> Cause:
    """Return the cause of a field that is missing."""
    return Cause("FieldValueRequired", f"Required value: {text}" if text else "Required value", path)


def invalid(path: str, value: Any, text: str) -> Cause:
    """Return the cause of a value that is wrong."""
    shown = f"Invalid value: {to_json(value)}"
    return Cause("FieldValueInvalid", f"{shown}: {text}" if text else shown, path)


def forbidden(path: str, text: str) -> Cause:
    """Return the cause of a field that may not be set."""
    return Cause("FieldValueForbidden", f"Forbidden: {text}", path)


def unsupported(path: str, value: Any, known: Iterable[str]) -> Cause:
    """Return the cause of a value that is none of those known."""
    choices = ", ".join(to_json(one) for one in known)
    return Cause("FieldValueNotSupported", f"Unsupported value: {to_json(value)}: supported values: {choices}", path)


def duplicate(path: str, value: Any) -> Cause:
    """Return the cause of a value that is there before."""
    return Cause("FieldValueDuplicate", f"Duplicate value: {to_json(value)}", path)


def not_found(path: str, value: str) -> Cause:
    """Return the cause of a name that refers to nothing."""
    return Cause("FieldValueNotFound", f"Not found: {to_json(value)}", path)


def not_negative(spec: Any, path: str, *names: str) -> Iterator[Cause]:
    """Return the fields whose numbers are negative."""
    for name in names:
        value = spec.get(name)
        if value is not None and value < 0:
            yield invalid(f"{path}.{name}", value, "must be greater than or equal to 0")


def label_causes(name: str, path: str) -> Iterator[Cause]:
    """Return what is wrong with a DNS label, such as the name of a container."""
    if problem := label_problem(name):
        yield invalid(path, name, problem.replace("63 bytes", "63 characters"))


def subdomain_causes(name: str, path: str) -> Iterator[Cause]:
    """Return what is wrong with a DNS subdomain, such as the name of most objects."""
    if problem := subdomain_problem(name):
        yield invalid(path, name, problem)


def one_of(value: Any, path: str, known: Iterable[str]) -> Iterator[Cause]:
    """Return the cause of a value that is set, and none of those known."""
    if value and value not in known:
        yield unsupported(path, value, known)


def port_causes(port: Any, path: str) -> Iterator[Cause]:
    """Return what is wrong with a port: a number or a name."""
    if isinstance(port, str):
        yield from port_name_causes(port, path)
    elif not 1 <= (port or 0) <= _MAX_PORT:
        yield invalid(path, port or 0, f"must be between 1 and {_MAX_PORT}, inclusive")


def port_name_causes(name: str, path: str) -> Iterator[Cause]:
    """Return what is wrong with the name of a port."""
    problems = {
        f"must be no more than {_MAX_PORT_NAME} characters": len(name) > _MAX_PORT_NAME,
        _PORT_CHARACTERS: not set(name) <= _PORT_NAME,
        "must contain at least one letter (a-z)": not set(name) & _LETTERS,
        "must not contain consecutive hyphens": "--" in name,
        "must not begin or end with a hyphen": name != name.strip("-"),
    }
    for text, is_met in problems.items():
        if is_met:
            yield invalid(path, name, text)


def number_or_percent_causes(value: Any, path: str) -> Iterator[Cause]:
    """Return what is wrong with a number or a percentage that may not be negative."""
    if isinstance(value, str):
        if not value.endswith("%") or not value[:-1].isascii() or not value[:-1].isdigit():
            yield invalid(path, value, _PERCENT)
    elif value is not None and value < 0:
        yield invalid(path, value, "must be greater than or equal to 0")


def at_most_all_causes(value: Any, path: str) -> Iterator[Cause]:
    """Return what is wrong with a percentage of more than 100 %."""
    if (percent := percentage(value)) is not None and percent > 100:
        yield invalid(path, value, "must not be greater than 100%")


def percentage(value: Any) -> int | None:
    """Return the number of a valid percentage, else None."""
    if isinstance(value, str) and value.endswith("%") and value[:-1].isascii() and value[:-1].isdigit():
        return int(value[:-1])
    return None


def amount(value: Any) -> int:
    """Return the number of a number or a percentage; 0 if it is neither."""
    return percentage(value) or 0 if isinstance(value, str) else value or 0


def to_json(value: Any) -> str:
    """Return a value as causes show it."""
    return msgspec.json.encode(value).decode()


def go_struct(value: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return an object as Go shows its internal type: by the names of the type's fields, all of them."""
    return {name[0].upper() + name[1:]: (value or {}).get(name) for name in names}


_PERCENT = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for "
    "validation is '[0-9]+%')"
)
_PORT_CHARACTERS = "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"  # codespell:ignore
_LETTERS = set("abcdefghijklmnopqrstuvwxyz")
_PORT_NAME = _LETTERS | set("-0123456789")
