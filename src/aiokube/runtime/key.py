"""What an object is known by among those of its resource."""

from __future__ import annotations

from typing import Any, NamedTuple


class Key(NamedTuple):
    """Namespace and name; `str` makes `namespace/name` of it, as kubectl and client-go write it."""

    namespace: str | None
    """None for what belongs to no namespace."""
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


def key_of(obj: Any) -> Key:
    """The key of a typed object.

    Args:
        obj: an object of the API, such as a `Pod`.
    """
    metadata = obj.metadata
    return Key(metadata.namespace or None, metadata.name or "")
