"""The progress of rollouts, by the rules of `kubectl rollout status`."""

from __future__ import annotations

from ..codec.model import Model, encode
from ..errors import ProgressDeadlineExceeded, RolloutError
from .results import Rollout
from .workload import Condition, Workload

_REVISION = "deployment.kubernetes.io/revision"


def rollout_of(obj: Model, *, revision: int | None = None) -> Rollout:
    """Return the progress of the rollout of a Deployment, DaemonSet or StatefulSet.

    Args:
        obj: The object.
        revision: The revision that a Deployment must have, if not the latest.

    Raises:
        ProgressDeadlineExceeded: The Deployment made no progress in time.
        RolloutError: The Deployment has another revision, or the update strategy has no rollouts.
        DecodeError: The object is no such workload.
    """
    workload = Workload.from_json(encode(obj))
    kind, name = workload.kind, workload.metadata.name
    if kind == "Deployment":
        return _of_deployment(workload, name, revision)
    if revision is not None:
        raise RolloutError(f"{kind} {name}: revision {revision} cannot be waited for, only that of a Deployment")
    strategy = workload.spec.update_strategy.type or "RollingUpdate"
    if strategy != "RollingUpdate":
        raise RolloutError(f"{kind} {name} has the update strategy {strategy}; only RollingUpdate has a rollout status")
    return _of_daemon_set(workload, name) if kind == "DaemonSet" else _of_stateful_set(workload, name)


def _of_deployment(workload: Workload, name: str, revision: int | None) -> Rollout:
    if revision is not None:
        running = workload.metadata.annotations.get(_REVISION, "")
        if running != str(revision):
            raise RolloutError(f"Deployment {name} runs revision {running or 'none'}, not {revision}")
    status = workload.status
    desired = workload.spec.replicas
    updated, available = status.updated_replicas, status.available_replicas
    old = status.replicas - updated
    if not _is_observed(workload):
        message = "Waiting for deployment spec update to be observed..."
    elif stuck := next((one for one in status.conditions if _exceeded(one)), None):
        raise ProgressDeadlineExceeded(f"Deployment {name} exceeded its progress deadline: {stuck.message}")
    elif updated < desired:
        message = _waiting("deployment", name, f"{updated} out of {desired} new replicas have been updated")
    elif old > 0:
        message = _waiting("deployment", name, f"{old} old replicas are pending termination")
    elif available < updated:
        message = _waiting("deployment", name, f"{available} of {updated} updated replicas are available")
    else:
        return _done(f'deployment "{name}" successfully rolled out', desired, updated, available)
    return Rollout(message=message, done=False, desired=desired, updated=updated, available=available)


def _of_daemon_set(workload: Workload, name: str) -> Rollout:
    status = workload.status
    desired = status.desired_number_scheduled
    updated, available = status.updated_number_scheduled, status.number_available
    if not _is_observed(workload):
        message = "Waiting for daemon set spec update to be observed..."
    elif updated < desired:
        message = _waiting("daemon set", name, f"{updated} out of {desired} new pods have been updated")
    elif available < desired:
        message = _waiting("daemon set", name, f"{available} of {desired} updated pods are available")
    else:
        return _done(f'daemon set "{name}" successfully rolled out', desired, updated, available)
    return Rollout(message=message, done=False, desired=desired, updated=updated, available=available)


def _of_stateful_set(workload: Workload, name: str) -> Rollout:
    status = workload.status
    desired = workload.spec.replicas
    updated, ready = status.updated_replicas, status.ready_replicas
    partition = workload.spec.update_strategy.rolling_update.partition
    if not (status.observed_generation and _is_observed(workload)):
        message = "Waiting for statefulset spec update to be observed..."
    elif ready < desired:
        message = f"Waiting for {desired - ready} pods to be ready..."
    elif partition is not None:
        # The API server sets a partition in each rolling update; 0 covers all pods.
        if updated >= desired - partition:
            return _done(
                f"partitioned roll out complete: {updated} new pods have been updated...", desired, updated, ready
            )
        message = (
            f"Waiting for partitioned roll out to finish: {updated} out of {desired - partition} new pods have been "
            "updated..."
        )
    elif status.update_revision != status.current_revision:
        message = (
            f"waiting for statefulset rolling update to complete {updated} pods at revision {status.update_revision}..."
        )
    else:
        return _done(
            f"statefulset rolling update complete {status.current_replicas} pods at revision "
            f"{status.current_revision}...",
            desired,
            updated,
            ready,
        )
    return Rollout(message=message, done=False, desired=desired, updated=updated, available=ready)


def _is_observed(workload: Workload) -> bool:
    return (workload.metadata.generation or 0) <= workload.status.observed_generation


def _exceeded(condition: Condition) -> bool:
    return condition.type == "Progressing" and condition.reason == "ProgressDeadlineExceeded"


def _waiting(kind: str, name: str, what: str) -> str:
    return f'Waiting for {kind} "{name}" rollout to finish: {what}...'


def _done(message: str, desired: int, updated: int, available: int) -> Rollout:
    return Rollout(message=message, done=True, desired=desired, updated=updated, available=available)
