"""Jobs and cron jobs."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator
from functools import cache
from typing import Any

from ..failures import Cause
from ..selectors import selects
from ..store import Object
from .causes import invalid, not_negative, one_of, required, unsupported
from .labels import label_selector_causes
from .pods import template_causes
from .schedules import schedule_problem

_NO_MATCH = "`selector` does not match template `labels`"
_PARTS = re.compile(r"[A-Za-z.\-_0-9+]{1,14}")
_MAX_CRON_JOB_NAME = 52
_COUNTS = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")


def job_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with a job."""
    spec, metadata = obj["spec"], obj["metadata"]
    selector = spec.get("selector")
    problems = list(label_selector_causes(selector, "spec.selector"))
    if not spec.get("manualSelector") and selector is not None and not problems:
        uid, name = metadata.get("uid", ""), metadata.get("name", "")
        labels = {"controller-uid": uid, "job-name": name}
        labels |= {f"batch.kubernetes.io/{key}": value for key, value in labels.items()}
        if not selects(selector, labels):
            yield invalid("spec.selector", selector, "`selector` not auto-generated")
    yield from _spec_causes(spec, "spec")
    if selector is None:
        yield required("spec.selector")
    yield from problems
    found = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if not problems and not selects(selector, found or {}):
        yield invalid("spec.template.metadata.labels", found, _NO_MATCH)


def cron_job_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with a cron job."""
    spec, name = obj["spec"], obj["metadata"].get("name", "")
    schedule, template = spec.get("schedule") or "", (spec.get("jobTemplate") or {}).get("spec") or {}
    if schedule:
        if problem := schedule_problem(schedule):
            yield invalid("spec.schedule", schedule, problem)
        if "TZ" in schedule:
            text = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
            yield invalid("spec.schedule", schedule, text)
    yield from not_negative(spec, "spec", "startingDeadlineSeconds")
    yield from _zone_causes(spec.get("timeZone"), "spec.timeZone")
    policies = ("Allow", "Forbid", "Replace")
    yield from one_of(spec.get("concurrencyPolicy"), "spec.concurrencyPolicy", policies)
    path = "spec.jobTemplate.spec"
    yield from _spec_causes(template, path)
    if (selector := template.get("selector")) is not None:
        yield invalid(f"{path}.selector", selector, "`selector` will be auto-generated")
    if template.get("manualSelector"):
        yield unsupported(f"{path}.manualSelector", True, ("nil", "false"))
    yield from not_negative(spec, "spec", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")
    if len(name) > _MAX_CRON_JOB_NAME:
        # A job of it has a name of eleven characters more.
        yield invalid("metadata.name", name, f"must be no more than {_MAX_CRON_JOB_NAME} characters")
    if not schedule:
        yield required("spec.schedule")


def _spec_causes(spec: Any, path: str) -> Iterator[Cause]:
    yield from not_negative(spec, path, *_COUNTS, "backoffLimitPerIndex", "maxFailedIndexes")
    per_index, failed = spec.get("backoffLimitPerIndex"), spec.get("maxFailedIndexes")
    if failed is not None and per_index is None:
        yield required(f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified")
    if (manager := spec.get("managedBy")) is not None:
        host, slash, rest = manager.partition("/")
        if not host or not slash or not rest:
            yield invalid(f"{path}.managedBy", manager, 'must be a domain-prefixed path (such as "acme.io/foo")')
    mode = spec.get("completionMode")
    yield from one_of(mode, f"{path}.completionMode", ("NonIndexed", "Indexed"))
    if mode == "Indexed" and spec.get("completions") is None:
        yield required(f"{path}.completions", "when completion mode is Indexed")
    if mode in (None, "NonIndexed"):
        for name, value in (("backoffLimitPerIndex", per_index), ("maxFailedIndexes", failed)):
            if value is not None:
                yield invalid(f"{path}.{name}", value, "requires indexed completion mode")
    yield from one_of(
        spec.get("podReplacementPolicy"), f"{path}.podReplacementPolicy", ("Failed", "TerminatingOrFailed")
    )
    template = spec.get("template") or {}
    yield from template_causes(template, f"{path}.template")
    policy, field = (template.get("spec") or {}).get("restartPolicy") or "Always", f"{path}.template.spec.restartPolicy"
    if policy == "Always":
        yield required(field, 'valid values: "OnFailure", "Never"')
    elif policy not in ("OnFailure", "Never"):
        yield unsupported(field, policy, ("OnFailure", "Never"))
    elif spec.get("podFailurePolicy") is not None and policy != "Never":
        yield invalid(field, policy, 'only "Never" is supported when podFailurePolicy is specified')


def _zone_causes(zone: str | None, path: str) -> Iterator[Cause]:
    if zone is None:
        return
    parts = zone.split("/")
    if not zone:
        yield invalid(path, zone, "timeZone must be nil or non-empty string")
    elif any(part in (".", "..") or part.startswith("-") or not _PARTS.fullmatch(part) for part in parts):
        yield invalid(path, zone, f"unknown time zone {zone}")
    else:
        if zone.lower() == "local":
            text = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
            yield invalid(path, zone, text)
        if _zones() and zone not in _zones() and zone != "Local":
            yield invalid(path, zone, f"unknown time zone {zone}")


@cache
def _zones() -> set[str]:
    """Return the time zones that this machine knows; none where it has no data of them."""
    return zoneinfo.available_timezones()
