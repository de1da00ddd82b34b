"""Quantities as types of pydantic."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic_core import CoreSchema, core_schema

from ..arguments import kind_of

if TYPE_CHECKING:
    from .scalars import Quantity


def validating_schema(cls: type[Quantity]) -> CoreSchema:
    """Return the schema by which pydantic reads texts and numbers as quantities, and writes them as they came."""

    def read(value: Any) -> Quantity:
        if isinstance(value, cls):
            return value
        if not isinstance(value, (str, int, float, Decimal)):
            raise ValueError(f"must be a quantity, a text or a number, not {kind_of(value)}")
        return cls(value)

    read.__name__ = cls.__name__
    return core_schema.no_info_plain_validator_function(
        read, serialization=core_schema.plain_serializer_function_ser_schema(cls.to_wire)
    )


def describing_schema(pattern: str) -> CoreSchema:
    """Return the schema that pydantic makes JSON Schema of, for texts that match a pattern."""
    return core_schema.union_schema([core_schema.str_schema(pattern=pattern), core_schema.float_schema()])
