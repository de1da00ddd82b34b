"""An asyncio client for Kubernetes whose types and methods are generated from the API of a cluster."""

from importlib import import_module
from typing import TYPE_CHECKING

from .runtime import (
    Change,
    Config,
    Informer,
    Key,
    MicroTime,
    Model,
    PartialObjectMetadata,
    Quantity,
    Subscription,
    WatchEvent,
    created,
    deleted,
    key_of,
)
from .runtime.attempts import Attempt
from .runtime.conflict import retry_on_conflict
from .runtime.errors import AiokubeError, ApiError, ConfigError
from .runtime.version import __version__
from .runtime.warning import ApiWarning

if TYPE_CHECKING:
    from . import errors, models
    from .client import Client
    from .runtime.auth.policy import PluginPolicy

__all__ = [
    "AiokubeError",
    "ApiError",
    "ApiWarning",
    "Attempt",
    "Change",
    "Client",
    "Config",
    "ConfigError",
    "Informer",
    "Key",
    "MicroTime",
    "Model",
    "PartialObjectMetadata",
    "PluginPolicy",
    "Quantity",
    "Subscription",
    "WatchEvent",
    "__version__",
    "created",
    "deleted",
    "errors",
    "key_of",
    "models",
    "retry_on_conflict",
]


def __getattr__(name: str) -> object:
    # A package that somebody generated builds on `aiokube.runtime` alone: the client of this one loads on first use.
    if name == "Client":
        return import_module(".client", __name__).Client
    if name == "PluginPolicy":
        return import_module(".runtime.auth.policy", __name__).PluginPolicy
    if name in ("errors", "models"):
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
