"""What generated packages build on."""

from .client import BaseClient as BaseClient
from .codec.model import UNSET as UNSET
from .codec.model import Model as Model
from .codec.model import Raw as Raw
from .codec.model import UnsetType as UnsetType
from .codec.model import dataclass as dataclass
from .codec.model import field as field
from .codec.partial_metadata import PartialObjectMetadata as PartialObjectMetadata
from .codec.scalars import MicroTime as MicroTime
from .codec.scalars import Quantity as Quantity
from .config.config import Config as Config
from .errors import AiokubeError as AiokubeError
from .errors import DecodeError as DecodeError
from .verbs.resource import GroupVersion as GroupVersion
from .verbs.resource import Resource as Resource
from .watching.change_queue import Change as Change
from .watching.events import WatchEvent as WatchEvent
from .watching.informer import Informer as Informer
from .watching.object_key import Key as Key
from .watching.object_key import key_of as key_of
from .watching.subscription import Subscription as Subscription
from .watching.wait import Deleted as Deleted
from .watching.wait import created as created
from .watching.wait import deleted as deleted
