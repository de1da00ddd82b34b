"""Objects as responses have them, by what clients accept: whole, or their metadata only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from .api.resources import Resource
from .failures import Failure, not_implemented
from .protobuf.envelope import PROTOBUF
from .store import Object, Record
from .versions.version import Version

Form = Literal["object", "metadata", "table"]

_encoder = msgspec.json.Encoder()


def encode(value: Any) -> bytes:
    """Return JSON data as JSON."""
    return _encoder.encode(value)


JSON = "application/json"

_META = "meta.k8s.io"
# Media types that kube-apiserver has, and this server does not: one of them alone is refused.
_OTHERS = ("application/yaml",)


@dataclass(frozen=True)
class Accepted:
    """The form of an answer that a client asks for."""

    form: Form
    content_type: str = JSON
    version: str = "v1"
    """Version of meta.k8s.io."""


def accepted(header: str, *, is_list: bool, custom: bool, is_watch: bool = False) -> Accepted:
    """Choose a form that a client accepts.

    Args:
        header: The header `Accept`.
        is_list: The answer is a list.
        custom: It is of a custom resource, whose objects have no protobuf messages; their metadata has one.
        is_watch: It is a watch.

    Raises:
        Failure: There is none.
    """
    missing = ""
    for media, parameters in _clauses(header):
        wanted = parameters.get("as", "")
        if media in _OTHERS:
            missing = missing or f"responses as {media}"
        elif media == PROTOBUF and not wanted.startswith("PartialObjectMetadata"):
            # Tables have no messages either.
            if not wanted and not custom:
                return Accepted("object", PROTOBUF)
        elif media not in ("*/*", JSON, PROTOBUF):
            continue
        elif wanted == "Table" and parameters.get("v") in ("v1", "v1beta1"):
            return Accepted("table", JSON, parameters["v"])
        elif wanted in ("PartialObjectMetadata", "PartialObjectMetadataList") and parameters.get("g") == _META:
            if parameters.get("v") == "v1":
                _check_metadata(wanted, is_list=is_list)
                return Accepted("metadata", PROTOBUF if media == PROTOBUF else JSON)
            missing = missing or f"{wanted} of version {parameters.get('v')}"
        elif not wanted:
            return Accepted("object")
    if missing:
        raise not_implemented(missing)
    raise _not_acceptable(header, streams=is_list or is_watch, custom=custom)


def _check_metadata(wanted: str, *, is_list: bool) -> None:
    if wanted.endswith("List") != is_list:
        found = "a list" if is_list else "not a list"
        raise Failure(406, "NotAcceptable", f"you requested {wanted}, but the requested object is {found}")


def _not_acceptable(header: str, *, streams: bool, custom: bool) -> Failure:
    known = f"{JSON}, application/yaml, {PROTOBUF}"
    if custom or any(media in (JSON, PROTOBUF) for media, _ in _clauses(header)):
        return Failure(406, "NotAcceptable", f"only the following media types are accepted: {known}")
    # The framework below kube-apiserver says it first, for whose routes a list may be a watch.
    others = f", {JSON};stream=watch, {PROTOBUF};stream=watch" if streams else ""
    text = f"406: Not Acceptable\n\nAvailable representations: {known}{others}"
    return Failure(406, "NotAcceptable", text, details={})


def accepted_whole(header: str, *, custom: bool = False) -> str:
    """Choose the media type of an answer that a client can only have as a whole, as a review.

    Args:
        header: The header `Accept`.
        custom: The answer is of a custom resource, as its scale.

    Raises:
        Failure: The client accepts none.
    """
    found = accepted(header, is_list=False, custom=custom)
    if found.form != "object":
        raise not_implemented("the metadata of reviews, scales and other answers that are not stored")
    return found.content_type


def accepted_media(header: str) -> str:
    """Return the media type of a Status or of discovery, whatever else a client accepts; JSON if it accepts none."""
    for media, parameters in _clauses(header):
        if media in (JSON, PROTOBUF) and "as" not in parameters:
            return media
    return JSON


def _clauses(header: str) -> list[tuple[str, dict[str, str]]]:
    """Return the media types of a header `Accept` with their parameters, those first that the client prefers."""
    clauses: list[tuple[str, dict[str, str]]] = []
    for part in (header or "*/*").split(","):
        media, *options = (piece.strip() for piece in part.split(";"))
        clauses.append((media, dict(option.split("=", 1) for option in options if "=" in option)))
    return sorted(clauses, key=lambda clause: -_quality(clause[1].get("q", "")))


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0


class View:
    """Objects of a resource as responses and events have them: whole, with their version and kind.

    Args:
        version: The version of the resource.
        content_type: Media type of responses.
    """

    def __init__(self, version: Version, content_type: str = JSON) -> None:
        self.version: Version = version
        self.resource: Resource = version.resource
        self.content_type: str = content_type

    def of(self, record: Record) -> bytes:
        """Return an object in the store."""
        if not self.version.is_stored:
            return self.of_object(record.obj)
        head = b'{"kind":"%s","apiVersion":"%s",' % (self.resource.kind.encode(), self.resource.api_version.encode())
        return head + record.encoded[1:]

    def of_object(self, obj: Object) -> bytes:
        """Return an object that is not in the store."""
        return encode(whole(self.resource, self.version.from_stored(obj)))

    def of_list(self, records: Sequence[Record], metadata: Mapping[str, Any]) -> bytes:
        """Return a list."""
        kind = {"kind": self.resource.list_kind or f"{self.resource.kind}List", "apiVersion": self.resource.api_version}
        if self.resource.custom:
            items = b",".join(self.of(record) for record in records)
        elif self.version.is_stored:
            # Items of typed lists have neither version nor kind.
            items = b",".join(record.encoded for record in records)
        else:
            items = b",".join(encode(self.version.from_stored(record.obj)) for record in records)
        return encode({**kind, "metadata": metadata})[:-1] + b',"items":[' + items + b"]}"


class MetadataView(View):
    """The metadata of objects, as objects."""

    def of(self, record: Record) -> bytes:
        """Return the metadata of an object in the store."""
        return self.of_object(record.obj)

    def of_object(self, obj: Object) -> bytes:
        """Return the metadata of an object that is not in the store."""
        return encode(metadata_only(self.version.from_stored(obj)))

    def of_list(self, records: Sequence[Record], metadata: Mapping[str, Any]) -> bytes:
        """Return the metadata of the objects of a list."""
        kind = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1"}
        items = [metadata_only(self.version.from_stored(record.obj)) for record in records]
        return encode({**kind, "metadata": metadata, "items": items})


def whole(resource: Resource, obj: Object) -> Object:
    """Return an object with its version and kind."""
    return {"kind": resource.kind, "apiVersion": resource.api_version, **obj}


def metadata_only(obj: Object, version: str = "v1") -> Object:
    """Return the metadata of an object, as an object.

    Args:
        obj: The object.
        version: Version of meta.k8s.io.
    """
    return {"kind": "PartialObjectMetadata", "apiVersion": f"meta.k8s.io/{version}", "metadata": obj["metadata"]}


def event_line(type: str, encoded: bytes) -> bytes:
    """Return an event as a line of a watch."""
    return b'{"type":"%s","object":%s}\n' % (type.encode(), encoded)


def warning_header(text: str) -> str:
    """Return a warning as the header `Warning` has it."""
    escaped = re.sub(r'(["\\])', r"\\\1", text)
    return f'299 - "{escaped}"'
