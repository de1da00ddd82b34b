"""The verbs of kubectl on workloads: scale, restart, set image, and rollouts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar, cast

from ..arguments import Types
from ..codec.model import Model
from ..codec.status import Status
from ..errors import Conflict, InvalidRequest, WaitTimeout
from ..http.parameters import checked_query
from ..http.retry_on_conflict import retry_past_others
from ..watching.list_watch import Query
from ..workloads.history import read_history, undo_patch
from ..workloads.results import Revision, Rollout
from ..workloads.rollout import rollout_of
from ..workloads.scaled import Scaled
from ..workloads.template import ObjectWithImages, TemplatedWorkload, image_patch, restart_patch
from .wait_verbs import WaitVerbs

T = TypeVar("T")

_types: Final = Types(InvalidRequest)


class WorkloadVerbs(WaitVerbs):
    """The verbs of `Resource` on workloads."""

    async def _scale(
        self,
        path: str,
        response_type: type[T],
        query: Query,
        replicas: int,
        *,
        name: str,
        current_replicas: int | None = None,
        namespace: str | None = None,
    ) -> T:
        """PATCH the number of replicas in a scale, as `kubectl scale`.

        Args:
            path: Path template of the scale.
            response_type: Class of the scale.
            query: `resourceVersion` that the object must have now; and query parameters of the PATCH.
            replicas: Number of replicas.
            name: Name of the object.
            current_replicas: Number of replicas that the scale must have now, by a GET. None: any.
            namespace: Namespace of the object. Default: that of the client.

        Raises:
            Conflict: The object has another number of replicas or another resource version.
            InvalidRequest: A number is negative, or no whole number, or `resource_version` is empty.
        """
        _types.whole(replicas, "replicas", 0)
        rest: dict[str, Any] = dict(checked_query(query))
        resource_version: str | None = rest.pop("resourceVersion", None)
        if resource_version == "":
            raise InvalidRequest("resource_version is empty; pass that of an object that was read")

        async def send(version: str | None) -> T:
            body = {"spec": {"replicas": replicas}, **({"metadata": {"resourceVersion": version}} if version else {})}
            return await self._send_patch(path, response_type, rest, body, "merge", name, namespace)

        if current_replicas is None:
            return await send(resource_version)
        _types.whole(current_replicas, "current_replicas", 0)

        async def attempt() -> T | int:
            _, scale = await self._read(path, response_type, Scaled, name, namespace)
            if scale.spec.replicas != current_replicas:
                return scale.spec.replicas
            return await send(resource_version or scale.metadata.resource_version)

        outcome = await (attempt() if resource_version else retry_past_others(attempt))
        if isinstance(outcome, int):
            message = f"{name} has {outcome} replicas, and current_replicas is {current_replicas}"
            raise Conflict(Status(status="Failure", reason="Conflict", message=message, code=409), method="PATCH")
        return outcome

    async def _restart(
        self, path: str, response_type: type[T], query: Query, *, name: str, namespace: str | None = None
    ) -> T:
        """PATCH the pod template of a workload with the current time, as `kubectl rollout restart`.

        Args:
            path: Path template of the workload.
            response_type: Class of the workload.
            query: Query parameters of the PATCH.
            name: Name of the workload.
            namespace: Namespace of the workload. Default: that of the client.

        Raises:
            NotFound: The workload does not exist.
            RolloutError: The Deployment is paused, or was restarted in this very second.
        """
        query = checked_query(query)
        _, workload = await self._read(path, response_type, TemplatedWorkload, name, namespace)
        patch = restart_patch(workload, datetime.now(UTC))
        return await self._send_patch(path, response_type, query, patch, "strategic", name, namespace)

    async def _set_image(
        self,
        path: str,
        response_type: type[T],
        query: Query,
        images: Mapping[str, str],
        *,
        name: str,
        namespace: str | None = None,
    ) -> T:
        """PATCH images of containers, as `kubectl set image`. Without a difference, nothing is sent.

        Args:
            path: Path template of the object.
            response_type: Class of the object.
            query: Query parameters of the PATCH.
            images: Images by container; `*` for all.
            name: Name of the object.
            namespace: Namespace of the object. Default: that of the client.

        Raises:
            NotFound: The object does not exist.
            InvalidRequest: There is no such container.
        """
        query = checked_query(query)
        obj, part = await self._read(path, response_type, ObjectWithImages, name, namespace)
        patch = image_patch(part, images)
        if patch is None:
            return obj
        return await self._send_patch(path, response_type, query, patch, "strategic", name, namespace)

    async def _rollout_history(self, path: str, *, name: str, namespace: str | None = None) -> list[Revision]:
        """GET the revisions of a workload, the oldest first, as `kubectl rollout history`.

        Args:
            path: Path template of the workload.
            name: Name of the workload.
            namespace: Namespace of the workload. Default: that of the client.

        Raises:
            NotFound: The workload does not exist.
        """
        _, workload = await self._read(path, TemplatedWorkload, TemplatedWorkload, name, namespace)
        return [held.revision for held in await read_history(self._client, workload, self._namespace(namespace))]

    async def _undo(
        self,
        path: str,
        response_type: type[T],
        query: Query,
        *,
        name: str,
        to_revision: int | None = None,
        namespace: str | None = None,
    ) -> T:
        """PATCH a workload to the pod template of a revision, as `kubectl rollout undo`.

        Without a difference, nothing is sent.

        Args:
            path: Path template of the workload.
            response_type: Class of the workload.
            query: Query parameters of the PATCH.
            name: Name of the workload.
            to_revision: Number of the revision. None: the one before the latest.
            namespace: Namespace of the workload. Default: that of the client.

        Raises:
            NotFound: The workload does not exist.
            RolloutError: There is no such revision, or the Deployment is paused.
        """
        query = checked_query(query)
        if to_revision is not None:
            _types.whole(to_revision, "to_revision", 1)
        obj, workload = await self._read(path, response_type, TemplatedWorkload, name, namespace)
        history = await read_history(self._client, workload, self._namespace(namespace))
        undo = undo_patch(workload, history, to_revision)
        if undo is None:
            return obj
        return await self._send_patch(path, response_type, query, undo.patch, undo.type, name, namespace)

    async def _rollout(
        self,
        path: str,
        item_type: type[T],
        response_type: type[Any],
        *,
        name: str,
        revision: int | None = None,
        timeout: float | None,
        namespace: str | None = None,
    ) -> AsyncGenerator[Rollout, None]:
        """Yield the progress of a rollout, whenever it changes, until the rollout is complete.

        Args:
            path: Path template of the collection.
            item_type: Class of the workload.
            response_type: Class of the list.
            name: Name of the workload.
            revision: Revision that a Deployment must have. None: any.
            timeout: Time limit in seconds; None disables it.
            namespace: Namespace of the workload. Default: that of the client.

        Raises:
            ProgressDeadlineExceeded: The Deployment made no progress in time.
            NotFound: The workload does not exist.
            RolloutError: The revision is another one, or the update strategy has no rollouts.
            WaitTimeout: The rollout did not complete in time.
            ObjectDeleted: The workload was deleted.
        """
        steps: asyncio.Queue[Rollout | None] = asyncio.Queue()
        follower = _Follower[T](name, revision, steps.put_nowait)
        completion = self._completion(
            path, item_type, response_type, follower, name=name, timeout=timeout, namespace=namespace
        )
        waiting = asyncio.create_task(completion)
        waiting.add_done_callback(lambda _: steps.put_nowait(None))
        try:
            while (step := await steps.get()) is not None:
                yield step
            await waiting
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)

    async def _wait_rollout(
        self,
        path: str,
        item_type: type[T],
        response_type: type[Any],
        *,
        name: str,
        revision: int | None = None,
        timeout: float | None,
        namespace: str | None = None,
    ) -> T:
        """Wait until a rollout is complete, as `kubectl rollout status`, and return the workload.

        Args:
            path: Path template of the collection.
            item_type: Class of the workload.
            response_type: Class of the list.
            name: Name of the workload.
            revision: Revision that a Deployment must have. None: any.
            timeout: Time limit in seconds; None disables it.
            namespace: Namespace of the workload. Default: that of the client.

        Raises:
            AiokubeError: As of `_rollout`.
        """
        return await self._completion(
            path,
            item_type,
            response_type,
            _Follower[T](name, revision),
            name=name,
            timeout=timeout,
            namespace=namespace,
        )

    async def _completion(
        self,
        path: str,
        item_type: type[T],
        response_type: type[Any],
        follower: _Follower[T],
        *,
        name: str,
        timeout: float | None,
        namespace: str | None,
    ) -> T:
        if follower.revision is not None:
            _types.whole(follower.revision, "revision", 1)
        waiting = self._wait_for(
            path,
            item_type,
            response_type,
            follower.is_complete,
            name=name,
            timeout=timeout,
            namespace=namespace,
            unmet="the rollout was not complete",
            must_exist=True,
        )
        return await follower.follow(waiting)


class _Follower(Generic[T]):
    """The condition that a rollout is complete, which keeps and reports the progress."""

    def __init__(self, name: str, revision: int | None, report: Callable[[Rollout], object] | None = None) -> None:
        self._name = name
        self.revision = revision
        self._report = report
        self._last: Rollout | None = None

    def is_complete(self, obj: T) -> bool:
        step = rollout_of(cast("Model", obj), revision=self.revision)
        if step != self._last:
            self._last = step
            if self._report is not None:
                self._report(step)
        return step.done

    async def follow(self, waiting: Awaitable[T | None]) -> T:
        try:
            # A condition is met by an object only.
            return cast("T", await waiting)
        except WaitTimeout as error:
            if self._last is None:
                raise
            message = f"the rollout of {self._name} is not complete in time: {self._last.message}"
            raise WaitTimeout(message, error.last) from error.__cause__
