"""Services."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from ..failures import Cause
from ..store import Object
from .causes import (
    duplicate,
    forbidden,
    invalid,
    label_causes,
    one_of,
    port_causes,
    required,
    subdomain_causes,
    unsupported,
)
from .labels import label_name_causes, labels_causes
from .networking import cidr_causes
from .pods import ip_causes

_RANGE = ipaddress.ip_network("10.96.0.0/16")
_FAMILIES = ("IPv4", "IPv6")
_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_MAX_TIMEOUT = 86400
_ONLY_BALANCERS = "may only be used when `type` is 'LoadBalancer'"


def service_causes(obj: Object) -> list[Cause]:
    """Return what is wrong with a service; if nothing else is, the address that it cannot have."""
    return list(_service_causes(obj)) or list(_allocation_causes(obj))


def _service_causes(obj: Object) -> Iterator[Cause]:
    spec = obj["spec"]
    kind, ports = spec.get("type") or "", spec.get("ports") or []
    is_headless = spec.get("clusterIP") == "None"
    if not ports and not is_headless and kind != "ExternalName":
        yield required("spec.ports")
    if kind in ("LoadBalancer", "NodePort") and is_headless:
        yield invalid("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {kind} services")
    if kind == "ExternalName":
        yield from _external_name_causes(spec)
    names: set[str] = set()
    for index, port in enumerate(ports):
        yield from _port_causes(port, f"spec.ports[{index}]", names, needs_name=len(ports) > 1)
    yield from labels_causes(spec.get("selector"), "spec.selector")
    yield from _affinity_causes(spec)
    if kind != "ExternalName":
        yield from _address_causes(spec)
    for index, address in enumerate(spec.get("externalIPs") or ()):
        yield from ip_causes(address, f"spec.externalIPs[{index}]")
    yield from one_of(kind, "spec.type", _TYPES)
    yield from _repeated_port_causes(ports, kind)
    yield from _balancer_causes(spec, kind)
    yield from _traffic_causes(spec, kind)


def _external_name_causes(spec: Any) -> Iterator[Cause]:
    for field in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if spec.get(field):
            yield forbidden(f"spec.{field}", "may not be set for ExternalName services")
    name = (spec.get("externalName") or "").removesuffix(".")
    if name:
        yield from subdomain_causes(name, "spec.externalName")
    else:
        yield required("spec.externalName")


def _port_causes(port: Any, path: str, names: set[str], *, needs_name: bool) -> Iterator[Cause]:
    name = port.get("name") or ""
    if name:
        yield from label_causes(name, f"{path}.name")
        if name in names:
            yield duplicate(f"{path}.name", name)
        names.add(name)
    elif needs_name:
        yield required(f"{path}.name")
    yield from port_causes(port.get("port"), f"{path}.port")
    yield from one_of(port.get("protocol"), f"{path}.protocol", ("SCTP", "TCP", "UDP"))
    yield from port_causes(port.get("targetPort"), f"{path}.targetPort")
    if protocol := port.get("appProtocol"):
        yield from label_name_causes(protocol, f"{path}.appProtocol")


def _affinity_causes(spec: Any) -> Iterator[Cause]:
    affinity, path = spec.get("sessionAffinity") or "", "spec.sessionAffinityConfig"
    yield from one_of(affinity, "spec.sessionAffinity", ("ClientIP", "None"))
    if affinity == "ClientIP":
        seconds = ((spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}).get("timeoutSeconds")
        if seconds is not None and not 0 < seconds <= _MAX_TIMEOUT:
            text = f"must be greater than 0 and less than {_MAX_TIMEOUT}"
            yield invalid(f"{path}.clientIP.timeoutSeconds", seconds, text)


def _address_causes(spec: Any) -> Iterator[Cause]:
    families = spec.get("ipFamilies") or []
    for index, family in enumerate(families):
        if family not in _FAMILIES:
            yield unsupported(f"spec.ipFamilies[{index}]", family, _FAMILIES)
        if family in families[:index]:
            yield duplicate(f"spec.ipFamilies[{index}]", family)
    policies = ("PreferDualStack", "RequireDualStack", "SingleStack")
    yield from one_of(spec.get("ipFamilyPolicy"), "spec.ipFamilyPolicy", policies)
    for index, address in enumerate(spec.get("clusterIPs") or ()):
        if index or address != "None":
            yield from ip_causes(address, f"spec.clusterIPs[{index}]")


def _repeated_port_causes(ports: Any, kind: str) -> Iterator[Cause]:
    for index, port in enumerate(ports):
        if kind == "ClusterIP" and port.get("nodePort"):
            yield forbidden(f"spec.ports[{index}].nodePort", "may not be used when `type` is 'ClusterIP'")
    seen: set[tuple[str, Any, Any]] = set()
    for index, port in enumerate(ports):
        key = (port.get("protocol") or "", "nodePort", port.get("nodePort"))
        if key[-1] and key in seen:
            yield duplicate(f"spec.ports[{index}].nodePort", key[-1])
        seen.add(key)
    for index, port in enumerate(ports):
        protocol, number = port.get("protocol") or "", port.get("port") or 0
        if (protocol, "port", number) in seen:
            shown = {"Name": "", "Protocol": protocol, "AppProtocol": None, "Port": number}
            yield duplicate(f"spec.ports[{index}]", {**shown, "TargetPort": 0, "NodePort": 0})
        seen.add((protocol, "port", number))


def _balancer_causes(spec: Any, kind: str) -> Iterator[Cause]:
    is_balancer = kind == "LoadBalancer"
    ranges = spec.get("loadBalancerSourceRanges") or []
    if ranges and not is_balancer:
        yield forbidden("spec.LoadBalancerSourceRanges", _ONLY_BALANCERS)
    for index, one in enumerate(ranges):
        yield from cidr_causes(one.strip(), f"spec.LoadBalancerSourceRanges[{index}]")
    for field in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
        if spec.get(field) is not None and not is_balancer:
            yield forbidden(f"spec.{field}", _ONLY_BALANCERS)
    if is_balancer and (name := spec.get("loadBalancerClass")) is not None:
        yield from label_name_causes(name, "spec.loadBalancerClass")


def _traffic_causes(spec: Any, kind: str) -> Iterator[Cause]:
    policy = spec.get("externalTrafficPolicy") or ""
    is_reached = kind in ("LoadBalancer", "NodePort") or (kind == "ClusterIP" and spec.get("externalIPs"))
    if policy and not is_reached:
        text = "may only be set for externally-accessible services"
        yield invalid("spec.externalTrafficPolicy", policy, text)
    elif policy:
        yield from one_of(policy, "spec.externalTrafficPolicy", ("Cluster", "Local"))
    yield from one_of(spec.get("internalTrafficPolicy"), "spec.internalTrafficPolicy", ("Cluster", "Local"))


def _allocation_causes(obj: Object) -> Iterator[Cause]:
    """Return the address that no service of the cluster can get; asked of a valid service."""
    address = obj["spec"].get("clusterIP") or "None"
    if address != "None" and ipaddress.ip_address(address) not in _RANGE:
        text = f"failed to allocate IP {address}: the provided IP ({address}) is not in the valid range."
        yield invalid("spec.clusterIPs", [address], f"{text} The range of valid IPs is {_RANGE}")
