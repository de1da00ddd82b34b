"""A small document in, a whole package out."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from aiokube_codegen.verbs.calls import MADE_BY_CLIENT
from tests.codegen.command import GOLDEN, MINI, REFRESH, ROOT, generate
from tests.codegen.golden.abi_1 import Client
from tests.codegen.golden.abi_1.models import core_v1, shop_example_com_v1
from tests.support.children import run
from tests.support.folders import differences, snapshot
from tests.support.operations import client_calls, make
from tests.support.recording import RecordingTransport

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The golden package as it stands in somebody's project."""
    return Path(shutil.copytree(GOLDEN, tmp_path / GOLDEN.name, ignore=shutil.ignore_patterns("__pycache__")))


@pytest.mark.slow
def test_the_small_document_becomes_the_golden_package(tmp_path: Path) -> None:
    done = generate("--spec", MINI, "--output", tmp_path / GOLDEN.name)
    assert done.returncode == 0, done.stderr
    found = list(differences(snapshot(GOLDEN), snapshot(tmp_path / GOLDEN.name)))
    if found:
        diff = "\n\n".join(found)
        pytest.fail(
            f"the package differs from tests/codegen/golden:\n\n{diff}\n\nIf it should: {REFRESH}", pytrace=False
        )


@pytest.mark.slow
def test_mypy_accepts_the_golden_package(copy: Path) -> None:
    cache = ROOT / ".mypy_cache" / "golden"
    command = ("mypy", "--strict", "--config-file=", f"--cache-dir={cache}", copy.name)
    done = run(sys.executable, "-m", *command, cwd=copy.parent)
    assert done.stdout == "Success: no issues found in 24 source files\n", done.stdout + done.stderr


@pytest.mark.slow
def test_pyright_accepts_the_golden_package(copy: Path) -> None:
    command = ("pyright", "--pythonpath", sys.executable, "--outputjson", copy.name)
    done = run(sys.executable, "-m", *command, cwd=copy.parent)
    answer = json.loads(done.stdout)
    assert answer["generalDiagnostics"] == []
    assert (answer["summary"]["filesAnalyzed"], answer["summary"]["errorCount"]) == (24, 0)


async def test_a_call_goes_out_and_its_answer_comes_back_typed() -> None:
    body = {"spec": {"lines": [{"sku": "a", "gift": {"to": {"name": "b"}}}], "from": "here"}}
    transport = RecordingTransport(json.dumps(body).encode())
    client = Client(transport=transport, namespace="shop")

    order = await client.shop_example_com_v1.orders.get("one")

    assert (transport.last.method, transport.last.path) == (
        "GET",
        "/apis/shop.example.com/v1/namespaces/shop/orders/one",
    )
    line = order.spec.lines[0]
    assert isinstance(line, shop_example_com_v1.OrderSpecLine)
    assert line.gift is not None
    assert line.gift.to is not None
    assert (line.gift.to.name, order.spec.from_, order.kind) == ("b", "here", "Order")


async def test_an_object_goes_out_as_a_manifest() -> None:
    transport = RecordingTransport()
    pod = core_v1.Pod(spec=core_v1.PodSpec(containers=[core_v1.PodSpecContainer(name="web", port="http")]))

    await Client(transport=transport).core_v1.pods.create(pod, namespace="shop", dry_run="All")

    sent = transport.last
    assert (sent.method, sent.path, sent.query) == (
        "POST",
        "/api/v1/namespaces/shop/pods",
        (("dryRun", "All"), ("fieldValidation", "Strict")),
    )
    assert isinstance(sent.body, bytes)
    assert json.loads(sent.body) == {
        "apiVersion": "v1",
        "kind": "Pod",
        "spec": {"containers": [{"name": "web", "port": "http"}]},
    }


async def test_every_operation_but_those_left_out_is_asked_for() -> None:
    document: dict[str, Any] = json.loads(MINI.read_bytes())
    left_out = {("POST", "/api/v1/namespaces/{namespace}/pods/{name}/exec")}
    expected = {
        (method.upper(), path.replace("{logpath}", "{path}"))
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item and "/watch/" not in path
    }
    transport = RecordingTransport()
    client = Client(transport=transport)

    asked = {(r.method, r.template) for r in [await make(call, transport) for call in client_calls(client)]}

    assert asked | left_out | {("GET", path) for path in MADE_BY_CLIENT} == expected
    assert not asked & left_out
    assert len(asked) == 58
