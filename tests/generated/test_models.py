"""Every model of the package reads and writes the manifest form without loss."""

from __future__ import annotations

import dataclasses
import importlib
import json
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import inspect

import aiokube.models
from aiokube import ABSENT_DICT, ABSENT_LIST
from aiokube.runtime.codec.list_model import ListModel
from aiokube.runtime.codec.model import Model
from aiokube.runtime.codec.quantity_fields import QuantityModel
from aiokube.runtime.codec.scalars import MicroTime, Quantity
from aiokube.runtime.codec.verbatim import VerbatimTime

pytestmark = pytest.mark.slow  # goes through every model of the API

_DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "spec" / "openapi.json").read_bytes())

_BASES = (Model, ListModel, QuantityModel)


def _models() -> Iterator[tuple[str, type[Model]]]:
    for module in pkgutil.iter_modules(aiokube.models.__path__):
        found = importlib.import_module(f"aiokube.models.{module.name}")
        for name, value in vars(found).items():
            if isinstance(value, type) and issubclass(value, Model) and value not in _BASES:
                yield name, value


NAMES = {name for name, _ in _models()}
MODELS = list(dict.fromkeys(model for _, model in _models()))
MODULES: defaultdict[str, list[type[Model]]] = defaultdict(list)
for _model in MODELS:
    MODULES[_model.__module__].append(_model)


def sample(kind: inspect.Type, inside: tuple[type, ...] = ()) -> Any:
    """JSON that has a value at every place that a type has; `inside` are the classes around it."""
    match kind:
        case inspect.Metadata():
            return sample(kind.type, inside)
        case inspect.StructType():
            # One class of the API holds itself: there, one level is enough.
            fields = [f for f in kind.fields if kind.cls not in inside or f.required]
            return {f.encode_name: _field(f, (*inside, kind.cls)) for f in fields}
        case inspect.UnionType():
            return sample(next(member for member in kind.types if not isinstance(member, inspect.NoneType)), inside)
        case inspect.ListType():
            return [sample(kind.item_type, inside)]
        case inspect.DictType():
            return {"some-key": sample(kind.value_type, inside)}
        case inspect.StrType():
            return 'text "quoted" \\ é'
        case inspect.IntType():
            return 3
        case inspect.FloatType():
            return 1.5
        case inspect.BoolType():
            return True
        case inspect.BytesType():
            return "aGVsbG8="
        case inspect.DateTimeType():
            return "2026-01-02T03:04:05Z"
        case inspect.CustomType(cls=cls) if cls is Quantity:
            return "500m"
        case inspect.CustomType(cls=cls) if cls is MicroTime:
            return "2026-01-02T03:04:05.000000Z"
        case inspect.CustomType(cls=cls) if cls is VerbatimTime:
            return "2026-01-02T03:04:05.000000001Z"
        case inspect.RawType():
            return {"f:metadata": {}}
        case inspect.AnyType():
            return {"any": ["thing", 1, None]}
        case _:
            raise AssertionError(f"no sample for {kind}")


def _field(field: inspect.Field, inside: tuple[type, ...]) -> Any:
    if field.encode_name in ("apiVersion", "kind") and field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return sample(field.type, inside)


@pytest.mark.parametrize("module", MODULES)
def test_models_round_trip(module: str) -> None:
    for model in MODULES[module]:
        manifest = sample(inspect.type_info(model))

        read = model.from_dict(manifest)

        assert read.to_dict() == manifest, model
        assert model.from_json(read.to_json()) == read, model
        assert model.from_yaml(read.to_yaml()) == read, model
        assert dataclasses.is_dataclass(model), model
        assert [f.name for f in dataclasses.fields(model)] == [f.name for f in msgspec.structs.fields(model)], model


@pytest.mark.parametrize("module", MODULES)
def test_models_read_null_and_nothing_as_go_does(module: str) -> None:
    for model in MODULES[module]:
        empty = model.from_json(b"{}")
        # Where null may mean something, it is kept apart from nothing.
        nulls = {f.encode_name: None for f in msgspec.structs.fields(model) if f.default is not msgspec.UNSET}

        assert model.from_dict(nulls, strict=False) == empty, model
        assert model.from_json(empty.to_json()) == empty, model


@pytest.mark.parametrize("module", MODULES)
def test_models_tell_absent_empty_and_null_apart(module: str) -> None:
    for model in MODULES[module]:
        fields = {f.encode_name: f.default for f in msgspec.structs.fields(model) if f.default is not msgspec.NODEFAULT}
        values: list[tuple[Any, Any]] = [(ABSENT_LIST, []), (ABSENT_DICT, {}), (msgspec.UNSET, None)]
        empty = {name: value for name, default in fields.items() for absent, value in values if default is absent}

        read = model.from_json(json.dumps(empty)).to_dict()

        assert {name: read[name] for name in empty} == empty, model
        # What is absent is not sent.
        assert not model.from_json(b"{}").to_dict().keys() & fields.keys(), model


def test_every_definition_has_a_model_or_a_scalar() -> None:
    classes = {name for name, schema in _DOCUMENT["definitions"].items() if "properties" in schema}
    # The three that have no fields: they mean something by being there.
    empty = {name for name, schema in _DOCUMENT["definitions"].items() if schema == {**schema, "type": "object"}}

    assert {name.rpartition(".")[2] for name in classes} <= NAMES
    assert len(MODELS) >= len(classes)
    assert len(MODELS) <= len(classes | empty)
