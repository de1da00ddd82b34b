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
    FloatType,
    IntType,
    ListType,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
)
from pydantic_core import CoreSchema, core_schema

from ..errors import DecodeError
from .open_types import is_open
from .scalars import QUANTITY_PATTERN, Quantity
from .zero_values import fields_of, structure, type_info, type_of_value

if TYPE_CHECKING:
    from .model import Model

_QUANTITY: Final = core_schema.union_schema(
    [core_schema.str_schema(pattern=QUANTITY_PATTERN), core_schema.float_schema()]
)


def validating_schema(cls: type[Model]) -> CoreSchema:
    """Return the schema by which pydantic reads manifests with `from_dict`, and writes them with `to_dict`."""

    def read(value: Any) -> Model:
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            raise ValueError(f"expected a {cls.__name__} or its manifest, got {type(value).__name__}")
        try:
            return cls.from_dict(value)
        except DecodeError as error:
            raise ValueError(str(error)) from error

    return core_schema.no_info_plain_validator_function(
        read, serialization=core_schema.plain_serializer_function_ser_schema(cls.to_dict)
    )


def describing_schema(cls: type[Model]) -> CoreSchema:
    """Return the schema that pydantic makes JSON Schema of."""
    describer = _Describer()
    whole = describer.schema_of(type_info(cls))
    return core_schema.definitions_schema(whole, [*describer.definitions.values()])


class _Describer:
    def __init__(self) -> None:
        self.definitions: dict[type[Any], CoreSchema] = {}

    def schema_of(self, kind: Type) -> CoreSchema:
        kind = structure(kind)
        match kind:
            case StructType():
                return self._reference(kind)
            case UnionType():
                members = [self.schema_of(member) for member in kind.types]
                return members[0] if len(members) == 1 else core_schema.union_schema([*members])
            case ListType():
                return core_schema.list_schema(self.schema_of(kind.item_type))
            case DictType():
                return core_schema.dict_schema(core_schema.str_schema(), self.schema_of(kind.value_type))
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

    def _reference(self, kind: StructType) -> CoreSchema:
        cls = kind.cls
        name = f"{cls.__module__}.{cls.__qualname__}:{id(cls)}"
        if cls not in self.definitions:
            self.definitions[cls] = core_schema.any_schema()  # a class may need itself
            fields = {}
            for wire, field in fields_of(kind).items():
                if field.default_factory is NODEFAULT:
                    described = self.schema_of(type_of_value(field))
                else:
                    described = core_schema.literal_schema([field.default_factory()])
                fields[wire] = core_schema.typed_dict_field(described, required=field.required)
            self.definitions[cls] = core_schema.typed_dict_schema(
                fields,
                ref=name,
                extra_behavior="allow" if is_open(cls) else "forbid",
                config=core_schema.CoreConfig(title=cls.__name__),
            )
        return core_schema.definition_reference_schema(name)
