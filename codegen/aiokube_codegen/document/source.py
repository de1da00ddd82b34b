"""OpenAPI documents in files, with `SOURCE.toml` beside them to say where they came from."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from ..errors import CodegenError

DOCUMENT = "openapi.json"
SOURCE = "SOURCE.toml"


@dataclass(frozen=True, kw_only=True)
class Source:
    """An OpenAPI document as it was served."""

    data: bytes
    origin: str
    """URL or file, for messages."""
    version: str | None
    """Kubernetes version, such as `v1.37.2`; None if unknown."""


def read_source(path: Path) -> Source:
    """Read a document from a file, and its version from `SOURCE.toml` beside it.

    Raises:
        CodegenError: A file cannot be read, or the document is not the one that `SOURCE.toml` describes.
    """
    try:
        data = path.read_bytes()
        beside = path.with_name(SOURCE)
        about = tomllib.loads(beside.read_text("utf-8")) if beside.exists() else {}
    except OSError as error:
        raise CodegenError(f"{error.filename} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CodegenError(f"{path.with_name(SOURCE)} is not TOML: {error}") from error
    if about.get("document") != path.name:
        return Source(data=data, origin=str(path), version=None)
    digest = hashlib.sha256(data).hexdigest()
    if about.get("sha256") != digest:
        raise CodegenError(
            f"{path} is not the document that {beside} describes: its sha256 is {digest}; "
            "fetch it again with `make spec`"
        )
    return Source(data=data, origin=str(path), version=about.get("kubernetes"))


def write_source(source: Source, folder: Path) -> Path:
    """Write a document as it was served and `SOURCE.toml` beside it; return the path of the document."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / DOCUMENT
    path.write_bytes(source.data)
    lines = [
        "# Written by `make spec`: where the document beside this file came from.",
        f"document = {json.dumps(DOCUMENT)}",
        f"kubernetes = {json.dumps(source.version)}",
        f"origin = {json.dumps('GET /openapi/v2')}",
        f"sha256 = {json.dumps(hashlib.sha256(source.data).hexdigest())}",
    ]
    (folder / SOURCE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
