"""Answers of `kubectl explain` and `aiokube explain` about the same fields."""

from __future__ import annotations

import re

from tests.cluster.cluster import Cluster
from tests.codegen.command import AIOKUBE
from tests.support.children import output_of, run

_THEIRS = re.compile(r"^( *)(\S+)\t<(.*)>(?: (-required-))?$", re.MULTILINE)
_OURS = re.compile(r"^( *)(\S+)  <(.*?)>(.*)$", re.MULTILINE)

_AS_KUBECTL: dict[str, str] = {"Time": "string", "MicroTime": "string"}
"""The types for which kubectl has less to say."""

Fields = list[tuple[str, str, bool]]
"""Name, type, and true if it is required."""


def fields_by_kubectl(cluster: Cluster, *arguments: str) -> Fields:
    """The fields that `kubectl explain` lists."""
    done = run(*cluster.kubectl_command("explain", *arguments))
    assert done.returncode == 0, done.stderr
    return sorted((name, type, bool(mark)) for _, name, type, mark in _THEIRS.findall(done.stdout))


def fields_by_aiokube(cluster: Cluster, *arguments: str) -> Fields:
    """The fields that `aiokube explain` lists."""
    output = output_of(*AIOKUBE, "explain", "--kubeconfig", cluster.kubeconfig, *arguments)
    listed = output.partition("\nFIELDS\n")[2].partition("\nMETHODS\n")[0]
    found: list[tuple[str, str, str, str]] = _OURS.findall(listed)
    return sorted((name, _AS_KUBECTL.get(type, type), "required" in marks.split()) for _, name, type, marks in found)
