"""Importing aiokube with one group and its models, against `import aiohttp`, each in a new process."""

from __future__ import annotations

from .measure import RESIDENT, alternate, python
from .rows import Row

_TARGET = 1.6
_MEMORY_TARGET = 45.0

_OURS = (
    "import aiokube, aiokube.client, aiokube.api.core_v1, aiokube.models.core_v1, "
    "aiokube.runtime.http.aiohttp.transport"
)
_MEMORY = f"{RESIDENT}\nprint(resident())"


def imports(rounds: int) -> list[Row]:
    """Measure the time and the memory of the import."""
    python(_OURS)
    found = alternate(rounds, aiokube=lambda: python(_OURS), aiohttp=lambda: python("import aiohttp"))
    ours, floor = float(python(_OURS + "\n" + _MEMORY)), float(python("import aiohttp\n" + _MEMORY))
    return [
        Row(
            section="Import",
            measure="wall time of the import",
            sentence="time of a new Python process that imports aiokube, `core_v1` and its models, or aiohttp alone.",
            ours=found["aiokube"] * 1e3,
            unit="ms",
            against="aiohttp",
            theirs=found["aiohttp"] * 1e3,
            most_ratio=_TARGET,
        ),
        Row(
            section="Import",
            measure="memory after the import",
            sentence="resident memory of that process, Python included.",
            ours=ours,
            unit="MB",
            against="aiohttp",
            theirs=floor,
            most=_MEMORY_TARGET,
        ),
    ]
