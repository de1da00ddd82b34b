"""Every Python example of the README and of docs/ runs, in the order it stands there, against the real server."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

from aiokube import Client
from aiokube.models import core_v1, meta_v1
from tests.cluster.cluster import Cluster
from tests.codegen.command import AIOKUBE
from tests.support.children import output_of

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CRON_TAB = ROOT / "tests" / "codegen" / "crds" / "crontab.yaml"
_EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _compiled(page: Path) -> list[CodeType]:
    text = page.read_text()
    examples = []
    for match in _EXAMPLE.finditer(text):
        line = text[: match.start(1)].count("\n")
        source = "\n" * line + match[1]
        examples.append(compile(source, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))
    return examples


@pytest.fixture
def kubeconfig(page: Path, cluster: Cluster, namespace: str, tmp_path: Path) -> Iterator[Path]:
    """That of the shared cluster, or of one with a CRD for a page that uses it."""
    if any(name in page.read_text() for name in ("stable_example_com_v1", "crontabs.stable.example.com")):
        with Cluster() as own:
            own.kubectl("apply", "-f", str(CRON_TAB))
            yield own.kubeconfig
    else:
        certificate = cluster.client_certificate("reader", groups=["system:masters"])
        yield cluster.write_kubeconfig(tmp_path / "config", certificate=certificate, namespace=namespace)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
async def test_examples(page: Path, kubeconfig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = _compiled(page)
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    monkeypatch.chdir(tmp_path)
    if "mycluster" in page.read_text():
        for name in [name for name in sys.modules if name.partition(".")[0] == "mycluster"]:
            monkeypatch.delitem(sys.modules, name)
        output_of(*AIOKUBE, "generate", "--output", tmp_path / "mycluster")
        monkeypatch.syspath_prepend(tmp_path)
    async with Client() as kube:
        await _run(page, examples, kube)


async def _run(page: Path, examples: list[CodeType], kube: Client) -> None:
    if page.name != "README.md":
        settings = core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name="settings"))
        await kube.core_v1.config_maps.create(settings)
    if "worker-7" in page.read_text():
        await kube.core_v1.nodes.create({"metadata": {"name": "worker-7"}})
    scope: dict[str, object] = {"__name__": "example", "kube": kube}

    for example in examples:
        # Each stands alone, but for the client that the text around it has.
        scope["kube"] = kube
        result = eval(example, scope)  # noqa: S307 - our own text
        if inspect.iscoroutine(result):
            await result


def test_there_are_examples() -> None:
    assert sum(len(_compiled(page)) for page in PAGES) >= 8
