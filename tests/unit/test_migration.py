"""The pages for those who come from another client."""

from __future__ import annotations

import inspect
import re
from functools import cache
from pathlib import Path

import pytest

import aiokube
from aiokube import Client, Config
from aiokube.runtime.verbs import Resource
from website.methods import PAGES, TABLES, Row, rows, written

TEXTS = [*sorted(PAGES.glob("*.md"))]
_KINDS = ("pods", "deployments", "nodes", "config_maps")


@cache
def all_rows() -> list[Row]:
    return rows()


@pytest.mark.slow
@pytest.mark.parametrize("page", TABLES)
def test_the_table_of_a_page_is_that_of_the_api(page: str) -> None:
    text = (PAGES / page).read_text()
    assert text == written(text, TABLES[page](all_rows())), "run `make generate`"


@pytest.mark.slow
def test_every_operation_is_a_row_of_the_full_table() -> None:
    text = (PAGES / "methods.md").read_text()
    assert len(all_rows()) > 700
    for row in all_rows():
        assert f"| `{row.peers.method}` | `{row.call}` |" in text


def test_the_log_of_a_pod_is_found_by_its_old_name() -> None:
    line = "| `read_namespaced_pod_log` | `kube.core_v1.pods.log(name, namespace=...)` | `log_lines`, `logs` |"
    for page in ("methods.md", "kubernetes-asyncio.md", "official-client.md"):
        assert line in (PAGES / page).read_text()


@cache
def resources() -> dict[str, object]:
    kube = Client(Config(server="https://127.0.0.1:1"))
    groups = [getattr(kube, name) for name in dir(type(kube)) if re.search(r"_v\d", name)]
    return {name: one for group in groups for name, one in vars(group).items() if isinstance(one, Resource)}


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_every_method_that_a_page_names_exists(page: Path) -> None:
    kinds = resources()
    # In the columns of aiokube; the program before holds names of the other client.
    cells = [cell for line in page.read_text().splitlines() if line.startswith("|") for cell in line.split("|")[2:]]
    text = "\n".join(cells)
    calls = re.findall(rf"\b({'|'.join(_KINDS)})\.(\w+)", text)
    for kind, name in calls:
        assert hasattr(kinds[kind], name), f"{kind}.{name}"
    for name in re.findall(r"`kube\.(\w+)\(", text):
        assert callable(getattr(Client, name)), name
    for owner, name in re.findall(r"`(Client|Config)\((\w+)=", text):
        assert name in inspect.signature(getattr(aiokube, owner)).parameters, f"{owner}({name}=...)"
    for name in re.findall(r"`Config\.(\w+)\(", text):
        assert callable(getattr(Config, name)), name
