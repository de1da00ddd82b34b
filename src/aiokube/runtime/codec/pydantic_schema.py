"""Models as types of pydantic, which calls this: `TypeAdapter(core_v1.Pod)`, fields of its models, FastAPI's bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from msgspec import NODEFAULT
from msgspec.inspect import (
    BoolType,
    BytesType,
    CustomType,
    DateTimeType,
    DictType,
    Field,
    FloatType,
    IntType,
    ListType,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, ValidationError, core_schema

from ..arguments import kind_of
from ..errors import DecodeError
from . import pydantic_quantity
from .open_types import is_open
from .problems import may_be_null, may_lack_fields
from .scalars import QUANTITY_PATTERN, Quantity
from .zero_values import fields_of, structure, type_info, type_of_value

if TYPE_CHECKING:
    from .model import Model

_QUANTITY: Final = pydantic_quantity.describing_schema(QUANTITY_PATTERN)


def validating_schema(cls: type[Model]) -> CoreSchema:
    """Return the schema by which pydantic reads manifests with `from_dict`, and writes them with `to_dict`."""

    def read(value: Any) -> Model:
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            raise _refusal(cls, f"must be a {cls.__name__} or its manifest, not {kind_of(value)}")
        try:
            return cls.from_dict(value)
        except DecodeError as error:
            raise _refusal(cls, str(error)) from None

    # pydantic's errors begin with it.
    read.__name__ = cls.__name__
    return core_schema.no_info_plain_validator_function(
        read, serialization=core_schema.plain_serializer_function_ser_schema(cls.to_dict)
    )


def _refusal(cls: type[Model], problem: str) -> ValidationError:
    """Return an error of pydantic that does not show the value, which may be a Secret."""
    refused = PydanticCustomError("manifest", "{problem}", {"problem": problem})
    details = InitErrorDetails(type=refused, loc=(), input="(hidden)")
    return ValidationError.from_exception_data(cls.__name__, [details])


def describing_schema(cls: type[Model]) -> CoreSchema:
    """Return the schema that pydantic makes JSON Schema of."""
    describer = _Describer()
    whole = describer.schema_of(type_info(cls))
    return core_schema.definitions_schema(whole, [*describer.definitions.values()])


class _Describer:
    def __init__(self) -> None:
        self.definitions: dict[tuple[type[Any], bool], CoreSchema] = {}

    def schema_of(self, kind: Type, *, partial: bool = False) -> CoreSchema:
        kind = structure(kind)
        match kind:
            case StructType():
                return self._reference(kind, partial=partial)
            case UnionType():
                members = [self.schema_of(member, partial=partial) for member in kind.types]
                return members[0] if len(members) == 1 else core_schema.union_schema([*members])
            case ListType():
                return core_schema.list_schema(self.schema_of(kind.item_type, partial=partial))
            case DictType():
                values = self.schema_of(kind.value_type, partial=partial)
                return core_schema.dict_schema(core_schema.str_schema(), values)
            case StrType():
                return core_schema.str_schema()
            case IntType():
                return core_schema.int_schema()
            case FloatType():
                return core_schema.float_schema()
            case BoolType():
                return core_schema.bool_schema()
            case NoneType():
                return core_schema.none_schema()
            case BytesType():
                return core_schema.bytes_schema()
            case DateTimeType():
                return core_schema.datetime_schema()
            case CustomType():
                return self._custom(kind)
            case _:
                return core_schema.any_schema()

    def _custom(self, kind: CustomType) -> CoreSchema:
        if kind.cls is Quantity:
            return _QUANTITY
        return core_schema.bytes_schema() if issubclass(kind.cls, bytes) else core_schema.datetime_schema()

    def _reference(self, kind: StructType, *, partial: bool) -> CoreSchema:
        cls = kind.cls
        name = f"{cls.__module__}.{cls.__qualname__}{'.partial' if partial else ''}:{id(cls)}"
        if (cls, partial) not in self.definitions:
            self.definitions[cls, partial] = core_schema.any_schema()  # a class may need itself
            known = fields_of(kind)
            fields = {
                wire: core_schema.typed_dict_field(
                    self._field(field, partial=partial or may_lack_fields(wire, known)),
                    required=field.required and not partial,
                )
                for wire, field in known.items()
            }
            self.definitions[cls, partial] = core_schema.typed_dict_schema(
                fields,
                ref=name,
                extra_behavior="allow" if is_open(cls) else "forbid",
                config=core_schema.CoreConfig(title=cls.__name__),
            )
        return core_schema.definition_reference_schema(name)

    def _field(self, field: Field, *, partial: bool) -> CoreSchema:
        if field.default_factory is not NODEFAULT:
            return core_schema.literal_schema([field.default_factory(), None])
        described = self.schema_of(type_of_value(field), partial=partial)
        return core_schema.nullable_schema(described) if partial or may_be_null(field) else described
