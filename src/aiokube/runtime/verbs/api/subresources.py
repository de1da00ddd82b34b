"""The verbs of `Api` on subresources by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, overload

from ...codec.dynamic_object import DynamicObject
from ...codec.model import Model
from ...http.parameters import DryRun, FieldValidation
from ..bodies import Body
from .base import ApiBase, ObjectT
from .writing import PatchType

S = TypeVar("S", bound=Model)


class SubresourceVerbs(ApiBase[ObjectT]):
    """The verbs of `Api` on any subresource by its name.

    All raise `UnknownResource` where the resource has no such subresource.
    """

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
    ) -> S: ...

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
    ) -> DynamicObject: ...

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
            cls: Class of the result: `authentication_v1.TokenRequest`; `Status` where the server sends no more than its
                success. Default: `DynamicObject`, which takes both.
            namespace: Default: the namespace of the client.
            dry_run: True to process the request, but not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.
            field_validation: Treatment of unknown and duplicate fields: `Strict` (default), `Warn` or `Ignore`.

        Raises:
            NotFound: The object does not exist.
        """
        path, content = await self._object({} if body is None else body, subresource=subresource)
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._create(path, DynamicObject, cls, query, content, name=name, namespace=namespace)

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
            dry_run: True to process the request, but not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.
            field_validation: Treatment of unknown and duplicate fields: `Strict` (default), `Warn` or `Ignore`.

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
            dry_run: True to process the request, but not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.
            field_validation: Treatment of unknown and duplicate fields: `Strict` (default), `Warn` or `Ignore`.

        Raises:
            NotFound: The object does not exist.
            Conflict: The object has changed since the `resource_version` that was sent.
        """
        path, body = await self._object(obj, subresource=subresource)
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._replace(path, obj.__class__, query, body, namespace=namespace)

    async def apply_subresource(
        self,
        subresource: str,
        obj: S,
        *,
        field_manager: str | None = None,
        force: bool = False,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_validation: FieldValidation | None = None,
    ) -> S:
        """Change a subresource of the object that it names in its metadata, by server-side apply; see `apply`.

        Args:
            subresource: Name of the subresource: `resize`.
            obj: The fields to own: `DynamicObject.from_dict({"metadata": {"name": "web-0"}, "spec": {...}})`.
            field_manager: Field manager that will own the fields. Default: that of the client, which must have one
                then.
            force: Take over fields that other managers own.
            namespace: Default: the namespace in its metadata, else that of the client.
            dry_run: True to process the request, but not store the result.
            field_validation: Treatment of unknown and duplicate fields: `Strict` (default), `Warn` or `Ignore`.

        Raises:
            ApplyConflict: Other managers own fields with other values, and `force` is not set.
            NotFound: The object does not exist.
        """
        path, body = await self._object(obj, subresource=subresource)
        query = {"fieldManager": field_manager, "force": force, "dryRun": dry_run, "fieldValidation": field_validation}
        return await self._apply(path, obj.__class__, query, body, namespace=namespace)
