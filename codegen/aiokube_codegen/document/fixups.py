"""Named corrections of what the spec says wrongly, or does not say, about single definitions.

A correction that doesn't match is left out: a cluster may be older, or may be right by then. That each still matches
the spec of the shipped client is a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .spec import TYPE_KEY, Schema

META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1"


@dataclass(frozen=True, kw_only=True)
class Fixup:
    """One correction."""

    definition: str
    reason: str
    matches: Callable[[Schema], bool]
    correct: Callable[[Schema], Schema]

    @property
    def name(self) -> str:
        """The last part of the definition's name."""
        return self.definition.rpartition(".")[2]


def _says(**expected: Any) -> Callable[[Schema], bool]:
    """Whether a schema says exactly this, whatever its description."""
    return lambda schema: {key: value for key, value in schema.items() if key != "description"} == expected


def _as(type: str) -> Callable[[Schema], Schema]:
    return lambda schema: {**schema, TYPE_KEY: type}


def _untyped(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key != "type"}


FIXUPS: Final = (
    Fixup(
        definition="io.k8s.apimachinery.pkg.util.intstr.IntOrString",
        reason="it is called a string, and the API server sends and takes numbers as well",
        matches=_says(type="string", format="int-or-string"),
        correct=lambda schema: {**_untyped(schema), "x-kubernetes-int-or-string": True},
    ),
    Fixup(
        definition="io.k8s.apimachinery.pkg.api.resource.Quantity",
        reason="nothing tells it from other strings, yet two texts can mean the same amount",
        matches=_says(type="string"),
        correct=_as("quantity"),
    ),
    Fixup(
        definition=f"{META}.MicroTime",
        reason="it is called a date-time, and the API server refuses one without exactly six digits of fraction",
        matches=_says(type="string", format="date-time"),
        correct=_as("micro-time"),
    ),
    Fixup(
        definition=f"{META}.FieldsV1",
        reason="it is an object with keys of its own kind, which only server-side apply reads: it stays as it came",
        matches=_says(type="object"),
        correct=_as("raw"),
    ),
    Fixup(
        definition=f"{META}.Patch",
        reason="it is called an object, and a JSON patch is a list",
        matches=_says(type="object"),
        correct=_untyped,
    ),
    Fixup(
        definition="io.k8s.apimachinery.pkg.runtime.RawExtension",
        reason="it is called an object without fields, and holds whatever the owner of the field puts there",
        matches=_says(type="object"),
        correct=_untyped,
    ),
)


def apply_fixups(definitions: Mapping[str, Schema]) -> tuple[dict[str, Schema], list[str]]:
    """Correct a document's definitions.

    Returns:
        The corrected definitions, and the names of the corrections that matched.
    """
    corrected = dict(definitions)
    applied = []
    for fixup in FIXUPS:
        schema = corrected.get(fixup.definition)
        if schema is not None and fixup.matches(schema):
            corrected[fixup.definition] = fixup.correct(schema)
            applied.append(fixup.name)
    return corrected, applied
