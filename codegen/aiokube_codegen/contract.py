"""The runtime as generated packages know it."""

from __future__ import annotations

from typing import Final

from aiokube.runtime.verbs import abi
from aiokube.runtime.version import __version__

RUNTIME: Final = "aiokube.runtime.verbs"
"""The module that generated code imports from, and from no other of the runtime."""

ABI: Final = abi.ABI
"""Version of the contract that packages are generated for."""

GENERATOR: Final = __version__
"""Version of the generator, which is that of aiokube."""
