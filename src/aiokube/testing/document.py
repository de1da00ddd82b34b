"""OpenAPI documents by group-version: where they are, and their parts, each parsed when it is first needed.

A cluster is ready before anything is parsed. Parsed parts are never changed, so that every cluster of a process shares
them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import msgspec

from ..runtime.errors import ConfigError

Schemas = Mapping[str, Mapping[str, Any]]

CUSTOM_TITLE = "Kubernetes CRD Swagger"
"""The title of parts of custom resources."""

_SUFFIX = "_openapi.json"


class Part:
    """The OpenAPI v3 document of one group-version, or of another path such as `version`.

    Args:
        read: Returns the document as JSON.
        origin: Where it came from, for errors.
    """

    def __init__(self, read: Callable[[], bytes], origin: str) -> None:
        self._read = read
        self._origin = origin
        self.memo: dict[str, Any] = {}
        """Data derived from the document, for all clusters that share it."""

    @cached_property
    def raw(self) -> bytes:
        """The document, as JSON."""
        return self._read()

    @cached_property
    def hash(self) -> str:
        """A hash of the document, in the form that kube-apiserver gives it."""
        return hashlib.sha512(self.raw).hexdigest().upper()

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """The document.

        Raises:
            ConfigError: It is not an OpenAPI v3 document.
        """
        try:
            content = msgspec.json.decode(self.raw)
        except msgspec.DecodeError as error:
            raise ConfigError(f"{self._origin}: not JSON: {error}") from error
        if not isinstance(content, dict) or not isinstance(content.get("paths"), dict):
            raise ConfigError(f"{self._origin}: not an OpenAPI v3 document: it has no paths")
        return content

    @property
    def paths(self) -> Mapping[str, Mapping[str, Any]]:
        """The operations, by path and method."""
        paths: Mapping[str, Mapping[str, Any]] = self.content["paths"]
        return paths

    @property
    def schemas(self) -> Schemas:
        """The definitions, by name."""
        schemas: Schemas = self.content.get("components", {}).get("schemas", {})
        return schemas


class Document:
    """The API that a cluster serves.

    Args:
        parts: The parts by path: `api/v1`, `apis/apps/v1`.
    """

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self.parts: dict[str, Part] = dict(parts)
        self.memo: dict[str, Any] = {}
        """Data derived from all parts, for all clusters that share them."""


def read_folder(folder: Path) -> Document:
    """Return the API of a folder of OpenAPI v3 documents, named as kube-apiserver's own repository names them.

    Args:
        folder: Has files such as `apis__apps__v1_openapi.json`.

    Raises:
        ConfigError: The folder has no such files.
    """
    if folder.is_file():
        raise ConfigError(
            f"{folder}: a file; a folder of OpenAPI v3 documents is needed, one for each group-version: documents "
            f"of version 2 have no defaults: `python -m aiokube_codegen.fetch FOLDER` writes those of a cluster into "
            f"FOLDER/v3"
        )
    files = sorted(folder.glob(f"*{_SUFFIX}")) if folder.is_dir() else []
    parts = {
        file.name.removesuffix(_SUFFIX).replace("__", "/"): Part(file.read_bytes, str(file))
        for file in files
        if not file.name.startswith(".") or file.name.startswith(".well-known")
    }
    if not any(path.startswith(("api/", "apis/")) for path in parts):
        raise ConfigError(
            f"{folder}: no OpenAPI v3 documents of group-versions, such as api__v1{_SUFFIX}; "
            f"`python -m aiokube_codegen.fetch FOLDER` writes those of a cluster"
        )
    return Document(parts)


@cache
def shipped() -> Document:
    """Return the API that the shipped client is generated from.

    Raises:
        ConfigError: It is not installed.
    """
    # Beside the package in a checkout; a wheel has them with the generator.
    parents = Path(__file__).parents
    places = (parents[3] / "spec", parents[2] / "aiokube_codegen" / "spec")
    root = next((place for place in places if (place / "v3").is_dir()), places[-1])
    return read_folder(root / "v3")
