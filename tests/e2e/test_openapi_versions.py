"""Both versions of OpenAPI of one cluster with CRDs, and what a cluster serves without a description."""

from __future__ import annotations

import ast
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.codegen.command import generate
from tests.support.children import output_of
from tests.support.folders import snapshot

pytestmark = pytest.mark.cluster

CRDS = Path(__file__).parents[1] / "codegen" / "crds"
NAMES = ("openapi.json", "v3")

DOCSTRING = " (docstring)"

DEFAULT = "OpenAPI 2.0 has no defaults of CRDs, nor those of built-in fields"
DEFAULTED = "the server fills in a field that has a default, which OpenAPI 2.0 does not say"
NULLABLE = "OpenAPI 2.0 has no types of what may be null, and no nullable field that is required"
OPEN = "OpenAPI 2.0 has no fields of objects that keep unknown ones"
EMBEDDED = "OpenAPI 2.0 has no fields of embedded objects"

_AWKWARD = "models/awkward_example_com_v1"
DIFFERENT = {
    f"{_AWKWARD}.OdditySpec.mode": DEFAULTED,
    f"{_AWKWARD}.OdditySpec.nullable_list": NULLABLE,
    f"{_AWKWARD}.OdditySpec.nullable_required": NULLABLE,
    f"{_AWKWARD}.OdditySpec.nullable_string": NULLABLE,
    f"{_AWKWARD}.OdditySpec.open_list": OPEN,
    f"{_AWKWARD}.OdditySpec.open_object": OPEN,
    f"{_AWKWARD}.OdditySpec.template": EMBEDDED,
    f"{_AWKWARD}.OdditySpecNullableList": NULLABLE,
    f"{_AWKWARD}.OdditySpecOpenObject": OPEN,
    f"{_AWKWARD}.OdditySpecTemplate": EMBEDDED,
}
"""Every difference in the code, with its reason; those in docstrings are defaults."""


@pytest.fixture(scope="module")
def extended(cluster: Cluster) -> Iterator[Cluster]:
    """A cluster of its own: CRDs would be in the way of tests that look at all that a cluster serves."""
    with Cluster() as running:
        yield running


@pytest.fixture(scope="module")
def stored(extended: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents of a cluster with CRDs, as `make spec` stores them."""
    folder = tmp_path_factory.mktemp("stored")
    extended.kubectl("apply", "-f", str(CRDS))
    deadline = time.monotonic() + 60
    while "com.example.names.v1.Raw" not in extended.kubectl("get", "--raw", "/openapi/v2"):
        assert time.monotonic() < deadline, "the CRDs do not appear in /openapi/v2"
        time.sleep(0.5)
    output_of(sys.executable, "-m", "aiokube_codegen.fetch", folder, "--kubeconfig", extended.kubeconfig)
    return folder


@pytest.fixture(scope="module")
def packages(stored: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, str]]:
    """The files of the packages generated from version 2.0 and from version 3."""
    folder = tmp_path_factory.mktemp("packages")
    found = []
    for name in NAMES:
        done = generate("--standalone", "--spec", stored / name, "--output", folder / name.partition(".")[0])
        assert done.returncode == 0, done.stderr
        files = snapshot(folder / name.partition(".")[0])
        found.append({path.removesuffix(".py"): data.decode() for path, data in files.items()})
    return found[0], found[1]


def test_each_difference_between_the_versions_has_a_reason(packages: tuple[dict[str, str], dict[str, str]]) -> None:
    old, new = packages
    assert old.keys() == new.keys()
    different_files = [tuple(path.partition("/")[::2]) for path in old if old[path] != new[path]]
    assert {folder for folder, _ in different_files} == {"models", "apply"}
    # The types of manifests follow the classes.
    assert {name for folder, name in different_files if folder == "apply"} <= {
        name for folder, name in different_files if folder == "models"
    }
    before, after = ({part: text for path in files for part, text in parts(path, files[path])} for files in packages)
    # A class that only one package has is one difference, with all that is in it.
    different = [
        (cls, member)
        for cls, member in sorted(before.keys() | after.keys())
        if before.get((cls, member)) != after.get((cls, member))
        and (not member or {(cls, "")} <= before.keys() & after.keys())
    ]
    code = {f"{cls}{member}" for cls, member in different if not member.endswith(DOCSTRING)}
    assert code == DIFFERENT.keys()
    for cls, member in different:
        if member.endswith(DOCSTRING) and f"{cls}{member.removesuffix(DOCSTRING)}" not in code:
            added = after[cls, member].removeprefix(before.get((cls, member), "")).strip()
            assert added.startswith("Default: `"), (cls, member, DEFAULT)


def parts(path: str, source: str) -> Iterator[tuple[tuple[str, str], str]]:
    """The classes, fields and docstrings of a module of models: each part of a class with its text."""
    for node in ast.parse(source).body if path.startswith("models/") else ():
        if isinstance(node, ast.ClassDef):
            cls, member = f"{path}.{node.name}", ""
            yield (cls, ""), ", ".join(map(ast.unparse, node.bases))
            for item in node.body:
                if isinstance(item, ast.AnnAssign):
                    member = f".{ast.unparse(item.target)}"
                    yield (cls, member), ast.unparse(item)
                elif isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant):
                    yield (cls, f"{member}{DOCSTRING}"), " ".join(str(item.value.value).split())


def crd(group: str) -> str:
    """A CRD of a group of its own, as a manifest."""
    return f"""
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: widgets.{group}}}
spec:
  group: {group}
  scope: Namespaced
  names: {{plural: widgets, kind: Widget}}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {{openAPIV3Schema: {{type: object, properties: {{spec: {{type: object}}}}}}}}
"""


def test_a_crd_is_described_as_soon_as_it_is_served(extended: Cluster, tmp_path: Path) -> None:
    for number in range(3):
        group = f"new-{number}.example.com"
        extended.kubectl("apply", "-f", "-", stdin=crd(group))
        extended.kubectl("wait", "--for=condition=Established", f"crd/widgets.{group}")
        done = generate(
            "--kubeconfig", extended.kubeconfig, "--groups", group, "--output", tmp_path / f"package_{number}"
        )
        assert done.returncode == 0, done.stderr
        assert f"api/new_{number}_example_com_v1.py" in snapshot(tmp_path / f"package_{number}")


AWAY = """
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.example.com}
spec:
  group: metrics.example.com
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {name: nothing, namespace: default}
"""


def test_an_aggregated_api_whose_server_is_away_is_listed(extended: Cluster, tmp_path: Path) -> None:
    extended.kubectl("apply", "-f", "-", stdin=AWAY)
    try:
        deadline = time.monotonic() + 30
        while "metrics.example.com" not in extended.kubectl("get", "--raw", "/apis"):
            assert time.monotonic() < deadline, "the group does not appear in /apis"
            time.sleep(0.2)
        options = ("--kubeconfig", extended.kubeconfig, "--output", tmp_path / "package")
        done = generate(*options)
        other = generate(*options, "--groups", "apps")
        chosen = generate(*options, "--groups", "metrics.example.com")
    finally:
        extended.kubectl("delete", "apiservice", "v1beta1.metrics.example.com")
    assert done.returncode == 0, done.stderr
    assert "  metrics.example.com/v1beta1" in done.stdout.splitlines()
    assert "described" not in other.stdout
    assert chosen.returncode == 1
    assert "metrics.example.com/v1beta1 is served, but not described" in chosen.stderr
