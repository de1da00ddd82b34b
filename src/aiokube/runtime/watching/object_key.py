"""The key of an object among those of its resource, and its resource version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Self, TypeAlias

from ..errors import printable
from ..public import public

PlainKey: TypeAlias = str
"""The key of an object in a cache, as a text: the garbage collector does not have to track dicts of them."""

# No name contains it.
_SEPARATOR: Final = "\0"


@public("aiokube")
class ObjectKey(NamedTuple):
    """The namespace and name of an object. Its `str` is `namespace/name`, as in kubectl and client-go.

    Unprintable characters, which no valid name has, are escaped in its `str`.
    """

    namespace: str | None
    """None for a cluster-scoped object."""
    name: str

    @classmethod
    def of_plain(cls, key: PlainKey) -> Self:
        """Return the key of its plain form."""
        namespace, _, name = key.partition(_SEPARATOR)
        return cls(namespace or None, name)

    @property
    def plain(self) -> PlainKey:
        """The plain form of the key."""
        return f"{self.namespace or ''}{_SEPARATOR}{self.name}"

    def __str__(self) -> str:
        return printable(f"{self.namespace}/{self.name}" if self.namespace else self.name)


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
    metadata = metadata_of(obj)
    return ObjectKey(metadata.namespace or None, metadata.name or "")


def plain_key_of(obj: Any) -> PlainKey:
    """Return the plain key of an object."""
    metadata = metadata_of(obj)
    return f"{metadata.namespace or ''}{_SEPARATOR}{metadata.name or ''}"


def plain_prefix(namespace: str) -> str:
    """Return the beginning of the plain keys of a namespace."""
    return f"{namespace}{_SEPARATOR}"
