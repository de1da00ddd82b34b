"""What generated packages build on."""

from .client import BaseClient as BaseClient
from .config import Config as Config
from .errors import AiokubeError as AiokubeError
from .errors import DecodeError as DecodeError
from .events import WatchEvent as WatchEvent
from .feed import Change as Change
from .handlers import Subscription as Subscription
from .informer import Informer as Informer
from .key import Key as Key
from .key import key_of as key_of
from .metadata import PartialObjectMetadata as PartialObjectMetadata
from .model import (
    UNSET as UNSET,
)
from .model import (
    Model as Model,
)
from .model import (
    Raw as Raw,
)
from .model import (
    UnsetType as UnsetType,
)
from .model import (
    dataclass as dataclass,
)
from .model import (
    field as field,
)
from .resource import GroupVersion as GroupVersion
from .resource import Resource as Resource
from .scalars import MicroTime as MicroTime
from .scalars import Quantity as Quantity
from .wait import Deleted as Deleted
from .wait import created as created
from .wait import deleted as deleted
