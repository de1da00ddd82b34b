"""The verbs of kubectl on workloads: scale, restart, set_image, undo, rollout_history, rollout, wait_rollout."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .arguments import NAME, NAMESPACE, PARAMETERS, Argument
from .operation import Operation
from .verb import INVALID, NOT_FOUND, Raises, Verb

_WITH_ROLLOUTS: Final = frozenset({("apps", "DaemonSet"), ("apps", "Deployment"), ("apps", "StatefulSet")})
_WITH_IMAGES: Final = _WITH_ROLLOUTS | {
    ("", "Pod"),
    ("", "ReplicationController"),
    ("apps", "ReplicaSet"),
    ("batch", "CronJob"),
}


def of_write(wire_name: str) -> bool:
    """For `Verb.sends`: the query parameters that make sense for any change."""
    return wire_name in ("dryRun", "fieldManager")


def _patches(operation: Operation, *kinds: tuple[str, str]) -> bool:
    return operation.action == "patch" and not operation.subresource and operation.sent_kind in kinds


SCALE: Final = Verb(
    name="scale",
    applies=lambda operation: (
        operation.action == "patch" and operation.subresource == "scale" and "merge" in operation.patch_types
    ),
    summary="Set the number of replicas, by `patch_scale`.",
    is_composed=True,
    arguments=(
        NAME,
        Argument(name="replicas", annotation="int", text="Number of replicas, 0 or more.", positional=True),
        Argument(
            name="current_replicas",
            annotation="int | None",
            default="None",
            text="Number of replicas that it must have now, by `get_scale`. Default: any.",
        ),
        Argument(
            name="resource_version",
            annotation="str | None",
            default="None",
            text="Resource version that it must have now. Default: any.",
            wire_name="resourceVersion",
        ),
        NAMESPACE,
        PARAMETERS,
    ),
    sends=of_write,
    returns="{response}",
    calls="_scale",
    raises=(
        NOT_FOUND,
        Raises(error="Conflict", reason="It has another number of replicas or resource version than is given"),
        Raises(error="InvalidRequest", reason="`replicas` is negative"),
    ),
)

RESTART: Final = Verb(
    name="restart",
    applies=lambda operation: _patches(operation, *_WITH_ROLLOUTS),
    summary="Replace all pods of {a_kind} by its update strategy, by `get` and `patch`, as `kubectl rollout restart`.",
    is_composed=True,
    arguments=(NAME, NAMESPACE, PARAMETERS),
    sends=of_write,
    returns="{response}",
    calls="_restart",
    raises=(
        NOT_FOUND,
        Raises(error="RolloutError", reason="It is paused, or was restarted within the same second"),
    ),
)

SET_IMAGE: Final = Verb(
    name="set_image",
    applies=lambda operation: _patches(operation, *_WITH_IMAGES),
    summary="Set images of containers and init containers, by `get` and `patch`, as `kubectl set image`.",
    is_composed=True,
    arguments=(
        NAME,
        Argument(
            name="images",
            annotation="Mapping[str, str]",
            text="Image by name of a container: `{{'web': 'nginx:2'}}`. `*` stands for all containers.",
            positional=True,
        ),
        NAMESPACE,
        PARAMETERS,
    ),
    sends=of_write,
    returns="{response}",
    calls="_set_image",
    raises=(NOT_FOUND, Raises(error="InvalidRequest", reason="There is no container of that name"), INVALID),
)

UNDO: Final = replace(
    RESTART,
    name="undo",
    summary="Go back to the pod template of a revision of {a_kind}, by `get` and `patch`, as `kubectl rollout undo`.",
    arguments=(
        NAME,
        Argument(
            name="to_revision",
            annotation="int | None",
            default="None",
            text="Number of the revision, as of `rollout_history`. Default: the one before the latest.",
        ),
        NAMESPACE,
        PARAMETERS,
    ),
    calls="_undo",
    raises=(NOT_FOUND, Raises(error="RolloutError", reason="There is no such revision, or it is paused")),
)

ROLLOUT_HISTORY: Final = replace(
    RESTART,
    name="rollout_history",
    applies=lambda operation: (
        operation.action == "get" and not operation.subresource and operation.sent_kind in _WITH_ROLLOUTS
    ),
    summary="Read the revisions of {a_kind}, the oldest first, by `get` and a list of what holds them.",
    arguments=(NAME, NAMESPACE),
    returns="Sequence[Revision]",
    calls="_rollout_history",
    passes=("{path}",),
    raises=(NOT_FOUND,),
)

WAIT_ROLLOUT: Final = Verb(
    name="wait_rollout",
    applies=lambda operation: operation.action == "list" and operation.sent_kind in _WITH_ROLLOUTS,
    summary="Wait until the rollout of {a_kind} is complete, by `wait_for`, as `kubectl rollout status`.",
    is_composed=True,
    arguments=(
        replace(NAME, when=lambda operation: True),
        Argument(
            name="timeout",
            annotation="float | None",
            default="None",
            text="Time limit in seconds; 0 for a single look. Default: no limit.",
        ),
        Argument(
            name="revision",
            annotation="int | None",
            default="None",
            text="Revision to wait for; an error if another one is running. Default: the latest.",
            when=lambda operation: operation.kind == "Deployment",
        ),
        NAMESPACE,
    ),
    returns="{item}",
    calls="_wait_rollout",
    passes=("{path}", "{item}", "{response}"),
    raises=(
        NOT_FOUND,
        Raises(
            error="ProgressDeadlineExceeded",
            reason="It made no progress for `progressDeadlineSeconds`",
            when=lambda operation: operation.kind == "Deployment",
        ),
        Raises(
            error="RolloutError",
            reason="Another revision is running",
            when=lambda operation: operation.kind == "Deployment",
        ),
        Raises(
            error="RolloutError",
            reason="Its update strategy is `OnDelete`, which has no rollouts",
            when=lambda operation: operation.kind != "Deployment",
        ),
        Raises(error="WaitTimeout", reason="The rollout did not complete in time"),
        Raises(error="ObjectDeleted", reason="The object was deleted meanwhile"),
    ),
)

ROLLOUT: Final = replace(
    WAIT_ROLLOUT,
    name="rollout",
    summary="Iterate over the progress of a rollout of {a_kind}, by `wait_for`. Ends when the rollout is complete.",
    returns="AsyncGenerator[Rollout, None]",
    is_async=False,
    calls="_rollout",
)

VERBS: Final = (SCALE, RESTART, SET_IMAGE, UNDO, ROLLOUT_HISTORY, WAIT_ROLLOUT, ROLLOUT)
