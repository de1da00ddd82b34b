"""Applying the manifests of a source: in stages, each in parallel, with a result for each object."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ..client import HttpClient
from ..codec.dynamic_object import DynamicObject
from ..errors import (
    AiokubeError,
    ApiError,
    ApplyConflict,
    ClientClosed,
    ConnectionError,
    Forbidden,
    InvalidRequest,
    ManifestError,
    MethodNotAllowed,
    NotFound,
)
from ..http.backoff import Backoff
from ..secret import Hidden, hides_arguments
from .calls import CONCURRENCY, Calls, Target, together
from .definitions import SCHEMA_ERRORS, NewDefinitions
from .migration import migrate
from .planning import (
    Kind,
    Kinds,
    Plan,
    at_its_path,
    kind_of,
    kinds_defined_by,
    plan,
    refuse_repeated,
    target_of,
)
from .pruning import Members
from .readiness import READY, Readiness, readiness_of
from .reading import Manifest, Source
from .results import Action, ObjectResult, Results
from .unchanged import is_unchanged
from .waiting import Waiting

OnResult = Callable[[ObjectResult], object]
"""Called with the result of each object as soon as it is known."""

_DRY_RUNS_AMONG_WRITERS = 4


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
    source: Hidden[Source],
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
    manager = field_manager or client.field_manager
    if not manager:
        raise InvalidRequest("field_manager: is missing; pass it, or create the client with one")
    planned = await plan(client, source.value, strict=strict, to_apply=True)
    kinds = Kinds(client)
    await kinds.look_up(planned.kinds)
    refuse_repeated(planned, kinds, client.namespace)
    members = None if prune is None else await Members.read(client, prune, planned, kinds)
    options = Options(field_manager=manager, force=force, dry_run=dry_run, strict=strict)
    applier = _Applier(client, planned, kinds, options, members, on_result or (lambda result: None))
    results = await applier.run()
    if wait is not None and not dry_run:
        results = await Waiting(client, wait).until_ready(results, kinds)
    done = Results(results, dry_run=dry_run)
    if done.failures:
        raise ManifestError(done)
    return done


class _Applier:
    """Applies the manifests of one source once."""

    def __init__(
        self,
        client: HttpClient,
        planned: Plan,
        kinds: Kinds,
        options: Options,
        members: Members | None,
        on_result: OnResult,
    ) -> None:
        self._namespace = client.namespace
        self._calls = Calls(client)
        self._plan = planned
        self._kinds = kinds
        self._options = options
        self._members = members
        self._on_result = on_result
        self._limit = asyncio.Semaphore(CONCURRENCY)
        self._defined_kinds = planned.defined_kinds()
        self._new_kinds = {kind for kind in self._defined_kinds if not kinds.is_served(kind)}
        self._new_definitions = NewDefinitions()
        self._results: dict[int, ObjectResult] = {}
        # Objects of kinds that the parent of the set lacks would be lost to it.
        self._barred: dict[Kind, AiokubeError] = {}

    async def run(self) -> list[ObjectResult]:
        """Apply all manifests, and prune. Return the results in the order of the manifests."""
        stages = self._plan.stages()
        if self._members is not None and not self._options.dry_run:
            # The parent is in a namespace that the source may create.
            parent_namespace = self._members.parent.namespace
            first = [
                position
                for position in stages[0]
                if (self._plan.manifests[position].kind, self._plan.manifests[position].name)
                == ("Namespace", parent_namespace)
            ]
            await self._apply_all(first)
            await self._extend(self._plan.kinds)
            stages[0] = [position for position in stages[0] if position not in first]
        for stage in stages:
            await self._apply_all(stage)
            await self._serve_kinds_of(stage)
        results = [self._results[position] for position in range(len(self._plan.manifests))]
        if self._members is not None and not any(result.error for result in results):
            pruned = await self._members.prune(results, dry_run=self._options.dry_run)
            for result in pruned:
                self._on_result(result)
            results += pruned
        return results

    async def _apply_all(self, positions: Iterable[int]) -> None:
        await together(self._apply_at(position) for position in positions)

    async def _apply_at(self, position: int) -> None:
        async with self._limit:
            result = await self._apply(self._plan.manifests[position])
        self._results[position] = result
        self._on_result(result)

    async def _extend(self, kinds: Iterable[Kind]) -> None:
        """Add to the parent of the set what it will contain; kinds cannot be applied if that fails."""
        if self._members is None:
            return
        try:
            await self._members.extend()
        except ClientClosed:
            raise
        except AiokubeError as error:
            self._barred.update(dict.fromkeys(kinds, error))

    async def _apply(self, manifest: Manifest) -> ObjectResult:
        namespace = manifest.namespace
        action: Action = "failed"
        obj, problem = None, self._barred.get(kind_of(manifest))
        try:
            namespace = target_of(manifest, self._kinds, self._namespace).namespace
            if problem is None:
                action, obj = await self._apply_at_its_path(manifest)
                namespace = target_of(manifest, self._kinds, self._namespace).namespace
        except ClientClosed:
            raise
        except AiokubeError as error:
            if self._options.dry_run and self._is_in_new(manifest, namespace, error):
                # The server cannot check what the source itself would create the place for.
                action = "created"
            else:
                action, problem = "conflict" if isinstance(error, ApplyConflict) else "failed", error
        return ObjectResult(
            action=action,
            api_version=manifest.api_version,
            kind=manifest.kind,
            namespace=namespace,
            name=manifest.name,
            place=manifest.place,
            object=obj,
            error=problem,
        )

    @hides_arguments
    async def _apply_at_its_path(self, manifest: Manifest) -> tuple[Action, DynamicObject | None]:
        """Apply an object; again as long as the server may go by an earlier definition of its kind."""
        backoff = Backoff(first=0.05, longest=1.0)
        while True:
            try:
                return await at_its_path(
                    manifest, self._kinds, self._namespace, lambda target: self._apply_to(target, manifest)
                )
            except AiokubeError as error:
                if self._options.dry_run or not self._new_definitions.may_follow(kind_of(manifest), error):
                    raise
            await asyncio.sleep(backoff.next())

    @hides_arguments
    async def _apply_to(self, target: Target, manifest: Manifest) -> tuple[Action, DynamicObject | None]:
        data = manifest.data if self._members is None else self._members.labelled(manifest.data)
        manager, dry_run = self._options.field_manager, self._options.dry_run
        before: DynamicObject | None = None
        try:
            tries = _DRY_RUNS_AMONG_WRITERS if dry_run else 1
            while True:
                is_known, before = await self._before(target)
                created, obj = await self._calls.apply(target, data, self._options.query)
                tries -= 1
                # A dry run keeps the resource version: another one shows that somebody wrote between the two requests.
                if not tries or before is None or before.metadata.resource_version == obj.metadata.resource_version:
                    break
        except (MethodNotAllowed, NotFound) as error:
            # The verbs alone do not tell: they may have changed.
            verbs = target.resource.verbs
            if not verbs or "patch" in verbs:
                raise
            raise InvalidRequest(f"{manifest.kind} cannot be applied; its verbs are {', '.join(verbs)}") from error
        except SCHEMA_ERRORS:
            if not (dry_run and self._new_definitions.changes(kind_of(manifest))):
                raise
            # The server cannot check what has the fields of a definition that it does not have yet.
            return "configured" if before else "created", before
        if created or (is_known and before is None):
            return "created", obj
        if not dry_run and await migrate(self._calls, target, obj, manager):
            _, obj = await self._calls.apply(target, data, self._options.query)
        if before is not None and is_unchanged(before, obj, manager, dry_run=dry_run):
            return "unchanged", obj
        return "configured", obj

    async def _before(self, target: Target) -> tuple[bool, DynamicObject | None]:
        """Return an object before the apply, which a user who may only apply cannot read."""
        try:
            return True, await self._calls.get(target)
        except Forbidden:
            return False, None

    async def _serve_kinds_of(self, positions: Iterable[int]) -> None:
        """Wait until the server serves the kinds that the definitions among some applied manifests define."""
        defined = {
            kind: position
            for position in positions
            if self._results[position].error is None
            for kind in kinds_defined_by(self._plan.manifests[position])
            if kind in self._defined_kinds
        }
        created, changed = (
            {kind for kind, position in defined.items() if self._results[position].action == action}
            for action in ("created", "configured")
        )
        new = (defined.keys() & self._new_kinds) | created
        if new and not self._options.dry_run:
            # Those that are known are of an earlier definition.
            self._kinds.forget(created)
            await self._wait_for_kinds({kind: self._plan.manifests[defined[kind]] for kind in new})
        if defined:
            self._new_definitions.add(created=new, changed=changed)

    async def _wait_for_kinds(self, definitions: Mapping[Kind, Manifest]) -> None:
        accepted: set[Kind] = set()

        async def refusal_of(kind: Kind) -> str:
            if kind in accepted:
                return ""
            manifest = definitions[kind]
            try:
                readiness = await self._readiness_of(manifest)
            except (ApiError, ConnectionError):  # it will be asked again
                return ""
            if readiness.is_ready:
                accepted.add(kind)
            return f"{manifest.kind} {manifest.name}: {readiness.message}" if readiness.will_fail else ""

        await self._kinds.wait_for(definitions, refusal_of)
        await self._extend(definitions)

    async def _readiness_of(self, manifest: Manifest) -> Readiness:
        """Return whether an applied object is ready now; a user who may only apply cannot tell."""
        try:
            found = await self._calls.get(target_of(manifest, self._kinds, self._namespace))
        except Forbidden:
            return READY
        if found is None:
            return Readiness(False, "it was deleted", will_fail=True)
        return readiness_of(found)

    def _is_in_new(self, manifest: Manifest, namespace: str, error: AiokubeError) -> bool:
        """Return True if an object failed because what it needs would be created by the same source."""
        if kind_of(manifest) in self._new_kinds:
            return True
        created = {
            result.name for result in self._results.values() if (result.kind, result.action) == ("Namespace", "created")
        }
        return isinstance(error, NotFound) and namespace in created
