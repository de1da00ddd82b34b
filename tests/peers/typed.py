"""Mistakes that mypy sees in a program that uses a client: the misspelt name of a field, and that of an argument."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.support.children import run

_PROGRAMS: Final[Mapping[str, str]] = {
    "aiokube": """
from aiokube import Client
from aiokube.models.core_v1 import Pod
async def f(kube: Client, pod: Pod) -> None:
    print(pod.spec.containerz)  # field
    await kube.core_v1.pods.list(label_selektor="a")  # argument
""",
    "kubernetes_asyncio": """
from kubernetes_asyncio.client import CoreV1Api, V1Pod
async def f(core: CoreV1Api, pod: V1Pod) -> None:
    assert pod.spec
    print(pod.spec.containerz)  # field
    await core.list_namespaced_pod("default", label_selektor="a")  # argument
""",
    "kubernetes": """
from kubernetes.client import CoreV1Api, V1Pod
def f(core: CoreV1Api, pod: V1Pod) -> None:
    assert pod.spec
    print(pod.spec.containerz)  # field
    core.list_namespaced_pod("default", label_selektor="a")  # argument
""",
    "kubernetes_aio": """
from kubernetes.aio.client import CoreV1Api, V1Pod
async def f(core: CoreV1Api, pod: V1Pod) -> None:
    assert pod.spec
    print(pod.spec.containerz)  # field
    await core.list_namespaced_pod("default", label_selektor="a")  # argument
""",
    "lightkube": """
from lightkube import AsyncClient
from lightkube.resources.core_v1 import Pod
async def f(client: AsyncClient, pod: Pod) -> None:
    assert pod.spec
    print(pod.spec.containerz)  # field
    client.list(Pod, label="a")  # argument
""",
    "kr8s": """
import kr8s.asyncio
from kr8s.asyncio.objects import Pod
async def f(api: kr8s.asyncio.Api, pod: Pod) -> None:
    print(pod.spec.containerz)  # field
    api.get("pods", label_selektor="a")  # argument
""",
    "cloudcoil": """
from cloudcoil.models.kubernetes.core.v1 import Pod
async def f(pod: Pod) -> None:
    assert pod.spec
    print(pod.spec.containerz)  # field
    await Pod.async_list(label_selektor="a")  # argument
""",
    "kubesdk": """
from kube_models.api_v1.io.k8s.api.core.v1 import Pod
from kubesdk import get_k8s_resource
async def f(pod: Pod) -> None:
    assert pod.spec
    print(pod.spec.containerz)  # field
    await get_k8s_resource(Pod, label="a")  # argument
""",
    "kubex": """
from kubex.api import Api
from kubex.k8s.v1_36.core.v1.pod import Pod
async def f(pods: Api[Pod], pod: Pod) -> None:
    assert pod.spec
    print(pod.spec.containerz)  # field
    await pods.list(label_selektor="a")  # argument
""",
}


# Others say that the client has no types here.
_CODES: Final = ("[attr-defined]", "[call-arg]", "[call-overload]")


def mistakes_seen(folder: Path) -> Mapping[str, Mapping[str, bool]]:
    """Return by client, and by mistake (`field`, `argument`), whether `mypy --strict` reports it.

    Raises:
        RuntimeError: mypy did not run.
    """
    for client, text in _PROGRAMS.items():
        (folder / f"with_{client}.py").write_text(text.lstrip())
    command = ("mypy", "--strict", "--config-file=", "--no-error-summary", "--cache-dir=.cache", ".")
    done = run(sys.executable, "-m", *command, cwd=folder, timeout=600)
    if done.returncode > 1:
        raise RuntimeError(f"mypy ended with {done.returncode}: {done.stderr}{done.stdout}")
    reported = {tuple(line.split(":")[:2]) for line in done.stdout.splitlines() if line.endswith(_CODES)}
    return {
        client: {
            text.rpartition("# ")[2]: (f"with_{client}.py", str(number)) in reported
            for number, text in enumerate(program.lstrip().splitlines(), 1)
            if "# " in text
        }
        for client, program in _PROGRAMS.items()
    }
