"""Protocols of resources in namespaces: those of all resources, with the arguments that name a namespace."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Literal, Protocol, TypeVar, overload

from ...errors import DecodeError
from ...http.parameters import DryRun, FieldValidation, PropagationPolicy
from ...http.selectors import Selector
from ...watching.informer import Informer
from ...watching.wait import Deleted
from ...watching.watcher import Watch
from ..bodies import Change
from .cluster_scoped import (
    CanApply,
    CanChange,
    CanChangeStatus,
    CanCreate,
    CanDelete,
    CanDeleteCollection,
    CanGet,
    CanList,
    Manifest,
)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
L_co = TypeVar("L_co", covariant=True)


class CanGetNamespaced(CanGet[T_co], Protocol[T_co]):
    """A resource whose objects in a namespace can be read."""

    async def get(self, name: str, /, *, namespace: str | None = None) -> T_co:
        """Read an object."""
        ...


class CanListNamespaced(CanList[T, L_co], Protocol[T, L_co]):
    """A resource whose objects in one namespace or in all can be listed and followed."""

    async def list(
        self,
        *,
        namespace: str | None = None,
        all_namespaces: bool = False,
        on_undecodable: Callable[[DecodeError], object] | None = None,
        continue_: str | None = None,
        field_selector: Selector | None = None,
        label_selector: Selector | None = None,
        limit: int | None = None,
        resource_version: str | None = None,
        timeout_seconds: int | None = None,
    ) -> L_co:
        """List objects in one request."""
        ...

    def iterate(
        self,
        *,
        namespace: str | None = None,
        all_namespaces: bool = False,
        page_size: int = 500,
        on_undecodable: Callable[[DecodeError], object] | None = None,
        field_selector: Selector | None = None,
        label_selector: Selector | None = None,
        resource_version: str | None = None,
        timeout_seconds: int | None = None,
    ) -> AsyncGenerator[T, None]:
        """Iterate over objects in pages."""
        ...

    def watch(
        self,
        *,
        namespace: str | None = None,
        all_namespaces: bool = False,
        on_undecodable: Callable[[DecodeError], object] | None = None,
        watch_timeout: int | None = None,
        field_selector: Selector | None = None,
        label_selector: Selector | None = None,
        resource_version: str | None = None,
        timeout_seconds: int | None = None,
    ) -> Watch[T]:
        """Watch objects."""
        ...

    def informer(
        self,
        *,
        namespace: str | None = None,
        all_namespaces: bool = False,
        page_size: int = 500,
        indexers: Mapping[str, Callable[[T], object]] | None = None,
        keep_managed_fields: bool = False,
        transform: Callable[[T], T] | None = None,
        sync_timeout: float | None = 120.0,
        watch_timeout: int | None = None,
        on_undecodable: Callable[[DecodeError], object] | None = None,
        field_selector: Selector | None = None,
        label_selector: Selector | None = None,
    ) -> Informer[T]:
        """Cache objects."""
        ...

    @overload
    async def wait_for(
        self,
        name: str,
        condition: str | Callable[[T], bool],
        /,
        *,
        timeout: float | None = 30.0,
        namespace: str | None = None,
    ) -> T: ...

    @overload
    async def wait_for(
        self, name: str, condition: Deleted, /, *, timeout: float | None = 30.0, namespace: str | None = None
    ) -> T | None: ...


class CanCreateNamespaced(CanCreate[T], Protocol[T]):
    """A resource whose objects in a namespace can be created."""

    async def create(
        self,
        obj: T | Manifest,
        /,
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> T:
        """Create an object."""
        ...


class CanChangeNamespaced(CanChange[T], Protocol[T]):
    """A resource whose objects in a namespace can be replaced, patched and edited."""

    async def replace(
        self,
        obj: T | Manifest,
        /,
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> T:
        """Replace an object."""
        ...

    async def patch(
        self,
        name: str,
        body: T | Manifest | Sequence[Manifest],
        /,
        *,
        type: Literal["json", "merge"] | None = None,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> T:
        """Change parts of an object."""
        ...

    async def edit(
        self,
        name: str,
        change: Change[T],
        /,
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> T:
        """Read an object, change it, and patch the places that differ."""
        ...


class CanApplyNamespaced(CanApply[T], Protocol[T]):
    """A resource whose objects in a namespace can be applied by their servers."""

    async def apply(
        self,
        obj: T | Manifest,
        /,
        *,
        field_manager: str | None = None,
        force: bool = False,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_validation: FieldValidation | None = None,
    ) -> T:
        """Create or change an object by server-side apply."""
        ...


class CanDeleteNamespaced(CanDelete[T_co], Protocol[T_co]):
    """A resource whose objects in a namespace can be deleted."""

    async def delete(
        self,
        name: str,
        /,
        *,
        namespace: str | None = None,
        options: Manifest | None = None,
        dry_run: DryRun | None = None,
        grace_period_seconds: int | None = None,
        propagation_policy: PropagationPolicy | None = None,
    ) -> T_co | None:
        """Delete an object. Return it, or None where the server sends no more than its success."""
        ...


class CanDeleteCollectionNamespaced(CanDeleteCollection[L_co], Protocol[L_co]):
    """A resource whose objects in a namespace can be deleted together."""

    async def delete_collection(
        self,
        *,
        namespace: str | None = None,
        options: Manifest | None = None,
        dry_run: DryRun | None = None,
        field_selector: Selector | None = None,
        grace_period_seconds: int | None = None,
        label_selector: Selector | None = None,
        propagation_policy: PropagationPolicy | None = None,
    ) -> L_co | None:
        """Delete the objects that match the selectors; without selectors, all. Return them as `delete` does."""
        ...


class CanChangeStatusNamespaced(CanChangeStatus[T], Protocol[T]):
    """A resource whose objects in a namespace have a status of their own."""

    async def get_status(self, name: str, /, *, namespace: str | None = None) -> T:
        """Read the status."""
        ...

    async def replace_status(
        self,
        obj: T | Manifest,
        /,
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> T:
        """Replace the status."""
        ...

    async def patch_status(
        self,
        name: str,
        body: T | Manifest | Sequence[Manifest],
        /,
        *,
        type: Literal["json", "merge"] | None = None,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> T:
        """Change parts of the status."""
        ...

    async def edit_status(
        self,
        name: str,
        change: Change[T],
        /,
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> T:
        """Read an object, change its status, and patch the places that differ."""
        ...


class NamespacedResource(
    CanGetNamespaced[T],
    CanListNamespaced[T, L_co],
    CanCreateNamespaced[T],
    CanChangeNamespaced[T],
    CanApplyNamespaced[T],
    CanDeleteNamespaced[T],
    CanDeleteCollectionNamespaced[L_co],
    Protocol[T, L_co],
):
    """A namespaced resource with all verbs."""


class NamespacedResourceWithStatus(NamespacedResource[T, L_co], CanChangeStatusNamespaced[T], Protocol[T, L_co]):
    """A namespaced resource with all verbs, whose objects have a status of their own."""
