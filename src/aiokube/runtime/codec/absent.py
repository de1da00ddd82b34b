"""Absent lists, maps and objects: shared, frozen, empty values that are the defaults of optional fields.

msgspec leaves a field out when its value is the default, by identity. So what is absent is decoded to one of these
without an allocation and is not sent back, and `[]` and `{}` that came from the server or were assigned are sent.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Final, NoReturn, Self, TypeVar, get_args, get_origin

import msgspec

from ..errors import AbsentValue
from ..public import public
from .open_types import class_of
from .scalars import ZERO_TIME, MicroTime, Quantity
from .verbatim import VerbatimBytes, VerbatimTime

T = TypeVar("T")

_absent: dict[type[Any], Any] = {}
_ZERO_VALUES: Final[dict[object, Any]] = {
    str: "",
    bytes: b"",
    int: 0,
    float: 0.0,
    bool: False,
    Quantity: Quantity(0),
    datetime: ZERO_TIME,
    MicroTime: ZERO_TIME,
    VerbatimTime: ZERO_TIME,
    VerbatimBytes: b"",
}


def _refusing(problem: str) -> Any:
    """Return a method that refuses to change what it belongs to."""

    def refuse(self: object, *args: object, **options: object) -> NoReturn:
        raise AbsentValue(problem)

    return refuse


@public("aiokube")
class _AbsentList(list[Any]):
    """The class of `ABSENT_LIST`. Calling it makes an ordinary list, which `dataclasses.asdict` relies on."""

    __slots__ = ()

    def __new__(cls, *args: Any) -> Any:
        return list(*args)

    append = extend = insert = __setitem__ = __iadd__ = _refusing(
        "the list is absent and cannot be changed in place; assign a new list to the field"
    )

    def __reduce__(self) -> str:
        return "ABSENT_LIST"


@public("aiokube")
class _AbsentDict(dict[str, Any]):
    """The class of `ABSENT_DICT`. Calling it makes an ordinary dict, which `dataclasses.asdict` relies on."""

    __slots__ = ()

    def __new__(cls, *args: Any, **items: Any) -> Any:
        return dict(*args, **items)

    __setitem__ = setdefault = update = __ior__ = _refusing(
        "the map is absent and cannot be changed in place; assign a new one, such as labels = {**labels, 'a': 'b'}"
    )

    def __reduce__(self) -> str:
        return "ABSENT_DICT"


ABSENT_LIST: Final[list[Any]] = list.__new__(_AbsentList)
"""The absent list: empty, and frozen. A field that holds it is not sent."""

ABSENT_DICT: Final[dict[str, Any]] = dict.__new__(_AbsentDict)
"""The absent map: empty, and frozen. A field that holds it is not sent."""


class WritableList(list[Any]):
    """The list that `edit` puts in the place of an absent one: empty, it and its copies are not sent."""

    __slots__ = ()


class WritableDict(dict[str, Any]):
    """The map that `edit` puts in the place of an absent one: empty, it and its copies are not sent."""

    __slots__ = ()


@public("aiokube")
def absent(cls: type[T]) -> T:
    """Return the absent object of a model: falsy, frozen, and one for each class.

    Its optional fields are absent and its required ones zero values, so that `pod.status.phase` needs no check. A field
    that holds it as its default is not sent.

    Args:
        cls: The class of the model.
    """
    if cls not in _absent:
        _absent[cls] = _make_absent(cls)
    found: T = _absent[cls]
    return found


def is_absent(value: object) -> bool:
    """Return True for an absent list, map or object."""
    if isinstance(value, _AbsentObject):
        return _absent.get(value.__class__) is value
    return value is ABSENT_LIST or value is ABSENT_DICT


def zero_values(cls: type[Any]) -> dict[str, Any]:
    """Return the zero values of the required fields of a model."""
    fields, defaults = cls.__struct_fields__, cls.__struct_defaults__
    # Only the last ones may have a default.
    defaults = (msgspec.NODEFAULT,) * (len(fields) - len(defaults)) + defaults
    required = (name for name, default in zip(fields, defaults, strict=True) if default is msgspec.NODEFAULT)
    return {name: _zero(cls.__annotations__.get(name)) for name in required}


def _zero(annotation: Any) -> Any:
    if isinstance(annotation, str):
        # A forward reference, of which the outermost type is enough.
        annotation = {"list": list, "dict": dict, "str": str, "int": int}.get(annotation.partition("[")[0])
    annotation = class_of(annotation)
    if type(None) in get_args(annotation):
        return None
    origin = get_origin(annotation) or annotation
    if origin is list:
        return ABSENT_LIST
    if origin is dict:
        return ABSENT_DICT
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return absent(annotation)
    first = (get_args(annotation) or (annotation,))[0]
    return _ZERO_VALUES.get(first)


class ReadOnlyMethods:
    """The methods of objects that are seen as ones of another class, that of their model, and cannot be changed."""

    __slots__ = ()
    __struct_fields__: ClassVar[tuple[str, ...]]

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, self.__class__):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__struct_fields__)

    def __ne__(self, other: object) -> bool:
        # Otherwise that of msgspec.
        is_equal = self.__eq__(other)
        return is_equal if is_equal is NotImplemented else not is_equal

    # Models are not hashable.
    __hash__: ClassVar[None] = None  # type: ignore[assignment] # pyright: ignore[reportIncompatibleMethodOverride]

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise NotImplementedError

    def __delattr__(self, name: str) -> NoReturn:
        self.__setattr__(name, None)

    def __replace__(self, **changes: Any) -> Any:
        return self.__class__(**{name: getattr(self, name) for name in self.__struct_fields__} | changes)


class _AbsentObject(ReadOnlyMethods):
    """The methods of an absent object."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}()"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        cls = self.__class__.__name__
        raise AbsentValue(f"the {cls} is absent and its {name} cannot be set; assign a new one: {cls}({name}=...)")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return absent, (self.__class__,)


def _make_absent(cls: type[Any]) -> Any:
    # `dataclasses.replace` calls the class of an object, and has to make an ordinary one.
    seen_as = property(lambda self: cls)
    namespace = {"__module__": cls.__module__, "__doc__": cls.__doc__, "__class__": seen_as}
    metaclass: Any = type(cls)
    frozen = metaclass(cls.__name__, (_AbsentObject, cls), namespace, frozen=True)
    # msgspec puts its own into every frozen class.
    frozen.__setattr__, frozen.__delattr__ = _AbsentObject.__setattr__, _AbsentObject.__delattr__
    return frozen(**zero_values(cls))
