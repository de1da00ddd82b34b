"""The base class of all generated models, and their conversion from and to JSON."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypeVar

import msgspec
from msgspec import UNSET as UNSET
from msgspec import Raw as Raw
from msgspec import UnsetType as UnsetType
from msgspec import field as field

from ..errors import DecodeError, InvalidArgument, InvalidRequest
from ..public import public
from .class_lock import making_classes
from .depth import MAX_DEPTH, cut, decode_deep, is_too_deep, shallow
from .gc_pause import gc_paused
from .open_reader import read_open
from .open_types import OpenType, open_type
from .outgoing import Refused, check_outgoing, place_of
from .problems import check_manifest, find_problems, in_words, other_kind, title
from .representation import represent
from .scalars import MicroTime, Quantity, ZeroTime
from .verbatim import VerbatimBytes, VerbatimTime
from .zero_values import fill_zero_values, set_zero_times

T = TypeVar("T")

_OBJECT_FIELDS: Final = {"api_version", "kind", "metadata"}
# A field that was deleted is an AttributeError.
_UNENCODABLE: Final = (TypeError, ValueError, OverflowError, RecursionError, AttributeError)
# In UTF-8: U+007F to U+009F, U+2028, U+2029, U+FFFE and U+FFFF.
_OTHERWISE_IN_YAML: Final = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]|\xef\xbf[\xbe\xbf]")

# Caches, by class.
_kinds: dict[type[Any], tuple[str, str] | None] = {}
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def dataclass(cls: type[T]) -> type[T]:
    """Make a `Model` a standard dataclass as well, so that `dataclasses.fields`, `asdict` and `replace` work.

    msgspec has already added the constructor, the repr and the comparison.
    """
    return dataclasses.dataclass(init=False, repr=False, eq=False, match_args=False)(cls)


# API objects are trees without cycles, so the garbage collector does not need to track them.
@public("aiokube")
class Model(msgspec.Struct, omit_defaults=True, rename="camel", gc=False):
    """A Kubernetes object or a part of one, with the fields of its OpenAPI definition.

    Fields that are not in the definition are lost; use `edit` of a resource for a change that preserves them.
    """

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]

    def __repr__(self) -> str:
        return represent(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from .pydantic_schema import validating_schema

        return validating_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any:
        from .pydantic_schema import describing_schema

        return handler(describing_schema(cls))

    def to_dict(self) -> dict[str, Any]:
        """Return the manifest: JSON names and values, `apiVersion` and `kind` first, without absent fields.

        Raises:
            InvalidRequest: A value would be sent as something else, such as a time without a zone; names the path.
        """
        result: dict[str, Any] = to_plain(self)
        return result

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, strict: bool = True) -> Self:
        """Create a model from a manifest; the inverse of `to_dict`.

        Args:
            data: Manifest. `apiVersion` and `kind` may be left out.
            strict: True (the default) for manifests that people write: unknown fields, missing required fields and
                values of the wrong type are errors. False reads the data as the server's responses are read, like
                `from_json`: unknown fields are dropped, and a missing or null value is the zero value.

        Raises:
            DecodeError: The data does not match the class; lists every problem with its path.
        """
        try:
            text = encode(data)
            plain = _parse(text, data) if strict else None
        except InvalidRequest as error:
            raise DecodeError(f"{cls.__name__}: {error}") from error
        if strict:
            check_manifest(plain, cls)
        return decode(text, cls)

    def to_json(self) -> bytes:
        """Return the manifest as JSON."""
        return encode(self)

    @classmethod
    def from_json(cls, data: bytes | bytearray | str) -> Self:
        """Decode JSON in the same way as responses of a server; the inverse of `to_json`.

        Unknown fields are dropped, and a missing or null value is the zero value. For JSON that people write, see
        `from_yaml`: JSON is YAML too.

        Raises:
            DecodeError: The data is not JSON, or does not match the class; lists every problem with its path.
        """
        if not isinstance(data, (bytes, bytearray, str)):
            raise InvalidArgument(f"data must be bytes or str, got {type(data).__name__}")
        # This passes lone surrogates on to the decoder, which rejects them as invalid UTF-8.
        return decode(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data, cls)

    def copy(self) -> Self:
        """Return a deep copy. That of a cached object, which is read-only, can be changed."""
        from .frozen import thawed

        copied: Self = thawed(self)
        return copied

    def to_yaml(self) -> str:
        """Return the manifest as YAML."""
        from .manifest import dump_yaml

        return dump_yaml(self.to_dict())

    @classmethod
    def from_yaml(cls, text: str | bytes, *, strict: bool = True) -> Self:
        """Create a model from a YAML document; the inverse of `to_yaml`. Empty documents are ignored.

        Args:
            text: YAML or JSON; bytes are UTF-8.
            strict: True (the default) to refuse unknown and missing fields; see `from_dict`.

        Raises:
            DecodeError: The text is not a single YAML document, or does not match the class; lists every problem with
                its path.
        """
        from .manifest import load_yaml

        return cls.from_dict(load_yaml(text), strict=strict)

    @classmethod
    def load_all(cls, text: str | bytes, *, strict: bool = True) -> list[Self]:
        """Read every object of a YAML text of several documents. Empty documents are ignored.

        Args:
            text: YAML or JSON; bytes are UTF-8. A document may be a list: of kind `List`, or `ConfigMapList` for a
                `ConfigMap`.
            strict: True (the default) to refuse unknown and missing fields; see `from_dict`.

        Raises:
            DecodeError: The text is not YAML, or an object does not match the class; lists every problem with the
                document, its line and the path.
        """
        from .manifest import load_objects

        objects, errors = [], []
        for place, data in load_objects(text, expected_kind(cls)):
            try:
                objects.append(cls.from_dict(data, strict=strict))
            except DecodeError as error:
                errors.append(f"{place}: {error}")
        if errors:
            raise DecodeError("\n".join(errors))
        return objects


def to_plain(value: object) -> Any:
    """Return a model, or plain data that may contain models, as plain JSON data.

    Raises:
        InvalidRequest: As `encode`.
    """
    return _parse(encode(value), value)


def _parse(text: bytes, value: object) -> Any:
    try:
        # Only raw JSON of the value can be that deep.
        return msgspec.json.decode(shallow(text))
    except RecursionError as error:
        raise _too_deep(value) from error


def encode(value: object) -> bytes:
    """Encode a model, or plain data that may contain models, as JSON.

    Raises:
        InvalidRequest: A value cannot be represented in JSON, or the server would take it for something else: a time
            without a zone, text in place of bytes; names the path. Or it is nested too deep.
    """
    if is_too_deep(value):
        raise _too_deep(value)
    try:
        return _encoder.encode(check_outgoing(value))
    except _UNENCODABLE as error:
        is_placed = isinstance(error, Refused)
        problem = error if is_placed else Refused(str(error)).inside(place_of(value, _is_unencodable))
        raise InvalidRequest(f"{_title_of(value)} cannot be written as JSON: {problem}") from error


def _is_unencodable(value: object) -> bool:
    try:
        _encoder.encode(check_outgoing(value))
    except _UNENCODABLE:
        return True
    return False


def encode_as_yaml(value: object) -> bytes:
    """Encode as `encode` does, in JSON that every reader of YAML understands, as a server-side apply needs it.

    YAML refuses control characters, and takes three others for line breaks, whose blanks around them it drops.

    Raises:
        InvalidRequest: As `encode`.
    """
    data = encode(value)
    if data.isascii() and b"\x7f" not in data:
        return data
    return _OTHERWISE_IN_YAML.sub(lambda match: b"\\u%04x" % ord(match[0].decode()), data)


def _too_deep(value: object) -> InvalidRequest:
    return InvalidRequest(f"{_title_of(value)} cannot be written as JSON: nested deeper than {MAX_DEPTH} levels")


def _title_of(value: object) -> str:
    """The class, and the namespace and name of an object or manifest that has them: `Secret shop/web`."""
    if isinstance(value, Mapping):
        return title(value, type(value))
    metadata = getattr(value, "metadata", None)
    names = {name: getattr(metadata, name, None) for name in ("namespace", "name")}
    return title({"metadata": names}, value.__class__)


def decode(data: bytes | bytearray, into: type[T]) -> T:
    """Decode JSON as a model.

    As in Go, `null` and missing required fields become zero values.

    Args:
        data: The JSON text.
        into: The class of the model, or another type that msgspec supports.

    Raises:
        DecodeError: The data is not JSON, is of another kind, or does not match the type; the message contains the
            path of the value.
    """
    with gc_paused(len(data)):
        result = _decode(data, into)
    check_kind(result, into)
    return result


def check_kind(found: Any, cls: type[Any]) -> None:
    """Check the apiVersion and kind of an object against those of its class, if it has any.

    Raises:
        DecodeError: They differ.
    """
    expected = expected_kind(cls)
    if expected is not None and (found.api_version, found.kind) != expected:
        raise DecodeError(other_kind(expected, (found.api_version, found.kind)))


def expected_kind(cls: type[Any]) -> tuple[str, str] | None:
    """Return the apiVersion and kind of a top-level class; None for a part of an object."""
    if cls not in _kinds:
        _kinds[cls] = _find_kind(cls)
    return _kinds[cls]


def is_of_objects(cls: object) -> bool:
    """Return True for a class of objects, of one kind or of any; False for one of their parts."""
    return isinstance(cls, type) and issubclass(cls, Model) and _OBJECT_FIELDS.issubset(cls.__struct_fields__)


def _find_kind(cls: type[Any]) -> tuple[str, str] | None:
    if not (isinstance(cls, type) and issubclass(cls, Model)):
        return None
    factories = {f.encode_name: f.default_factory for f in msgspec.structs.fields(cls)}
    version, kind = factories.get("apiVersion"), factories.get("kind")
    return (str(version()), str(kind())) if callable(version) and callable(kind) else None


def _decode(data: bytes | bytearray, into: type[T]) -> T:
    try:
        try:
            return decode_deep(decoder(into).decode, data)
        except msgspec.ValidationError:
            return decode_deep(lambda data: _decode_leniently(data, into), data)
    except RecursionError as error:
        name = title(_beginning(data), into)
        raise DecodeError(f"{name}: the data is nested deeper than {MAX_DEPTH} levels") from error
    except (msgspec.DecodeError, UnicodeDecodeError, OverflowError) as error:
        raise DecodeError(f"{title(None, into)}: the data is not valid JSON: {error}") from error


def _beginning(data: bytes | bytearray) -> Any:
    """Return the first two levels of an object, with its name; None if the data is not valid JSON."""
    try:
        return msgspec.json.decode(cut(data, 2)[0])
    except (DecodeError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _decode_leniently(data: bytes | bytearray, into: type[T]) -> T:
    strict = decoder(into)
    filled, null_times = fill_zero_values(msgspec.json.decode(data), into)
    try:
        result = strict.decode(_encoder.encode(filled))
    except msgspec.ValidationError as error:
        problems = find_problems(filled, into, strict=False) or [str(error)]
        raise DecodeError(f"{title(filled, into)}: {in_words(problems)}") from error
    set_zero_times(result, null_times)
    return result


def decoder(into: type[T]) -> msgspec.json.Decoder[T]:
    """Return the strict decoder of a type, the first that `decode` tries."""
    found = _decoders.get(into)
    if found is not None:
        return found
    with making_classes:
        if into not in _decoders:
            _decoders[into] = msgspec.json.Decoder(open_type(into), dec_hook=_read)
        return _decoders[into]


def _read(into: type, value: object) -> object:
    if into is Quantity:
        return _known_quantity(value) if type(value) is str else Quantity.from_wire(value)
    if into is MicroTime or into is VerbatimTime or into is VerbatimBytes:
        return into.from_wire(value)
    if isinstance(into, OpenType):
        return read_open(into.model, value, _read)
    raise NotImplementedError(f"{into} is not a type of a model's field")


# Quantities are immutable, and few distinct amounts occur.
_known_quantity = lru_cache(maxsize=4096)(Quantity.from_wire)


def _write_scalar(value: object) -> object:
    # Quantities are by far the most frequent.
    if isinstance(value, Quantity):
        return value.to_wire()
    if isinstance(value, ZeroTime):
        return None
    if isinstance(value, (MicroTime, VerbatimTime, VerbatimBytes)):
        return value.to_wire()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a value of type {type(value).__name__} cannot be represented in JSON")


_encoder = msgspec.json.Encoder(enc_hook=_write_scalar)
