"""The runtime as generated packages know it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiokube.runtime import version
from aiokube.runtime.verbs import abi, protocols

RUNTIME: Final = "aiokube.runtime.verbs"
"""The module that generated code imports from, and from no other of the runtime."""

ABI: Final = abi.ABI
"""Version of the contract that packages are generated for."""

GENERATOR: Final = version.__version__
"""Version of the generator, which is that of aiokube."""

SHIPPED: Final = "aiokube"
"""The package that is generated from `spec/`, whose classes others share."""

SHIPPED_FOLDER: Final = Path(version.__file__).parents[1]
"""Its folder."""

_META = "io.k8s.apimachinery.pkg.apis.meta.v1"

RUNTIME_CLASSES: Final = {
    f"{_META}.ListMeta": "ListMeta",
    f"{_META}.ShardInfo": "ShardInfo",
    f"{_META}.Status": "Status",
    f"{_META}.StatusCause": "StatusCause",
    f"{_META}.StatusDetails": "StatusDetails",
    "io.k8s.apimachinery.pkg.version.Info": "VersionInfo",
}
"""Definitions that the runtime has classes for, by their names in `RUNTIME`; generated models re-export these."""

PROTOCOLS: Final = f"{RUNTIME}.protocols"
"""The module of the general verbs' protocols, which a package's own `protocols` imports."""

PROTOCOL_NAMES: Final = tuple(protocols.__all__)
"""The names in it."""


def protocol_methods(protocol: str) -> Mapping[str, inspect.Signature]:
    """Return the methods that a protocol declares itself; the signatures of overloaded ones are left open."""
    members = vars(getattr(protocols, protocol))
    return {
        name: inspect.signature(member)
        for name, member in members.items()
        if inspect.isfunction(member) and name[0] != "_"
    }
