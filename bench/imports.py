"""Importing aiokube with one group and its models, against `import aiohttp`, each in a new process."""

from __future__ import annotations

from .measure import RESIDENT, Row, alternate, python

_ROUNDS = 15
_TARGET = 1.6
_MEMORY_TARGET = 45.0

_OURS = (
    "import aiokube, aiokube.client, aiokube.api.core_v1, aiokube.models.core_v1, "
    "aiokube.runtime.http.aiohttp.transport"
)
_MEMORY = f"{RESIDENT}\nprint(resident())"


def imports() -> list[Row]:
    """Measure the time and the memory of the import."""
    python(_OURS)
    found = alternate(_ROUNDS, aiokube=lambda: python(_OURS), aiohttp=lambda: python("import aiohttp"))
    ratio = found["aiokube"] / found["aiohttp"]
    ours, floor = float(python(_OURS + "\n" + _MEMORY)), float(python("import aiohttp\n" + _MEMORY))
    return [
        Row(
            what="import aiokube, core_v1 and its models",
            ours=f"{found['aiokube'] * 1e3:.0f} ms",
            reference=f"import aiohttp {found['aiohttp'] * 1e3:.0f} ms",
            ratio=ratio,
            target=f"<= {_TARGET}",
            reached=ratio <= _TARGET,
        ),
        Row(
            what="memory after that import",
            ours=f"{ours:.0f} MB",
            reference=f"import aiohttp {floor:.0f} MB",
            ratio=ours / floor,
            target=f"<= {_MEMORY_TARGET:.0f} MB",
            reached=ours <= _MEMORY_TARGET,
        ),
    ]
