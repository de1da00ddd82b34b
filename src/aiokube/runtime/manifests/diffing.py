"""Differences between the objects of a source and those on the server, by a server-side dry run."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..client import HttpClient
from ..codec.manifest import dump_yaml
from ..errors import (
    AiokubeError,
    ApplyConflict,
    ClientClosed,
    InvalidRequest,
    ManifestError,
    NotFound,
)
from ..public import public
from ..secret import Hidden, hides_arguments
from .calls import CONCURRENCY, Calls, Identity, Target, together
from .definitions import SCHEMA_ERRORS
from .line_diff import unified_diff
from .migration import LAST_APPLIED
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
from .reading import Manifest, Source
from .results import Action, ObjectResult, Results

_MASK = "***"


@public("aiokube.manifests")
@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectDiff:
    """Changes that an apply would make to one object."""

    api_version: str
    """API group and version of the object."""
    kind: str
    """Kind of the object."""
    namespace: str
    """Namespace of the object; empty if it has none."""
    name: str
    """Name of the object."""
    place: str
    """Place of the manifest, such as `deploy/web.yaml: document 2 (line 7)`."""
    text: str
    """Unified diff of the YAML, without managed fields and with the data of Secrets masked; empty without a change."""

    def __bool__(self) -> bool:
        """True if there is a change."""
        return bool(self.text)

    def __str__(self) -> str:
        return self.text


async def diff(
    client: HttpClient,
    source: Hidden[Source],
    *,
    field_manager: str | None,
    force: bool,
    prune: str | None,
    strict: bool,
) -> list[ObjectDiff]:
    """Compare the objects of a source with those on the server; see `BaseClient.diff`."""
    manager = field_manager or client.field_manager
    if not manager:
        raise InvalidRequest("field_manager: is missing; pass it, or create the client with one")
    planned = await plan(client, source.value, strict=strict, to_apply=True)
    kinds = Kinds(client)
    await kinds.look_up(planned.kinds)
    refuse_repeated(planned, kinds, client.namespace)
    members = None if prune is None else await Members.read(client, prune, planned, kinds)
    query = {
        "fieldManager": manager,
        "force": True if force else None,
        "dryRun": "All",
        "fieldValidation": "Strict" if strict else None,
    }
    comparer = _Comparer(client, planned, kinds, members, query)
    limit = asyncio.Semaphore(CONCURRENCY)

    async def compare(manifest: Manifest) -> ObjectDiff | AiokubeError:
        async with limit:
            try:
                return await comparer.compare(manifest)
            except ClientClosed:
                raise
            except AiokubeError as error:
                return error

    outcomes: dict[int, ObjectDiff | AiokubeError] = {}
    for stage in planned.stages():
        outcomes.update(zip(stage, await together(compare(planned.manifests[one]) for one in stage), strict=True))
        comparer.changed_kinds.update(
            kind
            for position in stage
            if isinstance(outcomes[position], ObjectDiff) and outcomes[position]
            for kind in kinds_defined_by(planned.manifests[position])
        )
    found = [outcomes[position] for position in range(len(planned.manifests))]
    if any(isinstance(one, AiokubeError) for one in found):
        results = [
            _result(comparer.placed(one), outcome) for one, outcome in zip(planned.manifests, found, strict=True)
        ]
        raise ManifestError(Results(results, dry_run=True))
    return [*(one for one in found if isinstance(one, ObjectDiff)), *await comparer.pruned()]


class _Comparer:
    def __init__(
        self,
        client: HttpClient,
        planned: Plan,
        kinds: Kinds,
        members: Members | None,
        query: Mapping[str, object],
    ) -> None:
        self._calls = Calls(client)
        self._namespace = client.namespace
        self._plan = planned
        self._kinds = kinds
        self._members = members
        self._query = query
        self._new_kinds = {kind for kind in planned.defined_kinds() if not kinds.is_served(kind)}
        self.changed_kinds: set[Kind] = set()
        """The kinds whose definitions have been compared, and would change."""
        self._namespaces = {one.name for one in planned.manifests if kind_of(one) == ("v1", "Namespace")}
        self._kept: set[Identity] = set()
        self._uids: set[str] = set()

    @hides_arguments
    async def compare(self, manifest: Manifest) -> ObjectDiff:
        """Compare an object with the one on the server, as an apply would leave it."""
        data = manifest.data if self._members is None else self._members.labelled(manifest.data)
        if kind_of(manifest) in self._new_kinds:
            return await _difference(manifest, {}, data)
        return await at_its_path(
            manifest, self._kinds, self._namespace, lambda target: self._compare_with(target, manifest, data)
        )

    @hides_arguments
    async def _compare_with(self, target: Target, manifest: Manifest, data: Mapping[str, Any]) -> ObjectDiff:
        after: Mapping[str, Any]
        before = await self._calls.get_plain(target)
        try:
            after = await self._calls.merged(target, data, self._query)
        except NotFound:
            # The server cannot merge what is in a namespace that the source would create.
            if before is not None or target.namespace not in self._namespaces:
                raise
            after = data
        except SCHEMA_ERRORS:
            # Nor what has the fields of a definition that it does not have yet.
            if kind_of(manifest) not in self.changed_kinds:
                raise
            after = _merged(before or {}, data)
        self._kept.add(target.identity)
        self._uids.add((after.get("metadata") or {}).get("uid", ""))
        return await _difference(self.placed(manifest), before or {}, after)

    def placed(self, manifest: Manifest) -> Manifest:
        """Return a manifest with the namespace that its object is in, as far as its kind is served."""
        if not self._kinds.is_served(kind_of(manifest)):
            return manifest
        return replace(manifest, namespace=target_of(manifest, self._kinds, self._namespace).namespace)

    async def pruned(self) -> list[ObjectDiff]:
        """Compare the objects that an apply would prune with nothing."""
        if self._members is None:
            return []
        outdated = await self._members.outdated(self._kept, self._uids)
        return [
            await _difference(
                Manifest(
                    data={},
                    place="",
                    api_version=target.resource.api_version,
                    kind=target.resource.kind,
                    name=target.name,
                    namespace=target.namespace,
                ),
                obj.to_dict(),
                {},
            )
            for target, obj in outdated
        ]


def _result(manifest: Manifest, found: ObjectDiff | AiokubeError) -> ObjectResult:
    action: Action = "configured" if found else "unchanged"
    if isinstance(found, AiokubeError):
        action = "conflict" if isinstance(found, ApplyConflict) else "failed"
    return ObjectResult(
        action=action,
        api_version=manifest.api_version,
        kind=manifest.kind,
        namespace=manifest.namespace,
        name=manifest.name,
        place=manifest.place,
        error=found if isinstance(found, AiokubeError) else None,
    )


@hides_arguments
async def _difference(manifest: Manifest, before: Mapping[str, Any], after: Mapping[str, Any]) -> ObjectDiff:
    old, new = _without_managed_fields(before), _without_managed_fields(after)
    if (manifest.api_version, manifest.kind) == ("v1", "Secret"):
        _mask(old, new)
    group, _, version = manifest.api_version.rpartition("/")
    name = ".".join(part for part in (group, version, manifest.kind, manifest.namespace, manifest.name) if part)

    def text() -> str:
        return "\n".join(unified_diff(_lines(old), _lines(new), f"LIVE/{name}", f"MERGED/{name}"))

    return ObjectDiff(
        api_version=manifest.api_version,
        kind=manifest.kind,
        namespace=manifest.namespace,
        name=manifest.name,
        place=manifest.place,
        # YAML of a megabyte takes a second.
        text=await asyncio.to_thread(text) if old != new else "",
    )


def _merged(before: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """An object with the fields of a manifest, roughly as a server would merge it."""
    return {
        **before,
        **{
            key: _merged(before[key], value) if isinstance(value, dict) and isinstance(before.get(key), dict) else value
            for key, value in data.items()
        },
    }


def _without_managed_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    metadata = data.get("metadata")
    if not isinstance(metadata, dict):
        return dict(data)
    return {**data, "metadata": {key: value for key, value in metadata.items() if key != "managedFields"}}


def _mask(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Replace the data of a Secret, such that a reader sees which keys differ, as kubectl does."""
    for name in ("data", "stringData"):
        before, after = (data.get(name) or {} for data in (old, new))
        differing = {key for key in before.keys() & after.keys() if before[key] != after[key]}
        for data, values, note in ((old, before, " (before)"), (new, after, " (after)")):
            if values:
                data[name] = {key: _MASK + (note if key in differing else "") for key in values}
    for data in (old, new):
        metadata = data.get("metadata") or {}
        annotations = metadata.get("annotations") or {}
        if LAST_APPLIED in annotations:
            data["metadata"] = {**metadata, "annotations": {**annotations, LAST_APPLIED: _MASK}}


def _lines(data: dict[str, Any]) -> list[str]:
    return dump_yaml(_sorted(data)).splitlines() if data else []


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
