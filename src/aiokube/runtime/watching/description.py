"""Descriptions of what is waited for, and of the last state of an object, for messages."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from typing import Any, Final

from ..errors import printable

_MOST_KEYS: Final = 8
"""How many keys, numbers or names of a kind are shown."""


def describe_condition(condition: object) -> str:
    """Name a function: `condition is_ready`; one without a name by its place: `the condition at test_web.py:12`."""
    while isinstance(condition, functools.partial):
        condition = condition.func
    name: str = getattr(condition, "__name__", "")
    if name and name != "<lambda>":
        return f"condition {name}"
    code = getattr(condition, "__code__", None)
    if code is None:
        return f"condition {type(condition).__name__}"
    return f"the condition at {os.path.basename(code.co_filename)}:{code.co_firstlineno}"


def describe_state(manifest: Mapping[str, Any]) -> str:
    """Say what may hold an object up: its deletion, node, phase, numbers, containers and conditions.

    Without a status, the keys of its data. Nothing of it is secret.

    Args:
        manifest: The object as JSON data. Its parts may have any type.
    """
    metadata, spec, status = (_mapping(manifest.get(name)) for name in ("metadata", "spec", "status"))
    parts = []
    if metadata.get("deletionTimestamp"):
        held_by = ", ".join(map(str, _items(metadata.get("finalizers"))))
        parts.append("it is being deleted" + (f", which the finalizers {held_by} hold up" if held_by else ""))
    if manifest.get("kind") == "Pod" and not spec.get("nodeName"):
        parts.append("it has no node")
    if phase := status.get("phase"):
        parts.append(f"its phase is {phase}" + _reason(status.get("reason")))
    parts += _list("its status has", [f"{name} {value}" for name, value in status.items() if type(value) is int])
    parts += _list("its containers wait:", _waiting(status))
    if not status:
        parts += _list("its data has", [*_mapping(manifest.get("data")), *_mapping(manifest.get("binaryData"))])
    parts += _list("its conditions are", list(map(_status_condition, _items(status.get("conditions")))))
    return printable("; ".join(parts))


def _status_condition(condition: object) -> str:
    fields = _mapping(condition)
    return f"{fields.get('type')}={fields.get('status')}{_reason(fields.get('reason'))}"


def _waiting(status: Mapping[str, Any]) -> list[str]:
    found = []
    for name in ("initContainerStatuses", "containerStatuses"):
        for container in map(_mapping, _items(status.get(name))):
            waiting = _mapping(_mapping(container.get("state")).get("waiting"))
            if waiting.get("reason"):
                found.append(f"{container.get('name')} ({waiting['reason']})")
    return found


def _list(head: str, items: list[str]) -> list[str]:
    more = f" and {len(items) - _MOST_KEYS} more" if len(items) > _MOST_KEYS else ""
    return [f"{head} {', '.join(items[:_MOST_KEYS])}{more}"] if items else []


def _reason(reason: object) -> str:
    return f" ({reason})" if reason else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
