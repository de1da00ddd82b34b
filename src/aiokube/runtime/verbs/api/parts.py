"""The verbs of `Api` on the subresources of single kinds: parts of pods, approvals, finalizers and tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...codec.dynamic_object import DynamicObject
from ...http.parameters import DryRun, FieldValidation
from ..bodies import Body
from .base import ApiBase, ObjectT
from .writing import PatchType, patch_body


class PartVerbs(ApiBase[ObjectT]):
    """The verbs of `Api` on subresources that one kind alone has. All raise `UnknownResource` for other kinds."""

    async def get_resize(self, name: str, *, namespace: str | None = None) -> ObjectT:
        """Read the resources of the containers of a running pod, with the whole pod; see `get`."""
        path, _ = await self._part("get_resize", "resize")
        return await self._get(path, self._model, {}, name=name, namespace=namespace)

    async def replace_resize(
        self,
        obj: ObjectT | Mapping[str, Any],
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Replace the resources of the containers of a running pod; see `replace`."""
        path, body = await self._part("replace_resize", "resize", obj)
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._replace(path, self._model, query, body, namespace=namespace)

    async def patch_resize(
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
        """Change the resources of the containers of a running pod; see `patch`."""
        path, _ = await self._part("patch_resize", "resize")
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._patch(path, self._model, query, patch_body(body), name=name, type=type, namespace=namespace)

    async def apply_resize(
        self,
        obj: ObjectT | Mapping[str, Any],
        *,
        field_manager: str | None = None,
        force: bool = False,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Change the resources of the containers of a running pod by server-side apply; see `apply`."""
        path, body = await self._part("apply_resize", "resize", obj)
        query = {"fieldManager": field_manager, "force": force, "dryRun": dry_run, "fieldValidation": field_validation}
        return await self._apply(path, self._model, query, body, namespace=namespace)

    async def get_ephemeral_containers(self, name: str, *, namespace: str | None = None) -> ObjectT:
        """Read the ephemeral containers of a pod, with the whole pod; see `get`."""
        path, _ = await self._part("get_ephemeral_containers", "ephemeralcontainers")
        return await self._get(path, self._model, {}, name=name, namespace=namespace)

    async def replace_ephemeral_containers(
        self,
        obj: ObjectT | Mapping[str, Any],
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Replace the ephemeral containers of a pod; see `replace`."""
        path, body = await self._part("replace_ephemeral_containers", "ephemeralcontainers", obj)
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._replace(path, self._model, query, body, namespace=namespace)

    async def patch_ephemeral_containers(
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
        """Change the ephemeral containers of a pod; see `patch`."""
        path, _ = await self._part("patch_ephemeral_containers", "ephemeralcontainers")
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._patch(path, self._model, query, patch_body(body), name=name, type=type, namespace=namespace)

    async def apply_ephemeral_containers(
        self,
        obj: ObjectT | Mapping[str, Any],
        *,
        field_manager: str | None = None,
        force: bool = False,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Change the ephemeral containers of a pod by server-side apply; see `apply`."""
        path, body = await self._part("apply_ephemeral_containers", "ephemeralcontainers", obj)
        query = {"fieldManager": field_manager, "force": force, "dryRun": dry_run, "fieldValidation": field_validation}
        return await self._apply(path, self._model, query, body, namespace=namespace)

    async def get_approval(self, name: str) -> ObjectT:
        """Read the approval of a certificate signing request, with the whole request; see `get`."""
        path, _ = await self._part("get_approval", "approval")
        return await self._get(path, self._model, {}, name=name)

    async def replace_approval(
        self,
        obj: ObjectT | Mapping[str, Any],
        *,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Replace the approval of a certificate signing request; see `replace`."""
        path, body = await self._part("replace_approval", "approval", obj)
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._replace(path, self._model, query, body)

    async def patch_approval(
        self,
        name: str,
        body: ObjectT | Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        type: PatchType | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Change the approval of a certificate signing request; see `patch`."""
        path, _ = await self._part("patch_approval", "approval")
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._patch(path, self._model, query, patch_body(body), name=name, type=type)

    async def apply_approval(
        self,
        obj: ObjectT | Mapping[str, Any],
        *,
        field_manager: str | None = None,
        force: bool = False,
        dry_run: DryRun | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Change the approval of a certificate signing request by server-side apply; see `apply`."""
        path, body = await self._part("apply_approval", "approval", obj)
        query = {"fieldManager": field_manager, "force": force, "dryRun": dry_run, "fieldValidation": field_validation}
        return await self._apply(path, self._model, query, body)

    async def replace_finalize(
        self,
        obj: ObjectT | Mapping[str, Any],
        *,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Replace the finalizers of the spec of a namespace; see `replace`."""
        path, body = await self._part("replace_finalize", "finalize", obj)
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._replace(path, self._model, query, body)

    async def create_token_request(
        self,
        name: str,
        token_request: Body,
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> DynamicObject:
        """Create a token of a service account. The result has it in its status; `create_token` returns it alone.

        Args:
            name: Name of the service account.
            token_request: A `TokenRequest`, or its manifest.
            namespace: Default: the namespace of the client.
            dry_run: True to process the request, but not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.
            field_validation: Treatment of unknown and duplicate fields: `Strict` (default), `Warn` or `Ignore`.

        Raises:
            NotFound: The service account does not exist.
            Invalid: The server does not accept the value of a field.
        """
        path, body = await self._object(token_request, subresource="token")
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        return await self._create(path, DynamicObject, DynamicObject, query, body, name=name, namespace=namespace)
