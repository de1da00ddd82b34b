"""Reading of objects that change: parts that are as in the last state are neither decoded nor kept again.

A part, such as `spec`, is recognized by two hashes of its raw JSON, which together have 128 bits. Python's hash of
bytes has a key, and a salt stands in for it where `PYTHONHASHSEED` makes that key known.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import Raw
from msgspec.structs import astuple

from .frozen import like, part_of, twin_of
from .shared_reader import NULL, SharedReader

T = TypeVar("T")

_Mark = tuple[int, int]

_NO_STATE: Final[tuple[Any, tuple[_Mark | None, ...]]] = (None, ())
_SALTS: Final = secrets.token_bytes(16), secrets.token_bytes(16)


class ChangeReader(Generic[T]):
    """Completes the states of objects that msgspec has read as outlines: their metadata, and all else as raw JSON.

    Args:
        model: The class of the objects, which has a twin.
        shared: Reads what has changed.
    """

    def __init__(self, model: type[T], shared: SharedReader[T]) -> None:
        cls: Any = model
        twin = twin_of(model)
        objects = dict(twin.objects)
        self._texts, self._nulls = twin.texts, twin.nulls
        self._text = shared.text
        self._make: Callable[..., Any] = twin.make
        self._complete_metadata: Callable[[Any], None] = lambda metadata: None
        self._readers: list[tuple[int, Callable[[Any], Any]]] = []
        fields: list[Any] = []
        for index, field in enumerate(msgspec.structs.fields(cls)):
            kind: Any = field.type
            if field.name == "metadata" and index in objects:
                kind = twin_of(objects[index]).cls
                self._complete_metadata = shared.completion(objects[index])
            elif part_of(kind) is not None:
                self._readers.append((index, shared.reader(kind)))
                kind = Raw
            fields.append((field.name, kind, like(field)))
        self.outline: Any = msgspec.defstruct(cls.__name__, fields, gc=False, kw_only=True)
        """The class to read."""
        self._metadata = cls.__struct_fields__.index("metadata")
        # The last state of each object that has changed since `clear`, with the marks of its parts.
        self._states: dict[Hashable, tuple[Any, tuple[_Mark | None, ...]]] = {}

    def complete(self, outline: Any, key: Hashable | None) -> T:
        """Return the frozen object of an outline.

        Args:
            outline: The outline.
            key: Key of the object, by which its next state is compared with this one; None if there will be none.

        Raises:
            ValidationError: A part does not fit its type.
            RecursionError: A part is nested too deep.
        """
        values = [*astuple(outline)]
        earlier, marks = self._states.get(key, _NO_STATE)
        new_marks: list[_Mark | None] = []
        for number, (index, read) in enumerate(self._readers):
            raw = values[index]
            if type(raw) is not Raw:
                new_marks.append(None)
                continue
            if index in self._nulls and bytes(raw) == NULL:
                values[index] = self._nulls[index]
                new_marks.append(None)
                continue
            mark = None if key is None else _mark(raw)
            new_marks.append(mark)
            is_known = marks and mark is not None and marks[number] == mark
            values[index] = astuple(earlier)[index] if is_known else read(bytes(raw))
        for index in self._texts:
            text = values[index]
            values[index] = self._text(text) if type(text) is str else text
        self._complete_metadata(values[self._metadata])
        made: T = self._make(values)
        if key is not None:
            self._states[key] = made, tuple(new_marks)
        return made

    def forget(self, key: Hashable) -> None:
        """Forget the state of an object that was deleted."""
        self._states.pop(key, None)

    def clear(self) -> None:
        """Forget all states."""
        self._states.clear()


def _mark(raw: Raw) -> _Mark:
    one, other = _SALTS
    return hash(b"".join((one, raw))), hash(b"".join((other, raw)))
