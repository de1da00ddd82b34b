"""The base of every generated dataclass, and the way between it and JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import msgspec
from msgspec import UNSET as UNSET
from msgspec import Raw as Raw
from msgspec import UnsetType as UnsetType
from msgspec import field as field

from ..errors import DecodeError, InvalidRequest
from ..public import public
from .gc_pause import gc_paused
from .scalars import MicroTime, Quantity

T = TypeVar("T")

# What is worked out once for each class.
_kinds: dict[type[Any], tuple[str, str] | None] = {}
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def dataclass(cls: type[T]) -> type[T]:
    """Make a `Model` a standard dataclass too, so that `dataclasses.fields`, `asdict` and `replace` work on it.

    msgspec already made the constructor, the repr and the comparison.
    """
    return dataclasses.dataclass(init=False, repr=False, eq=False, match_args=False)(cls)


# Objects of an API are trees: without cycles among them, the collector has nothing to look for.
@public("aiokube")
class Model(msgspec.Struct, omit_defaults=True, rename="camel", gc=False):
    """A Kubernetes object or a part of one, with the fields that its OpenAPI definition names.

    Fields that the definition doesn't know are not kept: see `edit` of a resource for a change that loses nothing.
    """

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]

    def to_dict(self) -> dict[str, Any]:
        """The manifest form: wire names, `apiVersion` and `kind` first, absent things absent, JSON values only."""
        result: dict[str, Any] = msgspec.json.decode(encode(self))
        return result

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read the manifest form; the inverse of `to_dict`.

        Raises:
            DecodeError: the data does not fit the class; the message names the place.
        """
        try:
            text = encode(data)
        except InvalidRequest as error:
            raise DecodeError(f"{cls.__name__}: {error}") from error
        return decode(text, cls)

    def to_json(self) -> bytes:
        """The manifest form as JSON."""
        return encode(self)

    @classmethod
    def from_json(cls, data: bytes | bytearray | str) -> Self:
        """Read JSON, the way that answers of a server are read; the inverse of `to_json`.

        Raises:
            DecodeError: the data is not JSON or does not fit the class; the message names the place.
        """
        # A lone surrogate, which has no UTF-8, is refused with the rest of what is no UTF-8.
        return decode(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data, cls)

    def to_yaml(self) -> str:
        """The manifest form as YAML."""
        from .manifest import dump_yaml

        return dump_yaml(self.to_dict())

    @classmethod
    def from_yaml(cls, text: str) -> Self:
        """Read one YAML document; the inverse of `to_yaml`.

        Raises:
            DecodeError: the text is not one YAML document, or it does not fit the class.
        """
        from .manifest import load_yaml

        return cls.from_dict(load_yaml(text))


def encode(value: object) -> bytes:
    """Write a model, or plain data that may hold models, as JSON.

    Raises:
        InvalidRequest: it holds something that JSON has no form for.
    """
    try:
        return _encoder.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidRequest(f"{type(value).__name__} cannot be written as JSON: {error}") from error


def decode(data: bytes | bytearray, into: type[T]) -> T:
    """Read JSON as a model.

    `null` and missing required fields are read as Go reads them, as the zero value.

    Args:
        data: the JSON text.
        into: the model's class, or another type that msgspec knows.

    Raises:
        DecodeError: the data is not JSON, is of another kind, or does not fit; the message names the place.
    """
    with gc_paused(len(data)):
        result = _decode(data, into)
    check_kind(result, into)
    return result


def check_kind(found: Any, cls: type[Any]) -> None:
    """See that what was found says that it is of the apiVersion and kind of a class, where the class has any.

    Raises:
        DecodeError: it is of another kind.
    """
    expected = expected_kind(cls)
    if expected is not None and (found.api_version, found.kind) != expected:
        raise DecodeError(
            f"expected {expected[1]} of {expected[0]}, "
            f"got {found.kind or 'no kind'} of {found.api_version or 'no version'}"
        )


def expected_kind(cls: type[Any]) -> tuple[str, str] | None:
    """The apiVersion and kind that a top-level class stands for; None for a part of an object."""
    if cls not in _kinds:
        _kinds[cls] = _find_kind(cls)
    return _kinds[cls]


def _find_kind(cls: type[Any]) -> tuple[str, str] | None:
    if not (isinstance(cls, type) and issubclass(cls, Model)):
        return None
    factories = {f.encode_name: f.default_factory for f in msgspec.structs.fields(cls)}
    version, kind = factories.get("apiVersion"), factories.get("kind")
    return (str(version()), str(kind())) if callable(version) and callable(kind) else None


def _decode(data: bytes | bytearray, into: type[T]) -> T:
    strict = decoder(into)
    try:
        try:
            return strict.decode(data)
        except msgspec.ValidationError:
            from .zero_values import fill_zero_values

            return strict.decode(_encoder.encode(fill_zero_values(msgspec.json.decode(data), into)))
    except msgspec.ValidationError as error:
        raise DecodeError(f"{_name(into)}: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise DecodeError(f"{_name(into)}: the data is not JSON that can be read: {error}") from error


def _name(into: object) -> str:
    return getattr(into, "__name__", str(into))


def decoder(into: type[T]) -> msgspec.json.Decoder[T]:
    """The strict decoder of a type: what `decode` tries first."""
    if into not in _decoders:
        _decoders[into] = msgspec.json.Decoder(into, dec_hook=_read_scalar)
    return _decoders[into]


def _read_scalar(into: type, value: object) -> object:
    if into is Quantity:
        return _known_quantity(value) if type(value) is str else Quantity.from_wire(value)
    if into is MicroTime:
        return MicroTime.from_wire(value)
    raise NotImplementedError(f"{into} is no type that a model may hold")


# The same few amounts come again and again, and no quantity ever changes.
_known_quantity = lru_cache(maxsize=4096)(Quantity.from_wire)


def _write_scalar(value: object) -> object:
    if isinstance(value, Quantity):
        return str(value)
    if isinstance(value, MicroTime):
        return value.to_wire()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} {value!r} has no form in JSON")


_encoder = msgspec.json.Encoder(enc_hook=_write_scalar)
