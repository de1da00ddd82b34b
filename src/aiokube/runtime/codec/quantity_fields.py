"""Types of fields that hold quantities: read as `Quantity`, and assigned as a quantity, text or a number.

To type checkers they are descriptors, whose types for reading and for assigning (and so for the constructor) differ. At
run time they are what is read, and `convert` makes quantities of what is assigned.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeAlias, TypeVar

import msgspec

from ..errors import InvalidArgument
from .absent import ABSENT_DICT, ABSENT_LIST
from .model import Model
from .scalars import QUANTITY_SCHEMA, Quantity

R = TypeVar("R")
W = TypeVar("W", contravariant=True)

AnyQuantity: TypeAlias = Quantity | str | int | float | Decimal
"""Type of values that can be assigned to a field that holds a quantity."""

if TYPE_CHECKING:

    class _Converted(Generic[R, W]):
        def __get__(self, obj: object, owner: object = None) -> R: ...
        def __set__(self, obj: object, value: W) -> None: ...

    QuantityField = _Converted[Quantity, AnyQuantity]
    OptionalQuantity = _Converted[Quantity | None, AnyQuantity | None]
    QuantityMap = _Converted[dict[str, Quantity], Mapping[str, AnyQuantity]]
    QuantityList = _Converted[list[Quantity], Sequence[AnyQuantity]]
    NullableQuantity = _Converted[Quantity | msgspec.UnsetType | None, AnyQuantity | msgspec.UnsetType | None]
    NullableQuantityMap = _Converted[dict[str, Quantity] | None, Mapping[str, AnyQuantity] | None]
    NullableQuantityList = _Converted[list[Quantity] | None, Sequence[AnyQuantity] | None]
else:
    # With its JSON Schema, which `msgspec.json.schema` asks for.
    QuantityField = Annotated[Quantity, msgspec.Meta(extra_json_schema=QUANTITY_SCHEMA)]
    OptionalQuantity = QuantityField | None
    QuantityMap = dict[str, QuantityField]
    QuantityList = list[QuantityField]
    NullableQuantity = QuantityField | msgspec.UnsetType | None
    NullableQuantityMap = dict[str, QuantityField] | None
    NullableQuantityList = list[QuantityField] | None

# Typed so that they can be the defaults of descriptors.
ABSENT_QUANTITY: Any = None
UNSET_QUANTITY: Any = msgspec.UNSET
ABSENT_QUANTITY_LIST: Any = ABSENT_LIST
ABSENT_QUANTITY_MAP: Any = ABSENT_DICT


def _quantity(value: Any) -> Quantity:
    return value if isinstance(value, Quantity) else Quantity(value)


def _quantities_by_name(values: Any) -> Any:
    if not isinstance(values, Mapping) or all(type(value) is Quantity for value in values.values()):
        return values
    return {name: _quantity(value) for name, value in values.items()}


def _quantities(values: Any) -> Any:
    if not isinstance(values, (list, tuple)) or all(type(value) is Quantity for value in values):
        return values
    return [_quantity(value) for value in values]


_CONVERTERS: dict[object, Callable[[Any], Any]] = {
    QuantityField: _quantity,
    OptionalQuantity: _quantity,
    QuantityMap: _quantities_by_name,
    QuantityList: _quantities,
    NullableQuantity: _quantity,
    NullableQuantityMap: _quantities_by_name,
    NullableQuantityList: _quantities,
}

# The converters of the fields of each class, most of which have none.
_fields: dict[type[Any], dict[str, Callable[[Any], Any]]] = {}


def converters(cls: type[Any]) -> dict[str, Callable[[Any], Any]]:
    """Return the converters of the fields of a model that hold quantities, by the name of the field."""
    if cls not in _fields:
        hints = inspect.get_annotations(cls).items()
        _fields[cls] = {name: _CONVERTERS[hint] for name, hint in hints if hint in _CONVERTERS}
    return _fields[cls]


def convert(cls: type[Any], name: str, value: Any) -> Any:
    """Return the value to keep in a field.

    Raises:
        InvalidArgument: Text is not a quantity.
    """
    if value is None or value is msgspec.UNSET or name not in converters(cls):
        return value
    try:
        return converters(cls)[name](value)
    except (TypeError, ValueError) as error:
        raise InvalidArgument(f"{cls.__name__}.{name}: {error}") from error


class _QuantityMeta(msgspec.StructMeta):
    """Converts what a constructor is given. Decoding makes objects without it, and so without its time."""

    if not TYPE_CHECKING:

        def __call__(cls, *args, **kwargs):  # noqa: N805 - a metaclass
            obj = super().__call__(*args, **kwargs)
            for name in converters(cls):
                value = getattr(obj, name)
                if value:
                    setattr(obj, name, value)
            return obj


class QuantityModel(Model, metaclass=_QuantityMeta):
    """The base of models with fields that hold quantities."""

    if not TYPE_CHECKING:  # it would allow any attribute

        def __setattr__(self, name, value):
            super().__setattr__(name, convert(type(self), name, value))
