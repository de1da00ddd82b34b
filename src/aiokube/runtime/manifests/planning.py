"""Which objects on the server the manifests of a source stand for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from ..client import HttpClient
from ..discovery.api_resource import ApiResource
from ..discovery.catalog import Catalog
from ..errors import (
    AiokubeError,
    ApiError,
    ConnectionError,
    DecodeError,
    InvalidArgument,
    NotFound,
    UnknownResource,
)
from ..failures import is_transient
from ..http.backoff import Backoff
from ..secret import hides_arguments
from .calls import Identity, Target, together
from .kinds import packages_of
from .loading import check, check_to_apply
from .order import Stage, stage_of
from .reading import Manifest, Source, read

T = TypeVar("T")

Kind = tuple[str, str]
"""apiVersion and kind."""

# Seconds for a new custom resource definition to be served.
_SERVED_WITHIN = 60.0


class Kinds:
    """The resources of kinds, as far as they have been looked up.

    Args:
        client: The client whose server is asked.
    """

    def __init__(self, client: HttpClient) -> None:
        self._client = client
        self._found: dict[Kind, ApiResource | AiokubeError] = {}

    async def look_up(self, kinds: Iterable[Kind]) -> None:
        """Look up kinds. Those that the server does not serve raise their error when they are asked for."""
        wanted = [kind for kind in dict.fromkeys(kinds) if not self.is_served(kind)]

        def find(catalog: Catalog) -> None:
            missing: list[UnknownResource] = []
            for kind in wanted:
                try:
                    self._found[kind] = catalog.by_kind(*kind)
                except UnknownResource as error:
                    self._found[kind] = error
                    missing.append(error)
                except AiokubeError as error:
                    self._found[kind] = error
            if missing:
                raise missing[0]

        if not wanted:
            return
        with suppress(UnknownResource):  # each kind has its error
            await self._client._discovery.find(self._client, find)

    async def has_moved(self, kind: Kind) -> bool:
        """Look up a kind again whose path the server does not have. Return True if it has another by now.

        Raises:
            UnknownResource: The server does not serve it any more.
            AmbiguousResource: Several resources have the kind.
        """
        before = self.resource(kind)
        catalog = await self._client._discovery.read(self._client)
        found = self._found[kind] = catalog.by_kind(*kind)
        return (found.path, found.namespaced) != (before.path, before.namespaced)

    async def wait_for(self, kinds: Collection[Kind], refusal_of: Callable[[Kind], Coroutine[Any, Any, str]]) -> None:
        """Look up kinds until the server serves all of them or refuses the rest, or for a minute.

        Args:
            kinds: The kinds, which custom resource definitions define.
            refusal_of: Called with each kind that is not served yet; returns why it will not be, or an empty text.
        """
        backoff = Backoff(first=0.05, longest=1.0)
        waiting = [kind for kind in kinds if isinstance(self._found[kind], UnknownResource)]
        with suppress(TimeoutError):
            async with asyncio.timeout(_SERVED_WITHIN):
                while waiting:
                    await asyncio.sleep(backoff.next())
                    try:
                        await self.look_up(waiting)
                    except (ApiError, ConnectionError) as error:
                        self._found.update(dict.fromkeys(waiting, error))
                        if isinstance(error, ApiError) and is_transient(error):
                            continue
                        return  # the client has tried a broken connection again
                    missing = [kind for kind in waiting if isinstance(self._found[kind], UnknownResource)]
                    reasons = await together(refusal_of(kind) for kind in missing)
                    refusals = {kind: reason for kind, reason in zip(missing, reasons, strict=True) if reason}
                    for (api_version, kind), reason in refusals.items():
                        self._found[api_version, kind] = UnknownResource(
                            f"the server does not serve kind {kind!r:.80} in {api_version!r:.200}: {reason}"
                        )
                    waiting = [kind for kind in missing if kind not in refusals]

    def forget(self, kinds: Iterable[Kind]) -> None:
        """Forget the resources of kinds, which are those of definitions that are gone."""
        for kind in kinds:
            self._found[kind] = UnknownResource(f"the server does not serve kind {kind[1]!r:.80} in {kind[0]!r:.200}")
        self._client._discovery.forget()

    def is_served(self, kind: Kind) -> bool:
        """Return True if a kind was looked up, and is served."""
        return isinstance(self._found.get(kind), ApiResource)

    def resource(self, kind: Kind) -> ApiResource:
        """Return the resource of a kind that was looked up.

        Raises:
            UnknownResource: The server does not serve it.
            AmbiguousResource: Several resources have the kind.
        """
        found = self._found[kind]
        if isinstance(found, ApiResource):
            return found
        raise found


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The manifests of a source, with the stages in which their turn comes."""

    manifests: Sequence[Manifest]

    @property
    def kinds(self) -> set[Kind]:
        """The kinds of all manifests."""
        return {kind_of(manifest) for manifest in self.manifests}

    def defined_kinds(self) -> set[Kind]:
        """The kinds of manifests which custom resource definitions of the same source define."""
        return self.kinds & {kind for manifest in self.manifests for kind in kinds_defined_by(manifest)}

    def stages(self) -> list[list[int]]:
        """The positions of the manifests of each stage that has any, the first stage first."""
        found: dict[Stage, list[int]] = {}
        for position, manifest in enumerate(self.manifests):
            found.setdefault(stage_of(manifest.group, manifest.kind), []).append(position)
        return [found[stage] for stage in sorted(found)]


@hides_arguments
async def plan(client: HttpClient, source: Source, *, strict: bool, to_apply: bool) -> Plan:
    """Read the manifests of a source and check them, in a thread.

    Args:
        client: The client, whose models have the classes of kinds.
        source: See `read`.
        strict: True to refuse fields that the class of the kind does not have.
        to_apply: True to refuse objects as they were read from a server.

    Raises:
        DecodeError: A manifest cannot be read, or is refused; lists every problem.
        InvalidArgument: The source is not of a type to read, or has no objects.
    """
    packages = packages_of(client)

    def checked(manifest: Manifest) -> Manifest:
        check(manifest, packages, strict=strict)
        if to_apply:
            check_to_apply(manifest)
        return manifest

    manifests = await asyncio.to_thread(read, source, checked)
    if not manifests:
        raise InvalidArgument("source has no objects")
    return Plan(manifests=manifests)


def target_of(manifest: Manifest, kinds: Kinds, default_namespace: str) -> Target:
    """Return the object that a manifest stands for.

    Raises:
        UnknownResource: The server does not serve its kind.
    """
    resource = kinds.resource(kind_of(manifest))
    namespace = (manifest.namespace or default_namespace) if resource.namespaced else ""
    return Target(resource=resource, namespace=namespace, name=manifest.name)


async def at_its_path(
    manifest: Manifest, kinds: Kinds, default_namespace: str, call: Callable[[Target], Coroutine[Any, Any, T]]
) -> T:
    """Make a call on the object of a manifest; once more if the server serves its kind at another path by now."""
    try:
        return await call(target_of(manifest, kinds, default_namespace))
    except NotFound as error:
        if not (error.is_unserved and await kinds.has_moved(kind_of(manifest))):
            raise
    return await call(target_of(manifest, kinds, default_namespace))


def refuse_repeated(plan: Plan, kinds: Kinds, default_namespace: str) -> None:
    """Refuse an object that is in the source twice: which one wins would be left to chance.

    Raises:
        DecodeError: There are some; names all of them.
    """
    errors: list[str] = []
    first: dict[Identity, Manifest] = {}
    for manifest in plan.manifests:
        if kinds.is_served(kind_of(manifest)):
            key = target_of(manifest, kinds, default_namespace).identity
        else:
            key = (manifest.group, manifest.kind, manifest.namespace or default_namespace, manifest.name)
        other = first.setdefault(key, manifest)
        if other is not manifest:
            errors.append(
                f"{manifest.place}: {manifest.kind} {manifest.name} is in the source twice, first in {other.place}; "
                "remove one of them"
            )
    if errors:
        raise DecodeError("\n".join(errors))


def kind_of(manifest: Manifest) -> Kind:
    """Return the apiVersion and kind of a manifest."""
    return (manifest.api_version, manifest.kind)


def kinds_defined_by(manifest: Manifest) -> Iterable[Kind]:
    """Return the kinds that a custom resource definition defines and serves; nothing for another object."""
    spec = manifest.data.get("spec")
    is_definition = (manifest.group, manifest.kind) == ("apiextensions.k8s.io", "CustomResourceDefinition")
    if not (is_definition and isinstance(spec, dict)):
        return
    names, versions = spec.get("names"), spec.get("versions")
    for version in versions if isinstance(versions, list) else ():
        if isinstance(names, dict) and isinstance(version, dict) and version.get("served") is not False:
            yield (f"{spec.get('group')}/{version.get('name')}", str(names.get("kind")))
