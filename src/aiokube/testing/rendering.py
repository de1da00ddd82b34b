"""Objects as responses have them, by what clients accept: whole, or their metadata only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from .api.resources import Resource
from .failures import Failure, not_implemented
from .store import Object, Record

Form = Literal["object", "metadata", "table"]

_encoder = msgspec.json.Encoder()


def encode(value: Any) -> bytes:
    """Return JSON data as JSON."""
    return _encoder.encode(value)


JSON = "application/json"

# Media types that kube-apiserver has, and this server does not: one of them alone is refused.
_OTHERS = ("application/vnd.kubernetes.protobuf", "application/cbor", "application/yaml")


@dataclass(frozen=True)
class Accepted:
    """The form of an answer that a client asks for."""

    form: Form
    content_type: str = JSON
    version: str = "v1"
    """Version of meta.k8s.io."""


def accepted(header: str, *, is_list: bool) -> Accepted:
    """Choose a form that a client accepts.

    Args:
        header: The header `Accept`.
        is_list: The answer is a list.

    Raises:
        Failure: There is none.
    """
    missing = ""
    for part in (header or "*/*").split(","):
        media, *options = (piece.strip() for piece in part.split(";"))
        parameters = dict(option.split("=", 1) for option in options if "=" in option)
        wanted = parameters.get("as", "")
        if media in _OTHERS:
            missing = missing or f"responses as {media}"
        elif media not in ("*/*", JSON):
            continue
        elif wanted == "Table" and parameters.get("v") in ("v1", "v1beta1"):
            version = parameters["v"]
            return Accepted("table", f"{JSON};as=Table;g=meta.k8s.io;v={version}", version)
        elif wanted in ("PartialObjectMetadata", "PartialObjectMetadataList"):
            if wanted == ("PartialObjectMetadataList" if is_list else "PartialObjectMetadata"):
                options_text = f"as={wanted};g=meta.k8s.io;v=v1"
                return Accepted("metadata", f"{JSON};{options_text}" if parameters.get("v") == "v1" else JSON)
        elif not wanted:
            return Accepted("object")
    if missing:
        raise not_implemented(missing)
    raise Failure(
        406,
        "NotAcceptable",
        "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, "
        "application/vnd.kubernetes.protobuf",
        details={},
    )


class View:
    """Objects of a resource as responses and events have them: whole, with their version and kind.

    Args:
        resource: The resource.
        content_type: Media type of responses.
    """

    def __init__(self, resource: Resource, content_type: str = JSON) -> None:
        self.resource = resource
        self.content_type = content_type

    def of(self, record: Record) -> bytes:
        """Return an object in the store."""
        head = b'{"kind":"%s","apiVersion":"%s",' % (self.resource.kind.encode(), self.resource.api_version.encode())
        return head + record.encoded[1:]

    def of_object(self, obj: Object) -> bytes:
        """Return an object that is not in the store."""
        return encode(whole(self.resource, obj))

    def of_list(self, records: Sequence[Record], metadata: Mapping[str, Any]) -> bytes:
        """Return a list."""
        kind = {"kind": self.resource.list_kind or f"{self.resource.kind}List", "apiVersion": self.resource.api_version}
        if self.resource.custom:
            items = b",".join(self.of(record) for record in records)
        else:
            # Items of typed lists have neither version nor kind.
            items = b",".join(record.encoded for record in records)
        return encode({**kind, "metadata": metadata})[:-1] + b',"items":[' + items + b"]}"


class MetadataView(View):
    """The metadata of objects, as objects."""

    def of(self, record: Record) -> bytes:
        """Return the metadata of an object in the store."""
        return self.of_object(record.obj)

    def of_object(self, obj: Object) -> bytes:
        """Return the metadata of an object that is not in the store."""
        return encode(metadata_only(obj))

    def of_list(self, records: Sequence[Record], metadata: Mapping[str, Any]) -> bytes:
        """Return the metadata of the objects of a list."""
        kind = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1"}
        return encode({**kind, "metadata": metadata, "items": [metadata_only(record.obj) for record in records]})


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
