"""An asyncio client for Kubernetes whose types and methods are generated from the API of a cluster."""

from importlib import import_module
from typing import TYPE_CHECKING

from .runtime.codec.model import Model
from .runtime.codec.partial_metadata import PartialObjectMetadata
from .runtime.codec.scalars import MicroTime, Quantity
from .runtime.config.config import Config
from .runtime.config.identity import ExecConfig, Impersonation
from .runtime.errors import AiokubeError, ApiError, ConfigError
from .runtime.http.api_warnings import ApiWarning
from .runtime.http.retry import Attempt
from .runtime.http.retry_on_conflict import retry_on_conflict
from .runtime.version import __version__
from .runtime.watching.change_queue import InformerChange
from .runtime.watching.events import WatchEvent
from .runtime.watching.informer import Informer
from .runtime.watching.object_key import ObjectKey, key_of
from .runtime.watching.subscription import Subscription
from .runtime.watching.wait import created, deleted

if TYPE_CHECKING:
    from . import errors, models
    from .client import Client
    from .runtime.controllers.leader_election import LeaderElector
    from .runtime.controllers.work_queue import WorkQueue
    from .runtime.http.auth.plugin_policy import PluginPolicy

__all__ = [
    "AiokubeError",
    "ApiError",
    "ApiWarning",
    "Attempt",
    "Client",
    "Config",
    "ConfigError",
    "ExecConfig",
    "Impersonation",
    "Informer",
    "InformerChange",
    "LeaderElector",
    "MicroTime",
    "Model",
    "ObjectKey",
    "PartialObjectMetadata",
    "PluginPolicy",
    "Quantity",
    "Subscription",
    "WatchEvent",
    "WorkQueue",
    "__version__",
    "created",
    "deleted",
    "errors",
    "key_of",
    "models",
    "retry_on_conflict",
]


# What loads on first use: a package that somebody generated builds on `aiokube.runtime` alone, and not every service
# has a queue or a leader.
_LAZY = {
    "Client": ".client",
    "LeaderElector": ".runtime.controllers.leader_election",
    "PluginPolicy": ".runtime.http.auth.plugin_policy",
    "WorkQueue": ".runtime.controllers.work_queue",
}


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name], __name__), name)
    if name in ("errors", "models"):
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
