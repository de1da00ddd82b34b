"""The verbs of kubectl on the metadata of any object: label, annotate."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .arguments import NAME, NAMESPACE, PARAMETERS, Argument
from .operation import Operation
from .verb import INVALID, NOT_FOUND, Raises, Verb
from .workloads import of_write


def _has_metadata(operation: Operation) -> bool:
    return (
        operation.action == "patch"
        and not operation.subresource
        and operation.has_typed_response
        and "merge" in operation.patch_types
    )


_VALUES: Final = Argument(
    name="labels",
    annotation="Mapping[str, str | None]",
    text="Values by label; None removes the label.",
    positional=True,
    passed_as="values",
)

LABEL: Final = Verb(
    name="label",
    applies=_has_metadata,
    summary="Set or remove labels of {a_kind}, by `patch`, as `kubectl label`.",
    is_composed=True,
    arguments=(
        NAME,
        _VALUES,
        Argument(
            name="overwrite",
            annotation="bool",
            default="False",
            text="Replace other values, without reading the object first.",
        ),
        NAMESPACE,
        PARAMETERS,
    ),
    sends=of_write,
    returns="{response}",
    calls="_set_metadata",
    passes=("{path}", "{response}", "{query}", 'field="labels"'),
    raises=(
        NOT_FOUND,
        Raises(error="Conflict", reason="A label has another value, and `overwrite` is not set"),
        INVALID,
    ),
)

ANNOTATE: Final = replace(
    LABEL,
    name="annotate",
    summary="Set or remove annotations of {a_kind}, by `patch`, as `kubectl annotate`.",
    arguments=(
        NAME,
        replace(_VALUES, name="annotations", text="Values by annotation; None removes the annotation."),
        *LABEL.arguments[2:],
    ),
    passes=("{path}", "{response}", "{query}", 'field="annotations"'),
    raises=(
        NOT_FOUND,
        Raises(error="Conflict", reason="An annotation has another value, and `overwrite` is not set"),
        INVALID,
    ),
)

VERBS: Final = (LABEL, ANNOTATE)
