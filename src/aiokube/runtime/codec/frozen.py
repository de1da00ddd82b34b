"""Frozen objects: read-only twins of models, which caches keep and share.

A twin is a subclass of its model with the same fields. It holds lists as tuples, and maps as dicts of scalars where it
can: the cyclic garbage collector gives up tracking these. Attributes show lists and dicts, which refuse changes.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NoReturn, Union, cast, get_args, get_origin

import msgspec
from msgspec import Raw

from ..errors import ReadOnlyObject
from .absent import ReadOnlyMethods, WritableDict, WritableList, is_absent
from .class_lock import making_classes
from .open_types import EXTRA_FIELDS, OpenType, is_open

_PROBLEM: Final = "objects of a cache are shared, and cannot be changed; change a copy: obj.copy()"
_MAX_COPIED: Final = 32
"""Larger collections are held as they are shown, instead of made at each access, though the collector tracks them."""
_MIN_PARTS: Final = 3
"""Objects with at least this number of parts are rarely equal as a whole, so their parts are shared instead."""


def _refuse(self: object, *args: object, **options: object) -> NoReturn:
    """Refuse a change."""
    raise ReadOnlyObject(_PROBLEM)


class _FrozenList(list[Any]):
    """A list of a cached object. Calling the class makes an ordinary list, which `dataclasses.asdict` relies on."""

    __slots__ = ()

    def __new__(cls, *args: Any) -> Any:
        return list(*args)

    __init__ = append = extend = insert = remove = pop = clear = sort = reverse = _refuse
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return list, ([*self],)

    def __deepcopy__(self, memo: object) -> list[Any]:
        return [thawed(item) for item in self]


class _FrozenDict(dict[str, Any]):
    """A map of a cached object. Calling the class makes an ordinary dict, which `dataclasses.asdict` relies on."""

    __slots__ = ()

    def __new__(cls, *args: Any, **items: Any) -> Any:
        return dict(*args, **items)

    __init__ = __setitem__ = __delitem__ = __ior__ = setdefault = update = pop = popitem = clear = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, ({**self},)

    def __deepcopy__(self, memo: object) -> dict[str, Any]:
        return {key: thawed(item) for key, item in self.items()}


def frozen_list(items: Iterable[Any]) -> list[Any]:
    """Return a list of frozen items that refuses changes."""
    made: list[Any] = list.__new__(_FrozenList)
    list.extend(made, items)
    return made


def frozen_dict(items: dict[str, Any]) -> dict[str, Any]:
    """Return a dict of frozen items that refuses changes."""
    made: dict[str, Any] = dict.__new__(_FrozenDict)
    dict.update(made, items)
    return made


def shown(value: Any) -> Any:
    """Return a value that a frozen object holds as it is seen: a tuple as a list, and neither it nor a dict changes."""
    kind = type(value)
    if kind is tuple:
        return frozen_list(value)
    return frozen_dict(value) if kind is dict else value


class _Collection:
    """The attribute of a collection: shows what the object holds in a form that refuses changes."""

    __slots__ = ("_slot",)

    def __init__(self, slot: Any) -> None:
        self._slot = slot

    def __get__(self, obj: Any, owner: type[Any]) -> Any:
        if obj is None:
            return self
        return shown(self._slot.__get__(obj, owner))

    __set__ = __delete__ = _refuse


class _Frozen(ReadOnlyMethods):
    """The methods of a frozen object."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise ReadOnlyObject(f"{self.__class__.__name__}.{name}: {_PROBLEM}")

    def __copy__(self) -> Any:
        return self.__class__(**{name: getattr(self, name) for name in self.__struct_fields__})

    def __deepcopy__(self, memo: object) -> Any:
        return thawed(self)

    def __reduce__(self) -> Any:
        return thawed(self).__reduce__()


class Twin:
    """The twin of a model: its class, and how its fields are read.

    Attributes:
        cls: The class. msgspec reads a field of parts as raw JSON, which its owner replaces by a frozen value.
        setters: For each field, the function that sets it.
        parts: Index and type of each field that holds raw JSON at first.
        texts: Index of each field of text.
        objects: Index and model of each field that holds a twin.
        lists: Index and model of each field that holds a tuple of twins.
        nulls: For each field that may hold parts, what it holds where the server sends null; of most that are required,
            this is unknown.
    """

    def __init__(self, model: type[Any], *, reads_objects: bool) -> None:
        self.parts: list[tuple[int, Any]] = []
        self.texts: list[int] = []
        self.objects: list[tuple[int, type[Any]]] = []
        self.lists: list[tuple[int, type[Any]]] = []
        self.nulls: dict[int, Any] = {}
        annotations: dict[str, Any] = {}
        # What a twin is seen as: `dataclasses.replace` and `isinstance` ask for it.
        seen_as = property(lambda self: model)
        namespace: dict[str, Any] = {"__module__": model.__module__, "__doc__": model.__doc__, "__class__": seen_as}
        collections = []
        for index, field in enumerate(msgspec.structs.fields(model)):
            is_extra = field.encode_name == EXTRA_FIELDS
            annotations[field.name] = field.type if is_extra else self._kind(index, field.type, reads_objects)
            if part_of(field.type) is not None and (null := _null(field)) is not msgspec.NODEFAULT:
                self.nulls[index] = null
            if may_be_collection(field.type):
                collections.append(field.name)
            namespace[field.name] = like(field)
        namespace["__annotations__"] = annotations
        metaclass = _twin_metaclass(cast(Any, type(model)))
        self.cls: Any = metaclass(model.__name__, (_Frozen, model), namespace, frozen=True, kw_only=True)
        # msgspec puts its own into every frozen class.
        for name in (
            "__setattr__",
            "__delattr__",
            "__eq__",
            "__ne__",
            "__hash__",
            "__copy__",
            "__reduce__",
            "__replace__",
        ):
            setattr(self.cls, name, getattr(_Frozen, name))
        _models[self.cls] = model
        for name in _CONSTRUCTORS:
            setattr(self.cls, name, getattr(model, name))
        self.setters: list[Any] = [getattr(self.cls, name).__set__ for name in annotations]
        for name in collections:
            setattr(self.cls, name, _Collection(getattr(self.cls, name)))

    def make(self, values: Iterable[Any]) -> Any:
        """Return a frozen object that holds these values, in the order of the fields."""
        fields = dict(zip(self.cls.__struct_fields__, values, strict=True))
        # Not by the metaclass of models with quantities, which would assign them again.
        return msgspec.StructMeta.__call__(self.cls, **fields)

    def _kind(self, index: int, kind: Any, reads_objects: bool) -> Any:
        if part_of(kind) is None:
            if str in members(kind):
                self.texts.append(index)
            return kind
        if reads_objects and _is_struct(kind) and kind not in _building:
            self.objects.append((index, kind))
            return twin_of(kind).cls
        items = get_args(kind)
        if get_origin(kind) is list and _is_struct(items[0]) and items[0] not in _building and _is_rich(items[0]):
            self.lists.append((index, items[0]))
            return tuple[twin_of(items[0]).cls, ...] | None  # type: ignore[misc] # a class, known at run time only
        self.parts.append((index, kind))
        return Raw


_twins: dict[type[Any], Twin] = {}
_models: dict[type[Any], type[Any]] = {}
_building: list[type[Any]] = []
# What is called by way of a cached object makes ordinary ones: `type(pod)(...)`, `pod.from_dict(...)`.
_CONSTRUCTORS: Final = (
    *("from_dict", "from_json", "from_yaml", "load_all"),
    *("__get_pydantic_core_schema__", "__get_pydantic_json_schema__"),
)


def twin_of(model: type[Any]) -> Twin:
    """Return the twin of a model."""
    found = _twins.get(model)
    if found is not None:
        return found
    with making_classes:
        if model not in _twins:
            _building.append(model)
            try:
                # The metadata, spec and status of an object are of one piece with it.
                _twins[model] = Twin(model, reads_objects="metadata" in model.__struct_fields__)
            finally:
                _building.remove(model)
        return _twins[model]


@lru_cache
def _twin_metaclass(metaclass: Any) -> Any:
    def call(cls: type[Any], *args: Any, **fields: Any) -> Any:
        return _models[cls](*args, **fields)

    return type(metaclass.__name__, (metaclass,), {"__call__": call})


def like(field: msgspec.structs.FieldInfo) -> Any:
    """Return a field for another class, with the name in JSON and the default of this one."""
    defaults = {"default": field.default, "default_factory": field.default_factory}
    given = {name: value for name, value in defaults.items() if value is not msgspec.NODEFAULT}
    return msgspec.field(name=field.encode_name, **given)


def _null(field: msgspec.structs.FieldInfo) -> Any:
    """Return what a field holds where the server sends null, as Go reads it; NODEFAULT if that is not simple."""
    if type(None) in members(field.type):
        return None
    if not field.required:
        return field.default
    return {list: (), dict: {}}.get(get_origin(field.type) or field.type, msgspec.NODEFAULT)


def members(kind: Any) -> tuple[Any, ...]:
    """Return the members of a union; of any other type, itself."""
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def part_of(kind: Any) -> Any:
    """Return the type of a collection or object among the members of a type; None if there is none."""
    for member in members(kind):
        if member is Any or _is_struct(member) or isinstance(member, OpenType) or _is_collection(member):
            return member
    return None


def _is_collection(kind: Any) -> bool:
    return (get_origin(kind) or kind) in (list, dict)


def may_be_collection(kind: Any) -> bool:
    """Return True for the type of a list or a map, or of any value."""
    return any(member is Any or _is_collection(member) for member in members(kind))


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct) and not is_open(kind)


def is_flat(kind: Any) -> bool:
    """Return True for a model without parts."""
    return _is_struct(kind) and not any(part_of(field.type) for field in msgspec.structs.fields(kind))


def _is_rich(model: type[Any]) -> bool:
    return sum(part_of(field.type) is not None for field in msgspec.structs.fields(model)) >= _MIN_PARTS


def is_twin(cls: type[Any]) -> bool:
    """Return True for the class of frozen objects of a model."""
    return issubclass(cls, _Frozen)


def frozen(value: Any) -> Any:
    """Return plain data or an ordinary object as a frozen one; what is inside, too."""
    if isinstance(value, msgspec.Struct):
        if isinstance(value, _Frozen) or is_absent(value):
            return value
        return twin_of(type(value)).make(map(held, msgspec.structs.astuple(value)))
    if is_absent(value):
        return value
    if isinstance(value, (list, tuple)):
        return frozen_list(map(frozen, value))
    return frozen_dict({key: frozen(item) for key, item in value.items()}) if isinstance(value, Mapping) else value


def held(value: Any) -> Any:
    """Return what a frozen object holds for the value of a field."""
    if is_absent(value):
        return value
    if isinstance(value, (list, tuple)):
        return held_list(map(frozen, value))
    if isinstance(value, Mapping):
        return held_dict({key: frozen(item) for key, item in value.items()})
    return frozen(value)


def held_list(items: Iterable[Any]) -> Any:
    """Return what a frozen object holds for a list of frozen items."""
    made = tuple(items)
    return made if len(made) <= _MAX_COPIED else frozen_list(made)


def held_dict(items: dict[str, Any]) -> dict[str, Any]:
    """Return what a frozen object holds for a dict of frozen values."""
    return items if len(items) <= _MAX_COPIED else frozen_dict(items)


def thawed(value: Any) -> Any:
    """Return a deep copy of a value that can be changed."""
    if isinstance(value, msgspec.Struct):
        if is_absent(value):
            return value
        # What is absent is no copy, by which msgspec knows it.
        return value.__class__(**dict(_thawed_fields(value)))
    if is_absent(value):
        return value
    if not value and isinstance(value, (WritableList, WritableDict)):
        return type(value)()
    if isinstance(value, list):
        return [*map(thawed, value)]
    if isinstance(value, tuple):
        return tuple(map(thawed, value))
    return {key: thawed(item) for key, item in value.items()} if isinstance(value, dict) else value


def _thawed_fields(value: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    for name in value.__struct_fields__:
        yield name, thawed(getattr(value, name))
