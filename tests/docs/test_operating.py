"""The pages of docs/operating/: their manifests, and their rules."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from aiokube import Client, Config, LeaderElector, deleted
from aiokube.testing.real.ports import free_ports
from examples import sharing
from tests.cluster.cluster import Cluster
from tests.docs.pages import DOCS, ROOT, blocks_of
from tests.docs.rules import PermissionRecorder, granted_by
from tests.support.children import async_child, output_of

IN_A_POD = DOCS / "operating" / "in-a-pod.md"

MANIFESTS = "---\n".join(block.text for block in blocks_of(IN_A_POD) if block.language == "yaml")
OBJECTS: list[dict[str, Any]] = list(yaml.safe_load_all(MANIFESTS))
(DEPLOYMENT,) = [one for one in OBJECTS if one["kind"] == "Deployment"]
(CONTAINER,) = DEPLOYMENT["spec"]["template"]["spec"]["containers"]
NAMESPACE = DEPLOYMENT["metadata"]["namespace"]
ACCOUNT = DEPLOYMENT["spec"]["template"]["spec"]["serviceAccountName"]


@pytest.fixture(scope="module")
def manifests(docs_cluster: Cluster) -> None:
    """The manifests of the page, applied and ready."""

    async def apply() -> None:
        async with Client(kubeconfig=docs_cluster.kubeconfig) as admin:
            await admin.apply(MANIFESTS, field_manager="ci", wait=60)

    asyncio.run(apply())


@pytest.fixture
async def deployed(docs_cluster: Cluster, manifests: None) -> AsyncIterator[Client]:
    """An administrator, in the namespace of the manifests."""
    async with Client(kubeconfig=docs_cluster.kubeconfig, namespace=NAMESPACE) as admin:
        yield admin


async def account(cluster: Cluster, admin: Client) -> Config:
    """The service account, as its pods have it."""
    token = await admin.core_v1.service_accounts.create_token(ACCOUNT, seconds=3600)
    return Config(server=cluster.url, certificate_authority=cluster.ca_file, token=token, namespace=NAMESPACE)


@asynccontextmanager
async def team(admin: Client) -> AsyncIterator[Client]:
    """A namespace that asks for shared ConfigMaps, one of which there is."""
    await admin.core_v1.namespaces.create({"metadata": {"name": "team-b", "labels": {sharing.ASKING[:-4]: "yes"}}})
    await admin.core_v1.config_maps.create({"metadata": {"name": "colors", "labels": {"shared": "yes"}}})
    yield admin.in_namespace("team-b")
    await admin.core_v1.namespaces.delete("team-b")


@pytest.mark.cluster
async def test_the_service_needs_the_rules_of_its_account(docs_cluster: Cluster, deployed: Client) -> None:
    config = await account(docs_cluster, deployed)
    transport = PermissionRecorder(config)
    async with team(deployed) as asking, Client(config, transport=transport) as kube:
        service = sharing.Sharing(kube, NAMESPACE)
        running = asyncio.create_task(LeaderElector(kube, "sharing").run(service.run))
        maps = asking.core_v1.config_maps
        await maps.wait_for("colors", lambda copy: copy.data == {})
        await maps.patch("colors", {"data": {"primary": "red"}})
        await maps.wait_for("colors", lambda copy: copy.data == {})
        await deployed.core_v1.config_maps.delete("colors")
        await maps.wait_for("colors", deleted)
        running.cancel()
        await asyncio.wait([running])
    granted = set().union(*(granted_by(one["rules"]) for one in OBJECTS if "rules" in one))
    # The watches of the three informers have begun: what they tell has been done.
    assert transport.needed == granted


@pytest.mark.cluster
async def test_the_container_answers_its_probes_and_ends_with_sigterm(
    docs_cluster: Cluster, deployed: Client, tmp_path: Path
) -> None:
    config = await account(docs_cluster, deployed)
    kubeconfig = docs_cluster.write_kubeconfig(tmp_path / "config", token=config.token, namespace=NAMESPACE)
    (port,) = free_ports(1)
    (declared,) = [one["containerPort"] for one in CONTAINER["ports"]]
    arguments = [
        re.sub(r"^--host=.*", "--host=127.0.0.1", argument).replace(str(declared), str(port))
        for argument in CONTAINER["args"]
    ]
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig)}
    async with async_child(sys.executable, ROOT / "examples" / "sharing.py", *arguments, env=environment) as process:
        async with aiohttp.ClientSession() as session:
            for probe in ("livenessProbe", "readinessProbe"):
                url = f"http://127.0.0.1:{port}{CONTAINER[probe]['httpGet']['path']}"
                assert await status_of(session, url) == 200
        process.terminate()
        assert await process.wait() == 0


async def status_of(session: aiohttp.ClientSession, url: str) -> int:
    """The status of a response, as soon as something listens."""
    async with asyncio.timeout(30):
        while True:
            try:
                async with session.get(url) as response:
                    return response.status
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.05)


def test_what_the_image_copies_is_what_the_service_needs(tmp_path: Path) -> None:
    (dockerfile,) = [block.text for block in blocks_of(IN_A_POD) if block.language == "dockerfile"]
    folder = Path("/")
    for instruction, *arguments in map(str.split, filter(None, dockerfile.splitlines())):
        if instruction == "FROM":
            folder = Path("/")
        elif instruction == "WORKDIR":
            folder = Path(arguments[0])
        elif instruction == "COPY" and not arguments[0].startswith("--from="):
            *sources, target = arguments
            for source in sources:
                copy_into_image(ROOT / source, tmp_path, folder, target)
    options = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")
    output_of(sys.executable, "-m", "pip", "install", *options, f"--target={tmp_path / 'venv'}", tmp_path / "aiokube")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "venv")}
    command = "import aiokube; print(aiokube.__file__)"
    installed = output_of(sys.executable, "-c", command, cwd=tmp_path, env=environment)
    assert installed.startswith(f"{tmp_path}/venv/")
    assert "--source" in output_of(sys.executable, "sharing.py", "--help", cwd=tmp_path, env=environment)


def copy_into_image(source: Path, image: Path, folder: Path, target: str) -> None:
    """Do what COPY does: a folder gives its content, a target that ends with a slash is a folder."""
    place = image / (folder / target).relative_to("/")
    if source.is_dir():
        shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        place = place / source.name if target.endswith("/") else place
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, place)
