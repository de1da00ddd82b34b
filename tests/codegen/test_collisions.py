"""Resources, groups and parameters whose names are in each other's way, or in that of what a module needs."""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.codegen.command import MINI, ROOT, generate
from tests.support.children import run

pytestmark = pytest.mark.slow  # each test starts programs

BASE = "/apis/shop.example.com/v1"
DEFINITION = "com.example.shop.v1.Order"


def with_resources(kinds: dict[str, str]) -> Any:
    """The small document with more resources that are like its orders.

    Args:
        kinds: the kind of each, by its plural.
    """
    document = json.loads(MINI.read_bytes())
    for plural, kind in kinds.items():
        for path in [path for path in document["paths"] if re.match(rf"{BASE}/.*orders(?!.*line)", path)]:
            text = json.dumps(document["paths"][path]).replace('"kind": "Order"', json.dumps({"kind": kind})[1:-1])
            text = text.replace(f"/{DEFINITION}", f"/com.example.shop.v1.{kind}")
            document["paths"][path.replace("orders", plural)] = json.loads(text)
        for name in (DEFINITION, f"{DEFINITION}List"):
            text = json.dumps(document["definitions"][name]).replace("Order", kind)
            text = re.sub(rf"v1\.{kind}([A-Z])(?!ist)", r"v1.Order\1", text)
            document["definitions"][name.replace("Order", kind)] = json.loads(text)
    return document


def made(document: Any, tmp_path: Path) -> Path:
    """The package of a document, which mypy is content with."""
    (tmp_path / "spec.json").write_text(json.dumps(document))
    done = generate("--spec", tmp_path / "spec.json", "--output", tmp_path / "made")
    assert done.returncode == 0, done.stderr
    cache = ROOT / ".mypy_cache" / "golden"
    command = ("mypy", "--strict", "--config-file=", f"--cache-dir={cache}", "made")
    checked = run(sys.executable, "-m", *command, cwd=tmp_path)
    assert checked.stdout.startswith("Success: "), checked.stdout + checked.stderr
    return tmp_path / "made"


def test_every_resource_has_a_class_of_its_own(tmp_path: Path) -> None:
    kinds = {
        "none": "None",
        "any": "Any",
        "resource": "Resource",
        "informer": "Informer",
        "watch": "Watch",
        "foobars": "FooBar",
        "foo-bars": "Foobar",
        "shopexamplecomv1": "ShopExampleComV1",
        "namespaces": "Namespace",
        "types": "Type",
    }
    package = made(with_resources(kinds), tmp_path)
    tree = ast.parse((package / "api" / "shop_example_com_v1.py").read_text())
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assert len({one.name for one in classes}) == len(classes) == len(kinds) + 2
    for plural in kinds:
        path = f"{BASE}/namespaces/{{namespace}}/{plural}"
        (found,) = [one for one in classes if f"path = {path!r}" in ast.unparse(one)]
        assert ast.unparse(found.bases[0]).startswith("NamespacedCustomResource"), plural


def test_no_two_group_versions_share_a_module(tmp_path: Path) -> None:
    document = json.loads(MINI.read_bytes())
    text = json.dumps({path: item for path, item in document["paths"].items() if path.startswith(BASE)})
    one = text.replace("shop.example.com", "coll.example.com").replace("v1", "com-v1")
    other = text.replace("shop.example.com", "coll.example.com.com")
    for copied in (one, other):
        # The definitions stay those of the shop: only the group and the version of the paths are others.
        copied = re.sub(r"com\.example\.shop\.(?:com-)?v1", "com.example.shop.v1", copied)
        document["paths"] |= json.loads(re.sub(r"(core|meta)\.com-v1", r"\1.v1", copied))
    package = made(document, tmp_path)
    modules = sorted((package / "api").glob("coll_*.py"))
    assert [re.findall(r'all_namespaces_path = "(\S+)"', path.read_text()) for path in modules] == [
        ["/apis/coll.example.com/com-v1/orders"],
        ["/apis/coll.example.com.com/v1/orders"],
    ]


def test_parameters_are_kept_apart(tmp_path: Path) -> None:
    document = json.loads(MINI.read_bytes())
    for name in ("fooBar", "foo_bar", "namespace", "pageSize"):
        document["paths"][f"{BASE}/orders"]["parameters"].append(
            {"name": name, "in": "query", "type": "string", "uniqueItems": True}
        )
        document["paths"][f"{BASE}/namespaces/{{namespace}}/orders"]["parameters"].append(
            {"name": name, "in": "query", "type": "string", "uniqueItems": True}
        )
    text = (made(document, tmp_path) / "api" / "custom_resources.py").read_text()
    for name in ("fooBar", "foo_bar", "namespace", "pageSize"):
        assert f'"{name}": ' in text


@pytest.mark.parametrize(
    "hostile",
    ['x"""+print("RUN")+"""', "x\nprint('RUN') #", "x\rprint('RUN') #", "x\u2028print('RUN')", 'x\\"""+print("RUN")#'],
)
def test_nothing_in_a_document_becomes_code(hostile: str, tmp_path: Path) -> None:
    document = json.loads(MINI.read_bytes())
    document["info"]["version"] = hostile
    for definition in document["definitions"].values():
        definition["description"] = hostile
    for path in [path for path in document["paths"] if path.startswith(BASE)]:
        item = json.loads(json.dumps(document["paths"][path]).replace('"Order"', json.dumps(hostile)))
        for operation in item.values():
            if isinstance(operation, dict):
                operation["description"] = hostile
        document["paths"][path] = item
        if re.fullmatch("[!-~]+", hostile):
            document["paths"][path.replace("shop.example.com", hostile)] = item
    (tmp_path / "spec.json").write_text(json.dumps(document))
    done = generate("--spec", tmp_path / "spec.json", "--output", tmp_path / "made")
    assert done.returncode == 0, done.stderr
    modules = sorted(path.relative_to(tmp_path).with_suffix("") for path in (tmp_path / "made").rglob("*_v1.py"))
    code = "; ".join(("import made.client", *(f"import {'.'.join(module.parts)}" for module in modules)))
    ran = run(sys.executable, "-c", code, cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr


def test_a_path_that_no_url_has_is_left_out(tmp_path: Path) -> None:
    document = json.loads(MINI.read_bytes())
    item = document["paths"][f"{BASE}/orders"]
    document["paths"]["/apis/x\u2028y/v1/orders"] = item
    (tmp_path / "spec.json").write_text(json.dumps(document))
    done = generate("--spec", tmp_path / "spec.json", "--output", tmp_path / "made")
    assert done.returncode == 0, done.stderr
    assert "skipped 1: the path is not one of a URL: left out\n  /apis/x\\u2028y/v1/orders\n" in done.stdout
