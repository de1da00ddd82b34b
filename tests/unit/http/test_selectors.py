"""Selectors as text, dict and list, and the requests that they become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from aiokube.errors import InvalidRequest
from aiokube.runtime.http.request import build


def _query(**query: object) -> Mapping[str, str]:
    return dict(build("GET", "/x", {}, query).query)


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        ("app=web,tier!=cache", "app=web,tier!=cache"),
        ({"app": "web"}, "app=web"),
        ({"app.kubernetes.io/name": "web", "empty": ""}, "app.kubernetes.io/name=web,empty="),
        (["app=web", "tier in (a, b)"], "app=web,tier in (a, b)"),
        (("app=web",), "app=web"),
    ],
)
def test_a_label_selector_is_one_parameter(selector: Any, text: str) -> None:
    assert _query(labelSelector=selector) == {"labelSelector": text}


def test_the_values_of_a_field_selector_are_escaped() -> None:
    selector = {"metadata.name": "a,b=c\\", "status.phase": "Running"}
    assert _query(fieldSelector=selector) == {"fieldSelector": "metadata.name=a\\,b\\=c\\\\,status.phase=Running"}


def test_other_lists_are_repeated_and_no_selector_is_left_out() -> None:
    assert build("GET", "/x", {}, {"command": ["a", "b"], "labelSelector": None}).query == (
        ("command", "a"),
        ("command", "b"),
    )


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("", "label_selector: is empty, which would select everything; pass None to select everything"),
        (" ", "label_selector: is empty, which would select everything; pass None to select everything"),
        ({}, "label_selector: is empty, which would select everything; pass None to select everything"),
        ([], "label_selector: is empty, which would select everything; pass None to select everything"),
        ({"app": None}, "label_selector: 'app': None is invalid; use a name and the string that it must equal"),
        ({"app": 7}, "'app': 7 is invalid"),
        ({"": "web"}, "'': 'web' is invalid"),
        ({"app,tier": "web"}, "'app,tier': 'web' is invalid"),
        ({"app": "web,tier=db"}, "'web,tier=db' is not a valid label value"),
        ([""], "label_selector: '' in the list is invalid; use strings such as 'app=web'"),
        ([{"app": "web"}], "in the list is invalid"),
        (7, "label_selector: must be a string, a dict of strings or a list of strings, not int"),
        ({"app=web"}, "not set"),
    ],
)
def test_what_is_not_a_selector_is_refused(selector: Any, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message.replace("(", r"\(")):
        _query(labelSelector=selector)
