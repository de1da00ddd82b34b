"""The repr of models: without absent fields, and without secrets."""

from __future__ import annotations

import copy

import pytest

from aiokube.models import authentication_v1, core_v1, meta_v1
from aiokube.runtime.codec.model import Model
from aiokube.runtime.codec.scalars import Quantity
from aiokube.runtime.watching.events import WatchEvent

SECRET = core_v1.Secret(
    metadata=meta_v1.ObjectMeta(
        name="a",
        annotations={"kubectl.kubernetes.io/last-applied-configuration": '{"data":{"a":"hunter22"}}', "b": "c"},
    ),
    data={"password": b"hunter22", "empty": b""},
    string_data={"token": "hunter22"},
)
SECRET_SHOWN = (
    "Secret(metadata=ObjectMeta(annotations={'kubectl.kubernetes.io/last-applied-configuration': <25 characters>, "
    "'b': 'c'}, name='a'), data={'password': <8 bytes>, 'empty': <0 bytes>}, string_data={'token': <8 characters>})"
)


@pytest.mark.parametrize(
    ("obj", "text"),
    [
        (core_v1.Pod(), "Pod()"),
        (core_v1.Pod(metadata=meta_v1.ObjectMeta(name="web")), "Pod(metadata=ObjectMeta(name='web'))"),
        (core_v1.PodSpec(containers=[]), "PodSpec(containers=[])"),
        (
            core_v1.PodSpec(containers=[core_v1.Container(name="", tty=False)], priority=0),
            "PodSpec(containers=[Container(name='', tty=False)], priority=0)",
        ),
        (
            core_v1.ResourceRequirements(limits={"cpu": Quantity("1")}),
            "ResourceRequirements(limits={'cpu': Quantity('1')})",
        ),
        (meta_v1.ManagedFieldsEntry(), "ManagedFieldsEntry()"),
        (meta_v1.ManagedFieldsEntry.from_dict({"fieldsV1": {}}), "ManagedFieldsEntry(fields_v1=<2 bytes>)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_repr_shows_what_is_not_absent(obj: Model, text: str) -> None:
    assert repr(obj) == text
    assert repr(copy.deepcopy(obj)) == text
    assert repr(type(obj).from_json(obj.to_json())) == text


def test_the_repr_shows_another_kind_than_that_of_the_class() -> None:
    assert repr(core_v1.Pod(kind="Other")) == "Pod(kind='Other')"


def test_no_repr_shows_a_secret() -> None:
    assert repr(SECRET) == SECRET_SHOWN
    shown = [
        f"{core_v1.SecretList(items=[SECRET])}",
        repr([SECRET]),
        repr(WatchEvent(type="ADDED", object=SECRET)),
        repr(authentication_v1.TokenReviewSpec(token="hunter22")),
        repr(core_v1.ConfigMap(binary_data={"a": b"hunter22"})),
    ]
    for text in shown:
        assert "hunter22" not in text
        assert "<8 " in text
