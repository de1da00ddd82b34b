"""Tables of workloads: what makes pods, scales them and protects them."""

from __future__ import annotations

from datetime import datetime

from ..store import Object
from .columns import (
    AGE,
    NAME,
    NONE,
    UNKNOWN,
    UNSET,
    Cell,
    Column,
    Layout,
    at,
    condition,
    containers,
    duration,
    first_of,
    labels,
    moment,
    selector,
    shown_selector,
    since,
    size,
    text,
    value,
)

_TEMPLATE = containers("spec.template")
_SELECTOR = Column("Selector", selector("spec.selector"), about="spec.selector", priority=1)


def _of_desired(obj: Object, now: datetime) -> str:
    return f"{at(obj, 'status.readyReplicas', 0)}/{at(obj, 'spec.replicas', 0)}"


_READY = Column("Ready", _of_desired, "Number of the pod with ready state")


def _replicas(selector_column: Column) -> Layout:
    return Layout(
        (
            NAME,
            Column("Desired", value("spec.replicas", 0), about="spec.replicas", type="integer"),
            Column("Current", value("status.replicas", 0), about="status.replicas", type="integer"),
            Column("Ready", value("status.readyReplicas", 0), about="status.readyReplicas", type="integer"),
            AGE,
            *_TEMPLATE,
            selector_column,
        )
    )


def _pods_on_nodes(name: str, field: str) -> Column:
    return Column(name, value(f"status.{field}", 0), about=f"status.{field}", type="integer")


# Conditions of a job, the most important one first; a deletion hides those that are not its end.
_ENDS = ("Complete", "Failed")
_ON_THE_WAY = ("Suspended", "FailureTarget", "SuccessCriteriaMet")


def _job_status(job: Object, now: datetime) -> str:
    held = [type for type in (*_ENDS, *_ON_THE_WAY) if condition(job, type).get("status") == "True"]
    if at(job, "metadata.deletionTimestamp") and not {*held} & {*_ENDS}:
        return "Terminating"
    return held[0] if held else "Running"


def _completions(job: Object, now: datetime) -> str:
    done, wanted, parallel = (
        at(job, path, default)
        for path, default in (("status.succeeded", 0), ("spec.completions", None), ("spec.parallelism", 0))
    )
    if wanted is not None:
        return f"{done}/{wanted}"
    return f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"


def _job_duration(job: Object, now: datetime) -> str:
    started, completed = at(job, "status.startTime"), at(job, "status.completionTime")
    if not started:
        return ""
    end = moment(completed) if completed else now
    return duration((end - moment(started)).total_seconds())


def _suspended(job: Object, now: datetime) -> str:
    return {True: "True", False: "False"}.get(at(job, "spec.suspend"), UNSET)


def _limit(path: str) -> Cell:
    return lambda budget, now: str(at(budget, path, "N/A"))


# Where the spec and the status of a metric are, by its type; those of resources are shown by name.
_METRICS = {
    "External": "external",
    "Pods": "pods",
    "Object": "object",
    "Resource": "resource",
    "ContainerResource": "containerResource",
}
_MAX_METRICS = 2


def _metric(spec: Object, status: Object) -> str:
    place = _METRICS.get(spec.get("type", ""))
    if place is None:
        return "<unknown type>"
    target, current = at(spec, f"{place}.target", {}), at(status, f"{place}.current", {})
    if place in ("resource", "containerResource"):
        shown = _of_resource(target, current)
        return f"{at(spec, f'{place}.name', '')}: {shown}"
    if place == "pods":
        return f"{current.get('averageValue', UNKNOWN)}/{target.get('averageValue', '0')}"
    if "averageValue" in target:
        return f"{current.get('averageValue', UNKNOWN)}/{target['averageValue']} (avg)"
    return f"{current.get('value', UNKNOWN)}/{target.get('value', '<nil>')}"


def _of_resource(target: Object, current: Object) -> str:
    if "averageValue" in target:
        return f"{current.get('averageValue', UNKNOWN)}/{target['averageValue']}"
    utilization, wanted = current.get("averageUtilization"), target.get("averageUtilization")
    shown = UNKNOWN if utilization is None else f"{utilization}%"
    return f"{shown}/{'<auto>' if wanted is None else f'{wanted}%'}"


def _targets(scaler: Object, now: datetime) -> str:
    specs, statuses = at(scaler, "spec.metrics", []), at(scaler, "status.currentMetrics", [])
    known = [*statuses, *({} for _ in specs)]
    shown = [_metric(spec, status) for spec, status in zip(specs, known, strict=False)]
    return first_of(shown, _MAX_METRICS, default=NONE, separator=", ")


def _minimum(scaler: Object, now: datetime) -> str:
    return str(at(scaler, "spec.minReplicas", UNSET))


def _controller(revision: Object, now: datetime) -> str:
    owner = next((one for one in at(revision, "metadata.ownerReferences", ()) if one.get("controller")), None)
    if owner is None:
        return NONE
    group = owner["apiVersion"].rpartition("/")[0]
    return f"{owner['kind']}.{group}".rstrip(".").lower() + f"/{owner['name']}"


def _last_schedule(job: Object, now: datetime) -> str:
    last = at(job, "status.lastScheduleTime")
    return since(last, now) if last else NONE


LAYOUTS = {
    "replicationcontrollers": _replicas(
        Column("Selector", labels("spec.selector"), about="spec.selector", priority=1),
    ),
    "replicasets.apps": _replicas(_SELECTOR),
    "deployments.apps": Layout(
        (
            NAME,
            _READY,
            Column("Up-to-date", value("status.updatedReplicas", 0), about="status.updatedReplicas"),
            Column("Available", value("status.availableReplicas", 0), about="status.availableReplicas"),
            AGE,
            *_TEMPLATE,
            Column(
                "Selector",
                lambda obj, now: shown_selector(at(obj, "spec.selector")),
                about="spec.selector",
                priority=1,
            ),
        )
    ),
    "statefulsets.apps": Layout((NAME, _READY, AGE, *_TEMPLATE)),
    "daemonsets.apps": Layout(
        (
            NAME,
            _pods_on_nodes("Desired", "desiredNumberScheduled"),
            _pods_on_nodes("Current", "currentNumberScheduled"),
            _pods_on_nodes("Ready", "numberReady"),
            _pods_on_nodes("Up-to-date", "updatedNumberScheduled"),
            _pods_on_nodes("Available", "numberAvailable"),
            Column(
                "Node Selector",
                labels("spec.template.spec.nodeSelector"),
                about="spec.template.spec.nodeSelector",
            ),
            AGE,
            *_TEMPLATE,
            _SELECTOR,
        )
    ),
    "controllerrevisions.apps": Layout(
        (
            NAME,
            Column("Controller", _controller, "Controller of the object"),
            Column("Revision", value("revision", 0), about="revision"),
            AGE,
        )
    ),
    "jobs.batch": Layout(
        (
            NAME,
            Column("Status", _job_status, "Status of the job."),
            Column("Completions", _completions, about="status.succeeded"),
            Column("Duration", _job_duration, "Time required to complete the job."),
            AGE,
            *_TEMPLATE,
            _SELECTOR,
        )
    ),
    "cronjobs.batch": Layout(
        (
            NAME,
            Column("Schedule", text("spec.schedule"), about="spec.schedule"),
            Column("Timezone", value("spec.timeZone", NONE), about="spec.timeZone"),
            Column("Suspend", _suspended, about="spec.suspend", type="boolean"),
            Column("Active", size("status.active"), about="status.active", type="integer"),
            Column("Last Schedule", _last_schedule, about="status.lastScheduleTime"),
            AGE,
            *containers("spec.jobTemplate.spec.template"),
            Column(
                "Selector",
                selector("spec.jobTemplate.spec.selector"),
                about="spec.jobTemplate.spec.selector",
                priority=1,
            ),
        )
    ),
    "horizontalpodautoscalers.autoscaling": Layout(
        (
            NAME,
            Column(
                "Reference",
                lambda obj, now: f"{at(obj, 'spec.scaleTargetRef.kind', '')}/{at(obj, 'spec.scaleTargetRef.name', '')}",
                about="spec.scaleTargetRef",
            ),
            Column("Targets", _targets, about="spec.metrics"),
            Column("MinPods", _minimum, about="spec.minReplicas"),
            Column("MaxPods", value("spec.maxReplicas", 0), about="spec.maxReplicas"),
            Column("Replicas", value("status.currentReplicas", 0), about="status.currentReplicas"),
            AGE,
        )
    ),
    "poddisruptionbudgets.policy": Layout(
        (
            NAME,
            Column(
                "Min Available",
                _limit("spec.minAvailable"),
                "The minimum number of pods that must be available.",
            ),
            Column(
                "Max Unavailable",
                _limit("spec.maxUnavailable"),
                "The maximum number of pods that may be unavailable.",
            ),
            Column(
                "Allowed Disruptions",
                value("status.disruptionsAllowed", 0),
                "Calculated number of pods that may be disrupted at this time.",
                type="integer",
            ),
            AGE,
        )
    ),
    "priorityclasses.scheduling.k8s.io": Layout(
        (
            NAME,
            Column("Value", value("value", 0), about="value", type="integer"),
            Column("Global-Default", value("globalDefault", False), about="globalDefault", type="boolean"),
            AGE,
            Column("PreemptionPolicy", text("preemptionPolicy"), about="preemptionPolicy"),
        )
    ),
    "runtimeclasses.node.k8s.io": Layout((NAME, Column("Handler", text("handler")), AGE)),
}
