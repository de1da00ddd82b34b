"""Query parameters become typed keywords: those with few values by the names of the runtime."""

from __future__ import annotations

import pytest

from aiokube_codegen.verbs.parameters import as_arguments


@pytest.mark.parametrize(
    ("wire_name", "annotation"),
    [
        ("dryRun", "DryRun | None"),
        ("fieldValidation", "FieldValidation | None"),
        ("propagationPolicy", "PropagationPolicy | None"),
        ("resourceVersionMatch", "ResourceVersionMatch | None"),
        ("labelSelector", "Selector | None"),
        ("fieldManager", "str | None"),
    ],
)
def test_a_parameter_with_few_values_has_a_type_of_its_own(wire_name: str, annotation: str) -> None:
    (argument,) = as_arguments({wire_name: {"type": "string"}}, reserved=())
    assert argument.annotation == annotation
    (number,) = as_arguments({wire_name: {"type": "integer", "required": True}}, reserved=())
    assert number.annotation == "int"


def test_the_values_of_an_enum_are_listed() -> None:
    parameter = {"type": "string", "description": "How to\nstop. Be careful.", "enum": ["hard", "soft", ""]}
    (argument,) = as_arguments({"stopMode": parameter}, reserved=())
    assert (argument.name, argument.annotation) == ("stop_mode", "str | None")
    assert argument.text == "How to stop. One of: `hard`, `soft`, the empty string."


def test_a_parameter_gets_out_of_the_way_of_other_names() -> None:
    arguments = as_arguments({"name": {"type": "string"}, "class": {"type": "boolean"}}, reserved=("name",))
    assert {argument.wire_name: argument.name for argument in arguments} == {"name": "name_", "class": "class_"}
