"""Lists that are decoded while they arrive are the same as lists that are decoded as a whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiokube.errors import AiokubeError
from aiokube.models.apps_v1 import StatefulSet, StatefulSetList
from aiokube.runtime.codec.dynamic_object import DynamicObject
from aiokube.runtime.codec.object_list import list_of
from aiokube.runtime.http.request import Response, build
from aiokube.runtime.watching.kept_objects import KeptObjects
from aiokube.runtime.watching.list_body import ListBody, ListHead
from aiokube.runtime.watching.pages import Page, PlainItems, decode_page

REQUEST = build("GET", "/apis/apps/v1/namespaces/a/statefulsets", {}, {})

ReadItems = Callable[[bytes, ListHead], Awaitable[list[Any]]]
ReadPage = Callable[[Response, ListBody[Any]], Awaitable[Page[Any]]]


def plain() -> tuple[ReadItems, ReadPage]:
    async def page(response: Response, body: ListBody[Any]) -> Page[Any]:
        return decode_page(REQUEST, response, StatefulSetList, StatefulSet, body)

    return PlainItems[Any](StatefulSetList).read, page


def dynamic() -> tuple[ReadItems, ReadPage]:
    list_type = list_of(DynamicObject)

    async def page(response: Response, body: ListBody[Any]) -> Page[Any]:
        return decode_page(REQUEST, response, list_type, DynamicObject, body)

    return PlainItems[Any](list_type).read, page


def kept(item_type: Any, list_type: Any, transform: Any = None) -> tuple[ReadItems, ReadPage]:
    objects = KeptObjects[Any](item_type, known=lambda obj: None, keep_managed_fields=True, transform=transform)
    return (
        partial(objects.read_items, REQUEST, list_type),
        lambda response, body: objects.page(REQUEST, response, list_type, body),
    )


def refuse_some(obj: Any) -> Any:
    if obj.metadata.name == "refused":
        raise ValueError("refused")
    return obj


READERS: dict[str, Callable[[], tuple[ReadItems, ReadPage]]] = {
    "plain": plain,
    "dynamic": dynamic,
    "kept": partial(kept, StatefulSet, StatefulSetList),
    "kept dynamic": partial(kept, DynamicObject, list_of(DynamicObject)),
    "transformed": partial(kept, StatefulSet, StatefulSetList, refuse_some),
}


async def read(reader: str, body: bytes, chunks: list[bytes], group_bytes: int) -> tuple[object, int]:
    """Return what a list is read as, and how many items were read before its end."""
    read_items, read_page = READERS[reader]()
    received = ListBody[Any](read_items, group_bytes=group_bytes)
    for chunk in chunks:
        await received.feed(chunk)
    count = len(received.items)
    if not chunks:
        rest = body
    else:
        rest = received.rest()
        if count:
            assert len(received.whole()) == len(body), "errors name the same places"
    try:
        page = await read_page(Response(status=200, headers={}, body=rest), received)
    except AiokubeError as error:
        return (type(error), str(error)), count
    undecodable = [(one.key, one.version, one.uid, str(one.error)) for one in page.undecodable]
    return (page.items, page.metadata, undecodable, page.error and str(page.error)), count


def item(name: str, **more: object) -> dict[str, object]:
    return {"metadata": {"name": name, "namespace": "a", "uid": name, "resourceVersion": "7"}, **more}


NESTED = item("nested", spec={"volumeClaimTemplates": [{"metadata": {"name": str(number)}} for number in range(4)]})
MANAGED: dict[str, object] = {"metadata": {"name": "managed", "managedFields": [{"fieldsV1": {"f:a": {}}}]}}
ITEMS: list[dict[str, object]] = [
    item("web", spec={"replicas": 3, "serviceName": "web"}),
    {"metadata": {"name": "text", "annotations": {"a": '},{"metadata":{"name":"b"}},{"metadata":{'}}},
    {"metadata": {"name": "label", "labels": {"a": '"},{"metadata":{"', "b": "ä€😀\\"}}},
    NESTED,
    MANAGED,
    item("nulls", spec={"replicas": None, "template": None}, status=None),
    item("undecodable", spec={"replicas": "three"}),
    item("refused"),
    {"spec": {"replicas": 2}, "metadata": {"name": "other-order"}},
    {},
]

HEAD = {"kind": "StatefulSetList", "apiVersion": "apps/v1", "metadata": {"resourceVersion": "9", "continue": "c"}}


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    items = draw(st.lists(st.sampled_from(ITEMS), max_size=12))
    whole: dict[str, Any] = {**HEAD, "items": items}
    order = draw(st.permutations(sorted(whole))) if draw(st.booleans()) else list(whole)
    if draw(st.integers(0, 5)) == 0:
        whole["kind"] = draw(st.sampled_from(["PodList", "", "Status"]))
    has_kinds = draw(st.booleans())
    if has_kinds:
        whole["items"] = [{"apiVersion": "apps/v1", "kind": "StatefulSet", **each} for each in items]
    separators = draw(st.sampled_from([(",", ":"), (",", ":"), (",", ":"), (", ", ": ")]))
    text = json.dumps({name: whole[name] for name in order}, separators=separators, ensure_ascii=draw(st.booleans()))
    body = text.encode() + draw(st.sampled_from([b"", b"\n", b"}"]))
    if draw(st.integers(0, 5)) == 0:
        return body[: draw(st.integers(0, len(body)))]
    return body


def cut(body: bytes, sizes: list[int]) -> list[bytes]:
    chunks, start = [], 0
    for size in sizes:
        chunks.append(body[start : start + size])
        start += size
    return [chunk for chunk in [*chunks, body[start:]] if chunk]


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
@given(body=bodies(), sizes=st.lists(st.integers(1, 400), max_size=30), group_bytes=st.integers(1, 1000))
@settings(max_examples=150, deadline=None)
def test_any_list_in_any_chunks_is_read_like_the_whole(
    reader: str, body: bytes, sizes: list[int], group_bytes: int
) -> None:
    async def both() -> None:
        expected, _ = await read(reader, body, [], group_bytes)
        found, _ = await read(reader, body, cut(body, sizes), group_bytes)
        assert found == expected

    asyncio.run(both())


def encoded(items: list[dict[str, object]], **head: object) -> bytes:
    return json.dumps({**HEAD, **head, "items": items}, separators=(",", ":")).encode()


@pytest.mark.parametrize("reader", READERS)
async def test_items_are_read_before_the_body_ends(reader: str) -> None:
    body = encoded([item(f"web-{number}") for number in range(100)])

    assert (await read(reader, body, cut(body, [200] * 50), 500))[1] > 80


@pytest.mark.parametrize("reader", READERS)
async def test_items_that_hold_what_separates_them_are_read_before_the_body_ends(reader: str) -> None:
    body = encoded([NESTED] * 50)

    found, count = await read(reader, body, cut(body, [200] * 100), 1000)

    assert count > 40
    assert found == (await read(reader, body, [], 1000))[0]


async def test_custom_resources_whose_kind_comes_last_are_read_before_the_body_ends() -> None:
    items = [{"apiVersion": "example.com/v1", "kind": "Web", **item(f"web-{number}")} for number in range(100)]
    whole = {"apiVersion": "example.com/v1", "items": items, "kind": "WebList", "metadata": {"resourceVersion": "9"}}
    body = json.dumps(whole, separators=(",", ":")).encode()

    assert (await read("dynamic", body, cut(body, [200] * 50), 500))[1] > 80


async def test_an_error_names_the_place_in_the_whole_list() -> None:
    body = encoded([*[item(f"web-{number}") for number in range(50)], item("wrong", spec={"replicas": "three"})])

    found, count = await read("plain", body, cut(body, [200] * 50), 500)

    assert count > 40
    assert isinstance(found, tuple)
    assert "StatefulSetList: items[50] (a/wrong): spec.replicas: expected an integer" in found[3]


async def test_the_token_is_told_before_the_items() -> None:
    told: list[str] = []

    async def never(data: bytes, head: ListHead) -> list[Any]:
        raise AssertionError("no item has come")

    body = ListBody[Any](never, told.append)
    await body.feed(encoded([item("web")])[:160])

    assert told == ["c"]


async def test_another_attempt_begins_again() -> None:
    body = encoded([item(f"web-{number}") for number in range(100)])
    received = ListBody[Any](PlainItems[Any](StatefulSetList).read, group_bytes=500)
    await received.feed(body[:3000])
    assert received.items

    received.start()
    await received.feed(body)

    page = decode_page(
        REQUEST, Response(status=200, headers={}, body=received.rest()), StatefulSetList, StatefulSet, received
    )
    assert [one.metadata.name for one in page.items] == [f"web-{number}" for number in range(100)]
