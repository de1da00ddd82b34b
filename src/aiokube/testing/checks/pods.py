"""Pods and their templates."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from ..failures import Cause
from ..store import Object
from .causes import MAX_INT32, forbidden, invalid, label_causes, one_of, required, subdomain_causes
from .containers import container_list_causes, id_causes, image_causes
from .labels import label_name_causes, labels_causes
from .scheduling import affinity_causes, spread_causes, toleration_causes, toleration_key_causes
from .volumes import volume_causes

IP_PROBLEM = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"


def pod_causes(pod: Object) -> Iterator[Cause]:
    """Return what is wrong with a pod."""
    yield from _spec_causes(pod["spec"], "spec")
    yield from image_causes(pod["spec"], "spec")
    yield from toleration_key_causes(pod["spec"].get("tolerations"), "spec.tolerations")


def pod_template_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with a PodTemplate."""
    yield from template_causes(obj.get("template") or {}, "template")


def template_causes(template: Any, path: str) -> Iterator[Cause]:
    """Return what is wrong with the template of a workload."""
    metadata, spec = template.get("metadata") or {}, template.get("spec") or {}
    yield from labels_causes(metadata.get("labels"), f"{path}.labels")
    for key in metadata.get("annotations") or ():
        yield from label_name_causes(key.lower(), f"{path}.annotations")
    yield from _spec_causes(spec, f"{path}.spec")
    if spec.get("ephemeralContainers"):
        yield forbidden(f"{path}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template")
    yield from toleration_key_causes(spec.get("tolerations"), f"{path}.spec.tolerations")


def _spec_causes(spec: Any, path: str) -> Iterator[Cause]:
    volumes, problems = volume_causes(spec.get("volumes"), f"{path}.volumes")
    yield from problems
    yield from container_list_causes(spec, path, volumes)
    yield from one_of(spec.get("restartPolicy"), f"{path}.restartPolicy", ("Always", "OnFailure", "Never"))
    policies = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
    yield from one_of(spec.get("dnsPolicy"), f"{path}.dnsPolicy", policies)
    yield from labels_causes(spec.get("nodeSelector"), f"{path}.nodeSelector")
    context = spec.get("securityContext") or {}
    yield from id_causes(context, f"{path}.securityContext", "fsGroup", "runAsUser", "runAsGroup")
    yield from affinity_causes(spec.get("affinity"), f"{path}.affinity")
    yield from _dns_causes(spec, path)
    for index, gate in enumerate(spec.get("readinessGates") or ()):
        yield from label_name_causes(gate.get("conditionType") or "", f"{path}.readinessGates[{index}].conditionType")
    yield from spread_causes(spec.get("topologySpreadConstraints"), f"{path}.topologySpreadConstraints")
    for field in ("serviceAccountName", "nodeName"):
        if value := spec.get(field):
            yield from subdomain_causes(value, f"{path}.{field}")
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= MAX_INT32:
        text = f"must be between 1 and {MAX_INT32}, inclusive"
        yield invalid(f"{path}.activeDeadlineSeconds", deadline, text)
    for field in ("hostname", "subdomain"):
        if value := spec.get(field):
            yield from label_causes(value, f"{path}.{field}")
    yield from toleration_causes(spec.get("tolerations"), f"{path}.tolerations")
    for index, alias in enumerate(spec.get("hostAliases") or ()):
        where = f"{path}.hostAliases[{index}]"
        yield from ip_causes(alias.get("ip") or "", f"{where}.ip")
        for number, name in enumerate(alias.get("hostnames") or ()):
            yield from subdomain_causes(name, f"{where}.hostnames[{number}]")
    for field in ("priorityClassName", "runtimeClassName"):
        if value := spec.get(field):
            yield from subdomain_causes(value, f"{path}.{field}")


def _dns_causes(spec: Any, path: str) -> Iterator[Cause]:
    config, is_none = spec.get("dnsConfig"), spec.get("dnsPolicy") == "None"
    servers = (config or {}).get("nameservers") or []
    if is_none and config is None:
        yield required(f"{path}.dnsConfig", "must provide `dnsConfig` when `dnsPolicy` is None")
    elif is_none and not servers:
        text = "must provide at least one DNS nameserver when `dnsPolicy` is None"
        yield required(f"{path}.dnsConfig.nameservers", text)
    for index, server in enumerate(servers):
        yield from ip_causes(server, f"{path}.dnsConfig.nameservers[{index}]")


def ip_causes(text: str, path: str) -> Iterator[Cause]:
    """Return what is wrong with an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        yield invalid(path, text, IP_PROBLEM)
