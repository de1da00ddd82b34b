"""An asyncio client for Kubernetes whose types and methods are generated from the API of a cluster."""

from importlib import import_module
from typing import TYPE_CHECKING

from .runtime import (
    Config,
    MicroTime,
    Model,
    Quantity,
    WatchEvent,
)
from .runtime.errors import AiokubeError, ApiError, ConfigError
from .runtime.version import __version__
from .runtime.warning import ApiWarning

if TYPE_CHECKING:
    from . import errors, models
    from .client import Client

__all__ = [
    "AiokubeError",
    "ApiError",
    "ApiWarning",
    "Client",
    "Config",
    "ConfigError",
    "MicroTime",
    "Model",
    "Quantity",
    "WatchEvent",
    "__version__",
    "errors",
    "models",
]


def __getattr__(name: str) -> object:
    # A package that somebody generated builds on `aiokube.runtime` alone: the client of this one loads on first use.
    if name == "Client":
        return import_module(".client", __name__).Client
    if name in ("errors", "models"):
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
