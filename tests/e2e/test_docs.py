"""Every Python example of the README and of docs/ runs, in the order it stands there, against the real server.

An example that calls `asyncio.run` is a whole program: it runs in a process of its own, twice, since people run a
program again. One that only names a file of examples/ is a copy of it, made when the site is built, and one that begins
with its name is a part of it; that file has its own tests.
"""

from __future__ import annotations

import ast
import asyncio
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
from tests.docs import guides
from tests.support.children import output_of

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).parents[2]
# Their examples are run, and their outputs compared, in tests/docs/.
ELSEWHERE = [
    *(page for folder in ("recipes", "tutorial", "ko") for page in (ROOT / "docs" / folder).rglob("*.md")),
    *guides.PAGES,
]
PAGES = [ROOT / "README.md", *sorted({*(ROOT / "docs").rglob("*.md")}.difference(ELSEWHERE))]
CRON_TAB = ROOT / "tests" / "codegen" / "crds" / "crontab.yaml"
_EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COPY = re.compile(r'--8<-- "examples/\w+\.py"\n')
_PART = re.compile(r"# (examples/\w+\.py)\n(.*)", re.DOTALL)
_PROGRAM = "asyncio.run("


def _sources(page: Path) -> list[str]:
    """The examples of a page, each on the lines that it has there."""
    text = page.read_text()
    return [
        "\n" * text[: match.start(1)].count("\n") + match[1]
        for match in _EXAMPLE.finditer(text)
        if not _COPY.fullmatch(match[1]) and not _PART.fullmatch(match[1])
    ]


def _compiled(source: str, page: Path) -> CodeType:
    code: CodeType = compile(source, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return code


PAGES_WITH_EXAMPLES = [page for page in PAGES if _sources(page)]


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


@pytest.mark.parametrize("page", PAGES_WITH_EXAMPLES, ids=lambda page: str(page.relative_to(ROOT)))
async def test_examples(page: Path, kubeconfig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    monkeypatch.chdir(tmp_path)
    if "mycluster" in page.read_text():
        for name in [name for name in sys.modules if name.partition(".")[0] == "mycluster"]:
            monkeypatch.delitem(sys.modules, name)
        output_of(*AIOKUBE, "generate", "--output", tmp_path / "mycluster")
        monkeypatch.syspath_prepend(tmp_path)
    async with Client() as kube:
        await _run(page, kube)


async def _run(page: Path, kube: Client) -> None:
    text = page.read_text()
    if page.name != "README.md":
        settings = core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name="settings"))
        await kube.core_v1.config_maps.create(settings)
    if "worker-7" in text:
        await kube.core_v1.nodes.create({"metadata": {"name": "worker-7"}})
    scope: dict[str, object] = {"__name__": "example", "kube": kube}

    for source in _sources(page):
        if _PROGRAM in source:
            for _ in range(2):
                await asyncio.to_thread(output_of, sys.executable, "-W", "error", "-c", source)
            continue
        # Each stands alone, but for the client that the text around it has.
        scope["kube"] = kube
        result = eval(_compiled(source, page), scope)  # noqa: S307 - our own text
        if inspect.iscoroutine(result):
            await result


def test_a_part_of_an_example_stands_in_it() -> None:
    parts = [
        part for page in PAGES for match in _EXAMPLE.finditer(page.read_text()) if (part := _PART.fullmatch(match[1]))
    ]
    assert parts
    for part in parts:
        assert _lines(part[2]) in _lines((ROOT / part[1]).read_text()), part[0]


def _lines(text: str) -> str:
    """Lines without their indents."""
    return "\n".join(line.strip() for line in text.strip().splitlines())


def test_there_are_examples() -> None:
    assert sum(len(_sources(page)) for page in PAGES) >= 60
