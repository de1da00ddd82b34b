"""The identity and the annotations of ApplySets, as KEP-3659 specifies them."""

from __future__ import annotations

from typing import Any

import pytest

from aiokube.errors import InvalidArgument
from aiokube.runtime.manifests.apply_set import Contents, Parent, labelled, parent_manifest, read_contents

SECRET = Parent(api_version="v1", kind="Secret", namespace="test", name="my-set")
# Of kubectl's own tests, for a Secret `my-set` in the namespace `test`.
ID = "applyset-0eFHV8ySqp7XoShsGvyWFQD3s96yqwHmzc4e0HR1dsY-v1"
CONTENTS = Contents(kinds=frozenset({("", "Secret"), ("apps", "Deployment")}), namespaces=frozenset({"test", "b", "a"}))


def test_the_id_is_that_of_kubectl() -> None:
    assert SECRET.id == ID
    others = [
        Parent(api_version="v1", kind="ConfigMap", namespace="test", name="my-set"),
        Parent(api_version="v1", kind="Secret", namespace="", name="my-set"),
        Parent(api_version="x.io/v1", kind="Secret", namespace="test", name="my-set"),
    ]
    assert len({ID, *(other.id for other in others)}) == 4


def test_the_version_of_a_parent_does_not_count() -> None:
    first, second = (
        Parent(api_version=f"x.io/{version}", kind="Set", namespace="", name="a") for version in ("v1", "v2")
    )
    assert first.id == second.id


def test_a_parent_lists_kinds_and_other_namespaces() -> None:
    metadata = parent_manifest(SECRET, CONTENTS)["metadata"]
    assert metadata["labels"] == {"applyset.kubernetes.io/id": ID}
    annotations = metadata["annotations"]
    assert annotations["applyset.kubernetes.io/contains-group-kinds"] == "Deployment.apps,Secret"
    assert annotations["applyset.kubernetes.io/additional-namespaces"] == "a,b"
    assert annotations["applyset.kubernetes.io/tooling"].startswith("kubectl/v")


def test_what_is_written_is_read_again() -> None:
    metadata = parent_manifest(SECRET, CONTENTS, "kubectl/v1.37.0")["metadata"]
    assert metadata["annotations"]["applyset.kubernetes.io/tooling"] == "kubectl/v1.37.0"
    found = read_contents(SECRET, metadata["labels"], metadata["annotations"])
    assert found == Contents(kinds=CONTENTS.kinds, namespaces=frozenset({"a", "b"}))


def test_an_empty_set_has_an_empty_annotation() -> None:
    metadata = parent_manifest(SECRET, Contents())["metadata"]
    assert metadata["annotations"]["applyset.kubernetes.io/contains-group-kinds"] == ""
    assert read_contents(SECRET, metadata["labels"], metadata["annotations"]) == Contents()


@pytest.mark.parametrize(
    ("labels", "annotations", "problem"),
    [
        ({"applyset.kubernetes.io/id": None}, {}, "is no ApplySet"),
        ({}, {"applyset.kubernetes.io/tooling": None}, "is no ApplySet"),
        ({"applyset.kubernetes.io/id": "applyset-x-v1"}, {}, "of another set"),
        ({}, {"applyset.kubernetes.io/tooling": "helm/v3"}, "belongs to the tool 'helm'"),
        ({}, {"applyset.kubernetes.io/tooling": "kubectl"}, None),
        ({}, {"applyset.kubernetes.io/contains-group-kinds": None}, "does not name the kinds"),
    ],
)
def test_the_parent_of_another_is_refused(
    labels: dict[str, Any], annotations: dict[str, Any], problem: str | None
) -> None:
    metadata = parent_manifest(SECRET, Contents())["metadata"]
    found_labels = {key: value for key, value in {**metadata["labels"], **labels}.items() if value}
    found = {key: value for key, value in {**metadata["annotations"], **annotations}.items() if value is not None}
    if problem is None:
        read_contents(SECRET, found_labels, found)
        return
    with pytest.raises(InvalidArgument, match=f"prune: Secret test/my-set.*{problem}"):
        read_contents(SECRET, found_labels, found)


def test_the_label_of_a_member_is_added_to_a_copy() -> None:
    data = {"kind": "Secret", "metadata": {"name": "a", "labels": {"x": "y"}}}
    found = labelled(data, SECRET)
    assert found["metadata"]["labels"] == {"x": "y", "applyset.kubernetes.io/part-of": ID}
    assert data["metadata"] == {"name": "a", "labels": {"x": "y"}}
    with pytest.raises(InvalidArgument, match=r"part-of is in the manifest; remove it"):
        labelled(found, SECRET)
