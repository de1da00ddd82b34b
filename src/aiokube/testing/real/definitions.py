"""CustomResourceDefinitions from files, for a cluster to have from its start."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...runtime.codec.manifest import load_documents
from ...runtime.errors import InvalidArgument

_KIND = "CustomResourceDefinition"
_SUFFIXES = frozenset({".json", ".yaml", ".yml"})

Definition = Mapping[str, Any]


def read(paths: Iterable[str | os.PathLike[str]]) -> list[Definition]:
    """Return the definitions of files, and of the files of folders.

    Args:
        paths: Files of definitions, as YAML or JSON; and folders, whose other objects are passed over.

    Raises:
        InvalidArgument: A path is missing, a folder has no definitions, or a file has another object.
        DecodeError: A file is not YAML.
    """
    if isinstance(paths, (str, os.PathLike)):
        raise InvalidArgument(f"crds: must be a list of paths, not a path; pass [{os.fspath(paths)!r}]")
    return [definition for path in paths for definition in _read(Path(path))]


def _read(path: Path) -> list[Definition]:
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in _SUFFIXES)
        found = [one for file in files for one in _objects(file) if one.get("kind") == _KIND]
        if not found:
            raise InvalidArgument(f"crds: the folder {path} has no file with a {_KIND}")
        return found
    found = list(_objects(path))
    for one in found:
        if one.get("kind") != _KIND or not one.get("metadata", {}).get("name"):
            raise InvalidArgument(f"crds: {path} has an object that is no {_KIND} with a name: {one.get('kind')!r}")
    return found


def _objects(file: Path) -> Iterator[Definition]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InvalidArgument(f"crds: {file} cannot be read: {error.strerror}") from error
    for _, document in load_documents(content, origin=str(file)):
        if isinstance(document, dict):
            yield from document["items"] if document.get("kind") == f"{_KIND}List" else [document]


def is_established(definition: Definition) -> bool:
    """Return True for a definition, as the server has it, whose resources are served."""
    conditions = definition.get("status", {}).get("conditions", [])
    return any((one["type"], one["status"]) == ("Established", "True") for one in conditions)
