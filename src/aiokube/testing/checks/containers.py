"""Containers: their names, ports, environment, probes and security contexts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..failures import Cause
from .causes import (
    MAX_INT32,
    duplicate,
    forbidden,
    go_struct,
    invalid,
    label_causes,
    not_negative,
    one_of,
    port_causes,
    port_name_causes,
    required,
    subdomain_causes,
    unsupported,
)
from .data import key_problem
from .resources import resource_causes
from .volumes import mount_causes

_PROTOCOLS = ("SCTP", "TCP", "UDP")
_ENV_NAME = "a valid environment variable name must consist only of printable ASCII characters other than '='"
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_NO_SIDECAR = "may not be set for init containers without restartPolicy=Always"
_OF_ENVIRONMENT = (
    *("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName"),
    *("status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"),
)
_OTHER_FIELDS = ("metadata.annotations", "metadata.labels", "spec.restartPolicy", "spec.schedulerName", "status.phase")
_SECURITY = (
    *("capabilities", "privileged", "seLinuxOptions", "windowsOptions", "runAsUser", "runAsGroup", "runAsNonRoot"),
    *("readOnlyRootFilesystem", "allowPrivilegeEscalation", "procMount", "seccompProfile", "appArmorProfile"),
)


def container_list_causes(spec: Any, path: str, volumes: set[str]) -> Iterator[Cause]:
    """Return what is wrong with the containers and the init containers of a pod.

    Args:
        spec: The spec of the pod.
        path: Its field.
        volumes: The names of the valid volumes.
    """
    containers = spec.get("containers") or []
    if not containers:
        yield required(f"{path}.containers")
    names: set[str] = set()
    for index, container in enumerate(containers):
        where = f"{path}.containers[{index}]"
        yield from _container_causes(container, where, volumes)
        yield from _name_causes(container, where, names)
        yield from _running_causes(container, where)
    yield from _host_port_causes(containers, f"{path}.containers")
    for index, container in enumerate(spec.get("initContainers") or ()):
        where = f"{path}.initContainers[{index}]"
        yield from _container_causes(container, where, volumes)
        yield from _name_causes(container, where, names)
        if container.get("restartPolicy") == "Always":
            yield from _running_causes(container, where)
            continue
        for field in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
            if container.get(field) is not None:
                yield forbidden(f"{where}.{field}", _NO_SIDECAR)
    for index, container in enumerate(spec.get("ephemeralContainers") or ()):
        yield from _container_causes(container, f"{path}.ephemeralContainers[{index}]", volumes)


def image_causes(spec: Any, path: str) -> Iterator[Cause]:
    """Return the images of a pod, not of a template, that have spaces around them."""
    for field in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(field) or ()):
            image = container.get("image") or ""
            if image != image.strip():
                yield invalid(f"{path}.{field}[{index}].image", image, "must not have leading or trailing whitespace")


def _name_causes(container: Any, path: str, names: set[str]) -> Iterator[Cause]:
    name = container.get("name") or ""
    if name in names:
        yield duplicate(f"{path}.name", name)
    elif name:
        names.add(name)


def _container_causes(container: Any, path: str, volumes: set[str]) -> Iterator[Cause]:
    name = container.get("name") or ""
    if not name:
        yield required(f"{path}.name")
    else:
        yield from label_causes(name, f"{path}.name")
    if not container.get("image"):
        yield required(f"{path}.image")
    policies = ("File", "FallbackToLogsOnError")
    yield from one_of(container.get("terminationMessagePolicy"), f"{path}.terminationMessagePolicy", policies)
    yield from _port_list_causes(container.get("ports"), f"{path}.ports")
    for index, variable in enumerate(container.get("env") or ()):
        yield from _variable_causes(variable, f"{path}.env[{index}]")
    for index, source in enumerate(container.get("envFrom") or ()):
        yield from _source_causes(source, f"{path}.envFrom", index)
    yield from mount_causes(container.get("volumeMounts"), volumes, f"{path}.volumeMounts")
    yield from one_of(container.get("imagePullPolicy"), f"{path}.imagePullPolicy", ("Always", "IfNotPresent", "Never"))
    yield from resource_causes(container.get("resources"), f"{path}.resources")
    yield from _security_causes(container.get("securityContext") or {}, f"{path}.securityContext")


def _port_list_causes(ports: Any, path: str) -> Iterator[Cause]:
    names: set[str] = set()
    for index, port in enumerate(ports or ()):
        where = f"{path}[{index}]"
        if name := port.get("name"):
            problems = list(port_name_causes(name, f"{where}.name"))
            yield from problems
            if not problems and name in names:
                yield duplicate(f"{where}.name", name)
            names.add(name)
        if not port.get("containerPort"):
            yield required(f"{where}.containerPort")
        else:
            yield from port_causes(port["containerPort"], f"{where}.containerPort")
        if port.get("hostPort"):
            yield from port_causes(port["hostPort"], f"{where}.hostPort")
        yield from one_of(port.get("protocol"), f"{where}.protocol", _PROTOCOLS)


def _host_port_causes(containers: Sequence[Any], path: str) -> Iterator[Cause]:
    taken: set[str] = set()
    for index, container in enumerate(containers):
        for number, port in enumerate(container.get("ports") or ()):
            if host_port := port.get("hostPort"):
                key = f"{port.get('protocol', '')}/{port.get('hostIP', '')}/{host_port}"
                if key in taken:
                    yield duplicate(f"{path}[{index}].ports[{number}].hostPort", key)
                taken.add(key)


def _variable_causes(variable: Any, path: str) -> Iterator[Cause]:
    name, origin = variable.get("name") or "", variable.get("valueFrom")
    if not name:
        yield required(f"{path}.name")
    elif "=" in name or not name.isascii() or not name.isprintable():
        yield invalid(f"{path}.name", name, _ENV_NAME)
    if origin is None:
        return
    where = f"{path}.valueFrom"
    present = [field for field in _SOURCES if origin.get(field) is not None]
    for field in present:
        if field == "fieldRef":
            yield from _field_causes(origin[field], f"{where}.fieldRef")
        elif field in ("configMapKeyRef", "secretKeyRef"):
            yield from subdomain_causes(origin[field].get("name") or "", f"{where}.{field}.name")
            key = origin[field].get("key") or ""
            if not key:
                yield required(f"{where}.{field}.key")
            elif problem := key_problem(key):
                yield invalid(f"{where}.{field}.key", key, problem)
    if not present:
        *others, last = (f"`{field}`" for field in _SOURCES)
        yield invalid(where, "", f"must specify one of: {', '.join(others)} or {last}")
    elif variable.get("value"):
        yield invalid(where, "", "may not be specified when `value` is not empty")
    elif len(present) > 1:
        yield invalid(where, "", "may not have more than one field specified at a time")


def _field_causes(reference: Any, path: str) -> Iterator[Cause]:
    field = reference.get("fieldPath") or ""
    if not field:
        yield required(f"{path}.fieldPath")
    elif field in _OTHER_FIELDS:
        yield unsupported(f"{path}.fieldPath", field, _OF_ENVIRONMENT)
    elif field not in _OF_ENVIRONMENT and not field.startswith(("metadata.annotations['", "metadata.labels['")):
        yield invalid(f"{path}.fieldPath", field, f"error converting fieldPath: field label not supported: {field}")


def _source_causes(source: Any, path: str, index: int) -> Iterator[Cause]:
    present = [field for field in ("configMapRef", "secretRef") if source.get(field) is not None]
    for field in present:
        name = source[field].get("name") or ""
        if not name:
            yield required(f"{path}[{index}].{field}.name")
        else:
            yield from subdomain_causes(name, f"{path}[{index}].{field}.name")
    if not present:
        yield invalid(path, "", "must specify one of: `configMapRef` or `secretRef`")
    elif len(present) > 1:
        yield invalid(path, "", "may not have more than one field specified at a time")


def _running_causes(container: Any, path: str) -> Iterator[Cause]:
    """Fields that only a container that keeps running has."""
    lifecycle = container.get("lifecycle") or {}
    for field in ("postStart", "preStop"):
        if (handler := lifecycle.get(field)) is not None:
            yield from _handler_causes(handler, f"{path}.lifecycle.{field}")
    for field in ("livenessProbe", "readinessProbe", "startupProbe"):
        if (probe := container.get(field)) is not None:
            yield from _probe_causes(probe, f"{path}.{field}", is_readiness=field == "readinessProbe")


def _probe_causes(probe: Any, path: str, *, is_readiness: bool) -> Iterator[Cause]:
    yield from _handler_causes(probe, path)
    numbers = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
    yield from not_negative(probe, path, *numbers)
    seconds, successes = probe.get("terminationGracePeriodSeconds"), probe.get("successThreshold") or 0
    if seconds is not None and seconds <= 0:
        yield invalid(f"{path}.terminationGracePeriodSeconds", seconds, "must be greater than 0")
    if is_readiness and seconds is not None:
        yield invalid(f"{path}.terminationGracePeriodSeconds", seconds, "must not be set for readinessProbes")
    if not is_readiness and successes != 1:
        yield invalid(f"{path}.successThreshold", successes, "must be 1")


def _handler_causes(handler: Any, path: str) -> Iterator[Cause]:
    present = [field for field in _HANDLERS if handler.get(field) is not None]
    if not present:
        yield required(path, "must specify a handler type")
        return
    action, where = handler[present[0]], f"{path}.{present[0]}"
    if present[0] == "exec" and not action.get("command"):
        yield required(f"{where}.command")
    if present[0] == "httpGet":
        if not action.get("path"):
            yield required(f"{where}.path")
        yield from port_causes(action.get("port"), f"{where}.port")
        yield from one_of(action.get("scheme"), f"{where}.scheme", ("HTTP", "HTTPS"))
    if present[0] in ("tcpSocket", "grpc"):
        yield from port_causes(action.get("port"), f"{where}.port")
    for field in present[1:]:
        yield forbidden(f"{path}.{field}", "may not specify more than 1 handler type")


def _security_causes(context: Any, path: str) -> Iterator[Cause]:
    yield from id_causes(context, path, "runAsUser", "runAsGroup")
    if context.get("allowPrivilegeEscalation") is False and context.get("privileged"):
        text = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
        shown = {name.replace("SeLinux", "SELinux"): value for name, value in go_struct(context, _SECURITY).items()}
        yield invalid(path, shown, text)


def id_causes(context: Any, path: str, *names: str) -> Iterator[Cause]:
    """Return the ids of users and groups that are no ids."""
    for name in names:
        value = context.get(name)
        if value is not None and not 0 <= value <= MAX_INT32:
            yield invalid(f"{path}.{name}", value, f"must be between 0 and {MAX_INT32}, inclusive")
