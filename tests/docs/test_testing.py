"""docs/testing.md: its files are those of examples/testing/, whose tests pass on each cluster, and are typed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import yaml

from tests.cluster.cluster import Cluster
from tests.docs.guides import with_files
from tests.docs.pages import DOCS, ROOT, blocks_of
from tests.support.children import run

TESTING = DOCS / "testing.md"
EXAMPLES = ROOT / "examples" / "testing"


def run_tests(folder: Path, *options: str | Path) -> str:
    """Run the tests of a folder as a project of its own does; return the last line."""
    paths = (ROOT, ROOT / "src", ROOT / "codegen")
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": ":".join(map(str, paths))}
    plugins = ("-p", "pytest_asyncio.plugin", "-p", "aiokube_pytest", "-p", "no:cacheprovider")
    done = run(sys.executable, "-m", "pytest", "-q", *plugins, *options, cwd=folder, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()[-1]


def test_the_files_in_the_page_are_those_of_the_examples() -> None:
    found = with_files(TESTING)
    assert {ROOT / (block.file or "") for block, _ in found} == {*EXAMPLES.glob("*.py")}
    for block, text in found:
        assert block.text == text, f"{block}: `make outputs` writes what {block.file} has"


def write_files(folder: Path, *names: str) -> None:
    """Write files of the page that are no examples."""
    files = {block.text.split()[1]: block.text for block in blocks_of(TESTING) if block.language in ("ini", "python")}
    for name in names:
        (folder / name).write_text(files[name])


@pytest.mark.slow
def test_tests_of_the_page_pass_in_an_empty_folder(tmp_path: Path) -> None:
    write_files(tmp_path, "pytest.ini", "conftest.py", "test_colors.py", "test_pods.py")
    assert run_tests(tmp_path).startswith("2 passed")


@pytest.mark.cluster
def test_a_real_cluster_serves_definitions_of_files(tmp_path: Path) -> None:
    write_files(tmp_path, "pytest.ini", "test_definitions.py")
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    spec = {
        "group": "shop.example.com",
        "scope": "Namespaced",
        "names": {"plural": "parcels", "kind": "Parcel"},
        "versions": [version],
    }
    head = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    (tmp_path / "config" / "crd").mkdir(parents=True)
    definition = {**head, "metadata": {"name": "parcels.shop.example.com"}, "spec": spec}
    (tmp_path / "config" / "crd" / "parcels.yaml").write_text(yaml.safe_dump(definition))
    assert run_tests(tmp_path).startswith("1 passed")


@pytest.mark.slow
def test_the_examples_pass_on_a_fake_cluster() -> None:
    assert "passed" in (last := run_tests(EXAMPLES)) and "skipped" not in last


@pytest.mark.cluster
def test_the_examples_pass_on_a_real_cluster(cluster: Cluster) -> None:
    # Those that break something on purpose are not for a real one.
    assert "6 passed, 5 skipped" in run_tests(EXAMPLES, f"--aiokube-cluster={cluster.kubeconfig}")


@pytest.mark.slow
def test_the_examples_are_typed(tmp_path: Path) -> None:
    environment = {**os.environ, "MYPYPATH": os.pathsep.join(map(str, (ROOT / "examples", ROOT / "src")))}
    options = ("--strict", "--config-file=", "--no-error-summary", f"--cache-dir={tmp_path}")
    done = run(sys.executable, "-m", "mypy", *options, *sorted(EXAMPLES.glob("*.py")), env=environment, timeout=300)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
