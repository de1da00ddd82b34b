"""The runtime as generated packages know it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import aiokube
from aiokube.runtime.verbs import abi
from aiokube.runtime.version import __version__

RUNTIME: Final = "aiokube.runtime.verbs"
"""The module that generated code imports from, and from no other of the runtime."""

ABI: Final = abi.ABI
"""Version of the contract that packages are generated for."""

GENERATOR: Final = __version__
"""Version of the generator, which is that of aiokube."""

SHIPPED: Final = aiokube.__name__
"""The package that is generated from `spec/`, whose classes others share."""

SHIPPED_FOLDER: Final = Path(aiokube.__file__).parent
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
