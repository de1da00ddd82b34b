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
