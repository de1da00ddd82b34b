"""Every top-level kind of the cluster can be listed by its generated method, and survives a round trip."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from inspect import getmembers_static
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from aiokube import Client, schema
from aiokube.models import meta_v1
from aiokube.runtime.verbs import GroupVersion, Resource
from tests.cluster.cluster import Cluster
from tests.e2e.objects import OBJECTS

pytestmark = pytest.mark.cluster


def _resources(client: Client) -> Iterator[tuple[str, str, Any]]:
    for name, value in getmembers_static(type(client)):
        if isinstance(value, cached_property):
            group: GroupVersion = getattr(client, name)
            for attribute, resource in vars(group).items():
                if isinstance(resource, Resource) and hasattr(resource, "list"):
                    yield name, attribute, resource


# The server sends warnings that Endpoints and ComponentStatus are deprecated.
@pytest.mark.filterwarnings("ignore::aiokube.ApiWarning")
async def test_every_kind_can_be_listed(admin: Client, cluster: Cluster) -> None:
    served = await _served(admin)
    listed = set()
    for group, attribute, resource in _resources(admin):
        namespaced = "all_namespaces" in resource.list.__annotations__
        objects = await resource.list(all_namespaces=True) if namespaced else await resource.list()
        assert objects.kind.endswith("List"), (group, attribute)
        listed.add((objects.api_version, objects.kind.removesuffix("List")))

    assert len(served) > 50
    assert listed == served


async def _served(admin: Client) -> set[tuple[str, str]]:
    """Return the versions and kinds that can be listed, by the discovery API."""
    versions = ["v1"]
    for group in (await admin.discovery.get_api_versions()).groups:
        versions += [version.group_version for version in group.versions]
    served = set()
    for version in versions:
        path = f"/api/{version}" if version == "v1" else f"/apis/{version}"
        resources = meta_v1.APIResourceList.from_json((await admin.request("GET", path)).body)
        for resource in resources.resources:
            if "list" in resource.verbs and "/" not in resource.name:
                served.add((version, resource.kind))
    return served


@pytest.mark.parametrize("name", sorted(OBJECTS))
async def test_realistic_objects_survive_a_round_trip(kube: Client, namespace: str, name: str) -> None:
    manifest = json.loads(json.dumps(OBJECTS[name]).replace("THIS-NAMESPACE", namespace))
    group, attribute = name.split(".")
    resource = getattr(getattr(kube, group), attribute)
    object_name = manifest["metadata"]["name"]
    await resource.create(manifest)
    request = resource._build("GET", _path(resource), {}, name=object_name)

    served = (await kube.send(request)).body

    typed = await resource.get(object_name)
    try:
        assert _normal(json.loads(type(typed).from_json(served).to_json())) == _normal(json.loads(served))
        assert type(typed).from_yaml(typed.to_yaml()) == typed
        Draft202012Validator(schema(type(typed))).validate(json.loads(served))
        # What the server takes and what it serves has no problem for a strict reader.
        type(typed).from_dict(manifest)
        type(typed).from_dict(json.loads(served))
    finally:
        await resource.delete(object_name)


def _path(resource: Any) -> str:
    doc: str = resource.get.__doc__
    return next(line.split()[1] for line in doc.splitlines() if line.strip().startswith("GET /"))


def _normal(value: Any) -> Any:
    """Remove nulls and empty lists, maps and objects, which mean nothing."""
    if isinstance(value, dict):
        cleaned = {key: _normal(item) for key, item in value.items()}
        return {key: item for key, item in cleaned.items() if item not in (None, [], {})}
    if isinstance(value, list):
        return [_normal(item) for item in value]
    return value
