"""Claims of volumes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...runtime.codec.scalars import Quantity
from ..failures import Cause
from ..store import Object
from .causes import forbidden, invalid, one_of, required, subdomain_causes, unsupported
from .labels import label_selector_causes

_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")


def claim_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with a persistent volume claim."""
    yield from claim_spec_causes(obj["spec"], "spec")


def claim_spec_causes(spec: Any, path: str) -> Iterator[Cause]:
    """Return what is wrong with the spec of a claim."""
    modes = spec.get("accessModes") or []
    if not modes:
        yield required(f"{path}.accessModes", "at least 1 access mode is required")
    yield from label_selector_causes(spec.get("selector"), f"{path}.selector")
    for mode in modes:
        if mode not in _MODES:
            yield unsupported(f"{path}.accessModes", mode, _MODES)
    if "ReadWriteOncePod" in modes and set(modes) & set(_MODES[:-1]):
        yield forbidden(f"{path}.accessModes", "may not use ReadWriteOncePod with other access modes")
    size = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if size is None:
        yield required(f"{path}.resources[storage]")
    elif Quantity(size).value <= 0:
        yield invalid(f"{path}.resources[storage]", str(size), "must be greater than zero")
    if name := spec.get("storageClassName"):
        yield from subdomain_causes(name, f"{path}.storageClassName")
    yield from one_of(spec.get("volumeMode"), f"{path}.volumeMode", ("Block", "Filesystem"))
