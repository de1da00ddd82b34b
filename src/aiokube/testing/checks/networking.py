"""Ingresses and network policies."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from ..failures import Cause
from ..names import label_problem, path_segment_problem, subdomain_problem
from ..store import Object
from .causes import forbidden, invalid, port_causes, port_name_causes, required, subdomain_causes, unsupported
from .labels import label_selector_causes

_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_BAD_PARTS = ("//", "/./", "/../", "%2f", "%2F")
_BAD_ENDS = ("/..", "/.")
_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
_WILDCARD = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
    "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', "
    r"regex used for validation is '\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


def ingress_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with an ingress."""
    spec = obj.get("spec") or {}
    backend, rules = spec.get("defaultBackend"), spec.get("rules") or []
    if backend is None and not rules:
        yield invalid("spec", None, "either `defaultBackend` or `rules` must be specified")
    if backend is not None:
        yield from _backend_causes(backend, "spec.defaultBackend")
    for index, rule in enumerate(rules):
        yield from _rule_causes(rule, f"spec.rules[{index}]")
    for index, tls in enumerate(spec.get("tls") or ()):
        for number, host in enumerate(tls.get("hosts") or ()):
            yield from _host_causes(host, f"spec.tls[{index}].hosts[{number}]")
        if name := tls.get("secretName"):
            yield from subdomain_causes(name, f"spec.tls[{index}].secretName")
    if (name := spec.get("ingressClassName")) is not None:
        yield from subdomain_causes(name, "spec.ingressClassName")


def _rule_causes(rule: Any, path: str) -> Iterator[Cause]:
    if host := rule.get("host"):
        if _is_address(host):
            yield invalid(f"{path}.host", host, "must be a DNS name, not an IP address")
        yield from _host_causes(host, f"{path}.host")
    if (http := rule.get("http")) is None:
        return
    if not http.get("paths"):
        yield required(f"{path}.http.paths")
    for index, one in enumerate(http.get("paths") or ()):
        yield from _path_causes(one, f"{path}.http.paths[{index}]")


def _host_causes(host: str, path: str) -> Iterator[Cause]:
    if "*" not in host:
        yield from subdomain_causes(host, path)
    elif not host.startswith("*.") or subdomain_problem(host[2:]):
        yield invalid(path, host, _WILDCARD)


def _path_causes(one: Any, path: str) -> Iterator[Cause]:
    kind, text = one.get("pathType"), one.get("path") or ""
    if kind is None:
        yield required(f"{path}.pathType", "pathType must be specified")
        return
    if kind not in _PATH_TYPES:
        yield unsupported(f"{path}.pathType", kind, _PATH_TYPES)
    elif not text.startswith("/") and (text or kind != "ImplementationSpecific"):
        yield invalid(f"{path}.path", text, "must be an absolute path")
    if kind in ("Exact", "Prefix"):
        for part in _BAD_PARTS:
            if part in text:
                yield invalid(f"{path}.path", text, f"must not contain '{part}'")
        for end in _BAD_ENDS:
            if text.endswith(end):
                yield invalid(f"{path}.path", text, f"cannot end with '{end}'")
    yield from _backend_causes(one.get("backend") or {}, f"{path}.backend")


def _backend_causes(backend: Any, path: str) -> Iterator[Cause]:
    service, resource = backend.get("service"), backend.get("resource")
    if service is not None and resource is not None:
        yield invalid(path, "", "cannot set both resource and service backends")
    elif resource is not None:
        for field in ("kind", "name"):
            value = resource.get(field) or ""
            if not value:
                yield required(f"{path}.resource.{field}")
            elif problem := path_segment_problem(value):
                yield invalid(f"{path}.resource.{field}", value, problem)
    elif service is None:
        yield invalid(path, "", "resource or service backend is required")
    else:
        yield from _service_causes(service, path)


def _service_causes(service: Any, path: str) -> Iterator[Cause]:
    name, port = service.get("name") or "", service.get("port") or {}
    if not name:
        yield required(f"{path}.service.name")
    elif problem := label_problem(name):
        yield invalid(f"{path}.service.name", name, problem)
    if port.get("name") and port.get("number"):
        yield invalid(path, "", "cannot set both port name & port number")
    elif port.get("name"):
        yield from port_name_causes(port["name"], f"{path}.service.port.name")
    elif port.get("number"):
        yield from port_causes(port["number"], f"{path}.service.port.number")
    else:
        yield required(path, "port name or number is required")


def network_policy_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with a network policy."""
    spec = obj.get("spec") or {}
    last: list[Cause] = []
    yield from label_selector_causes(spec.get("podSelector"), "spec.podSelector")
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(direction) or ()):
            path = f"spec.{direction}[{index}]"
            for number, port in enumerate(rule.get("ports") or ()):
                yield from _policy_port_causes(port, f"{path}.ports[{number}]")
            for number, peer in enumerate(rule.get(peers) or ()):
                where = f"{path}.{peers}[{number}]"
                yield from _peer_causes(peer, where)
                if peer.get("ipBlock") is not None and not peer["ipBlock"].get("cidr"):
                    last.append(required(f"{where}.ipBlock.cidr"))
    types = spec.get("policyTypes") or []
    if len(types) > 2:
        yield invalid("spec.policyTypes", types, "may not specify more than two policyTypes")
    else:
        for index, type_ in enumerate(types):
            if type_ not in ("Ingress", "Egress"):
                yield unsupported(f"spec.policyTypes[{index}]", type_, ("Ingress", "Egress"))
    yield from last


def _policy_port_causes(port: Any, path: str) -> Iterator[Cause]:
    protocol, number, end = port.get("protocol"), port.get("port"), port.get("endPort")
    if protocol is not None and protocol not in ("TCP", "UDP", "SCTP"):
        yield unsupported(f"{path}.protocol", protocol, ("TCP", "UDP", "SCTP"))
    field = f"{path}.endPort"
    if number is None:
        if end is not None:
            yield invalid(field, end, "may not be specified when `port` is not specified")
        return
    if isinstance(number, str):
        if end is not None:
            yield invalid(field, end, "may not be specified when `port` is non-numeric")
        yield from port_name_causes(number, f"{path}.port")
        return
    yield from port_causes(number, f"{path}.port")
    if end is not None:
        if end < number:
            yield invalid(field, end, "must be greater than or equal to `port`")
        yield from port_causes(end, field)


def _peer_causes(peer: Any, path: str) -> Iterator[Cause]:
    present = [name for name in ("podSelector", "namespaceSelector", "ipBlock") if peer.get(name) is not None]
    for name in present:
        if name == "ipBlock":
            yield from _block_causes(peer[name], f"{path}.ipBlock")
        else:
            yield from label_selector_causes(peer[name], f"{path}.{name}")
    if not present:
        yield required(path, "must specify a peer")
    elif "ipBlock" in present and len(present) > 1:
        yield forbidden(path, "may not specify both ipBlock and another peer")


def _block_causes(block: Any, path: str) -> Iterator[Cause]:
    if not (text := block.get("cidr") or ""):
        return
    yield from cidr_causes(text, f"{path}.cidr")
    if (whole := _network(text)) is None:
        return
    for index, one in enumerate(block.get("except") or ()):
        field = f"{path}.except[{index}]"
        yield from cidr_causes(one, field)
        part = _network(one)
        if part is not None and (part.version != whole.version or not _is_within(part, whole)):
            yield invalid(field, one, "must be a strict subset of `cidr`")


def cidr_causes(text: str, path: str) -> Iterator[Cause]:
    """Return what is wrong with a network such as 10.0.0.0/8."""
    if _network(text) is None:
        yield invalid(path, text, _CIDR)


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(text: str) -> _Network | None:
    try:
        return ipaddress.ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return None


def _is_within(part: _Network, whole: _Network) -> bool:
    return part.network_address in whole and part.prefixlen > whole.prefixlen


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
