"""Documents as one `Spec`: groups are chosen first, and nothing of the others is looked at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any, Final

from ..errors import CodegenError, SpecError
from ..skipped import Skipped
from .groups import is_chosen, path_group
from .openapi_v3 import path_as_openapi_v2
from .parse import is_openapi_v3, kind_of
from .path_checks import PathReader
from .schemas import SchemaReader
from .source import Document, Source
from .spec import GVK, Spec, definition_name, references

_UNREADABLE: Final = "the document cannot be read: left out"
_CONFLICTING: Final = "two documents define it differently: the first one is used"


def load_spec(data: bytes, *, origin: str, groups: Collection[str] | None = None) -> Spec:
    """Load a single document.

    Args:
        data: OpenAPI document in JSON, as served at `/openapi/v2`, or for a group-version at `/openapi/v3`.
        origin: Path or URL of the document, for messages.
        groups: Full names of the groups to keep (`apps`, `rbac.authorization.k8s.io`, `core`). None: all.

    Raises:
        SpecError: The data is not such a document.
        CodegenError: The document has no group of such a name.
    """
    return load(Source(documents=(Document(data=data, origin=origin),), origin=origin), groups)


def load(source: Source, groups: Collection[str] | None = None) -> Spec:
    """Load the documents of a cluster as one.

    Args:
        source: The documents.
        groups: Full names of the groups to keep (`apps`, `rbac.authorization.k8s.io`, `core`). None: all.

    Raises:
        SpecError: None of the documents can be read.
        CodegenError: There is no group of such a name.
    """
    merged = _Merged(groups)
    for document in source.documents:
        merged.add(document)
    if merged.errors and not merged.documents:
        raise merged.errors[0]
    group_versions = frozenset(merged.group_versions | source.group_versions)
    _check_groups(groups or (), source, group_versions)
    schemas = SchemaReader(merged.definitions)
    reader = PathReader(schemas, merged.parameters)
    paths = {path: reader.read(path, item) for path, item in sorted(merged.paths.items())}
    definitions = schemas.read_definitions(merged.wanted())
    unreadable = [Skipped(what=str(error), why=_UNREADABLE) for error in merged.errors]
    return Spec(
        document={"paths": paths, "definitions": definitions},
        origin=source.origin,
        group_versions=group_versions,
        version=source.version or merged.version,
        problems=(*source.undescribed, *unreadable, *merged.conflicts, *reader.problems, *schemas.problems),
    )


class _Merged:
    """The chosen parts of documents, as served but for the shape of paths."""

    def __init__(self, groups: Collection[str] | None) -> None:
        self._groups = groups
        self.documents = 0
        self.errors: list[SpecError] = []
        self.conflicts: list[Skipped] = []
        self.group_versions: set[tuple[str, str]] = set()
        self.version = ""
        self.paths: dict[str, Any] = {}
        self.parameters: dict[str, Any] = {}
        self.definitions: dict[str, Any] = {}

    def add(self, document: Document) -> None:
        """Add the chosen parts of a document."""
        if document.path and not is_chosen(f"/{document.path}", self._groups):
            self.group_versions.update(gv for gv in [path_group(f"/{document.path}")] if gv)
            return
        try:
            content = document.content
            components = _section(content, "components", document.origin)
            info = _section(content, "info", document.origin)
            paths = _section(content, "paths", document.origin)
            home, name = (components, "schemas") if is_openapi_v3(content) else (content, "definitions")
            definitions = _section(home, name, document.origin)
            parameters = _section(home, "parameters", document.origin)
        except SpecError as error:
            self.errors.append(error)
            return
        self.documents += 1
        self.version = self.version or _version(info)
        chosen = {path: item for path, item in paths.items() if self._is_chosen(path, document.only)}
        if is_openapi_v3(content):
            chosen = {path: path_as_openapi_v2(item, parameters) for path, item in chosen.items()}
        else:
            self.parameters.update(parameters)
        self.paths.update(chosen)
        needed = definitions if document.only is None else _needed(chosen, definitions)
        for name in needed:
            self._define(name, definitions[name], document)

    def wanted(self) -> list[str]:
        """Names of the definitions that are wanted, although nothing may refer to them."""
        if self._groups is None:
            return list(self.definitions)
        return [name for name, schema in self.definitions.items() if self._is_own(schema)]

    def _is_chosen(self, path: str, only: Collection[tuple[str, str]] | None) -> bool:
        gv = path_group(path)
        if only is not None and gv not in only:
            return False
        if gv is not None:
            self.group_versions.add(gv)
        return is_chosen(path, self._groups)

    def _is_own(self, schema: object) -> bool:
        """True for a kind of a chosen group; a kind of many groups belongs to none."""
        gvks = schema.get(GVK) if isinstance(schema, dict) else None
        match gvks:
            case [{"group": str(group), "version": str(version)}]:
                return is_chosen(f"/apis/{group}/{version}" if group else f"/api/{version}", self._groups)
        return False

    def _define(self, name: str, schema: object, document: Document) -> None:
        known = self.definitions.setdefault(name, schema)
        if known is schema or document.only is not None:
            return
        if not isinstance(known, dict) or not isinstance(schema, dict) or _bare(known) != _bare(schema):
            self.conflicts.append(Skipped(what=f"{name} of {document.path or document.origin}", why=_CONFLICTING))
        elif known.get(GVK) != schema.get(GVK):
            kinds, others = known.get(GVK) or [], schema.get(GVK) or []
            if isinstance(kinds, list) and isinstance(others, list):
                self.definitions[name] = {**known, GVK: [*kinds, *(kind for kind in others if kind not in kinds)]}


def _bare(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A definition without its kinds: each document lists those of its own group."""
    return {key: value for key, value in schema.items() if key != GVK}


def _needed(paths: Mapping[str, Any], definitions: Mapping[str, Any]) -> list[str]:
    """Names of the definitions that paths refer to, directly or not."""
    found: dict[str, None] = {}
    pending = [definition_name(ref) for ref in references(paths)]
    while pending:
        name = pending.pop()
        if name in definitions and name not in found:
            found[name] = None
            pending += [definition_name(ref) for ref in references(definitions[name])]
    return list(found)


def _version(info: Mapping[str, Any]) -> str:
    """The version of Kubernetes; empty where a document does not name it: `v0.1.0` of a CRD's is no such version."""
    version = str(info.get("version") or "")
    # The documents in the repository of Kubernetes are `unversioned`.
    return "" if version == "unversioned" or info.get("title") == "Kubernetes CRD Swagger" else version


def _section(document: Mapping[str, Any], name: str, origin: str) -> Mapping[str, Any]:
    section = document.get(name)
    if section is None:
        return {}
    if not isinstance(section, dict):
        raise SpecError(f"{origin}: /{name} is {kind_of(section)}, but must be an object")
    return section


def _check_groups(groups: Collection[str], source: Source, group_versions: Collection[tuple[str, str]]) -> None:
    known = {group for group, _ in group_versions}
    unknown = sorted({"" if group == "core" else group for group in groups} - known)
    if not unknown:
        return
    for one in source.undescribed:
        if one.what.partition("/")[0] == unknown[0]:
            raise CodegenError(f"{source.origin}: {one.what} is {one.why}")
    names = sorted(group or "core" for group in known)
    # `rbac`, or `apps/v1`.
    word = unknown[0].partition("/")[0]
    close = [name for name in names if word in (name, name.partition(".")[0])] or get_close_matches(word, names, n=1)
    meant = "".join(f" ({name}?)" for name in close)
    raise CodegenError(
        f"{source.origin}: the document has no group {unknown[0]!r}{meant}; its groups are: {', '.join(names)}"
    )
