"""Modules that are too large for type checkers, in parts."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from aiokube_codegen.models.plan import ClassPlan, FieldPlan
from aiokube_codegen.models.splitting import parts_of
from aiokube_codegen.models.types import ClassName
from tests.codegen.command import MINI, generate
from tests.support.children import run


def plans(**needs: list[str]) -> dict[str, ClassPlan]:
    """Classes of a module, each with those that its fields name."""

    def name(cls: str) -> ClassName:
        return ClassName(module="m_v1", name=cls)

    return {
        cls: ClassPlan(
            name=name(cls),
            docstring="",
            fields={
                "a": FieldPlan(
                    name="a",
                    type="",
                    default="",
                    docstring="",
                    classes=frozenset(map(name, others)),
                    wire="a",
                    value="",
                )
            },
        )
        for cls, others in needs.items()
    }


KINDS = plans(
    Box=["BoxSpec"],
    BoxList=["Box"],
    BoxSpec=["Size"],
    Crate=["CrateSpec"],
    CrateList=["Crate"],
    CrateSpec=["Size"],
    Size=[],
)


def test_each_kind_is_a_part_with_its_list_and_what_several_need_is_common() -> None:
    assert parts_of(KINDS) == {
        "box": ["Box", "BoxList", "BoxSpec"],
        "common": ["Size"],
        "crate": ["Crate", "CrateList", "CrateSpec"],
    }


def test_a_part_that_is_too_large_is_cut_where_nothing_before_needs_what_follows() -> None:
    chain = plans(A=["B"], B=["C"], C=["D"], D=["E"], E=[])
    assert parts_of(chain, limit=2) == {"a": ["E", "D"], "a_2": ["C", "B"], "a_3": ["A"]}
    ring = plans(A=["B"], B=["C", "X"], C=["B"], X=[])
    assert parts_of(ring, limit=1) == {"a": ["C", "X", "B"], "a_2": ["A"]}


def _document(count: int) -> Any:
    """Two kinds of many different parts, some of them in both."""
    document = json.loads(MINI.read_bytes())
    order = document["definitions"]["com.example.shop.v1.Order"]
    parts = {
        f"part{number}": {"type": "object", "properties": {f"field{number}": {"type": "string"}}}
        for number in range(count)
    }
    order["properties"]["spec"]["properties"].update(parts)
    other = json.loads(json.dumps(order))
    other["x-kubernetes-group-version-kind"][0]["kind"] = "Bill"
    other["properties"]["spec"]["properties"]["more"] = {"type": "object", "properties": {"own": {"type": "integer"}}}
    document["definitions"]["com.example.shop.v1.Bill"] = other
    return document


@pytest.mark.slow
def test_pyright_knows_every_type_of_a_module_in_parts(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(json.dumps(_document(4200)))
    done = generate("--spec", tmp_path / "spec.json", "--output", tmp_path / "large")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "large" / "models" / "shop_example_com_v1"
    assert {"__init__.py", "bill.py", "order.py", "common.py"} <= {path.name for path in folder.iterdir()}
    (tmp_path / "use.py").write_text(
        "from large import Client\n"
        "from large.models import shop_example_com_v1 as shop\n"
        "spec = shop.BillSpec(more=shop.BillSpecMore(own=1), lines=[], part7=shop.BillSpecPart7(field7='a'))\n"
        "assert shop.Bill(spec=spec).to_dict()['spec'] ['part7'] == {'field7': 'a'}\n"
        "async def read(kube: Client) -> None:\n"
        "    reveal_type((await kube.shop_example_com_v1.orders.get('a')).spec)\n"
        "    reveal_type(spec.more)\n"
    )
    ran = run(sys.executable, "use.py", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    checked = run(sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "use.py", "large", cwd=tmp_path)
    assert '"OrderSpec"' in checked.stdout, checked.stdout
    assert '"BillSpecMore | None"' in checked.stdout, checked.stdout
    assert "0 errors" in checked.stdout, checked.stdout
