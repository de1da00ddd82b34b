"""Every Python example of the README and of docs/ runs, in the order it stands there, against the real server."""

from __future__ import annotations

import ast
import inspect
import re
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
_EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _compiled(page: Path) -> list[CodeType]:
    text = page.read_text()
    examples = []
    for match in _EXAMPLE.finditer(text):
        line = text[: match.start(1)].count("\n")
        source = "\n" * line + match[1]
        examples.append(compile(source, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))
    return examples


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
async def test_examples(
    page: Path, cluster: Cluster, kube: Client, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = _compiled(page)
    kubeconfig = cluster.write_kubeconfig(
        tmp_path / "config",
        certificate=cluster.client_certificate("reader", groups=["system:masters"]),
        namespace=namespace,
    )
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    monkeypatch.chdir(tmp_path)
    if "mycluster" in page.read_text():
        output_of(*AIOKUBE, "generate", "--output", tmp_path / "mycluster")
        monkeypatch.syspath_prepend(tmp_path)
    if page.name != "README.md":
        settings = core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name="settings"))
        await kube.core_v1.config_maps.create(settings)
    scope: dict[str, object] = {"__name__": "example", "kube": kube}

    for example in examples:
        # Each stands alone, but for the client that the text around it has.
        scope["kube"] = kube
        result = eval(example, scope)  # noqa: S307 - our own text
        if inspect.iscoroutine(result):
            await result


def test_there_are_examples() -> None:
    assert sum(len(_compiled(page)) for page in PAGES) >= 8
