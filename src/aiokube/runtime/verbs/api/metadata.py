"""The verbs of `Api` on labels and annotations."""

from __future__ import annotations

from collections.abc import Mapping

from ...http.parameters import DryRun
from .base import ApiBase, ObjectT


class LabelVerbs(ApiBase[ObjectT]):
    """The verbs of `Api` on metadata: label and annotate."""

    async def label(
        self,
        name: str,
        labels: Mapping[str, str | None],
        *,
        overwrite: bool = False,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
    ) -> ObjectT:
        """Set or remove labels of an object, by `patch`, as `kubectl label`.

        Args:
            name: Name of the object.
            labels: Values by label; None removes the label.
            overwrite: Replace other values, without reading the object first.
            namespace: Default: the namespace of the client.
            dry_run: True to process the request, but not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.

        Raises:
            NotFound: The object does not exist.
            Conflict: A label has another value, and `overwrite` is not set.
            Invalid: The server does not accept the value of a field.
        """
        path, _ = await self._object()
        query = {"dryRun": dry_run, "fieldManager": field_manager}
        return await self._set_metadata(
            path, self._model, query, field="labels", values=labels, name=name, overwrite=overwrite, namespace=namespace
        )

    async def annotate(
        self,
        name: str,
        annotations: Mapping[str, str | None],
        *,
        overwrite: bool = False,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
    ) -> ObjectT:
        """Set or remove annotations of an object, by `patch`, as `kubectl annotate`; see `label`."""
        path, _ = await self._object()
        return await self._set_metadata(
            path,
            self._model,
            {"dryRun": dry_run, "fieldManager": field_manager},
            field="annotations",
            values=annotations,
            name=name,
            overwrite=overwrite,
            namespace=namespace,
        )
