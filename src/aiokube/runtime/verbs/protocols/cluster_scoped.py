"""Protocols of resources without namespaces."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeVar, overload

from ...errors import DecodeError
from ...http.parameters import DryRun, FieldValidation, PropagationPolicy
from ...http.selectors import Selector
from ...watching.informer import Informer
from ...watching.wait import Deleted
from ...watching.watcher import Watch
from ..bodies import Change

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
L_co = TypeVar("L_co", covariant=True)

Manifest = Mapping[str, Any]
"""An object as a mapping in wire form."""


class CanGet(Protocol[T_co]):
    """A resource whose objects can be read."""

    async def get(self, name: str, /) -> T_co:
        """Read an object."""
        ...


class CanList(Protocol[T, L_co]):
    """A resource whose objects can be listed and followed."""

    async def list(
        self,
        *,
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
        self, name: str, condition: str | Callable[[T], bool], /, *, timeout: float | None = 30.0
    ) -> T: ...

    @overload
    async def wait_for(self, name: str, condition: Deleted, /, *, timeout: float | None = 30.0) -> T | None: ...


class CanCreate(Protocol[T]):
    """A resource whose objects can be created."""

    async def create(
        self,
        obj: T | Manifest,
        /,
        *,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> T:
        """Create an object."""
        ...


class CanChange(Protocol[T]):
    """A resource whose objects can be replaced, patched and edited."""

    async def replace(
        self,
        obj: T | Manifest,
        /,
        *,
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
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> T:
        """Read an object, change it, and patch the places that differ."""
        ...


class CanApply(Protocol[T]):
    """A resource whose objects can be applied by their servers."""

    async def apply(
        self,
        obj: T | Manifest,
        /,
        *,
        field_manager: str | None = None,
        force: bool = False,
        dry_run: DryRun | None = None,
        field_validation: FieldValidation | None = None,
    ) -> T:
        """Create or change an object by server-side apply."""
        ...


class CanDelete(Protocol[T_co]):
    """A resource whose objects can be deleted."""

    async def delete(
        self,
        name: str,
        /,
        *,
        options: Manifest | None = None,
        dry_run: DryRun | None = None,
        grace_period_seconds: int | None = None,
        propagation_policy: PropagationPolicy | None = None,
    ) -> T_co | None:
        """Delete an object. Return it, or None where the server sends no more than its success."""
        ...


class CanDeleteCollection(Protocol[L_co]):
    """A resource whose objects can be deleted together."""

    async def delete_collection(
        self,
        *,
        options: Manifest | None = None,
        dry_run: DryRun | None = None,
        field_selector: Selector | None = None,
        grace_period_seconds: int | None = None,
        label_selector: Selector | None = None,
        propagation_policy: PropagationPolicy | None = None,
    ) -> L_co | None:
        """Delete the objects that match the selectors; without selectors, all. Return them as `delete` does."""
        ...


class CanChangeStatus(Protocol[T]):
    """A resource whose objects have a status of their own."""

    async def get_status(self, name: str, /) -> T:
        """Read the status."""
        ...

    async def replace_status(
        self,
        obj: T | Manifest,
        /,
        *,
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
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> T:
        """Read an object, change its status, and patch the places that differ."""
        ...


class ClusterResource(
    CanGet[T],
    CanList[T, L_co],
    CanCreate[T],
    CanChange[T],
    CanApply[T],
    CanDelete[T],
    CanDeleteCollection[L_co],
    Protocol[T, L_co],
):
    """A cluster-scoped resource with all verbs."""


class ClusterResourceWithStatus(ClusterResource[T, L_co], CanChangeStatus[T], Protocol[T, L_co]):
    """A cluster-scoped resource with all verbs, whose objects have a status of their own."""
