"""Decoding a list of pods: dataclasses of aiokube against dicts of orjson, with the default garbage collector."""

from __future__ import annotations

import orjson

from aiokube.models.core_v1 import PodList

from .measure import Row, alternate

_ROUNDS = 15
_TARGET = 0.35


def decode(body: bytes) -> Row:
    """Measure the decoding of a list of pods in JSON."""
    count = len(PodList.from_json(body).items)
    found = alternate(_ROUNDS, aiokube=lambda: PodList.from_json(body), orjson=lambda: orjson.loads(body))
    ratio = found["aiokube"] / found["orjson"]
    return Row(
        what=f"decode {count:,} pods, {len(body) / 1e6:.1f} MB",
        ours=f"{found['aiokube'] * 1e3:.0f} ms",
        reference=f"orjson.loads {found['orjson'] * 1e3:.0f} ms",
        ratio=ratio,
        target=f"<= {_TARGET}",
        reached=ratio <= _TARGET,
    )
