"""The base of the methods that custom resources share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from ..codec.model import Model
from .resource import Resource

ObjectT = TypeVar("ObjectT", bound=Model)
"""Class of the objects of a resource."""
ListT = TypeVar("ListT", bound=Model)
"""Class of the lists of a resource."""
ManifestT = TypeVar("ManifestT", bound=Mapping[str, Any])
"""Type of the manifests of a resource."""


class CustomResource(Resource, Generic[ObjectT, ListT]):
    """The base of generated classes whose methods serve many resources, each of which states its paths and classes."""

    path: str
    """Path template of the collection."""
    all_namespaces_path: str
    """Path of the collection across namespaces, of a namespaced resource."""
    object_type: type[ObjectT]
    """Class of the objects."""
    list_type: type[ListT]
    """Class of the lists."""
