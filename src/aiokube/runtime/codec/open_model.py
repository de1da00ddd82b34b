"""The base class of models that keep the fields which their definition does not name."""

from typing import Any

from ..public import public
from .absent import ABSENT_DICT
from .model import Model, dataclass, field
from .open_types import EXTRA_FIELDS


@public("aiokube")
@dataclass
class OpenModel(Model, kw_only=True):
    """The base of classes whose objects may have fields that their definition does not name.

    Such fields are kept in `extra_fields`, and sent back. In manifests that people write they are not errors.
    """

    extra_fields: dict[str, Any] = field(default=ABSENT_DICT, name=EXTRA_FIELDS)
    """The fields without an attribute of their own, by their names in JSON; absent if there are none."""
