"""The members of an ApplySet on the server: where they are, and which of them are no longer in the source."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ..client import HttpClient
from ..codec.dynamic_object import DynamicMetadata, DynamicObject
from ..discovery.api_resource import ApiResource
from ..errors import AiokubeError, ApplyConflict, ClientClosed, Conflict, InvalidArgument, UnknownResource
from .apply_set import (
    FIELD_MANAGER,
    PARENT_TYPE_LABEL,
    PART_OF_LABEL,
    TOOLING,
    Contents,
    Parent,
    labelled,
    parent_manifest,
    read_contents,
)
from .calls import CONCURRENCY, Calls, Identity, Target, together
from .order import Stage, stage_of
from .planning import Kinds, Plan, kind_of, target_of
from .results import Action, ObjectResult

# The kinds of parents that are created where they are missing.
_BUILT_IN = ("secrets", "configmaps")
_DEFINITION = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
# How often the parent is stored while others store it at the same time.
_TRIES = 5


class Members:
    """The members of an ApplySet, before and after an apply.

    Args:
        client: The client to make calls with.
        target: The parent.
        before: What the set contained; None if the parent does not exist.
        found: The metadata of the parent; None if it does not exist.
        planned: The manifests of the source.
        kinds: The kinds of the source.
    """

    def __init__(
        self,
        client: HttpClient,
        target: Target,
        before: Contents | None,
        found: DynamicMetadata | None,
        planned: Plan,
        kinds: Kinds,
    ) -> None:
        self.parent: Parent = _parent(target)
        self._client = client
        self._calls = Calls(client)
        self._target = target
        self._before = before
        self._tooling = found.annotations[TOOLING] if found else None
        self._version = found.resource_version if found else ""
        self._plan = planned
        self._kinds = kinds

    @classmethod
    async def read(cls, client: HttpClient, name: str, planned: Plan, kinds: Kinds) -> Members:
        """Read the parent of an ApplySet.

        Args:
            client: The client to make calls with; the parent is in its namespace.
            name: Name of the parent, a Secret; `configmap/shop` for one of another kind.
            planned: The manifests of the source.
            kinds: The kinds of the source.

        Raises:
            InvalidArgument: The parent is no ApplySet, belongs to another tool, or is missing and of a custom kind; or
                objects of its kind are not to be parents.
        """
        resource_name, has_type, parent_name = name.rpartition("/")
        if not parent_name:
            raise InvalidArgument(f"prune is {name!r:.80}; pass the name of an ApplySet, such as 'shop'")
        resource = await client._discovery.find(
            client, lambda catalog: catalog.by_name(resource_name if has_type else "secrets")
        )
        is_built_in = not resource.group and resource.plural in _BUILT_IN
        if not is_built_in:
            await _check_kind_of_parent(client, resource)
        namespace = client.namespace if resource.namespaced else ""
        target = Target(resource=resource, namespace=namespace, name=parent_name)
        found = await Calls(client).metadata(target)
        if found is None:
            if not is_built_in:
                raise InvalidArgument(f"prune: {_parent(target)} does not exist; create it, or use a Secret")
            return cls(client, target, None, None, planned, kinds)
        before = read_contents(_parent(target), found.labels, found.annotations)
        return cls(client, target, before, found, planned, kinds)

    def labelled(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return a manifest with the label of a member."""
        return labelled(data, self.parent)

    async def extend(self) -> None:
        """Add to the parent what the source contains, so that nothing is lost if the apply does not end."""
        await self._store(self._after() | (self._before or Contents()))

    async def prune(self, results: Sequence[ObjectResult], *, dry_run: bool) -> list[ObjectResult]:
        """Delete the members that are not among the results of an apply, and store what the set contains now.

        Only kinds and namespaces that the parent declared before the apply are looked at.

        Returns:
            The results of the deleted objects, and that of the parent if the members cannot be listed or stored.
        """
        kept = {(one.api_version.rpartition("/")[0], one.kind, one.namespace, one.name) for one in results}
        uids = {one.object.metadata.uid for one in results if one.object is not None}
        pruned: list[ObjectResult] = []
        try:
            outdated = await self.outdated(kept, uids)
            stages = {stage_of(target.resource.group, target.resource.kind) for target, _ in outdated}
            for stage in sorted(stages, reverse=True):
                pruned += await self._delete_stage(stage, outdated, dry_run=dry_run)
            if not dry_run and not any(result.error for result in pruned):
                await self._store(self._after())
        except ClientClosed:
            raise
        except AiokubeError as error:
            pruned.append(_result("failed", self._target, error=error))
        return pruned

    async def _delete_stage(
        self, stage: Stage, outdated: Iterable[tuple[Target, DynamicObject]], *, dry_run: bool
    ) -> list[ObjectResult]:
        limit = asyncio.Semaphore(CONCURRENCY)
        found = await together(
            self._delete(target, obj, limit, dry_run=dry_run)
            for target, obj in outdated
            if stage_of(target.resource.group, target.resource.kind) == stage
        )
        return [result for result in found if result is not None]

    async def outdated(self, kept: Collection[Identity], uids: Collection[str]) -> list[tuple[Target, DynamicObject]]:
        """Return the members that are not in the source.

        Args:
            kept: The objects of the source.
            uids: Their UIDs, as far as they are known: an object may be served by two groups.
        """
        before = self._before or Contents()
        resources = await self._resources(before)
        namespaces = before.namespaces | {self.parent.namespace} - {""}
        places = [
            (resource, namespace)
            for resource in resources
            for namespace in (sorted(namespaces) if resource.namespaced else [""])
        ]
        limit = asyncio.Semaphore(CONCURRENCY)

        async def members(resource: ApiResource, namespace: str) -> list[DynamicObject]:
            async with limit:
                selector = f"{PART_OF_LABEL}={self.parent.id}"
                return await self._calls.list(resource, namespace, label_selector=selector)

        found = await together(members(*place) for place in places)
        outdated: dict[str, tuple[Target, DynamicObject]] = {}
        for (resource, namespace), objects in zip(places, found, strict=True):
            for obj in objects:
                target = Target(resource=resource, namespace=namespace, name=obj.metadata.name)
                if target.identity not in kept and obj.metadata.uid not in uids:
                    outdated[obj.metadata.uid] = (target, obj)
        return list(outdated.values())

    async def _resources(self, contents: Contents) -> list[ApiResource]:
        """The resources of the kinds of a set. A kind that is not served any more has no objects.

        Raises:
            UnknownResource: The server of a group does not respond, so that a kind may be served again later.
        """
        catalog = await self._client._discovery.read(self._client)
        served = {(one.group, one.kind): one for one in reversed(catalog.preferred)}
        for group, kind in sorted(contents.kinds - served.keys()):
            if silent := catalog.unavailable(group):
                raise UnknownResource(
                    f"prune: the members of kind {kind!r:.80} in {group!r:.200} cannot be listed, since these did not "
                    f"respond: {', '.join(silent)}; prune again when they do"
                )
        return [served[one] for one in sorted(contents.kinds & served.keys())]

    async def _delete(
        self, target: Target, obj: DynamicObject, limit: asyncio.Semaphore, *, dry_run: bool
    ) -> ObjectResult | None:
        options: dict[str, object] = {
            "propagationPolicy": "Background",
            "preconditions": {"uid": obj.metadata.uid},
            "dryRun": ["All"] if dry_run else None,
        }
        try:
            async with limit:
                await self._calls.delete(target, options=options)
        except ClientClosed:
            raise
        except Conflict:
            return None  # it is another object by now
        except AiokubeError as error:
            return _result("failed", target, obj, error)
        return _result("pruned", target, obj)

    def _after(self) -> Contents:
        """The kinds and namespaces of the source, as far as the server serves the kinds now."""
        served = [one for one in self._plan.manifests if self._kinds.is_served(kind_of(one))]
        targets = [target_of(one, self._kinds, self._client.namespace) for one in served]
        return Contents(
            kinds=frozenset((one.resource.group, one.resource.kind) for one in targets),
            namespaces=frozenset(one.namespace for one in targets if one.namespace),
        )

    async def _store(self, contents: Contents) -> None:
        """Store what the set contains, with what others have stored since the parent was read.

        Raises:
            Conflict: Others stored the parent all the time.
        """
        for left in reversed(range(_TRIES)):
            try:
                await self._store_at_version(contents)
                return
            except Conflict:
                if not left:
                    raise
            found = await self._calls.metadata(self._target)
            self._version = found.resource_version if found else ""
            if found:
                contents |= read_contents(self.parent, found.labels, found.annotations)

    async def _store_at_version(self, contents: Contents) -> None:
        data = parent_manifest(self.parent, contents, self._tooling)
        if self._version:
            data["metadata"]["resourceVersion"] = self._version
        try:
            _, stored = await self._calls.apply(self._target, data, {"fieldManager": FIELD_MANAGER})
        except ApplyConflict:
            # The fields of a parent belong to who applies the set.
            query = {"fieldManager": FIELD_MANAGER, "force": True}
            _, stored = await self._calls.apply(self._target, data, query)
        self._version = stored.metadata.resource_version


async def _check_kind_of_parent(client: HttpClient, resource: ApiResource) -> None:
    """Refuse parents of a kind that kubectl refuses, too: the definition of a custom kind allows them by a label."""
    labels: Mapping[str, str] = {}
    if "." in resource.group:
        definitions = await client._discovery.find(client, lambda catalog: catalog.by_kind(*_DEFINITION))
        name = f"{resource.plural}.{resource.group}"
        found = await Calls(client).metadata(Target(resource=definitions, namespace="", name=name))
        labels = found.labels if found else {}
    if PARENT_TYPE_LABEL not in labels:
        raise InvalidArgument(
            f"prune: {resource.kind} is no kind for the parent of an ApplySet; use a Secret, a ConfigMap, or a custom "
            f"kind whose definition has the label {PARENT_TYPE_LABEL}"
        )


def _parent(target: Target) -> Parent:
    return Parent(
        api_version=target.resource.api_version,
        kind=target.resource.kind,
        namespace=target.namespace,
        name=target.name,
    )


def _result(
    action: Action, target: Target, obj: DynamicObject | None = None, error: AiokubeError | None = None
) -> ObjectResult:
    return ObjectResult(
        action=action,
        api_version=target.resource.api_version,
        kind=target.resource.kind,
        namespace=target.namespace,
        name=target.name,
        place="",
        object=obj,
        error=error,
    )
