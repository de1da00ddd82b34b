"""The delays of exponential backoff, in virtual time."""

from __future__ import annotations

import asyncio

from aiokube.runtime.http.backoff import Backoff
from tests.support.virtual import virtual_time


@virtual_time
async def test_delays_double_up_to_half_a_minute() -> None:
    backoff = Backoff(jitter=lambda: 0.0)
    delays = []
    for _ in range(8):
        delays.append(backoff.next())
        await asyncio.sleep(delays[-1])
    assert delays == [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]


@virtual_time
async def test_jitter_adds_up_to_100_percent() -> None:
    delays = [Backoff().next() for _ in range(1000)]
    assert 0.8 <= min(delays) < 0.85
    assert 1.55 < max(delays) < 1.6
    assert Backoff(jitter=lambda: 0.5).next() == 0.8 * 1.5


@virtual_time
async def test_two_minutes_without_a_failure_reset_the_delay() -> None:
    backoff = Backoff(jitter=lambda: 0.0)
    await asyncio.sleep(backoff.next())
    await asyncio.sleep(119)
    second = backoff.next()
    await asyncio.sleep(second)
    await asyncio.sleep(120)
    assert (second, backoff.next()) == (1.6, 0.8)


@virtual_time
async def test_reset_restores_the_first_delay() -> None:
    backoff = Backoff(jitter=lambda: 0.0)
    assert [backoff.next(), backoff.next()] == [0.8, 1.6]
    backoff.reset()
    assert [backoff.next(), backoff.next()] == [0.8, 1.6]


@virtual_time
async def test_a_long_outage_does_not_reset_the_delay() -> None:
    backoff = Backoff(jitter=lambda: 0.0)
    for _ in range(100):
        await asyncio.sleep(backoff.next())
    assert backoff.next() == 30.0
