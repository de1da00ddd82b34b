"""The index of the search: what is in it, and how it is written. What is found by it, a browser shows: tests/pages."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from aiokube_codegen.reference.catalog import Catalog
from aiokube_codegen.reference.pages import Pages
from aiokube_codegen.reference.prominence import distance


@pytest.fixture(scope="module")
def index(mini: Catalog) -> dict[str, Any]:
    """The data of both scripts."""
    files = dict(Pages(mini).files())
    return data_of(files["search/kinds.js"], "addKinds") | data_of(files["search/fields.js"], "addFields")


def data_of(script: str, call: str) -> dict[str, Any]:
    match = re.fullmatch(rf"aiokubeSearch\.{call}\(JSON\.parse\('(.*)'\)\);\n", script)
    assert match
    data: dict[str, Any] = json.loads(re.sub(r"\\(['\\])", r"\1", match[1]))
    return data


def test_each_shape_comes_before_those_that_have_fields_of_it(index: dict[str, Any]) -> None:
    types = index["types"]
    assert types
    for number, fields in enumerate(types):
        assert all(inner < number for inner in fields[1::2])


def test_a_name_is_there_once_however_many_types_have_it(index: dict[str, Any]) -> None:
    names = index["names"]
    assert {"containers[]", "metadata", "spec"} <= set(names)
    assert len(names) == len(set(names))


def test_kinds_have_their_other_names_and_come_by_how_well_they_are_known(index: dict[str, Any]) -> None:
    rows = [row for row in index["kinds"] if row[5]]
    assert [row[0] for row in rows][:3] == ["Pod", "Deployment", "Node"]
    assert rows[0][8:] == ["pods", "pod", "po"]
    assert [row[7] for row in rows] == sorted(row[7] for row in rows)


def test_operations_have_their_names_in_the_official_client(index: dict[str, Any]) -> None:
    (core,) = [names for cls, *names in index["peers"] if cls == "CoreV1Api"]
    place = core.index("list_namespaced_pod")
    kind, method = core[place + 1 : place + 3]
    assert (index["kinds"][kind][0], index["methods"][method]) == ("Pod", "list")
    # It has no methods for custom resources.
    assert not any("Order" in str(peers) or "order" in str(peers) for peers in index["peers"])


def test_an_unstable_or_deprecated_version_is_less_known(mini: Catalog) -> None:
    pod = next(kind for kind in mini.kinds() if kind.name == "Pod")
    order = next(kind for kind in mini.kinds() if kind.name == "Order")
    assert distance(pod) < distance(replace(pod, group="policy")) < distance(order)
    assert distance(order) < distance(replace(order, version="v1beta1"))
    assert distance(order) < distance(replace(order, deprecated="Deprecated: use Purchase."))


def test_names_and_sentences_are_written_as_pages_show_them(mini: Catalog) -> None:
    odd, shown = "\u202ename\x1b", "\\u202ename\\x1b"
    pod = next(kind for kind in mini.kinds() if kind.name == "Pod")
    type_ = mini.types[pod.type]
    fields = (*type_.fields, replace(type_.fields[0], name=odd))
    groups = tuple(
        replace(group, versions=tuple(
            replace(version, kinds=tuple(
                replace(kind, name=odd, description=odd) if kind is pod else kind for kind in version.kinds
            )) for version in group.versions
        )) for group in mini.groups
    )  # fmt: skip
    changed = replace(mini, groups=groups, types={**mini.types, pod.type: replace(type_, fields=fields)})
    files = dict(Pages(changed).files())
    index = data_of(files["search/kinds.js"], "addKinds") | data_of(files["search/fields.js"], "addFields")
    assert shown in index["names"]
    assert [row[3] for row in index["kinds"] if row[0] == shown] == [shown]
    assert odd not in str(index)


def test_nothing_of_a_document_ends_a_script(mini: Catalog) -> None:
    hostile = "'\\\n\u2028</script>"
    group = mini.groups[0]
    version = group.versions[0]
    kinds = tuple(replace(kind, short_names=(hostile,)) for kind in version.kinds)
    catalog = replace(mini, groups=(replace(group, versions=(replace(version, kinds=kinds),)),))
    files = dict(Pages(catalog).files())
    for name in ("search/kinds.js", "search/fields.js"):
        assert files[name].isascii()
        assert files[name].count("\n") == 1
    assert hostile in data_of(files["search/kinds.js"], "addKinds")["kinds"][0]
