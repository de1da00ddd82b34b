"""What generated packages build on."""

from .client import BaseClient as BaseClient
from .config import Config as Config
from .errors import (
    AiokubeError as AiokubeError,
)
from .model import (
    UNSET as UNSET,
    Model as Model,
    Raw as Raw,
    UnsetType as UnsetType,
    dataclass as dataclass,
    field as field,
)
from .resource import GroupVersion as GroupVersion, Resource as Resource
from .scalars import MicroTime as MicroTime, Quantity as Quantity
from .watch import WatchEvent as WatchEvent
