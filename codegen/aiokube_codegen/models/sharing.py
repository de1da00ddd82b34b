"""The classes of inline objects: one for each structure of a module, or the built-in class that has it.

Operators copy types of Kubernetes and of each other into their CRDs, at hundreds of places. What is structured like a
built-in definition and documented like it is that definition; the rest gets one class for each structure, named after
the shortest of its places.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Final

from ..contract import RUNTIME_CLASSES
from ..document.fixups import is_built_in
from ..document.spec import Schema, definition_name, speakable_fields
from ..naming.names import class_name, pascal_case, words
from ..naming.plurals import singular
from .modules import group_version_kinds
from .shapes import Shapes
from .types import ClassName

# Up to this number of fields, the place of a structure is told in full: `TaskSpecStep`.
_SHORT: Final = 2
# A structure of fewer fields may resemble a built-in one by chance: each of its places has to be like it.
_TELLING_FIELDS: Final = 3
# Later versions of Kubernetes add to descriptions, seldom to their beginnings.
_COMPARED: Final = 40


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A place of a definition, or of an object inside it."""

    words: tuple[str, ...]
    """The definition's class and the fields, as parts of a class name."""
    path: tuple[str, ...] = ()
    """The fields."""
    schema: Schema

    def order(self) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
        """Among places with as many fields, the one of the shortest kind first."""
        return len(self.words[0]), self.words, self.path

    def __str__(self) -> str:
        return f"`{'.'.join(self.path)}` of {self.words[0]}."


@dataclass(frozen=True, kw_only=True)
class Inline:
    """An inline object that gets a class: the occurrence that its name and descriptions are taken from."""

    schema: Schema
    place: str
    """Fields from the kind on: "`spec.steps` of Task."."""


class Sharing:
    """Decides on the classes of all inline objects of a document.

    Args:
        definitions: The document's definitions.
        classes: Classes by definition.
    """

    def __init__(self, definitions: Mapping[str, Schema], classes: Mapping[str, ClassName]) -> None:
        self._definitions = definitions
        self._classes = classes
        self._shapes = Shapes(definitions, classes)
        self._loose = Shapes(definitions, classes, loose=True)
        self._built_in = self._built_in_by_shape()
        self._fields_of_built_in = self._field_names()
        self._accepted: set[tuple[str, int]] = set()
        self._own: dict[tuple[str, int], ClassName] = {}
        self.inline: dict[ClassName, Inline] = {}
        by_module: dict[str, list[str]] = defaultdict(list)
        for definition, name in sorted(classes.items()):
            if definition not in RUNTIME_CLASSES:
                by_module[name.module].append(definition)
        for module, owned in sorted(by_module.items()):
            self._accept(module, owned)
            self._name(module, owned)

    def class_of(self, module: str, wire: str, schema: Schema) -> ClassName:
        """Return the class of an inline object.

        Args:
            module: Module of the class that it is a field of.
            wire: Name of the field.
            schema: The object's schema; for lists and maps, that of an item.
        """
        definition = self._built_in_like(module, wire, schema)
        return self._classes[definition] if definition else self._own[module, self._shapes.structure(schema)]

    def _built_in_like(self, module: str, wire: str, schema: Schema) -> str | None:
        loose = self._loose.structure(schema)
        found = self._built_in[loose] if (module, loose) in self._accepted else []
        if len(schema["properties"]) < _TELLING_FIELDS:
            found = [one for one in found if self._is_like(one, wire, schema)]
        return max(found, key=lambda one: self._likeness(one, wire, schema), default=None)

    def _built_in_by_shape(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = defaultdict(list)
        # Where nothing else decides, the first one is taken: of core, and then of meta.
        for definition in sorted(
            self._classes, key=lambda one: (".core." not in one, ".meta." not in one, len(one), one)
        ):
            schema = self._definitions[definition]
            if is_built_in(definition) and schema.get("properties") and not group_version_kinds(schema):
                found[self._loose.structure(schema)].append(definition)
        return found

    def _field_names(self) -> dict[str, set[str]]:
        """The names of the fields that hold each built-in class, in parts of built-in kinds.

        The fields of a kind itself, `spec` and `status`, tell nothing.
        """
        found: dict[str, set[str]] = defaultdict(set)
        for definition in self._classes:
            if is_built_in(definition) and not group_version_kinds(self._definitions[definition]):
                for wire, child in self._definitions[definition].get("properties", {}).items():
                    item = child.get("items") or child.get("additionalProperties") or child
                    if isinstance(item, dict) and "$ref" in item:
                        found[definition_name(item["$ref"])].add(wire)
        return found

    def _accept(self, module: str, definitions: Collection[str]) -> None:
        """Find the structures of a module that are those of built-in definitions, by any of their places."""
        seen: set[int] = set()
        level = [self._definitions[definition] for definition in definitions]
        while level:
            following = []
            for owner in level:
                for wire, schema, _ in self._inside(owner):
                    loose = self._loose.structure(schema)
                    if any(self._is_like(one, wire, schema) for one in self._built_in.get(loose, ())):
                        self._accepted.add((module, loose))
                    if self._shapes.structure(schema) not in seen:
                        seen.add(self._shapes.structure(schema))
                        following.append(schema)
            level = following

    def _name(self, module: str, definitions: Collection[str]) -> None:
        """Name the other structures of a module, those at the shortest places first."""
        taken = {name.name for name in self._classes.values() if name.module == module}
        kinds = [kind for one in definitions for _, _, kind in group_version_kinds(self._definitions[one])]
        level = [
            _Place(words=(self._classes[definition].name.rstrip("_"),), schema=self._definitions[definition])
            for definition in definitions
        ]
        while level:
            following = []
            for place in sorted(self._places_inside(level), key=_Place.order):
                shape = self._shapes.structure(place.schema)
                if (module, shape) in self._own or self._built_in_like(module, place.path[-1], place.schema):
                    continue
                name = class_name(_short_name(place.words, kinds, taken), taken=taken)
                taken.add(name)
                self._own[module, shape] = ClassName(module=module, name=name)
                self.inline[self._own[module, shape]] = Inline(schema=place.schema, place=str(place))
                following.append(place)
            level = following

    def _places_inside(self, places: Collection[_Place]) -> Iterator[_Place]:
        for place in places:
            siblings = {pascal_case(wire) for wire in speakable_fields(place.schema)}
            for wire, schema, is_item in self._inside(place.schema):
                word = pascal_case(wire)
                # Beside `filter`, an item of `filters` is a `Filters`.
                if is_item and singular(word) not in siblings:
                    word = singular(word)
                yield _Place(words=(*place.words, word), path=(*place.path, wire), schema=schema)

    def _inside(self, owner: Schema) -> Iterator[tuple[str, Schema, bool]]:
        """Yield the inline objects in the fields of an object, each with its field, and whether it is an item."""
        for wire in speakable_fields(owner):
            schema, is_item = owner["properties"][wire], False
            while True:
                if "$ref" in schema:
                    name = definition_name(schema["$ref"])
                    if name in self._classes:
                        break
                    schema = self._definitions[name]
                elif len(schema.get("allOf", ())) == 1 and "properties" not in schema:
                    schema = schema["allOf"][0]
                elif speakable_fields(schema):
                    yield wire, schema, is_item
                    break
                elif isinstance(inner := schema.get("items") or schema.get("additionalProperties"), dict):
                    schema, is_item = inner, True
                else:
                    break

    def _is_like(self, definition: str, wire: str, schema: Schema) -> bool:
        same, described = self._same_descriptions(definition, schema)
        if described:
            return same > 0
        return wire in self._fields_of_built_in[definition] or len(schema["properties"]) >= _TELLING_FIELDS

    def _likeness(self, definition: str, wire: str, schema: Schema) -> tuple[bool, int, int]:
        """How like a definition is: `keySecret` is a SecretKeySelector rather than a ConfigMapKeySelector."""
        return (
            wire in self._fields_of_built_in[definition],
            self._same_descriptions(definition, schema)[0],
            len(_words(wire) & _words(self._classes[definition].name)),
        )

    def _same_descriptions(self, definition: str, schema: Schema) -> tuple[int, int]:
        """Count the descriptions of a schema and its fields, and those that a built-in definition has as well."""
        known = self._definitions[definition]
        pairs = [(known, schema)]
        pairs += [(known["properties"][wire], child) for wire, child in schema["properties"].items()]
        texts = [(_beginning(one), _beginning(other)) for one, other in pairs]
        return sum(one == other != "" for one, other in texts), sum(other != "" for _, other in texts)


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(word.lower() for word in words(name))


def _beginning(schema: Schema) -> str:
    return " ".join(str(schema.get("description", "")).split())[:_COMPARED]


def _short_name(words: tuple[str, ...], kinds: Collection[str], taken: Collection[str]) -> str:
    """Name the class of a place: in full if it is short, else by as few of its last words as no other class has.

    A short name never begins like a kind, where the full name of another place could be the same.
    """
    words = tuple(_without_runs(words))
    if len(words) <= _SHORT + 1:
        return "".join(words)
    # `ArtifactArtifactGC` says no more than `ArtifactGC`.
    first = 1 if words[-1].startswith(words[-2]) and words[-1] != words[-2] else 2
    for count in range(first, len(words)):
        name = "".join(words[-count:])
        if name not in taken and not any(name.startswith(kind) for kind in kinds):
            return name
    return "".join(words)


def _without_runs(words: tuple[str, ...]) -> Iterator[str]:
    """Yield the words, one for each run: of a recursive type written out, the third level is `Child3`."""
    for word, run in groupby(words):
        count = len(list(run))
        yield from [f"{word}{count}"] if count > _SHORT else [word] * count
