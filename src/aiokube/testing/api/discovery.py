"""Discovery, as clients ask for it: aggregated (apidiscovery.k8s.io/v2), and by one path for each group-version."""

from __future__ import annotations

from typing import Any

from .catalog import Catalog
from .resources import Resource

Json = dict[str, Any]

_OF_CUSTOM = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")


def api_versions(catalog: Catalog, address: str) -> Json:
    """Return the answer of `/api`."""
    versions = [version for group, version in catalog.group_versions() if not group]
    addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
    return {"kind": "APIVersions", "versions": versions, "serverAddressByClientCIDRs": addresses}


def group_list(catalog: Catalog) -> Json:
    """Return the answer of `/apis`."""
    groups = [_group(name, versions) for name, versions in catalog.groups().items()]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group(catalog: Catalog, name: str) -> Json | None:
    """Return the answer of `/apis/apps`; None if there is no such group."""
    versions = catalog.groups().get(name)
    return None if versions is None else {"kind": "APIGroup", "apiVersion": "v1", **_group(name, versions)}


def resource_list(catalog: Catalog, group: str, version: str) -> Json:
    """Return the answer of `/apis/apps/v1`."""
    place = f"{group}/{version}" if group else version
    found: list[Json] = []
    for resource in catalog.resources(group, version).values():
        found.append(_resource(resource))
        found += [_subresource(resource, name) for name in resource.subresources]
    api_version = {"apiVersion": "v1"} if group else {}
    return {"kind": "APIResourceList", **api_version, "groupVersion": place, "resources": found}


def aggregated(catalog: Catalog, *, core: bool) -> Json:
    """Return the aggregated answer of `/api` or `/apis`."""
    core_versions = [version for group, version in catalog.group_versions() if not group]
    groups = {"": core_versions} if core else catalog.groups()
    items = [
        {
            "metadata": {"name": name} if name else {},
            "versions": [
                {
                    "version": version,
                    "resources": [_aggregated(one) for one in catalog.resources(name, version).values()],
                    "freshness": "Current",
                }
                for version in versions
            ],
        }
        for name, versions in groups.items()
    ]
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def _group(name: str, versions: list[str]) -> Json:
    found = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": found, "preferredVersion": found[0]}


def _resource(resource: Resource) -> Json:
    found: Json = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": _verbs(resource),
    }
    if resource.short_names:
        found["shortNames"] = list(resource.short_names)
    if resource.categories:
        found["categories"] = list(resource.categories)
    return found


def _verbs(resource: Resource) -> list[str]:
    """Return the verbs of a resource, in the order in which a real server names them."""
    return list(_OF_CUSTOM) if resource.custom else sorted(resource.verbs)


def _subresource(resource: Resource, name: str) -> Json:
    sub = resource.subresources[name]
    found: Json = {
        "name": f"{resource.plural}/{name}",
        "singularName": "",
        "namespaced": resource.namespaced,
        "kind": sub.kind,
        "verbs": sorted(sub.verbs),
    }
    if (sub.group, sub.version) != (resource.group, resource.version):
        found = {**found, "group": sub.group, "version": sub.version}
    return found


def _aggregated(resource: Resource) -> Json:
    found: Json = {
        "resource": resource.plural,
        "responseKind": _kind(resource, resource.group, resource.version, resource.kind),
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": _verbs(resource),
    }
    if resource.short_names:
        found["shortNames"] = list(resource.short_names)
    if resource.categories:
        found["categories"] = list(resource.categories)
    if resource.subresources:
        found["subresources"] = [
            {
                "subresource": name,
                "responseKind": _kind(resource, sub.group, sub.version, sub.kind),
                "verbs": sorted(sub.verbs),
            }
            for name, sub in resource.subresources.items()
        ]
    return found


def _kind(resource: Resource, group: str, version: str, kind: str) -> Json:
    """Return a kind; its group-version is empty where it is that of the resource, unless that is a custom one."""
    is_own = (group, version) == (resource.group, resource.version) and not resource.custom
    return {"group": "" if is_own else group, "version": "" if is_own else version, "kind": kind}
