"""The verbs of `Api` on subresources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, overload

from ...codec.any_object import AnyObject
from ...codec.dynamic_object import DynamicObject
from ...codec.status import Status
from ...http.parameters import DryRun, FieldValidation
from ..bodies import Body, Change
from .base import ApiBase, ObjectT
from .objects import PatchType, patch_body

S = TypeVar("S", bound=AnyObject)


class SubresourceVerbs(ApiBase[ObjectT]):
    """The verbs of `Api` on subresources: the status, the scale, and any other by its name.

    All raise `UnknownResource` where the server has no such subresource.
    """

    async def get_status(self, name: str, *, namespace: str | None = None) -> ObjectT:
        """Read the status of an object, which comes with the object; see `get`."""
        path, _ = await self._object(subresource="status")
        return await self._get(path, self._model, {}, name=name, namespace=namespace)

    async def replace_status(
        self,
        obj: ObjectT | Mapping[str, Any],
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Replace the status of an object; see `replace`."""
        path, body = await self._object(obj, subresource="status")
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._replace(path, self._model, query, body, namespace=namespace)

    async def patch_status(
        self,
        name: str,
        body: ObjectT | Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        type: PatchType | None = None,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Change parts of the status of an object; see `patch`."""
        path, _ = await self._object(subresource="status")
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._patch(path, self._model, query, patch_body(body), name=name, type=type, namespace=namespace)

    async def edit_status(
        self,
        name: str,
        change: Change[ObjectT],
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Read the status of an object, change it, and patch only the places that differ; see `edit`."""
        path, _ = await self._object(subresource="status")
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._edit(path, self._model, query, name=name, change=change, namespace=namespace)

    async def apply_status(
        self,
        obj: ObjectT | Mapping[str, Any],
        *,
        field_manager: str | None = None,
        force: bool = False,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Change the status of an object by server-side apply; see `apply`."""
        path, body = await self._object(obj, subresource="status")
        return await self._apply(
            path,
            self._model,
            {"fieldManager": field_manager, "force": force, "dryRun": dry_run, "fieldValidation": field_validation},
            body,
            namespace=namespace,
        )

    async def get_scale(self, name: str, *, namespace: str | None = None) -> DynamicObject:
        """Read the scale of an object: `scale["spec"]["replicas"]`; see `get`."""
        return await self.get_subresource(name, "scale", namespace=namespace)

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
        return await self.patch_subresource(
            name,
            "scale",
            body,
            type=type,
            namespace=namespace,
            dry_run=dry_run,
            field_manager=field_manager,
            field_validation=field_validation,
        )

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

    @overload
    async def get_subresource(
        self, name: str, subresource: str, *, cls: type[S], namespace: str | None = None
    ) -> S: ...

    @overload
    async def get_subresource(self, name: str, subresource: str, *, namespace: str | None = None) -> DynamicObject: ...

    async def get_subresource(
        self, name: str, subresource: str, *, cls: type[Any] = DynamicObject, namespace: str | None = None
    ) -> Any:
        """Read a subresource of an object.

        Args:
            name: Name of the object.
            subresource: Name of the subresource: `scale`.
            cls: Class of the result: `autoscaling_v1.Scale`. Default: `DynamicObject`.
            namespace: Default: the namespace of the client.

        Raises:
            NotFound: The object does not exist.
        """
        path, _ = await self._object(subresource=subresource)
        return await self._get(path, cls, {}, name=name, namespace=namespace)

    @overload
    async def create_subresource(
        self,
        name: str,
        subresource: str,
        body: Body | None = None,
        *,
        cls: type[S],
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> S | Status: ...

    @overload
    async def create_subresource(
        self,
        name: str,
        subresource: str,
        body: Body | None = None,
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> DynamicObject | Status: ...

    async def create_subresource(
        self,
        name: str,
        subresource: str,
        body: Body | None = None,
        *,
        cls: type[Any] = DynamicObject,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> Any:
        """Create a subresource of an object, such as the `eviction` of a pod or the `token` of a service account.

        Args:
            name: Name of the object.
            subresource: Name of the subresource.
            body: An object or manifest, of which all that is known may be left out. Default: an empty one.
            cls: Class of the result: `authentication_v1.TokenRequest`. Default: `DynamicObject`.
            namespace: Default: the namespace of the client.
            dry_run: `All`: process the request, but do not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.
            field_validation: Treatment of unknown and duplicate fields: `Ignore`, `Warn` (default) or `Strict`.

        Returns:
            What was created, or a `Status` where the server sends no more.

        Raises:
            NotFound: The object does not exist.
        """
        path, content = await self._object({} if body is None else body, subresource=subresource)
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._submit(path, cls, cls, query, content, name=name, namespace=namespace)

    @overload
    async def patch_subresource(
        self,
        name: str,
        subresource: str,
        body: Body | Sequence[Mapping[str, Any]],
        *,
        cls: type[S],
        type: PatchType | None = None,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> S: ...

    @overload
    async def patch_subresource(
        self,
        name: str,
        subresource: str,
        body: Body | Sequence[Mapping[str, Any]],
        *,
        type: PatchType | None = None,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> DynamicObject: ...

    async def patch_subresource(
        self,
        name: str,
        subresource: str,
        body: Any,
        *,
        cls: Any = DynamicObject,
        type: PatchType | None = None,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> Any:
        """Change parts of a subresource of an object.

        Args:
            name: Name of the object.
            subresource: Name of the subresource.
            body: The fields to change; for a JSON patch, a list of operations.
            cls: Class of the result: `core_v1.Pod` for `resize`. Default: `DynamicObject`.
            type: Type of the patch: `json`, `merge`, `strategic`. Default: `json` for a list, else `merge`.
            namespace: Default: the namespace of the client.
            dry_run: `All`: process the request, but do not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.
            field_validation: Treatment of unknown and duplicate fields: `Ignore`, `Warn` (default) or `Strict`.

        Raises:
            NotFound: The object does not exist.
            InvalidRequest: The subresource does not store what is to be changed.
        """
        path, _ = await self._object(subresource=subresource)
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._patch(path, cls, query, body, name=name, type=type, namespace=namespace)

    async def replace_subresource(
        self,
        subresource: str,
        obj: S,
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> S:
        """Replace a subresource of the object that it names in its metadata.

        Args:
            subresource: Name of the subresource.
            obj: The subresource as it is to be, such as one that was read by `get_subresource`.
            namespace: Default: the namespace in its metadata, else that of the client.
            dry_run: `All`: process the request, but do not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.
            field_validation: Treatment of unknown and duplicate fields: `Ignore`, `Warn` (default) or `Strict`.

        Raises:
            NotFound: The object does not exist.
            Conflict: The object has changed since the `resource_version` that was sent.
        """
        path, body = await self._object(obj, subresource=subresource)
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._replace(path, obj.__class__, query, body, namespace=namespace)
