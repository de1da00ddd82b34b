"""The calls of a client on manifests of many objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..arguments import types
from ..client import HttpClient
from ..errors import InvalidArgument
from ..http.parameters import DryRun, PropagationPolicy, is_dry_run
from ..secret import Hidden

if TYPE_CHECKING:
    from .diffing import ObjectDiff
    from .reading import Source
    from .results import ObjectResult, Results


class ManifestClient(HttpClient):
    """A client that applies, compares and deletes the objects of manifests."""

    async def apply(
        self,
        source: Source,
        *,
        field_manager: str | None = None,
        force: bool = False,
        dry_run: DryRun = False,
        prune: str | None = None,
        wait: float | None = None,
        strict: bool = True,
        on_result: Callable[[ObjectResult], object] | None = None,
    ) -> Results:
        """Apply the objects of manifests by server-side apply: `kubectl apply --server-side -f ...`.

            done = await kube.apply(Path("deploy/"), field_manager="ci", prune="shop")
            print(done)

        Namespaces and custom resource definitions come first, and the kinds that they define are waited for. Then come
        settings, service accounts and roles; bindings, services and claims; workloads; custom resources; and webhooks.
        The objects of one stage are applied in parallel. A failure stops nothing: all failures are raised at the end.

        Args:
            source: What to apply; see `aiokube.manifests.load`.
            field_manager: Name of the manager that owns the applied fields. Default: that of the client.
            force: Take over fields that other managers own, instead of a conflict.
            dry_run: Store nothing: let the server say what would happen. What is in a namespace, or of a kind, that the
                source itself creates is not checked, nor the fields of a kind whose definition it changes.
            prune: Name of an ApplySet: delete the objects that were applied under this name before, and are no longer
                in the source. The set is a Secret of this name in the namespace of the client; `configmap/shop` names
                one of another kind. After a failure, nothing is deleted.
            wait: Seconds to wait until the applied objects are ready: workloads are rolled out, Jobs are complete, and
                no condition `Ready` or `Available` is false; 0 to look once. None to not wait.
            strict: True (the default) to refuse unknown fields and values of a wrong type: before anything is sent,
                for the kinds that aiokube has classes of; and by the server. A server that is newer than these classes
                has fields that they do not know.
            on_result: Called with the result of each object as soon as it is known.

        Returns:
            The result of each object, in the order of the source.

        Raises:
            ManifestError: Some objects could not be applied, or were not ready in time; all others are applied. Its
                `results` has the result of each object.
            DecodeError: A manifest cannot be read or is refused; nothing was applied. Lists every problem with its
                file, document, line and path.
            InvalidArgument: The source has no objects, is not of a type to read, or is a file that cannot be read; or
                the set belongs to another tool.
            InvalidRequest: There is no field manager.
            ApiError: Discovery, or the parent of the set, cannot be read; nothing was applied.
        """
        given = Hidden(source)
        del source
        from .applying import apply

        _check_texts(field_manager=field_manager, prune=prune)
        _check_flags(force=force, strict=strict)
        _check_wait(wait)
        types.callback(on_result, "on_result")
        return await apply(
            self,
            given,
            field_manager=field_manager,
            force=force,
            dry_run=is_dry_run(dry_run),
            prune=prune,
            wait=wait,
            strict=strict,
            on_result=on_result,
        )

    async def delete(
        self,
        source: Source,
        *,
        dry_run: DryRun = False,
        wait: float | None = None,
        propagation_policy: PropagationPolicy | None = None,
        on_result: Callable[[ObjectResult], object] | None = None,
    ) -> Results:
        """Delete the objects of manifests, in the reverse of the order in which they are applied.

        Args:
            source: What to delete; see `aiokube.manifests.load`. Only the kinds and the names count.
            dry_run: Delete nothing: let the server say what would happen.
            wait: Seconds to wait until the objects are gone, with each stage before the next; 0 to look once. None to
                not wait.
            propagation_policy: Treatment of dependents: `Background` (the default), `Foreground` or `Orphan`.
            on_result: Called with the result of each object as soon as it is known.

        Returns:
            The result of each object, in the order of the source: `deleted`, or `absent` if it did not exist. An object
            of a kind that the server does not serve is a failure, unless the source defines the kind.

        Raises:
            ManifestError: Some objects could not be deleted, or were not gone in time; all others are.
            DecodeError: A manifest cannot be read; nothing was deleted.
            InvalidArgument: The source has no objects, is not of a type to read, or is a file that cannot be read.
        """
        given = Hidden(source)
        del source
        from .deleting import delete

        _check_texts(propagation_policy=propagation_policy)
        _check_wait(wait)
        types.callback(on_result, "on_result")
        return await delete(
            self,
            given,
            dry_run=is_dry_run(dry_run),
            wait=wait,
            propagation_policy=propagation_policy,
            on_result=on_result,
        )

    async def diff(
        self,
        source: Source,
        *,
        field_manager: str | None = None,
        force: bool = False,
        prune: str | None = None,
        strict: bool = True,
    ) -> list[ObjectDiff]:
        """Show what an apply would change: `kubectl diff --server-side -f ...`.

            for change in await kube.diff(Path("deploy/"), field_manager="ci"):
                print(change)

        The server merges each object in a dry run. Managed fields are left out, and the data of Secrets is masked.

        Args:
            source: What to compare; see `aiokube.manifests.load`.
            field_manager: Name of the manager that would own the applied fields. Default: that of the client.
            force: Compare with an apply that takes over fields which other managers own.
            prune: Name of an ApplySet, as for `apply`: shows the objects that would be deleted, too.
            strict: True (the default) to refuse unknown fields and values of a wrong type; see `apply`.

        Returns:
            A difference for each object, in the order of the source, whose `text` is empty where nothing would change.

        Raises:
            ManifestError: Some objects cannot be applied; says why.
            UnknownResource: The server of a kind of the ApplySet does not respond.
            DecodeError: A manifest cannot be read or is refused.
            InvalidArgument: The source has no objects, is not of a type to read, or is a file that cannot be read; or
                the set belongs to another tool.
            InvalidRequest: There is no field manager.
        """
        given = Hidden(source)
        del source
        from .diffing import diff

        _check_texts(field_manager=field_manager, prune=prune)
        _check_flags(force=force, strict=strict)
        return await diff(self, given, field_manager=field_manager, force=force, prune=prune, strict=strict)


def _check_wait(seconds: float | None) -> None:
    types.seconds(seconds, "wait")
    if seconds is not None and seconds < 0:
        raise InvalidArgument(f"wait: must be 0 seconds or more, or None to not wait, not {seconds:g}")


def _check_texts(**texts: str | None) -> None:
    for name, value in texts.items():
        types.text(value, name)


def _check_flags(**flags: bool) -> None:
    for name, value in flags.items():
        types.flag(value, name)
