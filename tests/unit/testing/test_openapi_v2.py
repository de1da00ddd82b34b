"""The OpenAPI v2 document of FakeCluster is that which kube-apiserver has served, made of the parts of version 3."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aiokube.errors import ConfigError
from aiokube.testing import FakeCluster
from aiokube.testing.api.version2 import version2
from aiokube.testing.document import shipped
from aiokube.testing.protobuf import openapi
from aiokube.testing.protobuf.wire import read_fields

SPEC = Path(__file__).parents[3] / "spec"
KINDS = "x-kubernetes-group-version-kind"
OF_EVERY_GROUP = [f"io.k8s.apimachinery.pkg.apis.meta.v1.{kind}" for kind in ("DeleteOptions", "WatchEvent")]


@pytest.mark.slow
def test_it_is_that_of_the_server_but_for_kinds_that_no_group_has() -> None:
    parts = shipped().parts.values()
    made: dict[str, Any] = json.loads(version2(parts))
    served: dict[str, Any] = json.loads((SPEC / "openapi.json").read_text())
    for name in OF_EVERY_GROUP:
        # The server names the groups of its code, whether they are served or not.
        described = [kind for part in parts for kind in part.schemas.get(name, {}).get(KINDS, ())]
        known = served["definitions"][name][KINDS]
        served["definitions"][name][KINDS] = [kind for kind in known if kind in described]
    assert made == served
    # Clients read it in this order, too.
    assert [*map(list, made.values())] == [*map(list, served.values())]


def test_a_document_of_version_2_is_refused_with_the_way_to_one_of_version_3() -> None:
    with pytest.raises(
        ConfigError, match=r"openapi\.json: a file; a folder of OpenAPI v3 documents is needed.*fetch FOLDER"
    ):
        FakeCluster(spec=SPEC / "openapi.json")


def fields(data: bytes) -> dict[int, list[Any]]:
    """The values of a message by number."""
    found: dict[int, list[Any]] = {}
    for number, value in read_fields(data):
        found.setdefault(number, []).append(value)
    return found


def named(data: bytes) -> dict[str, bytes]:
    """The values of a map, which are messages."""
    entries = [fields(entry) for entry in fields(data)[1]]
    return {entry[1][0].decode(): entry[2][0] for entry in entries}


def test_as_protobuf_it_has_the_fields_of_its_messages() -> None:
    part = shipped().parts["apis/coordination.k8s.io/v1"]
    made: dict[str, Any] = json.loads(version2([part]))
    read = fields(openapi.document(version2([part])))
    definitions = named(read[9][0])
    assert list(definitions) == list(made["definitions"])
    name = "io.k8s.api.coordination.v1.LeaseSpec"
    (properties,) = fields(definitions[name])[25]
    seconds = fields(named(properties)["leaseDurationSeconds"])
    expected = made["definitions"][name]["properties"]["leaseDurationSeconds"]
    assert seconds[2] == [expected["format"].encode()] and seconds[4] == [expected["description"].encode()]
    assert fields(seconds[22][0])[1] == [expected["type"].encode()]
    (kind,) = [fields(one) for one in fields(definitions["io.k8s.api.coordination.v1.Lease"])[31]]
    assert kind[1] == [KINDS.encode()]
    assert json.loads(fields(kind[2][0])[2][0]) == made["definitions"]["io.k8s.api.coordination.v1.Lease"][KINDS]
    paths = {fields(entry)[1][0].decode(): fields(entry)[2][0] for entry in fields(read[8][0])[2]}
    assert list(paths) == list(made["paths"])
    path = "/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
    posted = fields(fields(paths[path])[4][0])
    body, *others = [fields(one) for one in posted[8]]
    assert fields(fields(fields(body[1][0])[1][0])[5][0])[1] == [b"#/definitions/io.k8s.api.coordination.v1.Lease"]
    references = [fields(one[2][0])[1][0].decode() for one in others if 2 in one]
    assert references == [one["$ref"] for one in made["paths"][path]["post"]["parameters"] if "$ref" in one]
