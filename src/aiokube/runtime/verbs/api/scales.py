"""The verbs of `Api` on the scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...codec.dynamic_object import DynamicObject
from ...http.parameters import DryRun, FieldValidation
from ..bodies import Change
from .base import ApiBase, ObjectT
from .writing import PatchType


class ScaleVerbs(ApiBase[ObjectT]):
    """The verbs of `Api` on the scale. All raise `UnknownResource` where the resource has none."""

    async def scale(
        self,
        name: str,
        replicas: int,
        *,
        current_replicas: int | None = None,
        resource_version: str | None = None,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
    ) -> DynamicObject:
        """Set the number of replicas, by `patch_scale`.

        Args:
            name: Name of the object.
            replicas: Number of replicas, 0 or more.
            current_replicas: Number of replicas that it must have now, by `get_scale`. Default: any.
            resource_version: Resource version that it must have now. Default: any.
            namespace: Default: the namespace of the client.
            dry_run: True to process the request, but not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.

        Raises:
            NotFound: The object does not exist.
            UnknownResource: The resource has no scale.
            Conflict: It has another number of replicas or resource version than is given.
            InvalidRequest: `replicas` is negative.
        """
        path, _ = await self._object(subresource="scale")
        query = {"resourceVersion": resource_version, "dryRun": dry_run, "fieldManager": field_manager}
        return await self._scale(
            path, DynamicObject, query, replicas, name=name, current_replicas=current_replicas, namespace=namespace
        )

    async def get_scale(self, name: str, *, namespace: str | None = None) -> DynamicObject:
        """Read the scale of an object: `scale["spec"]["replicas"]`; see `get`."""
        path, _ = await self._object(subresource="scale")
        return await self._get(path, DynamicObject, {}, name=name, namespace=namespace)

    async def patch_scale(
        self,
        name: str,
        body: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        type: PatchType | None = None,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> DynamicObject:
        """Change the scale of an object: `{"spec": {"replicas": 3}}`; see `patch`."""
        path, _ = await self._object(subresource="scale")
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._patch(path, DynamicObject, query, body, name=name, type=type, namespace=namespace)

    async def replace_scale(
        self,
        scale: DynamicObject | Mapping[str, Any],
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> DynamicObject:
        """Replace the scale of an object; see `replace`."""
        path, body = await self._object(scale, subresource="scale")
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._replace(path, DynamicObject, query, body, namespace=namespace)

    async def edit_scale(
        self,
        name: str,
        change: Change[DynamicObject],
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> DynamicObject:
        """Read the scale of an object, change it, and patch only the places that differ; see `edit`."""
        path, _ = await self._object(subresource="scale")
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._edit(path, DynamicObject, query, name=name, change=change, namespace=namespace)

    async def apply_scale(
        self,
        scale: DynamicObject | Mapping[str, Any],
        *,
        field_manager: str | None = None,
        force: bool = False,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_validation: FieldValidation | None = None,
    ) -> DynamicObject:
        """Change the scale of an object by server-side apply; see `apply`."""
        path, body = await self._object(scale, subresource="scale")
        return await self._apply(
            path,
            DynamicObject,
            {"fieldManager": field_manager, "force": force, "dryRun": dry_run, "fieldValidation": field_validation},
            body,
            namespace=namespace,
        )
