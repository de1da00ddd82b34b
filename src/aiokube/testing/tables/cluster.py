"""Tables of what a cluster itself consists of: nodes, namespaces, configuration, events, and the API."""

from __future__ import annotations

from datetime import datetime

from ..store import Object
from .columns import (
    AGE,
    CREATED,
    NAME,
    NONE,
    UNKNOWN,
    Cell,
    Column,
    Layout,
    at,
    condition,
    since,
    size,
    text,
)

_ROLE_LABEL = "kubernetes.io/role"
_ROLE_PREFIX = "node-role.kubernetes.io/"


def _node_status(node: Object, now: datetime) -> str:
    ready = condition(node, "Ready").get("status")
    shown = "Unknown" if ready is None else "Ready" if ready == "True" else "NotReady"
    return f"{shown},SchedulingDisabled" if at(node, "spec.unschedulable") else shown


def _roles(node: Object, now: datetime) -> str:
    found = set()
    for label, role in at(node, "metadata.labels", {}).items():
        if label.startswith(_ROLE_PREFIX):
            found.add(label.removeprefix(_ROLE_PREFIX))
        elif label == _ROLE_LABEL:
            found.add(role)
    return ",".join(sorted(filter(None, found))) or NONE


def _address(type: str) -> Cell:
    return lambda node, now: next(
        (one["address"] for one in at(node, "status.addresses", ()) if one["type"] == type), NONE
    )


def _kernel(node: Object, now: datetime) -> str:
    version = at(node, "status.nodeInfo.kernelVersion") or UNKNOWN
    architecture = at(node, "status.nodeInfo.architecture")
    return f"{version} ({architecture})" if architecture else version


def _info(name: str, field: str, default: str = UNKNOWN, *, priority: int = 1) -> Column:
    path = f"status.nodeInfo.{field}"
    return Column(name, text(path, default), about=path, priority=priority)


def _first_seen(event: Object, now: datetime) -> str:
    return since(event.get("firstTimestamp") or event.get("eventTime"), now)


def _last_seen(event: Object, now: datetime) -> str:
    if "series" in event:
        return since(at(event, "series.lastObservedTime"), now)
    return since(event["lastTimestamp"], now) if event.get("lastTimestamp") else _first_seen(event, now)


def _count(event: Object, now: datetime) -> int:
    count: int = at(event, "series.count", 0) if "series" in event else event.get("count") or 1
    return count


def _about(event: Object, now: datetime) -> str:
    kind, name = at(event, "involvedObject.kind", "").lower(), at(event, "involvedObject.name")
    return f"{kind}/{name}" if name else kind


def _source(event: Object, now: datetime) -> str:
    component = at(event, "source.component") or event.get("reportingComponent", "")
    instance = at(event, "source.host") or event.get("reportingInstance")
    return f"{component}, {instance}" if instance else component


def _quota(*, limits: bool) -> Cell:
    def cell(quota: Object, now: datetime) -> str:
        hard, used = at(quota, "status.hard", {}), at(quota, "status.used", {})
        names = [name for name in sorted(hard) if name.startswith("limits.") == limits]
        return ", ".join(f"{name}: {used.get(name, '0')}/{hard[name]}" for name in names)

    return cell


def _versions(definition: Object, now: datetime) -> str:
    found = [
        f"{one['name']}(storage)" if one.get("storage") else one["name"]
        for one in at(definition, "spec.versions", ())
        if one.get("served")
    ]
    return ",".join(sorted(found))


def _service(api: Object, now: datetime) -> str:
    service = at(api, "spec.service")
    return "Local" if service is None else f"{service.get('namespace', '')}/{service.get('name', '')}"


def _available(api: Object, now: datetime) -> str:
    found = condition(api, "Available")
    status: str = found.get("status", "Unknown")
    return f"{status} ({found['reason']})" if found.get("reason") and status != "True" else status


_ADDRESSES = "status.addresses"

LAYOUTS = {
    "nodes": Layout(
        (
            NAME,
            Column("Status", _node_status, "The status of the node"),
            Column("Roles", _roles, "The roles of the node"),
            AGE,
            _info("Version", "kubeletVersion", "", priority=0),
            Column("Internal-IP", _address("InternalIP"), about=_ADDRESSES, priority=1),
            Column("External-IP", _address("ExternalIP"), about=_ADDRESSES, priority=1),
            _info("OS-Image", "osImage"),
            Column("Kernel-Version", _kernel, about="status.nodeInfo.kernelVersion", priority=1),
            _info("Container-Runtime", "containerRuntimeVersion"),
        )
    ),
    "namespaces": Layout((NAME, Column("Status", text("status.phase"), "The status of the namespace"), AGE)),
    "configmaps": Layout(
        (
            NAME,
            Column("Data", lambda obj, now: len(obj.get("data", ())) + len(obj.get("binaryData", ())), about="data"),
            AGE,
        )
    ),
    "secrets": Layout(
        (NAME, Column("Type", text("type"), about="type"), Column("Data", size("data"), about="data"), AGE)
    ),
    "serviceaccounts": Layout((NAME, AGE)),
    "resourcequotas": Layout(
        (
            NAME,
            Column(
                "Request",
                _quota(limits=False),
                "Request represents a minimum amount of cpu/memory that a container may consume.",
            ),
            Column(
                "Limit",
                _quota(limits=True),
                "Limits control the maximum amount of cpu/memory that a container may use independent of contention "
                "on the node.",
            ),
            AGE,
        )
    ),
    "events": Layout(
        (
            Column("Last Seen", _last_seen, about="lastTimestamp"),
            Column("Type", text("type"), about="type"),
            Column("Reason", text("reason"), about="reason"),
            Column("Object", _about, about="involvedObject"),
            Column(
                "Subobject",
                text("involvedObject.fieldPath"),
                about="involvedObject.fieldPath",
                priority=1,
            ),
            Column("Source", _source, about="source", priority=1),
            Column("Message", lambda event, now: event.get("message", "").strip(), about="message"),
            Column("First Seen", _first_seen, about="firstTimestamp", priority=1),
            Column("Count", _count, about="count", priority=1),
            Column("Name", text("metadata.name"), about="metadata.name", format="name", priority=1),
        )
    ),
    "leases.coordination.k8s.io": Layout(
        (NAME, Column("Holder", text("spec.holderIdentity"), about="spec.holderIdentity"), AGE)
    ),
    "customresourcedefinitions.apiextensions.k8s.io": Layout(
        (
            NAME,
            Column("Scope", text("spec.scope"), "Cluster/Namespaced"),
            Column("Versions", _versions, "Served versions"),
            CREATED,
            Column("Group", text("spec.group"), "API group", priority=1),
            Column("Kind", text("spec.names.kind"), "CustomResource kind", priority=1),
            Column(
                "ShortNames",
                lambda obj, now: ",".join(at(obj, "spec.names.shortNames", ())),
                "Short names",
                priority=1,
            ),
            Column(
                "Established",
                lambda obj, now: condition(obj, "Established").get("status") == "True",
                "Established status",
                type="boolean",
                priority=1,
            ),
        ),
        null=True,
    ),
    "apiservices.apiregistration.k8s.io": Layout(
        (
            NAME,
            Column("Service", _service, "The reference to the service that hosts this API endpoint."),
            Column("Available", _available, "Whether this service is available."),
            AGE,
        )
    ),
}
