"""Every kind of the API: defaults of an object, and requests for one that is not there."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from aiokube.testing.document import shipped

from .api import JSON, MERGE, Api
from .table_objects import OBJECTS, OF_CLUSTER

METHODS = ("get", "put", "patch", "delete")
GROUP_VERSIONS = [
    path for path in shipped().parts if path.startswith(("api/", "apis/")) and path.rpartition("/")[2][0] == "v"
]

# What is refused with 501, as the checks of differences show.
REFUSED = ("componentstatuses/{name}", "certificatesigningrequests/{name}/approval")
STREAMS = ("attach", "exec", "log", "portforward", "proxy")


def requests(group_version: str) -> Iterator[tuple[str, str]]:
    """Return the requests of a group-version for one object, by method and path."""
    for path, item in shipped().parts[group_version].paths.items():
        if "/watch/" in path or "{name}" not in path or path.endswith((*STREAMS, *REFUSED, "{path}")):
            continue
        yield from ((method, path) for method in METHODS if method in item)


@pytest.mark.parametrize("group_version", GROUP_VERSIONS)
async def test_an_object_that_is_not_there(api: Api, group_version: str) -> None:
    for method, path in requests(group_version):
        # The real server reads the body of a change before it looks for the object.
        body, type = {"put": ({}, JSON), "patch": ({}, MERGE)}.get(method, (None, JSON))
        status = 400 if method == "put" else 404
        there = path.replace("{namespace}", api.namespace).replace("{name}", "absent")
        await api.send(method.upper(), there, status, body=body, content_type=type)


# A list that has to be given, and that Go leaves out where it is empty.
BINDINGS = "apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"


@pytest.mark.parametrize("path", [*OBJECTS, *OF_CLUSTER])
async def test_an_object_gets_its_defaults(api: Api, path: str) -> None:
    group_version, _, plural = path.rpartition("/")
    within = api.core(plural) if group_version == "v1" else api.group(group_version, plural)
    collection = within if path in OBJECTS else f"/{path}"
    for number, one in enumerate({**OBJECTS, **OF_CLUSTER}[path]):
        named = {**one, "metadata": {**one.get("metadata", {}), "name": f"{api.namespace}-{number}"}}
        body = json.loads(json.dumps(named).replace("<namespace>", api.namespace))
        differs = ["metadata.managedFields"] if path == BINDINGS else []
        await api.post(collection, body, query={"dryRun": "All"}, differs=differs)
