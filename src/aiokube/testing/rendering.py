"""Objects as responses have them: whole, or their metadata only, in the version that was asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from .api.resources import Resource
from .failures import Failure, not_implemented
from .store import Object, Record

Form = Literal["object", "metadata"]

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
        elif wanted == "Table":
            missing = missing or "Tables"
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


def body(resource: Resource, record: Record, form: Form = "object") -> bytes:
    """Return an object as JSON, with its version and kind."""
    if form == "metadata":
        return encode(metadata_only(record.obj))
    return _head(resource) + record.encoded[1:]


def body_of(resource: Resource, obj: Object, form: Form = "object") -> bytes:
    """Return an object that is not stored as JSON, with its version and kind."""
    return encode(metadata_only(obj) if form == "metadata" else whole(resource, obj))


def whole(resource: Resource, obj: Object) -> Object:
    """Return an object with its version and kind."""
    return {"kind": resource.kind, "apiVersion": resource.api_version, **obj}


def list_body(resource: Resource, records: Sequence[Record], metadata: dict[str, Any], form: Form) -> bytes:
    """Return a list as JSON."""
    if form == "metadata":
        kind = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1"}
        return encode({**kind, "metadata": metadata, "items": [metadata_only(record.obj) for record in records]})
    kind = {"kind": resource.list_kind or f"{resource.kind}List", "apiVersion": resource.api_version}
    if resource.custom:
        items = b",".join(body(resource, record) for record in records)
    else:
        # Items of typed lists have neither version nor kind.
        items = b",".join(record.encoded for record in records)
    return encode({**kind, "metadata": metadata})[:-1] + b',"items":[' + items + b"]}"


def event_line(type: str, encoded: bytes) -> bytes:
    """Return an event as a line of a watch."""
    return b'{"type":"%s","object":%s}\n' % (type.encode(), encoded)


def metadata_only(obj: Object) -> Object:
    """Return the metadata of an object, as an object."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


def _head(resource: Resource) -> bytes:
    return b'{"kind":"%s","apiVersion":"%s",' % (resource.kind.encode(), resource.api_version.encode())


def warning_header(text: str) -> str:
    """Return a warning as the header `Warning` has it."""
    escaped = re.sub(r'(["\\])', r"\\\1", text)
    return f'299 - "{escaped}"'
