"""`ObjectList`: a list of objects of any class."""

from types import GenericAlias
from typing import Any, TypeVar

import msgspec

from ..public import public
from .absent import ABSENT_LIST, absent
from .dynamic_object import DynamicObject
from .list_model import ListModel
from .model import dataclass
from .open_types import open_type
from .status import ListMeta

T = TypeVar("T")


@public("aiokube")
@dataclass
class ObjectList(ListModel[T], kw_only=True):
    """The objects of a list, with the metadata of the list."""

    api_version: str = ""
    """API group and version of the list."""
    kind: str = ""
    """Kind of the list: `PodList`."""
    metadata: ListMeta = absent(ListMeta)
    """Resource version of the list, and the continue token where it is not complete."""
    items: list[T] = ABSENT_LIST
    """The objects."""


class _DynamicObjects(ObjectList[DynamicObject], kw_only=True):
    """Servers leave out the kind of objects in lists of most resources."""

    def __post_init__(self) -> None:
        kind = self.kind.removesuffix("List")
        for item in self.items:
            if kind and not item.kind:
                item.api_version, item.kind = self.api_version, kind


# By class of the objects.
_classes: dict[type[Any], Any] = {}


def list_of(model: type[T]) -> type[ObjectList[T]]:
    """Return the class of lists of a class."""
    if model not in _classes:
        _classes[model] = _make(model)
    made: type[ObjectList[T]] = _classes[model]
    return made


def _make(model: Any) -> Any:
    base = _DynamicObjects if issubclass(model, DynamicObject) else ObjectList
    items: Any = GenericAlias(list, (open_type(model),))
    return msgspec.defstruct(
        f"{model.__name__}List", [("items", items, ABSENT_LIST)], bases=(base,), module=__name__, kw_only=True
    )
