"""Documents of aggregated API servers say little of their operations; these have the shapes of real ones."""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from aiokube.errors import DecodeError, Forbidden
from tests.codegen.command import MINI, ROOT, generate
from tests.support.children import run
from tests.support.operations import client_calls, make
from tests.support.recording import RecordingTransport

pytestmark = pytest.mark.slow  # starts programs

DOCUMENT = Path(__file__).with_name("aggregated.json")
_BOXES = "/apis/subresources.machines.example.com/v1/namespaces/shop/boxes"
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The package of the document."""
    folder = tmp_path_factory.mktemp("aggregated")
    done = generate("--spec", DOCUMENT, "--output", folder / "aggregated")
    assert done.returncode == 0, done.stderr
    sys.path.insert(0, str(folder))
    yield importlib.import_module("aggregated")
    sys.path.remove(str(folder))


def client(package: ModuleType, body: bytes = b"{}") -> tuple[Any, RecordingTransport]:
    """A client of the package, and what records its requests."""
    transport = RecordingTransport(body)
    return package.Client(transport=transport, namespace="shop"), transport


def test_mypy_accepts_the_package(package: ModuleType) -> None:
    folder = Path(str(package.__file__)).parent
    cache = ROOT / ".mypy_cache" / "golden"
    command = ("mypy", "--strict", "--config-file=", f"--cache-dir={cache}", folder.name)
    done = run(sys.executable, "-m", *command, cwd=folder.parent)
    assert done.stdout.startswith("Success: "), done.stdout + done.stderr


async def test_every_operation_has_a_method(package: ModuleType) -> None:
    patterns = {r":[a-z0-9][a-z0-9\-]*": "", r":[a-z0-9]{1,63}": "", "{path:*}": "{path}"}
    expected = set()
    for path, item in json.loads(DOCUMENT.read_bytes())["paths"].items():
        for pattern, plain in patterns.items():
            path = path.replace(pattern, plain)
        expected |= {(method.upper(), path) for method in _METHODS if method in item}
    left_out = {one for one in expected if "/watch/" in one[1] or "broken" in one[1]}
    kube, transport = client(package)

    for call in client_calls(kube):
        # The answer is no list, as one method expects it.
        with suppress(DecodeError):
            await make(call, transport)
    asked = {(one.method, one.template) for one in transport.requests}

    assert asked == expected - left_out
    assert (len(asked), len(left_out)) == (35, 3)


def test_the_verbs_are_derived_from_methods_and_paths(package: ModuleType) -> None:
    kube, _ = client(package)
    boxes = {name for name, _ in inspect.getmembers(kube.machines_example_com_v1.boxes, inspect.ismethod)}
    verbs = {"get", "list", "iterate", "watch", "informer", "wait_for", "create", "replace", "patch", "edit", "delete"}
    assert verbs | {"delete_collection"} <= boxes
    assert kube.machines_example_com_v1.boxes.get.__doc__.startswith("Read an object.")


@pytest.mark.parametrize(
    ("name", "arguments", "request_line", "body"),
    [
        ("start", (), "PUT start", {}),
        ("start", ({"paused": True},), "PUT start", {"paused": True}),
        ("stop", (), "PUT stop", {}),
        ("reset", (), "PUT reset", None),
        ("reset", ({"hard": True},), "PUT reset", {"hard": True}),
        ("addvolume", ({"name": "data"},), "PUT addvolume", {"name": "data"}),
        ("guestinfo", (), "GET guestinfo", None),
        ("screen_shot", (), "GET screen/shot", None),
        ("delete_lock", (), "DELETE lock", None),
        ("files", ("etc/hosts",), "GET files/etc/hosts", None),
    ],
)
async def test_a_subresource_is_a_method(
    package: ModuleType, name: str, arguments: tuple[Any, ...], request_line: str, body: Any
) -> None:
    kube, transport = client(package)
    await getattr(kube.subresources_machines_example_com_v1.boxes, name)("one", *arguments)
    method, _, subresource = request_line.partition(" ")
    sent = transport.last
    assert (sent.method, sent.path) == (method, f"{_BOXES}/one/{subresource}")
    assert (json.loads(bytes(sent.body)) if isinstance(sent.body, bytes) else sent.body) == body


def test_a_kind_that_is_not_stated_is_named_after_its_class(package: ModuleType) -> None:
    kube, _ = client(package)
    assert "name: Name of the Box." in kube.subresources_machines_example_com_v1.boxes.start.__doc__


async def test_a_body_with_required_fields_is_required(package: ModuleType) -> None:
    kube, _ = client(package)
    with pytest.raises(TypeError, match="add_volume_options"):
        await kube.subresources_machines_example_com_v1.boxes.addvolume("one")


async def test_answers_are_typed_where_the_document_says_so_and_else_text(package: ModuleType) -> None:
    kube, _ = client(package, b'{"hostname": "a"}')
    boxes = kube.subresources_machines_example_com_v1.boxes
    assert (await boxes.guestinfo("one")).hostname == "a"
    assert await boxes.start("one") == '{"hostname": "a"}'
    kube, _ = client(package, b'[{"hostname": "b"}]')
    assert [one.hostname for one in await kube.subresources_machines_example_com_v1.boxes.users("one")] == ["b"]
    kube, _ = client(package, b"")
    assert await kube.subresources_machines_example_com_v1.boxes.start("one") == ""


async def test_what_the_document_calls_a_websocket_is_one(package: ModuleType) -> None:
    kube, transport = client(package)
    with pytest.raises(Forbidden):
        async with kube.subresources_machines_example_com_v1.boxes.portforward_with_protocol("one", "80", "tcp"):
            pass
    assert transport.last.path == f"{_BOXES}/one/portforward/80/tcp"


async def test_the_path_of_a_metric_is_a_call_of_its_group_version(package: ModuleType) -> None:
    kube, transport = client(package)
    metrics = kube.custom_metrics_example_com_v1beta1
    found = await metrics.list_namespaced_metric_value_list("pods", "web-0", "cpu", metric_label_selector="a=b")
    assert type(found).__name__ == "MetricValueList"
    assert (transport.last.path, transport.last.query) == (
        "/apis/custom.metrics.example.com/v1beta1/namespaces/shop/pods/web-0/cpu",
        (("metricLabelSelector", "a=b"),),
    )


async def test_calls_of_a_group_version_are_not_in_discovery(package: ModuleType) -> None:
    kube, transport = client(package)
    await kube.subresources_machines_example_com_v1.stop_profiler()
    assert transport.last.path == "/apis/subresources.machines.example.com/v1/stop-profiler"
    await kube.subresources_machines_example_com_v1.expand_spec({"spec": {}}, namespace="other")
    assert (transport.last.method, transport.last.path) == (
        "PUT",
        "/apis/subresources.machines.example.com/v1/namespaces/other/expand-spec",
    )
    assert {name for name in vars(type(kube.discovery)) if not name.startswith("_")} == {
        "get_api_group_machines_example_com",
        "upload",
    }


def test_the_groups_that_were_not_chosen_are_not_spoken_of(tmp_path: Path) -> None:
    every = generate("--spec", DOCUMENT, "--output", tmp_path / "every")
    assert every.stdout.splitlines()[2:] == [
        "skipped 1: the braces of the path do not match, or name nothing: left out",
        "  GET /apis/odd.example.com/v1/broken/{name",
        "skipped 1: the path has no form that Kubernetes uses: a plain call of `discovery`",
        "  POST /uploads/{user}/{file}",
        "skipped 5: the path has no form that Kubernetes uses: a plain call of its group-version",
        "  GET /apis/custom.metrics.example.com/v1beta1/namespaces/{namespace}/{resource}/{name}/{subresource}",
        "  GET /apis/custom.metrics.example.com/v1beta1/{resource}/{name}/{subresource}",
        "  GET /apis/odd.example.com/v1/things/{thing}.tar",
        "  POST /apis/odd.example.com/v1/things/{thing}.tar",
        "  PUT /apis/subresources.machines.example.com/v1/namespaces/{namespace}/expand-spec",
    ]
    chosen = generate("--spec", DOCUMENT, "--output", tmp_path / "one", "--groups", "machines.example.com")
    assert chosen.returncode == 0, chosen.stderr
    assert "odd.example.com" not in chosen.stdout
    modules = {path.stem for path in (tmp_path / "one" / "api").glob("*.py")}
    assert modules == {"__init__", "custom_resources", "discovery", "machines_example_com_v1"}


@pytest.mark.parametrize("schema", [{"type": "string"}, {"type": "array", "items": {"type": "string"}}])
def test_a_list_that_has_no_items_is_a_plain_call(schema: dict[str, Any], tmp_path: Path) -> None:
    document = json.loads(MINI.read_bytes())
    path = "/apis/shop.example.com/v1/namespaces/{namespace}/orders"
    document["paths"][path]["get"]["responses"] = {"200": {"schema": schema}}
    assert f"GET {path}" in accepted(document, tmp_path)


def test_a_document_without_definitions_gives_a_package_of_calls(tmp_path: Path) -> None:
    document = json.loads(MINI.read_bytes())
    del document["definitions"]
    assert "typed as Any" in accepted(document, tmp_path)


def accepted(document: Any, folder: Path) -> str:
    """Generate a package that mypy is content with, and return what the command says."""
    (folder / "spec.json").write_text(json.dumps(document))
    done = generate("--spec", folder / "spec.json", "--output", folder / "made", "--verbose")
    assert done.returncode == 0, done.stderr
    command = ("mypy", "--strict", "--config-file=", f"--cache-dir={ROOT / '.mypy_cache' / 'golden'}", "made")
    checked = run(sys.executable, "-m", *command, cwd=folder)
    assert checked.stdout.startswith("Success: "), checked.stdout + checked.stderr
    return done.stdout
