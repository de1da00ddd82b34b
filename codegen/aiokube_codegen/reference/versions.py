"""Versions in the order in which Kubernetes prefers them: `v2`, `v1`, `v1beta2`, `v1beta1`, `v1alpha1`, then others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from .catalog import Version

_VERSION: Final = re.compile(r"v(?P<major>[0-9]+)(?:(?P<stage>alpha|beta)(?P<minor>[0-9]+))?")
_STAGES: Final = (None, "beta", "alpha")


def by_preference(versions: Iterable[Version]) -> list[Version]:
    """Sort versions of a group."""
    return sorted(versions, key=lambda one: preference(one.version))


def preference(version: str) -> tuple[int, int, int, str]:
    """Return what sorts a version of a group among the others."""
    found = _VERSION.fullmatch(version)
    if found is None:
        return len(_STAGES), 0, 0, version
    return _STAGES.index(found["stage"]), -int(found["major"]), -int(found["minor"] or 0), version
