"""An asyncio client for Kubernetes whose types and methods are generated from the API of a cluster."""

from importlib import import_module
from typing import TYPE_CHECKING

from .runtime.base_client import BaseClient
from .runtime.codec.absent import ABSENT_DICT, ABSENT_LIST, absent
from .runtime.codec.any_object import AnyMetadata, AnyObject
from .runtime.codec.dynamic_object import DynamicMetadata, DynamicObject
from .runtime.codec.json_schema import schema
from .runtime.codec.list_model import ListModel
from .runtime.codec.managed_fields import extract
from .runtime.codec.model import UNSET, Model, UnsetType
from .runtime.codec.object_list import ObjectList
from .runtime.codec.open_model import OpenModel
from .runtime.codec.partial_metadata import PartialObjectMetadata
from .runtime.codec.scalars import MicroTime, Quantity
from .runtime.codec.version_info import VersionInfo
from .runtime.config.config import Config
from .runtime.discovery.api_resource import ApiResource, ApiSubresource
from .runtime.errors import AiokubeError, ApiError, ConfigError
from .runtime.http.api_warnings import ApiWarning
from .runtime.http.attempt import Attempt
from .runtime.http.parameters import DryRun, FieldValidation, PropagationPolicy, ResourceVersionMatch
from .runtime.http.raw_response import WithResponse, with_raw_response
from .runtime.http.request import Response
from .runtime.http.retry_on_conflict import retry_on_conflict
from .runtime.public import public as _public
from .runtime.version import __version__
from .runtime.watching.change_queue import InformerChange
from .runtime.watching.events import WatchEvent
from .runtime.watching.informer import Informer
from .runtime.watching.object_key import ObjectKey, key_of
from .runtime.watching.subscription import Subscription
from .runtime.watching.wait import Deleted, created, deleted
from .runtime.watching.watcher import Watch

if TYPE_CHECKING:
    from . import apply, config, errors, manifests, models, protocols, streams, workloads
    from .client import Client
    from .runtime.controllers.leader_election import LeaderElector
    from .runtime.controllers.work_queue import WorkQueue
    from .runtime.verbs.api.api import Api

__all__ = [
    "ABSENT_DICT",
    "ABSENT_LIST",
    "UNSET",
    "AiokubeError",
    "AnyMetadata",
    "AnyObject",
    "Api",
    "ApiError",
    "ApiResource",
    "ApiSubresource",
    "ApiWarning",
    "Attempt",
    "BaseClient",
    "Client",
    "Config",
    "ConfigError",
    "Deleted",
    "DryRun",
    "DynamicMetadata",
    "DynamicObject",
    "FieldValidation",
    "Informer",
    "InformerChange",
    "LeaderElector",
    "ListModel",
    "MicroTime",
    "Model",
    "ObjectKey",
    "ObjectList",
    "OpenModel",
    "PartialObjectMetadata",
    "PropagationPolicy",
    "Quantity",
    "ResourceVersionMatch",
    "Response",
    "Subscription",
    "UnsetType",
    "VersionInfo",
    "Watch",
    "WatchEvent",
    "WithResponse",
    "WorkQueue",
    "__version__",
    "absent",
    "apply",
    "config",
    "created",
    "deleted",
    "errors",
    "extract",
    "key_of",
    "manifests",
    "models",
    "protocols",
    "retry_on_conflict",
    "schema",
    "streams",
    "with_raw_response",
    "workloads",
]


# Imported on first use: generated packages have their own client, and few programs need queues or leader election.
_LAZY = {
    "Api": ".runtime.verbs.api.api",
    "Client": ".client",
    "LeaderElector": ".runtime.controllers.leader_election",
    "WorkQueue": ".runtime.controllers.work_queue",
}
_MODULES = ("apply", "config", "errors", "manifests", "models", "protocols", "streams", "workloads")


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return _public(__name__)(getattr(import_module(_LAZY[name], __name__), name))
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
