"""The schedules of cron jobs, read as kube-apiserver reads them."""

from __future__ import annotations

import re

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# Of minutes, hours, days of the month, months and days of the week.
_BOUNDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    (0, 6, {name: number for number, name in enumerate(_DAYS)}),
)
_DESCRIPTORS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_EVERY = "@every "
_INTEGER = re.compile(r"[+-]?[0-9]+")
_MAX_INT = 2**63 - 1
_DURATION = re.compile(r"[+-]?((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+|[+-]?0", re.ASCII)
_ZONE = re.compile(r"(CRON_)?TZ=\S* +")


def schedule_problem(schedule: str) -> str:
    """Return the problem of a schedule; empty if there is none."""
    schedule = _ZONE.sub("", schedule, count=1) if _ZONE.match(schedule) else schedule
    if schedule.startswith("@"):
        return _descriptor_problem(schedule)
    fields = schedule.split()
    if len(fields) != len(_BOUNDS):
        return f"expected exactly {len(_BOUNDS)} fields, found {len(fields)}: [{' '.join(fields)}]"
    try:
        for field, (lowest, highest, names) in zip(fields, _BOUNDS, strict=True):
            for text in filter(None, field.split(",")):
                _check_range(text, lowest, highest, names)
    except ValueError as error:
        return str(error)
    return ""


def _descriptor_problem(text: str) -> str:
    if text in _DESCRIPTORS:
        return ""
    if not text.startswith(_EVERY):
        return f"unrecognized descriptor: {text}"
    duration = text.removeprefix(_EVERY)
    if _DURATION.fullmatch(duration):
        return ""
    return f"failed to parse duration {text}: time: {_duration_problem(duration)}"


def _duration_problem(text: str) -> str:
    number = re.match(r"[+-]?(\d+(\.\d*)?|\.\d+)", text, re.ASCII)
    if number is None:
        return f'invalid duration "{text}"'
    unit = re.match(r"[^.\d]*", text[number.end() :], re.ASCII)
    name = unit.group() if unit else ""
    return f'unknown unit "{name}" in duration "{text}"' if name else f'missing unit in duration "{text}"'


def _check_range(text: str, lowest: int, highest: int, names: dict[str, int]) -> None:
    """Raise ValueError if a part of a field, such as `1-5/2`, is no range."""
    steps = text.split("/")
    ends = steps[0].split("-")
    if ends[0] in ("*", "?"):
        start, end = lowest, highest
    else:
        start = end = _number(ends[0], names)
        if len(ends) == 2:
            end = _number(ends[1], names)
        elif len(ends) > 2:
            raise ValueError(f"too many hyphens: {text}")
    step = 1
    if len(steps) == 2:
        step = _number(steps[1], {})
        end = highest if len(ends) == 1 else end
    elif len(steps) > 2:
        raise ValueError(f"too many slashes: {text}")
    if start < lowest:
        raise ValueError(f"beginning of range ({start}) below minimum ({lowest}): {text}")
    if end > highest:
        raise ValueError(f"end of range ({end}) above maximum ({highest}): {text}")
    if start > end:
        raise ValueError(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise ValueError(f"step of range should be a positive number: {text}")


def _number(text: str, names: dict[str, int]) -> int:
    if text.lower() in names:
        return names[text.lower()]
    if not _INTEGER.fullmatch(text):
        raise ValueError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    digits = text.lstrip("+-").lstrip("0")
    if len(digits) > len(str(_MAX_INT)) or int(digits or "0") > _MAX_INT:
        raise ValueError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": value out of range')
    if (number := int(text)) < 0:
        raise ValueError(f"negative number ({number}) not allowed: {text}")
    return number
