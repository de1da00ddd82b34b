"""Reading of objects that share their equal parts: those of caches.

Objects of a cache are made from few templates. So the parts of an object, such as the probes of a container, are known
by their raw JSON: what came before is neither decoded nor kept again. What does not recur is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import GenericAlias
from typing import Any, Final, Generic, TypeVar, cast, get_args, get_origin

import msgspec
from msgspec import Raw
from msgspec.structs import astuple

from .absent import ABSENT_LIST
from .depth import MAX_DEPTH, shallow
from .frozen import (
    frozen,
    frozen_dict,
    frozen_list,
    held,
    held_dict,
    held_list,
    is_flat,
    is_twin,
    may_be_collection,
    members,
    part_of,
    shown,
    twin_of,
)
from .known_parts import Known, Part, Read
from .model import check_kind, decode, decoder, encode
from .open_types import EXTRA_FIELDS, OpenType, is_open

T = TypeVar("T")

_MANAGED_FIELDS: Final = "managed_fields"
_MAX_PLANS: Final = 1000
_MAX_PART_DEPTH: Final = MAX_DEPTH - 10
_None: Final = type(None)
NULL: Final = b"null"
_UNIQUE: Final = frozenset({"name", "generate_name", "uid", "resource_version"})
"""The metadata that differs from object to object."""


class SharedReader(Generic[T]):
    """Completes the objects of a class that msgspec has read as its twin.

    Args:
        model: The class.
        keep_managed_fields: Keep `metadata.managed_fields`.
    """

    def __init__(self, model: type[T], *, keep_managed_fields: bool) -> None:
        self.shell: type[T] | None = None if is_open(model) else twin_of(model).cls
        """The class to read: objects whose parts are raw JSON until they are completed. None if there is no such class:
        msgspec drops the unknown fields that objects of this one keep."""
        self._model = model
        self._keep_managed_fields = keep_managed_fields
        self._known = Known()
        self._parts: dict[Any, Part] = {}
        self._completions: dict[type[Any], Callable[[Any], None]] = {}
        self._texts = Part(*self._known.table(), self._known.grow, lambda: str)
        self.text: Callable[[str], str] = self._texts.get
        """Returns the text that stands for all equal ones."""
        self._complete = None if is_open(model) else self.completion(model)
        self._read = self._open_reader(model) if is_open(model) else self._object_reader(model)

    def complete(self, shell: T) -> T:
        """Return the frozen object of what was read, with its raw JSON replaced by what that stands for.

        Raises:
            ValidationError: A part does not fit its type.
            RecursionError: A part is nested too deep.
        """
        assert self._complete is not None
        self._complete(shell)
        return shell

    def read(self, data: bytes | bytearray) -> T:
        """Return the frozen object of a JSON text.

        Raises:
            DecodeError: As `decode`.
        """
        try:
            read: T = self._read(data)
        except (msgspec.DecodeError, UnicodeDecodeError, OverflowError, RecursionError):
            # What the server leaves out or sends as null, if it is no error.
            return self.share(decode(data, self._model))
        check_kind(read, self._model)
        return read

    def share(self, obj: T) -> T:
        """Return the frozen object of an ordinary one, which nobody else has."""
        metadata: Any = getattr(obj, "metadata", None)
        if not self._keep_managed_fields and getattr(metadata, _MANAGED_FIELDS, None):
            metadata.managed_fields = ABSENT_LIST
        try:
            shared: T = self._read(encode(obj))
        except (msgspec.ValidationError, RecursionError):
            # It has a zero time, which is sent as null; or it is so deep that its parts cannot be measured one by one.
            shared = frozen(obj)
        return shared

    def read_item(self, raw: Raw, api_version: str, kind: str) -> T:
        """Return the frozen object of an item of a list, whose kind most servers leave out.

        Raises:
            ValidationError: It does not fit the class.
            RecursionError: It is nested too deep.
        """
        obj = self._read(bytes(raw))
        if not obj.kind:
            twin, names = twin_of(self._model), obj.__struct_fields__
            twin.setters[names.index("api_version")](obj, api_version)
            twin.setters[names.index("kind")](obj, kind)
        item: T = obj
        return item

    def completion(self, model: type[Any]) -> Callable[[Any], None]:
        """Return the function that completes the objects of a model."""
        if model not in self._completions:
            self._completions[model] = lambda obj: self._completions[model](obj)
            self._completions[model] = self._new_completion(model)
        return self._completions[model]

    def _new_completion(self, model: type[Any]) -> Callable[[Any], None]:
        twin, names = twin_of(model), model.__struct_fields__
        setters, texts = twin.setters, frozenset(twin.texts)
        if "resource_version" in names:
            texts -= {index for index, name in enumerate(names) if name in _UNIQUE}
        parts = {index: self._part(kind) for index, kind in twin.parts}
        objects = {index: self.completion(kind) for index, kind in twin.objects}
        lists = {index: self.completion(kind) for index, kind in twin.lists}
        nulls = twin.nulls
        find_text, read_text = self._texts.find, self._texts.read

        if not (parts or objects or lists):

            def complete_flat(obj: Any) -> None:
                values = astuple(obj)
                for index in texts:
                    if type(values[index]) is str:
                        text = find_text(values[index])
                        setters[index](obj, read_text(values[index]) if text is None else text)

            return complete_flat

        # Most objects have the same fields, and most fields of most objects are absent.
        plans: dict[tuple[type[Any], ...], Any] = {}

        def new_plan(kinds: tuple[type[Any], ...]) -> Any:
            if len(plans) > _MAX_PLANS:
                plans.clear()
            present = [index for index, kind in enumerate(kinds) if kind is Raw and index in parts]
            plans[kinds] = plan = (
                [(index, parts[index].find, parts[index].read, setters[index]) for index in present],
                [(index, setters[index]) for index, kind in enumerate(kinds) if kind is str and index in texts],
                [(index, objects[index]) for index, kind in enumerate(kinds) if index in objects and is_twin(kind)],
                [(index, lists[index]) for index, kind in enumerate(kinds) if index in lists and kind is tuple],
                [
                    (setters[index], nulls[index])
                    for index, kind in enumerate(kinds)
                    if index in lists and kind is _None
                ],
            )
            return plan

        def complete(obj: Any) -> None:
            values = astuple(obj)
            kinds = tuple(map(type, values))
            of_parts, of_texts, of_objects, of_lists, of_nulls = plans.get(kinds) or new_plan(kinds)
            for index, find, read, set_part in of_parts:
                data = bytes(values[index])
                part = find(data)
                if part is None:
                    part = nulls[index] if data == NULL and index in nulls else read(data)
                set_part(obj, part)
            for set_part, null in of_nulls:
                set_part(obj, null)
            for index, set_text in of_texts:
                text = find_text(values[index])
                set_text(obj, read_text(values[index]) if text is None else text)
            for index, complete_part in of_objects:
                complete_part(values[index])
            for index, complete_item in of_lists:
                for item in values[index]:
                    complete_item(item)

        if not ("resource_version" in names and _MANAGED_FIELDS in names) or self._keep_managed_fields:
            return complete
        managed_fields = names.index(_MANAGED_FIELDS)
        del parts[managed_fields]
        drop_managed_fields = setters[managed_fields]

        def complete_metadata(obj: Any) -> None:
            drop_managed_fields(obj, ABSENT_LIST)
            complete(obj)

        return complete_metadata

    def _part(self, kind: Any) -> Part:
        if kind not in self._parts:
            self._parts[kind] = Part(*self._known.table(), self._known.grow, lambda: self.reader(kind))
        return self._parts[kind]

    def reader(self, kind: Any) -> Read:
        """Return the function that reads raw JSON of a type."""
        alternatives = [member for member in members(kind) if member not in (type(None), msgspec.UnsetType)]
        if len(alternatives) < len(members(kind)) and len(alternatives) == 1:
            read = self.reader(alternatives[0])
            takes_null = type(None) in members(kind)
            return lambda data: None if takes_null and data == NULL else read(data)
        if get_origin(kind) is list:
            return self._list_reader(get_args(kind)[0])
        if get_origin(kind) is dict:
            return self._dict_reader(get_args(kind)[1])
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self._object_reader(kind)
        if isinstance(kind, OpenType):
            return self._open_reader(kind.model)
        if kind in (Any, _Plain):
            return self._plain_reader()
        read = _bounded(decoder(kind).decode)
        return lambda data: held(read(data))

    def _open_reader(self, model: type[Any]) -> Read:
        split, twin, plain = decoder(dict[str, Raw]).decode, twin_of(model), self._part(_Plain)
        absent: list[Any] = []
        readers: dict[str, tuple[int, Callable[[Any], Any]]] = {}
        required: list[str] = []
        extra_fields = model.__struct_encode_fields__.index(EXTRA_FIELDS)
        for index, field in enumerate(msgspec.structs.fields(model)):
            factory = field.default_factory
            absent.append(field.default if factory is msgspec.NODEFAULT else cast(Callable[[], Any], factory)())
            if index == extra_fields:
                continue
            if field.required:
                required.append(field.encode_name)
            if part_of(field.type) is not None:
                readers[field.encode_name] = index, self._part(field.type).get
            else:
                read, is_text = decoder(field.type).decode, field.type is str and field.name not in _UNIQUE
                readers[field.encode_name] = index, partial(_read_text, read, self.text) if is_text else read
        if not self._keep_managed_fields:
            readers.update({name: (index, _nothing) for name, (index, _) in readers.items() if name == "managedFields"})

        def read_open(data: bytes | bytearray) -> Any:
            values, extra, found = [*absent], {}, split(data)
            for name, raw in found.items():
                if known := readers.get(name):
                    values[known[0]] = known[1](bytes(raw))
                else:
                    extra[name] = plain.get(bytes(raw))
            for name in required:
                if name not in found:
                    raise msgspec.ValidationError(f"Object missing required field `{name}`")
            if extra:
                values[extra_fields] = extra
            return twin.make(values)

        return read_open

    def _plain_reader(self) -> Read:
        """Return the function that reads JSON without a type."""
        split_map, split_list, part = decoder(dict[str, Raw]).decode, decoder(list[Raw]).decode, self._part(_Plain)
        plain: Any = Any
        read = decoder(plain).decode

        def read_plain(data: bytes | bytearray) -> Any:
            match data[:1]:
                case b"{":
                    return frozen_dict({name: part.get(bytes(raw)) for name, raw in split_map(data).items()})
                case b"[":
                    return frozen_list([part.get(bytes(raw)) for raw in split_list(data)])
                case _:
                    value = read(data)
                    return self.text(value) if isinstance(value, str) else value

        return read_plain

    def _object_reader(self, model: type[Any]) -> Read:
        read, complete = _bounded(decoder(twin_of(model).cls).decode), self.completion(model)

        def read_object(data: bytes | bytearray) -> Any:
            shell = read(data)
            complete(shell)
            return shell

        return read_object

    def _list_reader(self, item: Any) -> Read:
        if is_flat(item):
            return self._flat_list_reader(item)
        split: Callable[[bytes | bytearray], list[Any]]
        split = decoder(list[Raw] if part_of(item) else list[item]).decode
        if part_of(item):
            get = self._item_reader(item)
            return lambda data: held_list([get(bytes(raw)) for raw in split(data)])
        if item is str:
            text: Callable[[Any], str] = self.text
            return lambda data: held_list(map(text, split(data)))
        return lambda data: held_list(split(data))

    def _item_reader(self, kind: Any) -> Callable[[Any], Any]:
        """Return the function that reads the parts of a list or a map."""
        get = self._part(kind).get
        # No attribute shows it.
        return (lambda data: shown(get(data))) if may_be_collection(kind) else get

    def _flat_list_reader(self, model: type[Any]) -> Read:
        items: Any = GenericAlias(tuple, (twin_of(model).cls, ...))
        read, complete = decoder(items).decode, self.completion(model)

        def read_list(data: bytes | bytearray) -> Any:
            found = read(data)
            for item in found:
                complete(item)
            return held_list(found)

        return read_list

    def _dict_reader(self, item: Any) -> Read:
        split: Callable[[bytes | bytearray], dict[str, Any]]
        split = decoder(dict[str, Raw] if part_of(item) else dict[str, item]).decode
        if part_of(item):
            get = self._item_reader(item)
            return lambda data: held_dict({key: get(bytes(raw)) for key, raw in split(data).items()})
        if item is str:
            text: Callable[[Any], str] = self.text
            return lambda data: held_dict({key: text(value) for key, value in split(data).items()})
        return lambda data: held_dict(split(data))


class _Plain:
    """The type of JSON without a type."""


def _read_text(read: Read, share: Callable[[str], str], data: bytes) -> str:
    return share(read(data))


def _nothing(data: bytes) -> Any:
    return ABSENT_LIST


def _bounded(read: Read) -> Read:
    """Return a decoder of parts, which leaves those to others that are near the bound of nesting."""
    return lambda data: read(shallow(data, _MAX_PART_DEPTH))
