"""The verbs of `Api` on workloads: restart, set_image, undo, rollout_history, wait_rollout, rollout."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Final

from ...http.parameters import DryRun
from ...workloads.results import Revision, Rollout
from .base import ApiBase, ObjectT

_WITH_ROLLOUTS: Final = ("deployments.apps", "statefulsets.apps", "daemonsets.apps")
_WITH_IMAGES: Final = (*_WITH_ROLLOUTS, "replicasets.apps", "cronjobs.batch", "pods", "replicationcontrollers")


class RolloutVerbs(ApiBase[ObjectT]):
    """The verbs of `Api` on workloads, with the names and meanings of the methods of Deployments.

    All raise `UnknownResource` where the resource is of another kind.
    """

    async def restart(
        self,
        name: str,
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
    ) -> ObjectT:
        """Replace all pods of a workload by its update strategy, by `get` and `patch`, as `kubectl rollout restart`.

        Args:
            name: Name of the workload.
            namespace: Default: the namespace of the client.
            dry_run: True to process the request, but not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.

        Raises:
            NotFound: The workload does not exist.
            RolloutError: It is paused, or was restarted within the same second.
        """
        path = await self._whole_object("restart", _WITH_ROLLOUTS)
        query = {"dryRun": dry_run, "fieldManager": field_manager}
        return await self._restart(path, self._model, query, name=name, namespace=namespace)

    async def set_image(
        self,
        name: str,
        images: Mapping[str, str],
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
    ) -> ObjectT:
        """Set images of containers and init containers, by `get` and `patch`, as `kubectl set image`.

        Args:
            name: Name of a pod, or of an object with a pod template.
            images: Image by name of a container: `{'web': 'nginx:2'}`. `*` stands for all containers.
            namespace: Default: the namespace of the client.
            dry_run: True to process the request, but not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.

        Raises:
            NotFound: The object does not exist.
            InvalidRequest: There is no container of that name.
            Invalid: The server does not accept the value of a field.
        """
        path = await self._whole_object("set_image", _WITH_IMAGES)
        query = {"dryRun": dry_run, "fieldManager": field_manager}
        return await self._set_image(path, self._model, query, images, name=name, namespace=namespace)

    async def undo(
        self,
        name: str,
        *,
        to_revision: int | None = None,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
    ) -> ObjectT:
        """Go back to the pod template of a revision, by `get` and `patch`, as `kubectl rollout undo`.

        Args:
            name: Name of the workload.
            to_revision: Number of the revision, as of `rollout_history`. Default: the one before the latest.
            namespace: Default: the namespace of the client.
            dry_run: True to process the request, but not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.

        Raises:
            NotFound: The workload does not exist.
            RolloutError: There is no such revision, or it is paused.
        """
        path = await self._whole_object("undo", _WITH_ROLLOUTS)
        query = {"dryRun": dry_run, "fieldManager": field_manager}
        return await self._undo(path, self._model, query, name=name, to_revision=to_revision, namespace=namespace)

    async def rollout_history(self, name: str, *, namespace: str | None = None) -> Sequence[Revision]:
        """Read the revisions of a workload, the oldest first, by `get` and a list of what holds them.

        Args:
            name: Name of the workload.
            namespace: Default: the namespace of the client.

        Raises:
            NotFound: The workload does not exist.
        """
        path = await self._whole_object("rollout_history", _WITH_ROLLOUTS)
        return await self._rollout_history(path, name=name, namespace=namespace)

    async def wait_rollout(
        self,
        name: str,
        *,
        timeout: float | None = None,
        revision: int | None = None,
        namespace: str | None = None,
    ) -> ObjectT:
        """Wait until a rollout is complete, by `wait_for`, as `kubectl rollout status`.

        Args:
            name: Name of the workload.
            timeout: Time limit in seconds; 0 for a single look. Default: no limit.
            revision: Revision of a Deployment to wait for; an error if another one is running. Default: the latest.
            namespace: Default: the namespace of the client.

        Raises:
            NotFound: The workload does not exist.
            ProgressDeadlineExceeded: A Deployment made no progress for `progressDeadlineSeconds`.
            RolloutError: Another revision is running, or the update strategy is `OnDelete`, which has no rollouts.
            WaitTimeout: The rollout did not complete in time.
            ObjectDeleted: The object was deleted meanwhile.
        """
        path = await self._collection_of("wait_rollout")
        return await self._wait_rollout(
            path, self._model, self._list_type, name=name, timeout=timeout, revision=revision, namespace=namespace
        )

    async def rollout(
        self,
        name: str,
        *,
        timeout: float | None = None,
        revision: int | None = None,
        namespace: str | None = None,
    ) -> AsyncGenerator[Rollout, None]:
        """Iterate over the progress of a rollout, until it is complete; see `wait_rollout`."""
        path = await self._collection_of("rollout")
        steps = self._rollout(
            path, self._model, self._list_type, name=name, timeout=timeout, revision=revision, namespace=namespace
        )
        async with aclosing(steps):
            async for step in steps:
                yield step

    async def _collection_of(self, verb: str) -> str:
        return (await self._whole_object(verb, _WITH_ROLLOUTS)).removesuffix("/{name}")
