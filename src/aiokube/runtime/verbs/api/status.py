"""The verbs of `Api` on the status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...http.parameters import DryRun, FieldValidation
from ..bodies import Change
from .base import ApiBase, ObjectT
from .writing import PatchType, patch_body


class StatusVerbs(ApiBase[ObjectT]):
    """The verbs of `Api` on the status. All raise `UnknownResource` where the resource has none of its own."""

    async def get_status(self, name: str, *, namespace: str | None = None) -> ObjectT:
        """Read the status of an object, which comes with the object; see `get`."""
        path, _ = await self._part("get_status", "status")
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
        path, body = await self._part("replace_status", "status", obj)
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
        path, _ = await self._part("patch_status", "status")
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
        path, _ = await self._part("edit_status", "status")
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
        path, body = await self._part("apply_status", "status", obj)
        return await self._apply(
            path,
            self._model,
            {"fieldManager": field_manager, "force": force, "dryRun": dry_run, "fieldValidation": field_validation},
            body,
            namespace=namespace,
        )
