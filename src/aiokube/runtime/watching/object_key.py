"""The key of an object among those of its resource, and its resource version."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from ..public import public


@public("aiokube")
class ObjectKey(NamedTuple):
    """The namespace and name of an object. Its `str` is `namespace/name`, as in kubectl and client-go."""

    namespace: str | None
    """None for a cluster-scoped object."""
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Metadata(msgspec.Struct, rename="camel"):
    """The fields of `metadata` that the runtime reads from objects without a class."""

    name: str = ""
    namespace: str | None = None
    resource_version: str = ""
    annotations: dict[str, str] | None = None


def metadata_of(obj: Any) -> Any:
    """Return the metadata of an object, decoded first if the object is a dict."""
    if not isinstance(obj, dict):
        return obj.metadata
    try:
        return msgspec.convert(obj.get("metadata"), Metadata)
    except msgspec.ValidationError:
        return Metadata()


@public("aiokube")
def key_of(obj: Any) -> ObjectKey:
    """Return the key of an object.

    Args:
        obj: An API object such as a `Pod`, or a dict in manifest form.
    """
    metadata = metadata_of(obj)
    return ObjectKey(metadata.namespace or None, metadata.name or "")
