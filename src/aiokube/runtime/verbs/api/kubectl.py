"""The verbs of kubectl that `Api` has for every resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, overload

from ...codec.dynamic_object import DynamicObject
from ...http.parameters import DryRun
from ...http.selectors import Selector
from ...watching.wait import Deleted
from .base import ApiBase, ObjectT


class KubectlVerbs(ApiBase[ObjectT]):
    """The verbs of `Api` that kubectl has for every resource: label, annotate, scale, wait for several objects."""

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
            dry_run: `All`: process the request, but do not store the result.
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

    async def scale(
        self,
        name: str,
        replicas: int,
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
    ) -> DynamicObject:
        """Set the number of replicas, by `patch_scale`.

        Args:
            name: Name of the object.
            replicas: Number of replicas, 0 or more.
            namespace: Default: the namespace of the client.
            dry_run: `All`: process the request, but do not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.

        Raises:
            NotFound: The object does not exist.
            UnknownResource: The resource has no scale.
            InvalidRequest: `replicas` is negative.
        """
        path, _ = await self._object(subresource="scale")
        query = {"dryRun": dry_run, "fieldManager": field_manager}
        return await self._scale(path, DynamicObject, query, replicas, name=name, namespace=namespace)

    @overload
    async def wait_for_all(
        self,
        condition: str | Callable[[ObjectT], bool],
        *,
        names: Sequence[str] | None = None,
        label_selector: Selector | None = None,
        timeout: float | None = 30.0,
        namespace: str | None = None,
    ) -> Sequence[ObjectT]: ...

    @overload
    async def wait_for_all(
        self,
        condition: Deleted,
        *,
        names: Sequence[str] | None = None,
        label_selector: Selector | None = None,
        timeout: float | None = 30.0,
        namespace: str | None = None,
    ) -> Sequence[ObjectT | None]: ...

    async def wait_for_all(
        self,
        condition: Any,
        *,
        names: Sequence[str] | None = None,
        label_selector: Selector | None = None,
        timeout: float | None = 30.0,
        namespace: str | None = None,
    ) -> Any:
        """Wait until each of several objects meets a condition, by `wait_for`.

        Args:
            condition: Condition, as of `wait_for`.
            names: Names of the objects, which need not exist yet. Default: the selector chooses.
            label_selector: Label selector of the objects; those that exist now are waited for.
            timeout: Time limit in seconds. None: no limit.
            namespace: Default: the namespace of the client.

        Raises:
            NotFound: No object matches the label selector.
            WaitTimeout: The condition was not met in time.
            ObjectDeleted: An object was deleted while something else was waited for.
        """
        path, _ = await self._collection()
        return await self._wait_for_all(
            path,
            self._model,
            self._list_type,
            {"labelSelector": label_selector},
            condition,
            names=names,
            timeout=timeout,
            namespace=namespace,
        )

    @overload
    async def wait_for_any(
        self,
        condition: str | Callable[[ObjectT], bool],
        *,
        names: Sequence[str] | None = None,
        label_selector: Selector | None = None,
        timeout: float | None = 30.0,
        namespace: str | None = None,
    ) -> ObjectT: ...

    @overload
    async def wait_for_any(
        self,
        condition: Deleted,
        *,
        names: Sequence[str] | None = None,
        label_selector: Selector | None = None,
        timeout: float | None = 30.0,
        namespace: str | None = None,
    ) -> ObjectT | None: ...

    async def wait_for_any(
        self,
        condition: Any,
        *,
        names: Sequence[str] | None = None,
        label_selector: Selector | None = None,
        timeout: float | None = 30.0,
        namespace: str | None = None,
    ) -> Any:
        """Wait until one of several objects meets a condition, by `wait_for`, and return it; see `wait_for_all`."""
        path, _ = await self._collection()
        return await self._wait_for_any(
            path,
            self._model,
            self._list_type,
            {"labelSelector": label_selector},
            condition,
            names=names,
            timeout=timeout,
            namespace=namespace,
        )
