"""Pages have the same addresses each time, inside of their folder, and never one for two."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from aiokube_codegen.reference.addresses import Addresses, field_id, fragment, relative
from aiokube_codegen.reference.catalog import Catalog, Group, Kind, Version


def kind(group: str, version: str, name: str, plural: str) -> Kind:
    return Kind(
        group=group,
        version=version,
        name=name,
        plural=plural,
        singular=name.lower(),
        namespaced=True,
        attribute=f"g.{plural}",
        python="Any",
        type="",
        operations=(),
        methods=(),
    )


def addresses(*kinds: Kind, types: tuple[str, ...] = ()) -> Addresses:
    versions = tuple(Version(group=one.group, version=one.version, name="g", kinds=(one,)) for one in kinds)
    catalog = Catalog(origin="", version="", groups=(Group(name="", versions=versions),), types={})
    return Addresses(catalog, types)


def test_a_kind_has_its_group_version_and_name_in_its_address() -> None:
    pod, deployment = kind("", "v1", "Pod", "pods"), kind("apps", "v1", "Deployment", "deployments")
    found = addresses(pod, deployment)
    assert found.kind(pod) == "kinds/core/v1/pod.html"
    assert found.kind(deployment) == "kinds/apps/v1/deployment.html"
    assert found.field(pod, "spec.containers[].image") == "kinds/core/v1/pod.html#Pod.spec.containers[].image"


def test_no_two_pages_are_one_file_where_letters_have_no_case() -> None:
    one, two, three = kind("a", "v1", "Box", "boxes"), kind("a", "v1", "BOX", "bigs"), kind("A", "v1", "box", "smalls")
    found = addresses(one, two, three, types=("x.Y", "X.y"))
    assert [found.kind(each) for each in (one, two, three)] == [
        "kinds/a/v1/box.html",
        "kinds/a/v1/box-2.html",
        "kinds/a/v1/box-3.html",
    ]
    assert {found.type("x.Y"), found.type("X.y")} == {"types/x.y.html", "types/x.y-2.html"}


@pytest.mark.parametrize("name", ["..", ".", "", "a/../b", "a\\b", "\x00", "ünï", "x" * 5000, "con:", "\ud800"])
def test_any_name_gives_a_path_below_the_folder(name: str) -> None:
    odd = kind(name, name, name, name)
    path = addresses(odd).kind(odd)
    parts = path.split("/")
    assert len(parts) == 4
    assert all(part.strip(".") and len(part) < 130 and part.isascii() and "\\" not in part for part in parts)


@pytest.mark.parametrize("name", ["con", "CON", "nul.example.com", "lpt1"])
def test_no_page_has_the_name_of_a_device(name: str) -> None:
    odd = kind(name, name, name, name)
    assert addresses(odd).kind(odd) == "kinds/" + "/".join([f"_{name.lower()}"] * 3) + ".html"


def test_links_are_relative_so_that_pages_work_below_any_path() -> None:
    assert relative("kinds/core/v1/pod.html", "types/x.html#X.a") == "../../../types/x.html#X.a"
    assert relative("index.html", "kinds/core/v1/pod.html") == "kinds/core/v1/pod.html"
    assert relative("types/x.html", "types/x.html#X.a") == "#X.a"
    assert relative("types/x.html", "types/x.html") == "x.html"


def test_a_fragment_leads_to_the_id_of_a_field() -> None:
    assert fragment(field_id("Pod", "spec.containers[].image")) == "Pod.spec.containers[].image"
    assert fragment('a "b" <c>#%') == "a%20%22b%22%20%3Cc%3E%23%25"


def test_a_fragment_is_of_the_id_as_pages_show_it() -> None:
    assert unquote(fragment("\u202ea\x1b\ud800")) == "\\u202ea\\x1b\\ud800"
