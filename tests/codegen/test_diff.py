"""`aiokube diff` and `aiokube generate --check`, as people run them."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.codegen.command import AIOKUBE, GOLDEN, MINI, generate
from tests.codegen.test_fetch import JSON, VERSION, kubeconfig, server
from tests.support.children import run
from tests.support.folders import snapshot

pytestmark = pytest.mark.slow  # each test starts programs

TEXT = """\
from  {old} (Kubernetes v1.99.0)
to    {new} (Kubernetes v1.100.0)

Breaking    1 method gone
            1 field gone
            1 field required now
Deprecated  1 field deprecated now
New         1 field new

BREAKING
Code that uses what is gone raises AttributeError, ImportError or TypeError.
A call without what is required now raises TypeError.

shop_example_com_v1
  Order
    shop_example_com_v1.LineGift.wrapped (Order.spec.lines[].gift.wrapped) is gone: it was bool | None.
    kube.shop_example_com_v1.orders.get_status is gone.
    shop_example_com_v1.OrderSpecLine.count (Order.spec.lines[].count) is required now: int.

DEPRECATED

core_v1
  Pod
    core_v1.PodStatus.phase: Deprecated: Use conditions.

NEW

shop_example_com_v1
  Order
    shop_example_com_v1.OrderSpec.to: OrderSpecTo | None.
"""


def _mini(change: Callable[[dict[str, Any]], object] = lambda document: None) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(MINI.read_bytes())
    change(document)
    return document


def _upgrade(document: dict[str, Any]) -> None:
    """Make the changes of the text above."""
    document["info"]["version"] = "v1.100.0"
    definitions = document["definitions"]
    order = definitions["com.example.shop.v1.Order"]["properties"]["spec"]
    order["properties"]["to"] = {"type": "object", "properties": {"street": {"type": "string"}}}
    lines = order["properties"]["lines"]["items"]
    lines["required"].append("count")
    del lines["properties"]["gift"]["properties"]["wrapped"]
    definitions["io.k8s.api.core.v1.PodStatus"]["properties"]["phase"]["description"] = (
        "Phase. Deprecated: Use conditions."
    )
    del document["paths"]["/apis/shop.example.com/v1/namespaces/{namespace}/orders/{name}/status"]["get"]


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """The document of an upgraded cluster."""
    path = tmp_path / "new.json"
    path.write_text(json.dumps(_mini(_upgrade)))
    return path


def _diff(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run(*AIOKUBE, "diff", *map(str, arguments))


def test_the_page_says_what_an_upgrade_changes(new: Path) -> None:
    done = _diff(MINI, new)
    assert (done.returncode, done.stdout) == (0, TEXT.format(old=MINI, new=new)), done.stderr


def test_markdown_has_the_same_lines_with_code_marked(new: Path) -> None:
    done = _diff(MINI, new, "--format", "markdown")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "# Changes for code that uses the client"
    assert "- **Breaking:** 1 method gone, 1 field gone, 1 field required now" in lines
    assert "- `shop_example_com_v1.OrderSpec.to`: `OrderSpecTo | None`." in lines
    said = [line.removeprefix("- ").replace("`", "") for line in lines if line.startswith("- `")]
    assert said == [line.strip() for line in TEXT.splitlines() if re.match(" {4}[^ ]", line)]


def test_json_has_every_change_and_its_parts(new: Path) -> None:
    done = _diff(MINI, new, "--format", "json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["old"], answer["breaking"]) == (f"{MINI} (Kubernetes v1.99.0)", 3)
    (added,) = [change for change in answer["changes"] if change["action"] == "added"]
    assert (added["subject"], added["name"]) == ("field", "shop_example_com_v1.OrderSpec.to")
    assert added["includes"] == ["shop_example_com_v1.OrderSpecTo"]


def test_nothing_changes_from_a_document_to_itself() -> None:
    done = _diff(MINI, MINI, "--fail-on", "breaking")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "Nothing changes for code that uses the client."


def test_only_the_chosen_groups_of_documents_are_compared(new: Path, tmp_path: Path) -> None:
    package = tmp_path / "shop"
    made = generate("--spec", MINI, "--groups", "shop.example.com", "--output", package)
    assert made.returncode == 0, made.stderr
    whole = _diff(package, new)
    assert "core_v1" in whole.stdout
    chosen = _diff(package, new, "--groups", "shop.example.com")
    assert chosen.returncode == 0, chosen.stderr
    assert "core_v1" not in chosen.stdout
    assert "Breaking    1 method gone\n            1 field gone\n            1 field required now\n" in chosen.stdout


def test_breaking_changes_have_an_exit_code_of_their_own(new: Path) -> None:
    assert _diff(MINI, new, "--fail-on", "breaking").returncode == 3
    harmless = new.with_name("harmless.json")
    harmless.write_text(json.dumps(_mini(lambda document: _with_field(document, "io.k8s.api.core.v1.PodSpec"))))
    done = _diff(MINI, harmless, "--fail-on", "breaking")
    assert (done.returncode, "core_v1.PodSpec.note: str | None." in done.stdout) == (0, True), done.stderr


def _with_field(document: dict[str, Any], definition: str) -> None:
    document["definitions"][definition]["properties"]["note"] = {"type": "string"}


def test_a_generated_package_stands_for_its_document(new: Path) -> None:
    done = _diff(GOLDEN, new)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"from  {GOLDEN} (Kubernetes 1.99)",
        *TEXT.format(old=MINI, new=new).splitlines()[1:],
    ]


@pytest.mark.parametrize("cluster_first", [False, True])
def test_a_cluster_is_one_side(new: Path, cluster_first: bool) -> None:
    answers = {"/version": (200, JSON, VERSION), "/openapi/v2": (200, JSON, MINI.read_bytes())}
    with server(answers) as url:
        sides = ["cluster", new] if cluster_first else [new]
        done = _diff(*sides, "--kubeconfig", kubeconfig(new.parent, url))
    assert done.returncode == 0, done.stderr
    assert ("1 method gone" in done.stdout, "1 method new" in done.stdout) == (cluster_first, not cluster_first)
    assert f"{url}/openapi/v2 (Kubernetes v1.99.0)" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cluster"], "OLD and NEW are both the cluster: name a document for one of them"),
        ([MINI, MINI, "--context", "prod"], "--kubeconfig, --context, .* are for a cluster: name it `cluster`"),
        ([MINI, "gone.json"], "gone.json cannot be read: No such file or directory"),
    ],
)
def test_sides_that_cannot_be_compared_are_refused(arguments: list[str | Path], message: str) -> None:
    done = _diff(*arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    (error,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert re.search(message, error), error


def test_a_reader_that_closes_the_pipe_gets_no_traceback(new: Path) -> None:
    done = run("bash", "-c", '"$@" | true; exit ${PIPESTATUS[0]}', "bash", *AIOKUBE, "diff", str(MINI), str(new))
    assert done.returncode == 128 + signal.SIGPIPE
    assert "Traceback" not in done.stderr


# generate --check


def test_a_package_that_is_what_the_document_gives_is_in_order(package: Path) -> None:
    done = generate("--spec", MINI, "--output", package)
    assert done.returncode == 0, done.stderr
    before = snapshot(package)
    done = generate("--spec", MINI, "--output", package, "--check")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{package} is what {MINI} (Kubernetes v1.99.0) gives: {len(before)} files\n"
    assert snapshot(package) == before


def test_a_package_of_another_api_differs_and_stays_as_it_is(new: Path, tmp_path: Path) -> None:
    package = tmp_path / "package"
    assert generate("--spec", MINI, "--output", package).returncode == 0
    before = snapshot(package)
    done = generate("--spec", new, "--output", package, "--check")
    assert done.returncode == 3, done.stderr
    page, _, files = done.stdout.rpartition("\n\n")
    assert page.splitlines() == [
        f"from  {package} (Kubernetes 1.99)",
        *TEXT.format(old=package, new=new).splitlines()[1:],
    ]
    assert files == (
        "5 files differ: api/custom_resources.py, apply/shop_example_com_v1.py, client.py, models/core_v1.py, "
        "models/shop_example_com_v1.py\n"
    )
    assert snapshot(package) == before


def test_files_that_came_went_or_were_edited_differ(package: Path) -> None:
    assert generate("--spec", MINI, "--output", package).returncode == 0
    (package / "models" / "gone_v1.py").write_text("# Generated by `aiokube generate` from an older cluster.\n")
    (package / "api" / "core_v1.py").unlink()
    with (package / "models" / "core_v1.py").open("a") as file:
        file.write("# mine\n")
    (package / "__init__.py").write_text("# written by hand\n")
    done = generate("--spec", MINI, "--output", package, "--check")
    assert done.returncode == 3, done.stderr
    assert done.stdout.splitlines()[-1] == "3 files differ: api/core_v1.py, models/core_v1.py, models/gone_v1.py"


def test_a_single_file_that_was_edited_differs(package: Path) -> None:
    assert generate("--spec", MINI, "--output", package).returncode == 0
    (package / "client.py").write_text("# Generated by `aiokube generate`, and edited.\n")
    done = generate("--spec", MINI, "--output", package, "--check")
    assert done.stdout.splitlines()[-1] == "1 file differs: client.py"


def test_a_folder_without_a_package_cannot_be_checked(tmp_path: Path) -> None:
    done = generate("--spec", MINI, "--output", tmp_path / "new", "--check")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"error: {tmp_path / 'new'} holds no generated package"
    assert not (tmp_path / "new").exists()
