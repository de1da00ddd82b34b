"""The key of an object among those of its resource, and its resource version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Self, TypeAlias

from ..errors import printable
from ..public import public


@public("aiokube")
class ObjectKey(NamedTuple):
    """The namespace and name of an object. Its `str` is `namespace/name`, as in kubectl and client-go.

    Unprintable characters, which no valid name has, are escaped in its `str`.
    """

    namespace: str | None
    """None for a cluster-scoped object."""
    name: str

    def __str__(self) -> str:
        return printable(f"{self.namespace}/{self.name}" if self.namespace else self.name)


PlainKey: TypeAlias = tuple[str | None, str]
"""The key of an object in a cache. It equals its `ObjectKey`, but the garbage collector does not have to track it."""


class Metadata(NamedTuple):
    """The fields of `metadata` that the runtime reads from objects without a class; empty if absent or no text."""

    name: str = ""
    namespace: str = ""
    resource_version: str = ""
    uid: str = ""

    @classmethod
    def read(cls, fields: Mapping[str, object]) -> Self:
        """Read the fields one by one, so that one that does not fit hides no other."""
        found = (fields.get(name) for name in ("name", "namespace", "resourceVersion", "uid"))
        return cls(*(value if isinstance(value, str) else "" for value in found))


def metadata_of(obj: Any) -> Any:
    """Return the metadata of an object, decoded first if the object is a dict."""
    if not isinstance(obj, dict):
        return obj.metadata
    metadata = obj.get("metadata")
    return Metadata.read(metadata if isinstance(metadata, dict) else {})


@public("aiokube")
def key_of(obj: Any) -> ObjectKey:
    """Return the key of an object.

    Args:
        obj: An API object such as a `Pod`, or a dict in manifest form.
    """
    return ObjectKey(*plain_key_of(obj))


def plain_key_of(obj: Any) -> PlainKey:
    """Return the key of an object as a plain tuple."""
    metadata = metadata_of(obj)
    return metadata.namespace or None, metadata.name or ""
