"""What an object is known by among those of its resource, and by which version."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from ..public import public


@public("aiokube")
class ObjectKey(NamedTuple):
    """Namespace and name; `str` makes `namespace/name` of it, as kubectl and client-go write it."""

    namespace: str | None
    """None for what belongs to no namespace."""
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Metadata(msgspec.Struct, rename="camel"):
    """The part of the metadata of any object that the runtime itself reads."""

    name: str = ""
    namespace: str | None = None
    resource_version: str = ""
    annotations: dict[str, str] | None = None


def metadata_of(obj: Any) -> Any:
    """The metadata of an object: its own, or what can be read of it in plain data."""
    if not isinstance(obj, dict):
        return obj.metadata
    try:
        return msgspec.convert(obj.get("metadata"), Metadata)
    except msgspec.ValidationError:
        return Metadata()


@public("aiokube")
def key_of(obj: Any) -> ObjectKey:
    """The key of an object.

    Args:
        obj: an object of the API, such as a `Pod`, or plain data where its kind has no class.
    """
    metadata = metadata_of(obj)
    return ObjectKey(metadata.namespace or None, metadata.name or "")
