"""OpenAPI documents as they were served, in files, with `SOURCE.toml` to say where they came from."""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from ..errors import CodegenError
from ..skipped import Skipped
from .parse import parse_document

DOCUMENT: Final = "openapi.json"
FOLDER: Final = "v3"
SOURCE: Final = "SOURCE.toml"
_STDIN: Final = "standard input"
_SUFFIX: Final = "_openapi.json"


@dataclass(frozen=True, kw_only=True)
class Document:
    """An OpenAPI document as it was served."""

    data: bytes
    origin: str
    """URL or file, for messages."""
    path: str = ""
    """Path that it describes, as the index of `/openapi/v3` says: `apis/apps/v1`. Empty if it may be anything."""
    only: frozenset[tuple[str, str]] | None = None
    """Groups and versions to take from it. None: all."""

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """The parsed document.

        Raises:
            SpecError: The data is not an OpenAPI document.
        """
        return parse_document(self.data, self.origin)


@dataclass(frozen=True, kw_only=True)
class Source:
    """The OpenAPI documents of a cluster."""

    documents: tuple[Document, ...]
    """One of version 2.0, or those of version 3."""
    origin: str
    """URL, file or folder, for messages."""
    version: str | None = None
    """Kubernetes version, such as `v1.37.2`; None if unknown."""
    group_versions: frozenset[tuple[str, str]] = frozenset()
    """Groups and versions that have documents which are not here, because nobody asked for them."""
    undescribed: tuple[Skipped, ...] = ()
    """Group-versions that are served, and described by no document."""


def read_source(path: Path) -> Source:
    """Read documents from files.

    Args:
        path: A document, a folder of documents of version 3, or `-` for standard input. `SOURCE.toml` beside or in it
            gives the version.

    Raises:
        CodegenError: A file cannot be read, or a document is not the one that `SOURCE.toml` describes.
    """
    if path == Path("-"):
        return Source(documents=(Document(data=sys.stdin.buffer.read(), origin=_STDIN),), origin=_STDIN)
    try:
        files = sorted(path.glob("*.json")) if path.is_dir() else [path]
        found = {file: file.read_bytes() for file in files}
        about = next((one for one in (path / SOURCE, path.with_name(SOURCE)) if one.is_file()), None)
        described = _read_toml(about) if about else {}
    except OSError as error:
        raise CodegenError(f"{error.filename} cannot be read: {error.strerror}") from error
    if not files:
        raise CodegenError(f"{path} holds no *.json: it is not a folder of OpenAPI documents")
    return Source(
        documents=tuple(
            Document(data=data, origin=str(file), path=_path_of(file.name) if path.is_dir() else "")
            for file, data in found.items()
        ),
        origin=str(path),
        version=_described_version(about, described, found) if about else None,
    )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CodegenError(f"{path} is not TOML: {error}") from error


def _described_version(about: Path, described: Mapping[str, Any], found: Mapping[Path, bytes]) -> str | None:
    """Return the version that `SOURCE.toml` gives for documents; None if it does not describe all of them."""
    digests = described.get("sha256")
    known = {about.parent / name: digest for name, digest in digests.items()} if isinstance(digests, dict) else {}
    for file, data in found.items():
        digest = hashlib.sha256(data).hexdigest()
        if file in known and known[file] != digest:
            raise CodegenError(
                f"{file} is not the document that {about} describes: its sha256 is {digest}; "
                "fetch it again with `make spec`"
            )
    version = described.get("kubernetes")
    return version if isinstance(version, str) and found.keys() <= known.keys() else None


def write_source(source: Source, folder: Path) -> list[Path]:
    """Write documents as they were served, and `SOURCE.toml` beside them; return the paths of the documents."""
    files = {f"{FOLDER}/{file_name(one.path)}" if one.path else DOCUMENT: one for one in source.documents}
    lines = ["# Written by `make spec`: where the documents beside this file and below came from."]
    if source.version is not None:
        lines.append(f"kubernetes = {_toml(source.version)}")
    lines += ["", "[sha256]"]
    lines += [f"{_toml(name)} = {_toml(hashlib.sha256(one.data).hexdigest())}" for name, one in sorted(files.items())]
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    for old in (folder / FOLDER).glob("*.json"):
        old.unlink()
    for name, document in files.items():
        (folder / name).write_bytes(document.data)
    (folder / SOURCE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [folder / name for name in files]


def file_name(path: str) -> str:
    """Name the file of a document of version 3 as Kubernetes itself does: `apis__apps__v1_openapi.json`."""
    return path.replace("/", "__") + _SUFFIX


def _path_of(name: str) -> str:
    return name.removesuffix(_SUFFIX).replace("__", "/") if name.endswith(_SUFFIX) else ""


def _toml(text: str) -> str:
    # JSON escapes all that TOML does, but for one character.
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")
