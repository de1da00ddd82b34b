"""Manifests from files, folders, texts and objects, each with the place that it comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

import msgspec

from ..arguments import kind_of
from ..codec.any_object import AnyObject
from ..codec.json_types import json_type
from ..codec.manifest import items_of, load_documents
from ..codec.model import Model, encode
from ..errors import DecodeError, InvalidArgument, InvalidRequest, printable
from ..secret import hides_arguments

Source: TypeAlias = PathLike[str] | str | bytes | Model | AnyObject | Mapping[str, Any] | Iterable["Source"]
"""A file, a folder, YAML or JSON, an object, or several of these. A `str` is YAML, never a path."""

T = TypeVar("T")

_SUFFIXES = (".yaml", ".yml", ".json")
# In a text of one line: `{}`, or a colon that ends a key.
_MAY_BE_MAPPING = re.compile(r"\{|:(\s|$)")
_URL = re.compile(r"\w+://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One object as plain JSON data, with its place: `web.yaml: document 2 (line 7)`."""

    data: dict[str, Any] = field(repr=False)  # may be a Secret
    place: str
    api_version: str
    kind: str
    name: str
    namespace: str

    @property
    def group(self) -> str:
        """API group of the object; empty for the core group."""
        return self.api_version.rpartition("/")[0]


@hides_arguments
def read(source: Source, convert: Callable[[Manifest], T]) -> list[T]:
    """Read the manifests of a source, in order. Lists are replaced by their items, empty documents are ignored.

    Args:
        source: A file; a folder, of which each `.yaml`, `.yml` and `.json` file is read, by name, without its
            subfolders; YAML or JSON of any number of documents; an object; or several of these.
        convert: Called with each manifest; returns what is listed, or raises a `DecodeError`.

    Raises:
        DecodeError: A text is not YAML, or not of objects, or `convert` refuses one; names the file, the document and
            the line of each.
        InvalidArgument: The source is of another type, a text that looks like a path, a file that cannot be read, or a
            folder without manifests.
    """
    found: list[T] = []
    errors: list[str] = []
    try:
        for part in _parts(source, "source"):
            try:
                for place, data in _documents(part):
                    try:
                        found.append(_converted(_manifest(place, data), convert))
                    except DecodeError as error:
                        errors.append(str(error))
            except DecodeError as error:
                errors.append(str(error))
    except RecursionError:
        raise InvalidArgument("source is nested too deep; does a list contain itself?") from None
    if errors:
        raise DecodeError("\n".join(errors))
    return found


def _converted(manifest: Manifest, convert: Callable[[Manifest], T]) -> T:
    try:
        return convert(manifest)
    except DecodeError as error:
        raise DecodeError(f"{manifest.place}: {error}") from error


# A file, a text or an object, with its origin: empty for a text.
_Part = tuple[str, Path | str | bytes | Model | Mapping[str, Any]]


def _parts(source: Source, origin: str) -> Iterator[_Part]:
    match source:
        case str() | bytes():
            _refuse_path(source)
            yield "", source
        case Model() | Mapping():
            # To type checkers, a mapping may also be an iterable of sources.
            yield origin, cast("Model | Mapping[str, Any]", source)
        case PathLike():
            path = Path(source)
            for file in _files(path) if path.is_dir() else [path]:
                yield str(file), file
        case _ if callable(getattr(source, "read", None)):
            raise InvalidArgument(f"{origin} is an open file, a {type(source).__name__}; pass what its read() returns")
        case Iterable() if not isinstance(source, (bytearray, memoryview)):
            for index, part in enumerate(source):
                yield from _parts(part, f"{origin}[{index}]")
        case _:
            raise InvalidArgument(
                f"{origin}: must be a Path, YAML, an object, or a list of these, not {kind_of(source)}"
            )


def _refuse_path(text: str | bytes) -> None:
    if not isinstance(text, str) or not text.strip() or "\n" in text or _MAY_BE_MAPPING.search(text):
        return
    if _URL.match(text):
        raise InvalidArgument(f"source is {text!r:.80}, a URL; fetch it, and pass what it has")
    raise InvalidArgument(f"source is {text!r:.80}, which is not YAML of an object; pass Path(...) for a file")


def _files(folder: Path) -> list[Path]:
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES and not path.is_dir())
        # A link that leads nowhere is refused later, when it is read: to leave it out would prune its objects.
        odd = next((path for path in files if path.exists() and not path.is_file()), None)
    except OSError as error:
        raise _unreadable(folder, error) from error
    if odd is not None:
        raise InvalidArgument(f"{odd} is not a regular file; remove it, or pass the files that are to be read")
    if not files:
        raise InvalidArgument(f"{folder} has no manifests: no file ends in {', '.join(_SUFFIXES)}")
    return files


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (OSError, ValueError) as error:  # the path may contain a null character
        raise _unreadable(file, error) from error


def _unreadable(path: Path, error: Exception) -> InvalidArgument:
    return InvalidArgument(f"{path} cannot be read: {getattr(error, 'strerror', error)}")


def _documents(part: _Part) -> Iterator[tuple[str, Any]]:
    origin, content = part
    if isinstance(content, (Model, Mapping)):
        documents = [(origin, _plain(origin, content))]
    else:
        text = _content(content) if isinstance(content, Path) else content
        prefix = f"{origin}: " if origin else ""
        documents = [(prefix + place, data) for place, data in load_documents(text, origin=origin or "the text")]
    for place, data in documents:
        yield from _expanded(place, data)


def _plain(origin: str, obj: Model | Mapping[str, Any]) -> Any:
    try:
        return msgspec.json.decode(encode(obj))
    except InvalidRequest as error:
        raise DecodeError(f"{origin}: {error}") from error


def _expanded(place: str, data: Any) -> Iterator[tuple[str, Any]]:
    """The objects of a document: the items of a list, whose type the list may imply."""
    kind = data.get("kind") if isinstance(data, dict) else None
    if not (isinstance(kind, str) and kind.endswith("List") and (kind == "List" or "items" in data)):
        yield place, data
        return
    implied = {} if kind == "List" else {"apiVersion": data.get("apiVersion"), "kind": kind.removesuffix("List")}
    for inner_place, item in items_of(place, data):
        yield from _expanded(inner_place, {**implied, **item} if isinstance(item, dict) else item)


def _manifest(place: str, data: Any) -> Manifest:
    if not isinstance(data, dict):
        raise DecodeError(f"{place}: expected a mapping with apiVersion and kind, got {json_type(data)}")
    if data.get("kind") == "PartialObjectMetadata":
        raise DecodeError(f"{place}: PartialObjectMetadata does not say of which kind it is; use api(..., of=...)")
    metadata = _mapping(place, data, "metadata", "metadata")
    for key in ("labels", "annotations"):
        _mapping(place, metadata, key, f"metadata.{key}")
    return Manifest(
        data=data,
        place=place,
        api_version=_text(place, data, "apiVersion", "apiVersion", is_required=True),
        kind=_text(place, data, "kind", "kind", is_required=True),
        name=_text(place, metadata, "name", "metadata.name"),
        namespace=_text(place, metadata, "namespace", "metadata.namespace"),
    )


def _mapping(place: str, data: dict[str, Any], key: str, path: str) -> dict[str, Any]:
    value = data.get(key)
    if not isinstance(value, dict | None):
        raise DecodeError(f"{place}: {path}: expected a mapping, got {json_type(value)}")
    return value or {}


def _text(place: str, data: dict[str, Any], key: str, path: str, *, is_required: bool = False) -> str:
    value = data.get(key)
    if is_required and not value:
        name = f" of {data['kind']!r:.80}" if isinstance(data.get("kind"), str) else ""
        raise DecodeError(f"{place}: {path}{name} is missing; is this a manifest of Kubernetes?")
    if not isinstance(value, str | None):
        raise DecodeError(f"{place}: {path}: expected a string, got {json_type(value)}; put it in quotes")
    return printable(value or "")
