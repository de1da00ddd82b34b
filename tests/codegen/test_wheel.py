"""The products of `make dist`: the wheel, the source archive, and the list of what comes with them."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tomllib
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from aiokube import __version__
from tests.cluster.cluster import Cluster
from tests.codegen.command import ROOT
from tests.support.children import output_of

INSTALL_TIMEOUT = 240  # seconds

PROGRAM = """
import asyncio, json, sys
from mycluster import Client
from mycluster.models import core_v1

async def main() -> None:
    async with Client(kubeconfig=sys.argv[1]) as kube:
        nodes = await kube.core_v1.nodes.list()
        assert all(isinstance(node, core_v1.Node) for node in nodes.items)
        version = await kube.version()
        print(json.dumps([[node.metadata.name for node in nodes.items], version.git_version]))

asyncio.run(main())
"""

MODULES = ROOT / "src" / "aiokube" / "testing" / "real" / "modules"

TEST = """
def test_the_plugin_is_there(fake_cluster):
    assert fake_cluster.url.startswith("https://127.0.0.1:")
"""


def run(folder: Path, *command: str | Path) -> str:
    """Run a command in a folder outside of the project; its output when it succeeds."""
    # The wheel is what is tested, not the tree that this test may be run with.
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MAKEFLAGS")}
    return output_of(*command, cwd=folder, env=environment, timeout=INSTALL_TIMEOUT)


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `make dist` fills, which fails on metadata that an index would refuse."""
    tree = tmp_path_factory.mktemp("dist") / "tree"
    ignored = shutil.ignore_patterns(
        ".git", ".venv", "dist", "build", "site", "__pycache__", ".*_cache", "bench", "tests"
    )
    shutil.copytree(ROOT, tree, ignore=ignored)
    variables = (f"VENV={sys.prefix}", f"RUN={sys.executable}")
    output = run(tree, "make", "dist", *variables, "--assume-old", f"{sys.prefix}/.ready")
    assert output.count("PASSED") == 2
    return tree / "dist"


def install(folder: Path, requirement: str) -> Path:
    """Install a distribution in an empty environment, and return the folder of its programs."""
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / "bin"
    run(folder, programs / "python", "-m", "pip", "install", "--quiet", requirement)
    return programs


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_source_archive_installs_the_client(dist: Path, tmp_path: Path) -> None:
    (archive,) = dist.glob("aiokube-*.tar.gz")
    programs = install(tmp_path, str(archive))
    program = "import aiokube; from aiokube import Client, Config; print(aiokube.__version__, Client.__name__)"
    assert run(tmp_path, programs / "python", "-W", "error", "-c", program) == f"{__version__} Client\n"
    # The generator is an extra.
    listed = {
        package["name"]
        for package in json.loads(run(tmp_path, programs / "python", "-m", "pip", "list", "--format=json"))
    }
    assert "aiokube" in listed
    assert listed.isdisjoint({"ruff", "Jinja2", "datamodel-code-generator"})


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_bill_of_materials_names_every_dependency_with_its_version(dist: Path) -> None:
    bill = json.loads((dist / "aiokube.cdx.json").read_text())
    root = bill["metadata"]["component"]
    assert (bill["bomFormat"], root["name"], root["version"], root["type"]) == (
        "CycloneDX",
        "aiokube",
        __version__,
        "library",
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    declared = [*project["dependencies"], *(requirement for extra in extras for requirement in extra)]
    names = {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in declared}
    (direct,) = [entry["dependsOn"] for entry in bill["dependencies"] if entry["ref"] == root["bom-ref"]]
    assert {reference.partition("==")[0].lower() for reference in direct} == names
    assert all(component["version"] and component["purl"] for component in bill["components"])


def test_the_classifiers_name_the_versions_of_python_that_ci_runs() -> None:
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    named = re.findall(r":: (3\.\d+)$", "\n".join(classifiers), re.MULTILINE)
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    assert [f'"{version}"' for version in named] == re.findall(r"\[(.*)\]", workflow.partition("python: ")[2])[0].split(
        ", "
    )


@pytest.mark.cluster
@pytest.mark.timeout(300)
def test_the_wheel_generates_a_client_that_works(dist: Path, cluster: Cluster, tmp_path: Path) -> None:
    (wheel,) = dist.glob("aiokube-*-py3-none-any.whl")
    with ZipFile(wheel) as archive:
        assert {"aiokube/py.typed", "aiokube/models/core_v1.py"} <= set(archive.namelist())
        assert {name.partition("/")[0].partition("-")[0] for name in archive.namelist()} == {
            "aiokube",
            "aiokube_codegen",
            "aiokube_pytest",
        }
        # What RealCluster builds its programs from, with no word of where modules are downloaded from.
        sources = {path for path in MODULES.rglob("*") if path.is_file()}
        assert {"go.mod", "go.sum", "stages.yaml", "exit_code.go"} == {path.name for path in sources}
        for path in sources:
            content = archive.read(path.relative_to(ROOT / "src").as_posix())
            assert content == path.read_bytes()
            assert b"https://" not in content

    programs = install(tmp_path, f"{wheel}[codegen,testing]")
    output = run(
        tmp_path, programs / "aiokube", "generate", "--kubeconfig", cluster.kubeconfig, "--output", "mycluster"
    )
    assert " classes (" in output
    told = run(tmp_path, programs / "aiokube", "explain", "pods.spec.containers.image", "--shipped")
    assert "FROM    the shipped API (Kubernetes v1." in told
    (tmp_path / "test_it.py").write_text(TEST)
    assert "1 passed" in run(tmp_path, programs / "python", "-m", "pytest", "-q", "test_it.py")
    (tmp_path / "program.py").write_text(PROGRAM)
    answer = run(tmp_path, programs / "python", "-W", "error", "program.py", cluster.kubeconfig)

    names, version = json.loads(answer)
    assert names == cluster.nodes
    minor = version.removeprefix("v").rpartition(".")[0]
    assert f'KUBERNETES = "{minor}"' in (tmp_path / "mycluster" / "client.py").read_text()
