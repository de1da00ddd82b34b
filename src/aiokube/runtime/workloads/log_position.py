"""The place in a log up to which its lines were delivered."""

from __future__ import annotations

import re
from collections import Counter, deque
from datetime import UTC, datetime
from functools import lru_cache

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII)
_SECOND = 1_000_000_000

# Container runtimes take the time of a line before they write it, and those of stdout and stderr in parallel.
_DISORDER = _SECOND // 10


class LogPosition:
    """The place in a log up to which its lines were delivered.

    A response that begins at `since` repeats some of them: the API server rounds times down to a second, several lines
    may have the same time, and times may be out of order by up to a tenth of a second. All times are in nanoseconds
    since 1970.
    """

    def __init__(self) -> None:
        self._newest: int | None = None
        self._recent: deque[int] = deque()
        self._delivered_before: int | None = None
        self._repeated: Counter[int] = Counter()

    @property
    def since(self) -> str | None:
        """The time at which a response has to begin, for the API; None for the beginning of the log."""
        if self._newest is None:
            return None
        seconds, fraction = divmod(self._newest - _DISORDER, _SECOND)
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:09}Z"

    def resume(self) -> None:
        """Expect a response that begins at `since`."""
        if self._newest is not None:
            self._delivered_before = self._newest - _DISORDER
            self._repeated = Counter(self._recent)

    def accept(self, time: int) -> bool:
        """Move on by a line; return False if it was delivered before.

        Args:
            time: Time of the line.
        """
        if self._delivered_before is not None and time < self._delivered_before:
            return False
        if self._repeated[time] > 0:
            self._repeated[time] -= 1
            return False
        self._newest = time if self._newest is None else max(self._newest, time)
        self._recent.append(time)
        while self._recent[0] < self._newest - _DISORDER:
            self._recent.popleft()
        return True


def time_of(stamp: str) -> int | None:
    """Return the time that a line of a log begins with, in nanoseconds since 1970; None if it is no time."""
    match = _TIME.fullmatch(stamp)
    if match is None:
        return None
    seconds = _seconds(f"{match[1]}{match[3]}")
    return None if seconds is None else seconds * _SECOND + int((match[2] or "")[:9].ljust(9, "0"))


@lru_cache(maxsize=256)
def _seconds(stamp: str) -> int | None:
    try:
        seconds = int(datetime.fromisoformat(stamp).timestamp())
    except ValueError:
        return None
    # The zero time of Go is that of no line.
    return seconds if seconds > 0 else None
