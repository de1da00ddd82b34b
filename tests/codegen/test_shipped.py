"""The shipped API as commands read it, without a cluster or a file."""

from __future__ import annotations

import re

from aiokube_codegen.document.load import load
from aiokube_codegen.document.shipped import shipped_source
from tests.codegen.command import ROOT


def test_the_shipped_api_is_the_one_of_the_shipped_client() -> None:
    source = shipped_source()
    version = re.search(r'^KUBERNETES = "(.+)"$', (ROOT / "src" / "aiokube" / "client.py").read_text(), re.MULTILINE)
    assert version is not None
    assert source.version is not None
    assert source.version.startswith(f"v{version[1]}.")
    spec = load(source, ["apps"])
    assert spec.title == f"the shipped API (Kubernetes {source.version})"
    assert "/apis/apps/v1/deployments" in spec.paths
