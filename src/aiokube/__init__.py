"""An asyncio client for Kubernetes whose types and methods are generated from the API of a cluster."""

from importlib import import_module
from typing import TYPE_CHECKING

from .runtime.public import public as _public
from .runtime.version import __version__

if TYPE_CHECKING:
    from . import apply, config, errors, manifests, models, protocols, streams, workloads
    from .client import Client
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
    from .runtime.controllers.leader_election import LeaderElector
    from .runtime.controllers.work_queue import WorkQueue
    from .runtime.discovery.api_resource import ApiResource, ApiSubresource
    from .runtime.errors import AiokubeError, ApiError, ConfigError
    from .runtime.http.api_warnings import ApiWarning
    from .runtime.http.attempt import Attempt
    from .runtime.http.parameters import DryRun, FieldValidation, PropagationPolicy, ResourceVersionMatch
    from .runtime.http.raw_response import WithResponse, with_raw_response
    from .runtime.http.request import Response
    from .runtime.http.retry_on_conflict import retry_on_conflict
    from .runtime.verbs.api.api import Api
    from .runtime.watching.change_queue import InformerChange
    from .runtime.watching.events import WatchEvent
    from .runtime.watching.informer import Informer
    from .runtime.watching.object_key import ObjectKey, key_of
    from .runtime.watching.subscription import Subscription
    from .runtime.watching.wait import Deleted, created, deleted
    from .runtime.watching.watcher import Watch

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


# Imported on first use: models need no client, and few programs need queues or leader election.
_HOMES = {
    "ABSENT_DICT": ".runtime.codec.absent",
    "ABSENT_LIST": ".runtime.codec.absent",
    "AiokubeError": ".runtime.errors",
    "AnyMetadata": ".runtime.codec.any_object",
    "AnyObject": ".runtime.codec.any_object",
    "Api": ".runtime.verbs.api.api",
    "ApiError": ".runtime.errors",
    "ApiResource": ".runtime.discovery.api_resource",
    "ApiSubresource": ".runtime.discovery.api_resource",
    "ApiWarning": ".runtime.http.api_warnings",
    "Attempt": ".runtime.http.attempt",
    "BaseClient": ".runtime.base_client",
    "Client": ".client",
    "Config": ".runtime.config.config",
    "ConfigError": ".runtime.errors",
    "Deleted": ".runtime.watching.wait",
    "DryRun": ".runtime.http.parameters",
    "DynamicMetadata": ".runtime.codec.dynamic_object",
    "DynamicObject": ".runtime.codec.dynamic_object",
    "FieldValidation": ".runtime.http.parameters",
    "Informer": ".runtime.watching.informer",
    "InformerChange": ".runtime.watching.change_queue",
    "LeaderElector": ".runtime.controllers.leader_election",
    "ListModel": ".runtime.codec.list_model",
    "MicroTime": ".runtime.codec.scalars",
    "Model": ".runtime.codec.model",
    "ObjectKey": ".runtime.watching.object_key",
    "ObjectList": ".runtime.codec.object_list",
    "OpenModel": ".runtime.codec.open_model",
    "PartialObjectMetadata": ".runtime.codec.partial_metadata",
    "PropagationPolicy": ".runtime.http.parameters",
    "Quantity": ".runtime.codec.scalars",
    "ResourceVersionMatch": ".runtime.http.parameters",
    "Response": ".runtime.http.request",
    "Subscription": ".runtime.watching.subscription",
    "UNSET": ".runtime.codec.model",
    "UnsetType": ".runtime.codec.model",
    "VersionInfo": ".runtime.codec.version_info",
    "Watch": ".runtime.watching.watcher",
    "WatchEvent": ".runtime.watching.events",
    "WithResponse": ".runtime.http.raw_response",
    "WorkQueue": ".runtime.controllers.work_queue",
    "absent": ".runtime.codec.absent",
    "created": ".runtime.watching.wait",
    "deleted": ".runtime.watching.wait",
    "extract": ".runtime.codec.managed_fields",
    "key_of": ".runtime.watching.object_key",
    "retry_on_conflict": ".runtime.http.retry_on_conflict",
    "schema": ".runtime.codec.json_schema",
    "with_raw_response": ".runtime.http.raw_response",
}
_MODULES = ("apply", "config", "errors", "manifests", "models", "protocols", "streams", "workloads")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name in _MODULES:
            return import_module(f".{name}", __name__)
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_HOMES[name], __name__), name)
        # It is generated, and does not know where it is imported from.
        globals()[name] = _public(__name__)(value) if name == "Client" else value
        return value
