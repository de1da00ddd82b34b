"""The contract between generated packages and the runtime.

Generated code imports from this module, its protocols from `protocols`, and from no other one of the runtime. `ABI` is
the version of the contract:

- the names below;
- the verbs of `Resource` (`_get`, `_list`, `_watch`, `_exec`, ...), of `GroupVersion` (`_call`, `_text`) and of both
  (`_request`), which a generated method calls with the facts of its operation. Each is documented in `resource`,
  `list_verbs`, `stream_verbs`, `group_version` or `base`.

Arguments mean the same for all verbs. `path` is a path template as in the OpenAPI document, with `{namespace}` and
`{name}` for the arguments `namespace` and `name`. `query` holds query parameters by their names in the API; those with
the value None are left out. A body is an object or a manifest in wire form.

A model derives from `Model`, or from `OpenModel` if it keeps unknown fields, and from `QuantityModel` as well if it
holds quantities. Wherever an `OpenModel` X stands in an annotation it is `Open[X]`, or its unknown fields are dropped:
`spec: Open[Spec] = absent(Spec)`, `items: list[Open[Kind]]`. A kind without a schema derives from `DynamicObject`. The
attribute `extra_fields` is taken in open models, and the name `*extra_fields` in JSON is in all.

A field that may be null, of a type X, is `X | UnsetType | None = UNSET`; a list `list[X] | None = ABSENT_LIST`; a map
`dict[str, X] | None = ABSENT_DICT`; a required one `X | None`. Quantities have types of their own: `NullableQuantity =
UNSET_QUANTITY`, `NullableQuantityList`, `NullableQuantityMap`, and `OptionalQuantity` without a default. `Raw |
UnsetType = UNSET` and `Any = UNSET` hold null by themselves.

All verbs raise `InvalidRequest` before a request that cannot be built, the subclass of `ApiError` for the `Status` of a
failure, `ConnectionError` without a response, and `DecodeError` for a response that does not fit its class. `Raises`
lists what is particular to a verb.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from ..codec.absent import ABSENT_DICT as ABSENT_DICT
from ..codec.absent import ABSENT_LIST as ABSENT_LIST
from ..codec.absent import absent as absent
from ..codec.dynamic_object import DynamicObject as DynamicObject
from ..codec.list_model import ListModel as ListModel
from ..codec.model import UNSET as UNSET
from ..codec.model import Model as Model
from ..codec.model import Raw as Raw
from ..codec.model import UnsetType as UnsetType
from ..codec.model import dataclass as dataclass
from ..codec.model import field as field
from ..codec.open_model import OpenModel as OpenModel
from ..codec.open_types import Open as Open
from ..codec.partial_metadata import PartialObjectMetadata as PartialObjectMetadata
from ..codec.quantity_fields import ABSENT_QUANTITY as ABSENT_QUANTITY
from ..codec.quantity_fields import ABSENT_QUANTITY_LIST as ABSENT_QUANTITY_LIST
from ..codec.quantity_fields import ABSENT_QUANTITY_MAP as ABSENT_QUANTITY_MAP
from ..codec.quantity_fields import UNSET_QUANTITY as UNSET_QUANTITY
from ..codec.quantity_fields import AnyQuantity as AnyQuantity
from ..codec.quantity_fields import NullableQuantity as NullableQuantity
from ..codec.quantity_fields import NullableQuantityList as NullableQuantityList
from ..codec.quantity_fields import NullableQuantityMap as NullableQuantityMap
from ..codec.quantity_fields import OptionalQuantity as OptionalQuantity
from ..codec.quantity_fields import QuantityField as QuantityField
from ..codec.quantity_fields import QuantityList as QuantityList
from ..codec.quantity_fields import QuantityMap as QuantityMap
from ..codec.quantity_fields import QuantityModel as QuantityModel
from ..codec.scalars import Quantity as Quantity
from ..codec.status import ListMeta as ListMeta
from ..codec.status import ShardInfo as ShardInfo
from ..codec.status import Status as Status
from ..codec.status import StatusCause as StatusCause
from ..codec.status import StatusDetails as StatusDetails
from ..codec.untyped import Untyped as Untyped
from ..codec.untyped import UntypedManifest as UntypedManifest
from ..codec.verbatim import BytesField as BytesField
from ..codec.verbatim import TimeField as TimeField
from ..codec.version_info import VersionInfo as VersionInfo
from ..errors import DecodeError as DecodeError
from ..secret import hides_arguments as hides_arguments
from .abi import ABI as ABI
from .abi import check_abi as check_abi
from .group_property import group_property as group_property

if TYPE_CHECKING:
    from ..base_client import BaseClient as BaseClient
    from ..http.parameters import DryRun as DryRun
    from ..http.parameters import FieldValidation as FieldValidation
    from ..http.parameters import PropagationPolicy as PropagationPolicy
    from ..http.parameters import ResourceVersionMatch as ResourceVersionMatch
    from ..http.selectors import Selector as Selector
    from ..streams.copy_result import Copied as Copied
    from ..streams.copy_result import CopyProgress as CopyProgress
    from ..streams.log import LogLine as LogLine
    from ..streams.log import LogLines as LogLines
    from ..streams.port_forwarder import PortForwarder as PortForwarder
    from ..streams.process import STREAM_PROTOCOLS as STREAM_PROTOCOLS
    from ..streams.process import Completed as Completed
    from ..streams.process import Process as Process
    from ..streams.service_proxy import ProxyResponse as ProxyResponse
    from ..streams.service_proxy import ProxyWebSocket as ProxyWebSocket
    from ..watching.events import WatchEvent as WatchEvent
    from ..watching.informer import Informer as Informer
    from ..watching.wait import Deleted as Deleted
    from ..watching.watcher import Watch as Watch
    from ..workloads.results import Drained as Drained
    from ..workloads.results import DrainProgress as DrainProgress
    from ..workloads.results import NodeUsage as NodeUsage
    from ..workloads.results import PodUsage as PodUsage
    from ..workloads.results import Revision as Revision
    from ..workloads.results import Rollout as Rollout
    from .bodies import Change as Change
    from .custom_resource import CustomResource as CustomResource
    from .custom_resource import ListT as ListT
    from .custom_resource import ManifestT as ManifestT
    from .custom_resource import ObjectT as ObjectT
    from .group_version import GroupVersion as GroupVersion
    from .resource import Resource as Resource

# Generated models annotate their fields with it.
if TYPE_CHECKING:
    from ..codec.scalars import MicroTime as MicroTime
else:
    from ..codec.scalars import MicroTimeField as MicroTime  # noqa: F401 - it is the same to type checkers

# Imported on first use: models need none of it.
_HOMES = {
    "BaseClient": "..base_client",
    "Change": ".bodies",
    "Completed": "..streams.process",
    "Copied": "..streams.copy_result",
    "CopyProgress": "..streams.copy_result",
    "CustomResource": ".custom_resource",
    "Deleted": "..watching.wait",
    "DrainProgress": "..workloads.results",
    "Drained": "..workloads.results",
    "DryRun": "..http.parameters",
    "FieldValidation": "..http.parameters",
    "GroupVersion": ".group_version",
    "Informer": "..watching.informer",
    "ListT": ".custom_resource",
    "LogLine": "..streams.log",
    "LogLines": "..streams.log",
    "ManifestT": ".custom_resource",
    "NodeUsage": "..workloads.results",
    "ObjectT": ".custom_resource",
    "PodUsage": "..workloads.results",
    "PortForwarder": "..streams.port_forwarder",
    "Process": "..streams.process",
    "PropagationPolicy": "..http.parameters",
    "ProxyResponse": "..streams.service_proxy",
    "ProxyWebSocket": "..streams.service_proxy",
    "Resource": ".resource",
    "ResourceVersionMatch": "..http.parameters",
    "Revision": "..workloads.results",
    "Rollout": "..workloads.results",
    "STREAM_PROTOCOLS": "..streams.process",
    "Selector": "..http.selectors",
    "Watch": "..watching.watcher",
    "WatchEvent": "..watching.events",
}


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_HOMES[name], __name__), name)
        return value
