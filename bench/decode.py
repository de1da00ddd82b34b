"""Decoding a list of pods: dataclasses of aiokube against dicts of orjson, with the default garbage collector."""

from __future__ import annotations

import orjson

from aiokube.models.core_v1 import PodList

from .measure import alternate
from .rows import Row

_ROUNDS = 15
_TARGET = 0.35


def decode(body: bytes) -> Row:
    """Measure the decoding of a list of pods in JSON."""
    count = len(PodList.from_json(body).items)
    found = alternate(_ROUNDS, aiokube=lambda: PodList.from_json(body), orjson=lambda: orjson.loads(body))
    return Row(
        section="Decode",
        measure="wall time of a list",
        sentence=f"time to decode {count:,} pods, {len(body) / 1e6:.1f} MB, to typed objects; with orjson, to dicts.",
        ours=found["aiokube"] * 1e3,
        unit="ms",
        against="orjson",
        theirs=found["orjson"] * 1e3,
        most_ratio=_TARGET,
    )
