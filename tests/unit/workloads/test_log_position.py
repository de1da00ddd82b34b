"""The place in a log up to which its lines were delivered."""

from __future__ import annotations

import pytest

from aiokube.runtime.workloads.log_position import LogPosition, time_of


def at(fraction: int) -> int:
    """A time in nanoseconds after a full second."""
    return 1_800_000_000_000_000_000 + fraction


def deliver(position: LogPosition, *times: int) -> list[int]:
    """Return the times of the lines that are new."""
    return [time for time in times if position.accept(time)]


def test_a_response_that_repeats_lines_yields_the_new_ones() -> None:
    position = LogPosition()
    first = [at(1), at(2), at(2), at(7)]
    position.resume()
    assert deliver(position, *first) == first
    position.resume()
    # Another line with the time of the last one.
    assert deliver(position, *first, at(7), at(9)) == [at(7), at(9)]
    position.resume()
    assert deliver(position, *first, at(7), at(9), at(9)) == [at(9)]


def test_a_line_that_arrives_after_a_slightly_later_one_is_not_lost() -> None:
    position = LogPosition()
    position.resume()
    assert deliver(position, at(5), at(60_000_000)) == [at(5), at(60_000_000)]
    position.resume()
    assert deliver(position, at(5), at(60_000_000), at(59_000_000), at(4)) == [at(59_000_000), at(4)]


def test_a_response_without_the_lines_that_were_delivered_is_new() -> None:
    position = LogPosition()
    position.resume()
    deliver(position, at(5))
    position.resume()
    assert deliver(position, at(2_000_000_000)) == [at(2_000_000_000)]
    position.resume()
    assert deliver(position, at(5), at(2_000_000_000)) == []


def test_times_that_go_back_within_a_response_are_delivered() -> None:
    position = LogPosition()
    position.resume()
    times = [at(5_000_000_000), at(1), at(5_000_000_001)]
    assert deliver(position, *times) == times


def test_a_response_begins_a_tenth_of_a_second_before_the_last_line() -> None:
    position = LogPosition()
    assert position.since is None
    position.resume()
    assert position.accept(1_700_000_000_050_000_001)
    assert position.since == "2023-11-14T22:13:19.950000001Z"


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        ("2023-11-14T22:13:20Z", 1_700_000_000_000_000_000),
        ("2023-11-14T22:13:20.5Z", 1_700_000_000_500_000_000),
        ("2023-11-14T22:13:20.123456789Z", 1_700_000_000_123_456_789),
        ("2023-11-14T22:13:20.1234567891234Z", 1_700_000_000_123_456_789),
        ("2023-11-15T00:13:20.000000001+02:00", 1_700_000_000_000_000_001),
        ("2023-11-14T21:43:20-00:30", 1_700_000_000_000_000_000),
        ("unable", None),
        ("", None),
        ("2023-11-14T22:13:20", None),
        ("2023-13-14T22:13:20Z", None),
        ("2023-11-14T22:13:20.Z", None),
        ("0001-01-01T00:00:00Z", None),
        ("２０２３-11-14T22:13:20Z", None),
    ],
)
def test_the_time_of_a_line_is_read_with_its_zone_and_all_digits(stamp: str, time: int | None) -> None:
    assert time_of(stamp) == time
