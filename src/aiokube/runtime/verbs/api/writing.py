"""The verbs of `Api` that write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ...codec.object_list import ObjectList
from ...codec.partial_metadata import PartialObjectMetadata
from ...errors import InvalidRequest
from ...http.parameters import DryRun, FieldValidation, PropagationPolicy, ResourceVersionMatch
from ...http.selectors import Selector
from ..bodies import Body, Change
from .base import ApiBase, ObjectT

# The keys of a manifest of `PartialObjectMetadata`.
_OF_METADATA = {"apiVersion", "kind", "metadata"}

PatchType = Literal["json", "merge", "strategic"]


class WritingVerbs(ApiBase[ObjectT]):
    """The verbs of `Api` that write objects and collections."""

    async def create(
        self,
        obj: ObjectT | Mapping[str, Any],
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Create an object.

        Args:
            obj: The object, or its manifest; `apiVersion` and `kind` may be left out.
            namespace: Default: the namespace in the object's metadata, else that of the client.
            dry_run: True to process the request, but not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.
            field_validation: Treatment of unknown and duplicate fields: `Strict` (default), `Warn` or `Ignore`.

        Raises:
            AlreadyExists: The name is taken.
            NotFound: The namespace does not exist.
            Invalid: The server does not accept the value of a field.
        """
        path, body = await self._collection(obj)
        return await self._create(
            path,
            self._model,
            self._model,
            {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation},
            body,
            namespace=namespace,
        )

    async def replace(
        self,
        obj: ObjectT | Mapping[str, Any],
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Replace an object. Fields that the class does not know are lost.

        Args:
            obj: The object, or its manifest; `apiVersion` and `kind` may be left out.
            namespace: Default: the namespace in the object's metadata, else that of the client.
            dry_run: True to process the request, but not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.
            field_validation: Treatment of unknown and duplicate fields: `Strict` (default), `Warn` or `Ignore`.

        Raises:
            NotFound: The object does not exist.
            Conflict: The object has changed since the `resource_version` that was sent.
            Invalid: The server does not accept the value of a field.
            InvalidRequest: `obj` is a `PartialObjectMetadata`, or its manifest.
        """
        path, body = await self._object(obj)
        if isinstance(obj, PartialObjectMetadata) or (
            issubclass(self._model, PartialObjectMetadata) and isinstance(obj, Mapping) and set(obj) <= _OF_METADATA
        ):
            raise InvalidRequest(
                "replace would remove all but the metadata; use edit or patch, or pass the manifest of the whole object"
            )
        return await self._replace(
            path,
            self._model,
            {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation},
            body,
            namespace=namespace,
        )

    async def patch(
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
        """Change parts of an object.

        Args:
            name: Name of the object.
            body: The fields to change; for a JSON patch, a list of operations.
            type: Type of the patch: `json`, `merge`, `strategic` (not for custom resources). Default: `json` for a
                list, else `merge`.
            namespace: Default: the namespace of the client.
            dry_run: True to process the request, but not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.
            field_validation: Treatment of unknown and duplicate fields: `Strict` (default), `Warn` or `Ignore`.

        Raises:
            NotFound: The object does not exist.
            Conflict: The object has changed since the `resourceVersion` in the patch.
            InvalidRequest: Another method stores what is to be changed, such as the status.
            Invalid: The server does not accept the value of a field.
        """
        path, _ = await self._object()
        return await self._patch(
            path,
            self._model,
            {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation},
            patch_body(body),
            name=name,
            type=type,
            has_status=await self._stores_status(),
            namespace=namespace,
        )

    async def edit(
        self,
        name: str,
        change: Change[ObjectT],
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Read an object (`get`), change it, and `patch` only the places that differ.

        Args:
            name: Name of the object.
            change: Function that changes the object or returns a changed copy; may be async. Repeated on conflict.
            namespace: Default: the namespace of the client.
            dry_run: True to process the request, but not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.
            field_validation: Treatment of unknown and duplicate fields: `Strict` (default), `Warn` or `Ignore`.

        Raises:
            NotFound: The object does not exist.
            Conflict: The object was changed by others during each of five attempts.
            InvalidRequest: Something was changed that another method stores, such as the status.
            Invalid: The server does not accept the value of a field.
        """
        path, _ = await self._object()
        return await self._edit(
            path,
            self._model,
            {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation},
            name=name,
            change=change,
            has_status=await self._stores_status(),
            namespace=namespace,
        )

    async def apply(
        self,
        obj: ObjectT | Mapping[str, Any],
        *,
        field_manager: str | None = None,
        force: bool = False,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Create or change an object by server-side apply.

        Args:
            obj: The fields to own, as an object or its manifest; `apiVersion` and `kind` may be left out.
            field_manager: Field manager that will own the fields. Default: that of the client, which must have one
                then.
            force: Take over fields that other managers own.
            namespace: Default: the namespace in the object's metadata, else that of the client.
            dry_run: True to process the request, but not store the result.
            field_validation: Treatment of unknown and duplicate fields: `Strict` (default), `Warn` or `Ignore`.

        Raises:
            ApplyConflict: Other managers own fields with other values, and `force` is not set.
            InvalidRequest: There is nothing but a status, which another method stores.
            NotFound: The namespace does not exist.
            Invalid: The server does not accept the value of a field.
        """
        path, body = await self._object(obj)
        return await self._apply(
            path,
            self._model,
            {"fieldManager": field_manager, "force": force, "dryRun": dry_run, "fieldValidation": field_validation},
            body,
            has_status=await self._stores_status(),
            namespace=namespace,
        )

    async def delete(
        self,
        name: str,
        *,
        namespace: str | None = None,
        options: Body | None = None,
        dry_run: DryRun | None = None,
        grace_period_seconds: int | None = None,
        propagation_policy: PropagationPolicy | None = None,
    ) -> ObjectT | None:
        """Delete an object.

        Args:
            name: Name of the object.
            namespace: Default: the namespace of the client.
            options: More options, such as `preconditions`.
            dry_run: True to process the request, but not store the result.
            grace_period_seconds: Seconds that the object has to end; 0 deletes it at once. Default: its own.
            propagation_policy: Treatment of dependents: `Orphan`, `Background` or `Foreground`.

        Returns:
            The object as it was deleted, or None where the server sends no more than its success.

        Raises:
            NotFound: The object does not exist.
            Conflict: A precondition does not hold.
        """
        path, _ = await self._object()
        return await self._delete(
            path,
            self._model,
            {
                "dryRun": dry_run,
                "gracePeriodSeconds": grace_period_seconds,
                "propagationPolicy": propagation_policy,
            },
            name=name,
            namespace=namespace,
            options=options,
        )

    async def delete_collection(
        self,
        *,
        namespace: str | None = None,
        options: Body | None = None,
        continue_: str | None = None,
        dry_run: DryRun | None = None,
        field_selector: Selector | None = None,
        grace_period_seconds: int | None = None,
        label_selector: Selector | None = None,
        limit: int | None = None,
        propagation_policy: PropagationPolicy | None = None,
        resource_version: str | None = None,
        resource_version_match: ResourceVersionMatch | None = None,
        shard_selector: str | None = None,
        timeout_seconds: int | None = None,
    ) -> ObjectList[ObjectT] | None:
        """Delete the objects that match the selectors; without selectors, all of the namespace.

        Args:
            namespace: Default: the namespace of the client.
            options: More options, such as `preconditions`.
            continue_: Continue token: the `metadata.continue_` of the previous page.
            dry_run: True to process the request, but not store the result.
            field_selector: Select objects by their fields: `status.phase=Running`, a list of such texts, or a dict.
            grace_period_seconds: Seconds that the objects have to end; 0 deletes them at once. Default: their own.
            label_selector: Select objects by their labels: `app=web,tier!=cache`, a list of such texts, or a dict.
            limit: Maximum number of objects to delete; `metadata.continue_` leads to the rest. Default: all.
            propagation_policy: Treatment of dependents: `Orphan`, `Background` or `Foreground`.
            resource_version: Freshness of the result. Unset: the latest. `0`: any. Otherwise at least this version.
            resource_version_match: Meaning of `resource_version`: `NotOlderThan` or `Exact`.
            shard_selector: Select the objects of one shard, by a range of hashes of a field.
            timeout_seconds: Time limit that the server applies, in seconds.

        Returns:
            The objects as they were deleted, or None where the server sends no more than its success.
        """
        path, _ = await self._collection()
        return await self._delete(
            path,
            self._list_type,
            {
                "continue": continue_,
                "dryRun": dry_run,
                "fieldSelector": field_selector,
                "gracePeriodSeconds": grace_period_seconds,
                "labelSelector": label_selector,
                "limit": limit,
                "propagationPolicy": propagation_policy,
                "resourceVersion": resource_version,
                "resourceVersionMatch": resource_version_match,
                "shardSelector": shard_selector,
                "timeoutSeconds": timeout_seconds,
            },
            namespace=namespace,
            options=options,
        )


def patch_body(body: Any) -> Any:
    """Return a patch without the type of `PartialObjectMetadata`, which is not that of the object."""
    if not isinstance(body, PartialObjectMetadata):
        return body
    return {name: value for name, value in body.to_dict().items() if name == "metadata"}
