"""What generated packages build on."""

from .client import BaseClient as BaseClient
from .config import Config as Config
from .errors import (
    AiokubeError as AiokubeError,
)
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
from .watch import WatchEvent as WatchEvent
