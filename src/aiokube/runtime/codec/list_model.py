"""The base class of lists."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

from ..public import public
from .model import Model

T = TypeVar("T")


@public("aiokube")
class ListModel(Model, Generic[T], kw_only=True):
    """The base of lists, which have a length and yield their objects: `for pod in pods`, `pods[0]`."""

    if TYPE_CHECKING:
        items: list[T]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __getitem__(self, index: int) -> T:
        return self.items[index]
