"""The resource that an `Api` is of, as its caller names it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from msgspec import UNSET

from ...codec.dynamic_object import DynamicObject
from ...codec.model import Model, expected_kind, is_of_objects
from ...codec.partial_metadata import PartialObjectMetadata
from ...discovery.api_resource import ApiResource
from ...discovery.catalog import Catalog
from ...errors import InvalidArgument

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")


@dataclass(frozen=True, kw_only=True)
class Target:
    """A resource, or what to look for in the catalog."""

    title: str
    """Name of the resource in messages."""
    name: str = ""
    api_version: str = ""
    kind: str = ""
    resource: ApiResource | None = None

    def __str__(self) -> str:
        """Describe the resource as `Client.api` takes it."""
        if self.kind:
            return f"{self.api_version!r}, {self.kind!r}"
        return repr(self.name or str(self.resource))

    def find(self, catalog: Catalog) -> ApiResource:
        """Find the resource.

        Raises:
            UnknownResource: The server does not serve it.
            AmbiguousResource: Several resources match.
        """
        return catalog.by_name(self.name) if self.name else catalog.by_kind(self.api_version, self.kind)


def model_and_target(what: object, kind: object, of: object) -> tuple[type[Any], Target]:
    """Return the class of objects and the resource that a caller means.

    Args:
        what: A class, the name of a resource, a resource, or an `apiVersion`.
        kind: The kind of the `apiVersion`, or UNSET.
        of: The resource of the class, or None.

    Raises:
        InvalidArgument: It is none of these.
    """
    is_class = isinstance(what, type) and issubclass(what, Model)
    model = what if is_class and isinstance(what, type) else DynamicObject
    if not is_of_objects(model):
        raise InvalidArgument(f"cls is {model.__name__}; pass a class of objects, such as core_v1.Pod")
    if kind is None:
        raise InvalidArgument("kind: must be a string, not None; leave it out to name a resource by one text")
    if kind is not UNSET:
        if is_class or of is not None:
            raise InvalidArgument("kind cannot be combined with a class; pass an apiVersion and a kind, or the class")
        return model, _of_kind(what, kind)
    if of is None:
        return model, _of(what)
    if not is_class:
        raise InvalidArgument(f"of is for classes; {what!r:.80} names a resource itself")
    return model, _of(of)


def _of_kind(api_version: object, kind: object) -> Target:
    if not (isinstance(api_version, str) and isinstance(kind, str) and _NAME.fullmatch(kind)):
        raise InvalidArgument(
            f"{api_version!r:.80}, {kind!r:.80} is no apiVersion and kind, as 'apps/v1', 'Deployment'"
        )
    return Target(title=kind, api_version=api_version, kind=kind)


def _of(what: object) -> Target:
    if isinstance(what, ApiResource):
        return Target(title=what.plural, resource=what)
    if isinstance(what, str):
        if not _NAME.fullmatch(what):
            raise InvalidArgument(
                f"{what!r:.80} is not the name of a resource; pass a name such as 'deploy' or 'deployments.apps', or "
                "an apiVersion and a kind as two arguments"
            )
        return Target(title=what, name=what)
    if isinstance(what, type) and issubclass(what, Model):
        expected = expected_kind(what)
        if expected is None or issubclass(what, PartialObjectMetadata):
            raise InvalidArgument(
                f"{what.__name__} is not of one kind; name the resource: api({what.__name__}, of=...)"
            )
        return Target(title=expected[1], api_version=expected[0], kind=expected[1])
    raise InvalidArgument(f"{what!r:.80} is neither a class nor the name of a resource, nor one of `resources()`")
