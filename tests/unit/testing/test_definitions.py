"""Definitions from files, as RealCluster reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiokube.errors import DecodeError, InvalidArgument
from aiokube.testing import ClusterError, RealCluster
from aiokube.testing.real.definitions import read

CRD = "kind: CustomResourceDefinition\nmetadata: {name: %s}\n"


def test_files_and_folders_are_read_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "crds"
    folder.mkdir()
    (folder / "b.yaml").write_text(f"{CRD % 'b1'}---\n{CRD % 'b2'}---\n")
    (folder / "a.yml").write_text(CRD % "a")
    (folder / "kustomization.yaml").write_text("resources: [a.yml]\n")
    (folder / "README.md").write_text("no YAML: at: all")
    (tmp_path / "c.json").write_text(
        '{"kind": "CustomResourceDefinitionList", "items": [{"kind": '
        '"CustomResourceDefinition", "metadata": {"name": "c"}}]}'
    )
    found = read([folder, str(tmp_path / "c.json")])
    assert [one["metadata"]["name"] for one in found] == ["a", "b1", "b2", "c"]


def test_what_is_no_definition_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "pod.yaml").write_text("kind: Pod\nmetadata: {name: a}\n")
    (tmp_path / "nameless.yaml").write_text("kind: CustomResourceDefinition\n")
    (tmp_path / "broken.yaml").write_text("a: [")
    for path, message in (
        (tmp_path / "missing.yaml", r"crds: .*missing\.yaml cannot be read: No such file"),
        (tmp_path / "empty", r"crds: the folder .*empty has no file with a CustomResourceDefinition"),
        (
            tmp_path / "pod.yaml",
            r"crds: .*pod\.yaml has an object that is no CustomResourceDefinition with a name: 'Pod'",
        ),
        (tmp_path / "nameless.yaml", r"nameless\.yaml has an object"),
    ):
        with pytest.raises(InvalidArgument, match=message):
            read([path])
    with pytest.raises(DecodeError, match=r"broken\.yaml"):
        read([tmp_path / "broken.yaml"])
    with pytest.raises(InvalidArgument, match=r"crds: must be a list of paths, not a path; pass \['config/crd'\]"):
        RealCluster(crds="config/crd").start()


def test_a_version_that_is_no_string_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r'version: must be a string such as "1\.37", not 1\.3'):
        RealCluster(version=1.3)  # type: ignore[arg-type]  # the mistake


def test_a_cluster_that_does_not_run_has_no_clients() -> None:
    with pytest.raises(ClusterError, match="has not been started; enter it"):
        RealCluster().client()
