"""Validation of events: those of events.k8s.io have stricter rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..failures import Cause
from ..names import qualified_name_problem
from ..store import Object

_MAX_NAME = 128
_MAX_MESSAGE = 1024
_OF_DEFAULT = ("default", "kube-system")
_UNSET = ("firstTimestamp", "lastTimestamp", "count", "source")
_CONSTANT = (
    "involvedObject",
    "reason",
    "message",
    "source",
    "firstTimestamp",
    "lastTimestamp",
    "count",
    "reason",
    "type",
    "eventTime",
    "action",
    "related",
    "reportingComponent",
    "reportingInstance",
)


def event_causes(event: Object, old: Object | None, *, is_strict: bool) -> list[Cause]:
    """Return what is wrong with an event.

    Args:
        event: The event, as one of the core group.
        old: Its present state; None if it is created.
        is_strict: True for a request to events.k8s.io.
    """
    causes = list(_always(event, is_strict=is_strict))
    if is_strict:
        causes += _created(event) if old is None else _changed(event, old)
    return causes


def _always(event: Object, *, is_strict: bool) -> Iterator[Cause]:
    about = (event.get("involvedObject") or {}).get("namespace", "")
    own = event["metadata"].get("namespace", "")
    if not event.get("eventTime"):
        if about != own and not (about == "" and own == "default"):
            yield _mismatch(about)
        return
    if not about and own not in _OF_DEFAULT:
        yield _mismatch(about)
    controller = event.get("reportingComponent") or ""
    field = "reportingController" if is_strict else "reportingComponent"
    if not controller:
        yield _required(field)
    for problem in filter(None, (qualified_name_problem(controller) or "").split("; ")):
        yield _invalid(controller, problem, field)
    for name in ("reportingInstance", "action", "reason"):
        text = event.get(name) or ""
        if not text:
            yield _required(name)
        if len(text.encode()) > _MAX_NAME:
            yield _invalid("", f"can have at most {_MAX_NAME} characters", name)
    if len((event.get("message") or "").encode()) > _MAX_MESSAGE:
        yield _invalid("", f"can have at most {_MAX_MESSAGE} characters", "message")


def _created(event: Object) -> Iterator[Cause]:
    yield from _series(event)
    if not event.get("eventTime"):
        yield _required("eventTime")
    if event.get("type") not in ("Normal", "Warning"):
        yield _invalid("", f"has invalid value: {event.get('type', '')}", "type")
    for name in _UNSET:
        if event.get(name):
            yield _invalid("", "needs to be unset", name)


def _changed(event: Object, old: Object) -> Iterator[Cause]:
    if event.get("series") != old.get("series"):
        yield from _series(event)
    for name in _CONSTANT:
        if (event.get(name) or None) != (old.get(name) or None):
            field = "reportingController" if name == "reportingComponent" else name
            yield _invalid_value(event.get(name), "field is immutable", field)


def _series(event: Object) -> Iterator[Cause]:
    if (series := event.get("series")) is None:
        return
    if series.get("count", 0) < 2:
        yield _invalid("", "should be at least 2", "series.count")
    if not series.get("lastObservedTime"):
        yield _required("series.lastObservedTime")


def _mismatch(namespace: str) -> Cause:
    return _invalid(namespace, "does not match event.namespace", "involvedObject.namespace")


def _required(field: str) -> Cause:
    return Cause("FieldValueRequired", "Required value", field)


def _invalid(value: str, problem: str, field: str) -> Cause:
    return Cause("FieldValueInvalid", f'Invalid value: "{value}": {problem}', field)


def _invalid_value(value: Any, problem: str, field: str) -> Cause:
    shown = f'"{value}"' if isinstance(value, str) else value
    return Cause("FieldValueInvalid", f"Invalid value: {shown}: {problem}", field)
