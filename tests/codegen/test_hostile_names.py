"""Names that Python or its neighbours cannot bear get others, each alone: the rest of the package is as it was."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.codegen.command import MINI, generate
from tests.support.children import output_of

pytestmark = pytest.mark.slow  # each test starts programs

_ORDER = "com.example.shop.v1.Order"
_PACKAGES = (
    "lambda",
    "class",
    "async",
    "import",
    "datetime",
    "field",
    "dataclass",
    "typing",
    "asyncio",
    "import_module",
    "list",
    "name",
)
_OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}}


def imported(document: Any, folder: Path, *statements: str) -> list[str]:
    """Generate the package of a document, import every module, and return what some statements print."""
    (folder / "spec.json").write_text(json.dumps(document))
    done = generate("--spec", folder / "spec.json", "--output", folder / "made")
    assert done.returncode == 0, done.stderr
    modules = sorted(path.relative_to(folder).with_suffix("") for path in (folder / "made").rglob("*_v1*.py"))
    modules += sorted(path.relative_to(folder).with_suffix("") for path in (folder / "made").rglob("module_*.py"))
    assert modules
    imports = [f"import {'.'.join(module.parts)}" for module in modules]
    return output_of(sys.executable, "-c", "\n".join(("import made.client", *imports, *statements)), cwd=folder).split()


@pytest.fixture
def document() -> Any:
    return copy.deepcopy(json.loads(MINI.read_bytes()))


@pytest.mark.parametrize("wire", ["İsim", "ᛮ", "Ⅷ", "一", "ࡰ", "x\u0301\u0345", "ﬁle"])
def test_any_letter_may_be_in_a_field(wire: str, document: Any, tmp_path: Path) -> None:
    document["definitions"][_ORDER]["properties"][wire] = {"type": "string"}
    read = f"made.models.shop_example_com_v1.Order.from_json({json.dumps({wire: 'here'})!r}.encode()).to_dict()"
    assert imported(document, tmp_path, f"print({read}[{wire!r}])") == ["here"]


def test_a_field_that_no_text_can_name_costs_that_field(document: Any, tmp_path: Path) -> None:
    document["definitions"][_ORDER]["properties"]["\ud800"] = {"type": "string"}
    read = 'made.models.shop_example_com_v1.Order.from_json(b\'{"metadata": {"name": "one"}}\')'
    assert imported(document, tmp_path, f"print({read}.metadata.name)") == ["one"]


def test_packages_may_be_called_like_anything_that_generated_modules_use(document: Any, tmp_path: Path) -> None:
    fields = document["definitions"][_ORDER]["properties"]
    for package in _PACKAGES:
        document["definitions"][f"com.example.{package}.T"] = _OBJECT
        fields[f"{package}Part"] = {"$ref": f"#/definitions/com.example.{package}.T"}
    path = "/apis/shop.example.com/v1/namespaces/{namespace}/orders/{name}"
    document["paths"][f"{path}/name"] = {
        "get": {"responses": {"200": {"schema": {"$ref": "#/definitions/com.example.name.T"}}}}
    }
    body = json.dumps({f"{package}Part": {"a": package} for package in _PACKAGES})
    found = imported(
        document,
        tmp_path,
        f"order = made.models.shop_example_com_v1.Order.from_json({body!r}.encode())",
        "for name in order.to_dict(): print(type(getattr(order, name.replace('Part', '_part'), None)).__module__)",
    )
    assert {f"made.models.module_{package}" for package in _PACKAGES} <= set(found)


@pytest.mark.parametrize("kind", ["__init__", "None", "__class__", "_", "class", "TypeAlias", "ǰ"])
def test_kinds_may_be_called_anything(kind: str, document: Any, tmp_path: Path) -> None:
    document["definitions"][f"com.example.shop.v1.{kind}"] = {**_OBJECT, "description": "Odd one."}
    (docstring,) = set(
        imported(
            document,
            tmp_path,
            "classes = vars(made.models.shop_example_com_v1).values()",
            "print(*[(one.__doc__ or '').replace(' ', '_') for one in classes if (one.__doc__ or '')[:3] == 'Odd'])",
        )
    )
    assert docstring == "Odd_one."


def test_parameters_may_hold_what_no_file_can(document: Any, tmp_path: Path) -> None:
    item = document["paths"]["/apis/shop.example.com/v1/namespaces/{namespace}/orders"]
    item.setdefault("parameters", []).append(
        {"name": "\ud800", "in": "query", "type": "string", "description": "\udfff"}
    )
    assert imported(document, tmp_path, "print('here')") == ["here"]


def test_a_version_may_look_like_markup(document: Any, tmp_path: Path) -> None:
    document["info"]["version"] = "v1[/]"
    assert imported(document, tmp_path, "print('here')") == ["here"]
