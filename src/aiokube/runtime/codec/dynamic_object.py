"""`DynamicObject`: an object of a kind without a schema, lossless, with typed metadata."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import InvalidArgument
from ..public import public
from .absent import ABSENT_DICT, ABSENT_LIST, absent
from .model import UNSET, Model, Raw, UnsetType, dataclass, field, is_of_objects
from .open_model import OpenModel
from .open_types import EXTRA_FIELDS, Open
from .partial_metadata import ObjectMetadata, OwnerReference

M = TypeVar("M", bound=Model)


# Python refuses two bases that both have fields, so these have the field of an OpenModel themselves.
@dataclass
class DynamicOwnerReference(OwnerReference, kw_only=True):
    """The owner of an object, with all of its fields."""

    extra_fields: dict[str, Any] = field(default=ABSENT_DICT, name=EXTRA_FIELDS)


@dataclass
class ManagedFieldsEntry(OpenModel, kw_only=True):
    """The fields of an object that a field manager has set."""

    manager: str = ""
    operation: str = ""
    """`Apply` or `Update`."""
    api_version: str = ""
    time: datetime | None = None
    fields_type: str = ""
    fields_v1: Raw | UnsetType = UNSET
    """The fields, as raw JSON."""
    subresource: str = ""


@public("aiokube")
@dataclass
class DynamicMetadata(ObjectMetadata, kw_only=True):
    """The whole metadata of an object of any kind; see `ObjectMeta` of the API."""

    owner_references: list[Open[DynamicOwnerReference]] = ABSENT_LIST  # type: ignore[assignment]  # wider, for reading
    managed_fields: list[Open[ManagedFieldsEntry]] = ABSENT_LIST
    extra_fields: dict[str, Any] = field(default=ABSENT_DICT, name=EXTRA_FIELDS)
    """Fields of newer servers, by their names in JSON; absent if there are none."""


@public("aiokube")
@dataclass
class DynamicObject(OpenModel, kw_only=True):
    """An object of a kind without a schema: all fields but these three are read and written as items.

        obj["spec"]["replicas"] += 1

    Items are plain JSON data, by their names in JSON. They are sent back as they were read. Iterating yields the names.
    """

    api_version: str = ""
    """API group and version of the object: `stable.example.com/v1`."""
    kind: str = ""
    """Kind of the object."""
    metadata: Open[DynamicMetadata] = absent(DynamicMetadata)
    """Metadata of the object."""

    if not TYPE_CHECKING:  # to type checkers, there are no other attributes

        def __getattr__(self, name: str) -> Any:
            hint = f"; it is an item: obj[{name!r}]" if name in self.extra_fields else ""
            text = f"{self.__class__.__name__!r} object has no attribute {name!r}{hint}"
            raise AttributeError(text, name=name, obj=self)

    def __getitem__(self, name: str) -> Any:
        self._refuse_attribute(name)
        return self.extra_fields[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._refuse_attribute(name)
        if self.extra_fields is ABSENT_DICT:
            self.extra_fields: dict[str, Any] = {}
        self.extra_fields[name] = value

    def __delitem__(self, name: str) -> None:
        self._refuse_attribute(name)
        del self.extra_fields[name]

    def __contains__(self, name: object) -> bool:
        return name in self.extra_fields

    def __iter__(self) -> Iterator[str]:
        return iter(self.extra_fields)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the item of a name, or the default if there is none."""
        self._refuse_attribute(name)
        return self.extra_fields.get(name, default)

    def as_(self, cls: type[M]) -> M:
        """Return a typed copy of this object, read like a response of the server: fields unknown to the class are lost.

        Args:
            cls: A class, such as `core_v1.Pod`.

        Raises:
            InvalidArgument: `cls` is not a class of objects.
            DecodeError: The object is of another kind, or a value does not fit the class.
        """
        if not is_of_objects(cls):
            found = cls.__name__ if isinstance(cls, type) else f"a {type(cls).__name__}"
            raise InvalidArgument(f"cls is {found}; pass a class of objects, such as core_v1.Pod")
        return cls.from_dict(self.to_dict(), strict=False)

    def _refuse_attribute(self, name: str) -> None:
        names = zip(self.__struct_encode_fields__, self.__struct_fields__, strict=True)
        attribute = next((attribute for wire, attribute in names if wire == name), None)
        if attribute is not None:
            raise InvalidArgument(
                f"{name!r:.80} is not an item of {self.__class__.__name__}; use the attribute {attribute}"
            )
