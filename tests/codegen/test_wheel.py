"""The wheel that people install: from nothing to a typed list of nodes of a real cluster."""

from __future__ import annotations

import json
import os
import shutil
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

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


def run(folder: Path, *command: str | Path) -> str:
    """Run a command in a folder outside of the project; its output when it succeeds."""
    # The wheel is what is tested, not the tree that this test may be run with.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return output_of(*command, cwd=folder, env=environment, timeout=INSTALL_TIMEOUT)


@pytest.mark.cluster
@pytest.mark.timeout(300)
def test_the_wheel_generates_a_client_that_works(cluster: Cluster, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    ignored = shutil.ignore_patterns(".git", ".venv", "dist", "build", "__pycache__", ".*_cache", "bench", "tests")
    shutil.copytree(ROOT, tree, ignore=ignored)
    run(tree, sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path / "dist")
    (wheel,) = (tmp_path / "dist").glob("aiokube-*-py3-none-any.whl")
    with ZipFile(wheel) as archive:
        assert {"aiokube/py.typed", "aiokube/models/core_v1.py", "aiokube_codegen/spec/SOURCE.toml"} <= set(
            archive.namelist()
        )
        assert {name.partition("/")[0].partition("-")[0] for name in archive.namelist()} == {
            "aiokube",
            "aiokube_codegen",
        }

    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv" / "bin"
    run(tmp_path, programs / "python", "-m", "pip", "install", "--quiet", f"{wheel}[codegen]")
    output = run(
        tmp_path, programs / "aiokube", "generate", "--kubeconfig", cluster.kubeconfig, "--output", "mycluster"
    )
    assert " classes (" in output
    (tmp_path / "program.py").write_text(PROGRAM)
    answer = run(tmp_path, programs / "python", "-W", "error", "program.py", cluster.kubeconfig)

    names, version = json.loads(answer)
    assert names == cluster.nodes
    minor = version.removeprefix("v").rpartition(".")[0]
    assert f'KUBERNETES = "{minor}"' in (tmp_path / "mycluster" / "client.py").read_text()
