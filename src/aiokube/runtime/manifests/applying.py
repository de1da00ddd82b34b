"""Applying the manifests of a source: in stages, each in parallel, with a result for each object."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..arguments import check_seconds
from ..client import HttpClient
from ..codec.dynamic_object import DynamicMetadata, DynamicObject, ManagedFieldsEntry
from ..errors import (
    AiokubeError,
    ApiError,
    ApplyConflict,
    ClientClosed,
    Forbidden,
    InvalidRequest,
    ManifestError,
    NotFound,
)
from .calls import CONCURRENCY, Calls, Target
from .planning import Kinds, Plan, kind_of, plan, refuse_repeated, target_of
from .pruning import ApplySet
from .readiness import is_ready
from .reading import Manifest, Source
from .results import Action, ObjectResult, Results

OnResult = Callable[[ObjectResult], object]
"""Called with the result of each object as soon as it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How objects are applied."""

    field_manager: str
    force: bool
    dry_run: bool
    strict: bool

    @property
    def query(self) -> dict[str, object]:
        """Query parameters of each PATCH."""
        return {
            "fieldManager": self.field_manager,
            "force": True if self.force else None,
            "dryRun": "All" if self.dry_run else None,
            "fieldValidation": "Strict" if self.strict else None,
        }


async def apply(
    client: HttpClient,
    source: Source,
    *,
    field_manager: str | None,
    force: bool,
    dry_run: bool,
    prune: str | None,
    wait: float | None,
    strict: bool,
    on_result: OnResult | None,
) -> Results:
    """Apply the manifests of a source; see `BaseClient.apply`."""
    check_seconds("wait", wait)
    manager = field_manager or client.field_manager
    if not manager:
        raise InvalidRequest("field_manager: is missing; pass it, or create the client with one")
    planned = await plan(source, strict=strict)
    refuse_repeated(planned, client.namespace)
    options = Options(field_manager=manager, force=force, dry_run=dry_run, strict=strict)
    applier = _Applier(client, planned, options, on_result)
    await applier.look_up()
    members = await ApplySet.read(client, prune) if prune is not None else None
    if members is not None:
        applier.take_into(members)
    results = await applier.run(members)
    if wait is not None and not dry_run:
        results = await applier.wait_until_ready(results, wait)
    done = Results(results, dry_run=dry_run)
    if done.failures:
        raise ManifestError("applied", done)
    return done
