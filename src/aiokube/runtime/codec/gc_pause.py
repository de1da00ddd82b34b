"""The cyclic garbage collector, out of the way while a large body becomes objects."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

LARGE_BODY = 1 << 16
"""Bytes; below, switching the collector off and on costs more than it saves."""


@contextmanager
def gc_paused(size: int) -> Iterator[None]:
    """Pause the collector for a body of that many bytes, if it is large.

    Every object that is made of it survives, so the collector would walk them all again and again for nothing.
    """
    pause = size >= LARGE_BODY and gc.isenabled()
    if pause:
        gc.disable()
    try:
        yield
    finally:
        if pause:
            gc.enable()
