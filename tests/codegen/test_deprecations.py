"""Deprecations: where a document says them, and where a package shows them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aiokube_codegen.document.load import load_spec
from aiokube_codegen.document.spec import Spec
from aiokube_codegen.methods.group_versions import build_group_versions
from aiokube_codegen.models.build import build_models
from aiokube_codegen.naming.deprecations import deprecation, mark_deprecated
from aiokube_codegen.render.ir import GroupVersion
from tests.codegen.packages import class_docstring, field_docstring

_WIDGET = "com.example.v1.Widget"
_GVK = {"group": "example.com", "version": "v1", "kind": "Widget"}


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Deprecated: use b.", "Deprecated: use b."),
        ("DEPRECATED: Use\n  b.", "Deprecated: Use b."),
        ("Deprecated.", "Deprecated."),
        ("deprecated. Use b", "Deprecated: Use b"),
        ("Name of it. Deprecated: use b.", "Deprecated: use b.\n\nName of it."),
        ("Name of it.\n\nDeprecated: use b.\n\nMore.", "Deprecated: use b.\n\nName of it.\n\nMore."),
        (
            "The old part. This API is deprecated since 1.22",
            "Deprecated: This API is deprecated since 1.22\n\nThe old part.",
        ),
        ("a is a deprecated alias for b.", "Deprecated: a is a deprecated alias for b."),
        ("A is a deprecated alias for b. Deprecated: Use b.", "Deprecated: Use b.\n\nA is a deprecated alias for b."),
        (
            'Phase. Deprecated: use b.\n\nPossible enum values:\n - `"A"` old',
            'Deprecated: use b.\n\nPhase.\n\nPossible enum values:\n - `"A"` old',
        ),
    ],
)
def test_a_text_that_speaks_of_a_deprecation_begins_with_it(text: str, marked: str) -> None:
    assert mark_deprecated(text) == marked
    assert mark_deprecated(marked) == marked
    assert deprecation(marked) == marked.partition("\n\n")[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "How it is kept, removed or recycled (deprecated). Recycle needs a plugin.",
        "Although the annotation is deprecated, controllers read it.",
        "deprecated says that this version is deprecated.",
        "`LegacyRC2`: Deprecated. Not supported by default.",
        'Phase of it.\n\nPossible enum values:\n - `"Unknown"` lost\nDeprecated: It is not set since 2015.',
    ],
)
def test_a_text_about_something_else_stays_as_it_is(text: str) -> None:
    assert mark_deprecated(text) == text
    assert deprecation(text) == ""
    assert mark_deprecated(text, flagged=True) == f"Deprecated.\n\n{text}".strip()


def _document(**widget: Any) -> Spec:
    ref = {"$ref": f"#/definitions/{_WIDGET}"}
    get = {
        "operationId": "readWidget",
        "x-kubernetes-action": "get",
        "x-kubernetes-group-version-kind": _GVK,
        "responses": {"200": {"schema": ref}},
        "parameters": [
            {"name": "old", "in": "query", "type": "string", "description": "Age of it. Deprecated: use new."},
            {"name": "older", "in": "query", "type": "string", "description": "Age of it.", "deprecated": True},
        ],
    }
    put = {**get, "operationId": "replaceWidget", "x-kubernetes-action": "put", "deprecated": True}
    definition = {"type": "object", "x-kubernetes-group-version-kind": [_GVK], **widget}
    document = {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": "v1.99.0"},
        "definitions": {_WIDGET: definition},
        "paths": {"/apis/example.com/v1/widgets/{name}": {"get": get, "put": put}},
    }
    return load_spec(json.dumps(document).encode(), origin="widgets.json")


def _group(spec: Spec) -> GroupVersion:
    (group,) = build_group_versions(spec, build_models(spec)).groups
    return group


_KIND = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}


@pytest.mark.slow
def test_docstrings_of_fields_and_classes_begin_with_it() -> None:
    fields = {
        **_KIND,
        "old": {"type": "string", "description": "Name of it. Deprecated: use new."},
        "older": {"type": "string", "description": "Name of it.", "deprecated": True},
        "oldest": {"type": "string", "deprecated": True},
        "new": {"type": "string", "description": "Name of it."},
    }
    spec = _document(properties=fields, description="A widget.\nDeprecated: Use v2.")
    source = build_models(spec).modules["example_com_v1"]
    assert class_docstring(source, "Widget").split("\n\n") == ["Deprecated: Use v2.", "A widget."]
    docstrings = {name: field_docstring(source, "Widget", name) for name in ("old", "older", "oldest", "new")}
    assert {name: text.split()[0] for name, text in docstrings.items()} == {
        "old": "Deprecated:",
        "older": "Deprecated.",
        "oldest": "Deprecated.",
        "new": "Name",
    }


def test_docstrings_of_resources_methods_and_arguments_begin_with_it() -> None:
    group = _group(_document(properties=_KIND, description="A widget.\n\nDeprecated: Use v2."))
    (widgets,) = group.resources
    assert deprecation(group.docstring) == "Deprecated: all of its resources are."
    assert deprecation(widgets.docstring) == "Deprecated: Use v2."
    get, replace = (next(one for one in widgets.methods if one.name == name) for name in ("get", "replace"))
    assert not deprecation(get.docstring)
    assert replace.docstring.startswith("Deprecated. Replace")
    assert "    old: Deprecated: use new.\n" in get.docstring
    assert "    older: Deprecated.\n" in get.docstring


def test_a_group_that_is_not_deprecated_says_nothing() -> None:
    group = _group(_document(properties=_KIND, description="A widget."))
    assert group.docstring.startswith("Resources of example.com/v1.\n")
    assert group.resources[0].docstring == "Widget of example.com/v1, cluster-scoped."
