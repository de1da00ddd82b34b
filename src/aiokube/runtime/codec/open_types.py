"""Open classes, whose objects keep the fields that their definition does not name.

msgspec drops such fields. It reads a field of the type `Open[X]` by the hook for types that it does not know, and takes
what the hook returns for one since objects of X are instances of `Open[X]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, TypeVar

T = TypeVar("T")

EXTRA_FIELDS: Final = "*extra_fields"
"""Name in JSON of the attribute `extra_fields`, under which nothing is read or sent."""

# `Open[X]` of each class X.
_types: dict[type[Any], OpenType] = {}


class OpenType(type):
    """The class of the types `Open[X]`."""

    model: type[Any]
    """The class X."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.model)

    def __repr__(cls) -> str:
        return f"Open[{cls.model.__name__}]"


def is_open(cls: Any) -> bool:
    """Return True for a class that keeps unknown fields."""
    return EXTRA_FIELDS in getattr(cls, "__struct_encode_fields__", ())


def open_type(cls: type[T]) -> type[T]:
    """Return the type under which msgspec reads a class with all of its fields: `Open[X]` for an open class X."""
    found: Any = _open(cls) if is_open(cls) else cls
    result: type[T] = found
    return result


def class_of(kind: Any) -> Any:
    """Return the class X of `Open[X]`; any other type as it is."""
    return kind.model if isinstance(kind, OpenType) else kind


def _open(model: type[Any]) -> OpenType:
    if model not in _types:
        _types[model] = OpenType(f"Open[{model.__name__}]", (), {"model": model})
    return _types[model]


if TYPE_CHECKING:
    # To type checkers, `Open[X]` is X.
    Open: TypeAlias = Annotated[T, EXTRA_FIELDS]
else:

    class Open:
        """The annotation of what holds an open class: `spec: Open[Spec]`, `list[Open[Step]]`, `Open[Spec] | None`."""

        def __class_getitem__(cls, model: type[Any]) -> OpenType:
            return _open(model)
