"""Tables of services and what brings traffic to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..store import Object
from .columns import (
    AGE,
    NAME,
    NONE,
    UNSET,
    Column,
    Layout,
    at,
    first_of,
    joined,
    labels,
    selector,
    text,
    value,
)

_MAX_SHOWN = 3
_DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"


def _balancers(obj: Object) -> str:
    """Return the addresses of the load balancers of an object."""
    found = {one.get("ip") or one.get("hostname") for one in at(obj, "status.loadBalancer.ingress", ())}
    return ",".join(sorted(filter(None, found)))


def _external(service: Object, now: datetime) -> str:
    own = at(service, "spec.externalIPs", [])
    match at(service, "spec.type"):
        case "ClusterIP" | "NodePort":
            return ",".join(own) or NONE
        case "LoadBalancer":
            return ",".join(filter(None, [_balancers(service), *own])) or "<pending>"
        case "ExternalName":
            return str(at(service, "spec.externalName", ""))
    return "<unknown>"


def _port(port: Object) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port['port']}{node}/{port.get('protocol', '')}"


def _ports(service: Object, now: datetime) -> str:
    return ",".join(_port(port) for port in at(service, "spec.ports", ())) or NONE


def _cluster_address(service: Object, now: datetime) -> str:
    return next(iter(at(service, "spec.clusterIPs", ())), NONE)


def _hosts(ingress: Object, now: datetime) -> str:
    rules = at(ingress, "spec.rules", [])
    # Rules without a host count, and have nothing to show.
    shown: list[str] = []
    rest = 0
    for rule in rules:
        if len(shown) == _MAX_SHOWN:
            rest = len(rules) - _MAX_SHOWN
            break
        shown += filter(None, [rule.get("host")])
    hosts = ",".join(shown) or "*"
    return f"{hosts} + {rest} more..." if rest else hosts


def _parameters(ingress_class: Object, now: datetime) -> str:
    found = at(ingress_class, "spec.parameters")
    if found is None:
        return NONE
    group = f".{found['apiGroup']}" if "apiGroup" in found else ""
    return f"{found['kind']}{group}/{found['name']}"


def _class_name(ingress_class: Object, now: datetime) -> str:
    name = at(ingress_class, "metadata.name", "")
    annotations = at(ingress_class, "metadata.annotations", {})
    return f"{name} (default)" if annotations.get(_DEFAULT_CLASS) == "true" else name


def _endpoints(endpoints: Object, now: datetime) -> str:
    found: list[str] = []
    for subset in at(endpoints, "subsets", ()):
        addresses = [one["ip"] for one in subset.get("addresses", ())]
        ports = subset.get("ports")
        found += [_joined(one, port["port"]) for port in ports for one in addresses] if ports else addresses
    return first_of(found, _MAX_SHOWN, default=NONE)


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _slice_ports(endpoint_slice: Object, now: datetime) -> str:
    shown = [_slice_port(port) for port in at(endpoint_slice, "ports", ())]
    return first_of(shown, _MAX_SHOWN, default=UNSET)


def _slice_port(port: dict[str, Any]) -> str:
    return str(port["port"] if port.get("port") is not None else port.get("name", "*"))


def _slice_endpoints(endpoint_slice: Object, now: datetime) -> str:
    found = [address for one in at(endpoint_slice, "endpoints", ()) for address in one.get("addresses") or ()]
    return first_of(found, _MAX_SHOWN, default=UNSET)


def _parent(address: Object, now: datetime) -> str:
    found = at(address, "spec.parentRef")
    if found is None:
        return NONE
    resource = ".".join(filter(None, [found.get("resource", ""), found.get("group", "")])).lower()
    return "/".join([resource, *([found["namespace"]] if found.get("namespace") else []), found["name"]])


LAYOUTS = {
    "services": Layout(
        (
            NAME,
            Column("Type", text("spec.type"), about="spec.type"),
            Column("Cluster-IP", _cluster_address, about="spec.clusterIP"),
            Column("External-IP", _external, about="spec.externalIPs"),
            Column("Port(s)", _ports, about="spec.ports"),
            AGE,
            Column("Selector", labels("spec.selector"), about="spec.selector", priority=1),
        )
    ),
    "endpoints": Layout((NAME, Column("Endpoints", _endpoints, about="subsets"), AGE)),
    "endpointslices.discovery.k8s.io": Layout(
        (
            NAME,
            Column("AddressType", text("addressType"), about="addressType"),
            Column("Ports", _slice_ports, about="ports"),
            Column("Endpoints", _slice_endpoints, about="endpoints"),
            AGE,
        )
    ),
    "ingresses.networking.k8s.io": Layout(
        (
            NAME,
            Column(
                "Class",
                value("spec.ingressClassName", NONE),
                "The name of the IngressClass resource that should be used for additional configuration",
            ),
            Column("Hosts", _hosts, "Hosts that incoming requests are matched against before the ingress rule"),
            Column(
                "Address",
                lambda ingress, now: _balancers(ingress),
                "Address is a list containing ingress points for the load-balancer",
            ),
            Column(
                "Ports",
                lambda ingress, now: "80, 443" if at(ingress, "spec.tls") else "80",
                "Ports of TLS configurations that open",
            ),
            AGE,
        )
    ),
    "ingressclasses.networking.k8s.io": Layout(
        (
            Column("Name", _class_name, about="metadata.name", format="name"),
            Column("Controller", text("spec.controller"), "Controller that is responsible for handling this class"),
            Column("Parameters", _parameters, "A reference to a resource with additional parameters"),
            AGE,
        )
    ),
    "networkpolicies.networking.k8s.io": Layout(
        (NAME, Column("Pod-Selector", selector("spec.podSelector"), about="spec.podSelector"), AGE)
    ),
    "servicecidrs.networking.k8s.io": Layout((NAME, Column("CIDRs", joined("spec.cidrs"), about="spec.cidrs"), AGE)),
    # The real one has a cell more than columns.
    "ipaddresses.networking.k8s.io": Layout((NAME, Column("ParentRef", _parent, about="spec.parentRef")), extra=(AGE,)),
}
