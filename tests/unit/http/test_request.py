"""Requests as values: the escaping and validation of paths and queries."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiokube.errors import DecodeError, InvalidRequest
from aiokube.models import core_v1, meta_v1
from aiokube.runtime.http.request import Response, build, fill

POD = "/api/v1/namespaces/{namespace}/pods/{name}"
PROXY = "/api/v1/namespaces/{namespace}/pods/{name}/proxy/{path}"

SEGMENTS = {
    "web-0": "web-0",
    "system:node:a": "system%3Anode%3Aa",
    "a.b_c~d": "a.b_c~d",
    "...": "...",
    "..a": "..a",
    "a b": "a%20b",
    "a?b": "a%3Fb",
    "a#b": "a%23b",
    "a&b=c": "a%26b%3Dc",
    "a+b": "a%2Bb",
    "a\\b": "a%5Cb",
    "a;b": "a%3Bb",
    "a@b": "a%40b",
    "a\r\nHost: b": "a%0D%0AHost%3A%20b",
    "a\x00b": "a%00b",
    "é": "%C3%A9",
    "{namespace}": "%7Bnamespace%7D",
    "日本": "%E6%97%A5%E6%9C%AC",
}

BAD_SEGMENTS = [None, "", ".", "..", "/", "a/b", "../a", "a/..", "%", "%2e%2e", "a%2Fb", "%00", 5, b"a", True]


@pytest.mark.parametrize(("name", "escaped"), SEGMENTS.items(), ids=[repr(name) for name in SEGMENTS])
def test_path_segments_are_escaped(name: str, escaped: str) -> None:
    path = fill(POD, {"namespace": "shop", "name": name})
    assert path == f"/api/v1/namespaces/shop/pods/{escaped}"
    assert path.isascii()
    assert unquote(path.rpartition("/")[2]) == name


@pytest.mark.parametrize("value", BAD_SEGMENTS, ids=repr)
@pytest.mark.parametrize("where", ["namespace", "name"])
def test_invalid_path_segments_are_rejected(where: str, value: str) -> None:
    with pytest.raises(InvalidRequest, match=f"^{where}: ") as caught:
        fill(POD, {"namespace": "shop", "name": "web", where: value})
    assert POD in str(caught.value)


def test_a_lone_surrogate_in_a_name_is_rejected() -> None:
    with pytest.raises(InvalidRequest, match=r"name: .* contains a lone surrogate"):
        fill(POD, {"namespace": "shop", "name": "a\ud800"})


def test_a_value_does_not_replace_another_placeholder() -> None:
    values = {"namespace": "{name}", "name": "web"}
    assert fill(POD, values) == "/api/v1/namespaces/%7Bname%7D/pods/web"
    with pytest.raises(InvalidRequest, match="name"):
        fill(POD, {"namespace": "shop"})


@pytest.mark.parametrize(
    ("path", "escaped"),
    [
        ("", ""),
        ("a/b", "a/b"),
        ("/a//b/", "/a//b/"),
        ("a b?c#d", "a%20b%3Fc%23d"),
        ("a%2Fb", "a%252Fb"),
        ("é", "%C3%A9"),
    ],
)
def test_the_path_of_a_proxy_is_escaped(path: str, escaped: str) -> None:
    values = {"namespace": "shop", "name": "web", "path": path}
    assert fill(PROXY, values) == f"/api/v1/namespaces/shop/pods/web/proxy/{escaped}"


@pytest.mark.parametrize("path", ["..", ".", "a/../b", "../../secrets", "a/.", "\ud800"])
def test_the_path_of_a_proxy_cannot_contain_dot_segments(path: str) -> None:
    with pytest.raises(InvalidRequest, match="path"):
        fill(PROXY, {"namespace": "shop", "name": "web", "path": path})


@pytest.mark.parametrize(
    "path",
    [
        "",
        "api",
        "@evil.example/api",
        ".evil.example/",
        ":1/api",
        "/a b",
        "/a\r\nHost: b",
        "/é",
        "/{name}",
        "/a\x00",
        "/a#b",
    ],
    ids=repr,
)
def test_an_invalid_path_is_rejected(path: str) -> None:
    with pytest.raises(InvalidRequest, match=r"path: .* is invalid; it must start with"):
        build("GET", path, {}, {})


@given(st.text(), st.text())
def test_values_never_change_the_structure_of_a_path(namespace: str, name: str) -> None:
    try:
        path = fill(POD, {"namespace": namespace, "name": name})
    except InvalidRequest:
        return
    parts = path.split("/")
    assert len(parts) == len(POD.split("/"))
    assert (unquote(parts[4]), unquote(parts[6])) == (namespace, name)
    assert path.isascii()
    assert path.isprintable()
    assert not {"?", "#", " "} & set(path)


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ({}, "/api"),
        ({"a": None}, "/api"),
        ({"watch": True, "exact": False}, "/api?watch=true&exact=false"),
        ({"limit": 0, "b": -5}, "/api?limit=0&b=-5"),
        ({"a": ""}, "/api?a="),
        ({"command": ["sh", "-c", "echo a&b"]}, "/api?command=sh&command=-c&command=echo%20a%26b"),
        ({"ports": (1, 2)}, "/api?ports=1&ports=2"),
        ({"a": []}, "/api"),
        ({"labelSelector": "a in (b, c),!d"}, "/api?labelSelector=a%20in%20%28b%2C%20c%29%2C%21d"),
        ({"labelSelector": "a=b/c+d"}, "/api?labelSelector=a%3Db%2Fc%2Bd"),
        ({"a": "é\r\n\x00#"}, "/api?a=%C3%A9%0D%0A%00%23"),
        ({"continue": "eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ=="}, "/api?continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ%3D%3D"),
    ],
    ids=str,
)
def test_query_parameters_are_escaped(query: dict[str, object], target: str) -> None:
    assert build("GET", "/api", {}, query).target == target


@pytest.mark.parametrize(
    "value", [1.5, {}, object(), b"a", [None], [["a"]], {"a"}, "\ud800"], ids=lambda value: type(value).__name__
)
def test_query_parameters_of_other_types_are_rejected(value: object) -> None:
    with pytest.raises(InvalidRequest, match=r"^limit: .* (is not a valid query parameter|contains a lone surrogate)"):
        build("GET", "/api", {}, {"limit": value})


@given(st.dictionaries(st.sampled_from("abc"), st.text(st.characters(exclude_categories=["Cs"])) | st.integers()))
def test_any_query_can_be_parsed_again(query: dict[str, object]) -> None:
    target = build("GET", "/api", {}, query).target
    assert target.isascii()
    assert target.isprintable()
    assert " " not in target
    read = dict(parse_qsl(target.partition("?")[2], keep_blank_values=True, strict_parsing=bool(query)))
    assert read == {key: str(value) for key, value in query.items()}


def test_the_headers_of_a_request() -> None:
    assert build("GET", "/api", {}, {}).headers == {"Accept": "application/json"}
    request = build("PATCH", "/api", {}, {}, body=b"[]", content_type="application/json-patch+json", accept="*/*")
    assert request.headers == {"Accept": "*/*", "Content-Type": "application/json-patch+json"}


def test_reprs_contain_no_body() -> None:
    request = build("POST", "/api/v1/namespaces/{namespace}/secrets", {"namespace": "shop"}, {}, body=b"canary-7531")
    assert "canary-7531" not in repr(request)
    assert request.template == "/api/v1/namespaces/{namespace}/secrets"
    response = Response(status=200, headers={}, body=b"canary-7531")
    for shown in (repr(response), str(response), str(response.__rich_repr__()), str(request.__rich_repr__())):
        assert "canary-7531" not in shown


@pytest.mark.parametrize(
    ("template", "values", "path"),
    [
        ("/api/{namespace}/x/{name}", {"namespace": "a", "name": "b"}, "/api/a/x/b"),
        ("/api/{namespace}/x/{name}", {"name": "b", "namespace": "a"}, "/api/a/x/b"),
        ("/api/100%25/{name}", {"name": "s"}, "/api/100%25/s"),
        ("/api/{name}/{name}", {"name": "b"}, "/api/b/b"),
        ("/api/{name}/proxy/{path}", {"name": "a b", "path": "c/d e"}, "/api/a%20b/proxy/c/d%20e"),
        ("/api/{name}/proxy/{path}", {"name": "a", "path": ""}, "/api/a/proxy/"),
    ],
)
def test_values_take_the_place_of_their_placeholders(template: str, values: dict[str, str], path: str) -> None:
    assert build("GET", template, values, {}).path == path


@pytest.mark.parametrize("template", ["{name}/x", "/api/{name}/{other}", "/api/{name", "/api/{name}/{a.b}"])
def test_a_path_starts_with_a_slash_and_has_a_value_for_each_placeholder(template: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^path: .* must start with '/', be escaped, and have a value for each"):
        build("GET", template, {"name": "x"}, {})


def test_requests_and_responses_are_dataclasses() -> None:
    request = dataclasses.replace(build("GET", "/api", {}, {"limit": 1}), max_retries=3)
    assert (request.max_retries, request.target) == (3, "/api?limit=1")
    response = dataclasses.replace(Response(status=200, headers={}, body=b"a"), body=b"b")
    assert (response.status, response.body) == (200, b"b")
    assert [field.name for field in dataclasses.fields(Response)] == ["status", "headers", "body"]


async def test_a_request_with_a_streamed_body_is_not_repeatable() -> None:
    assert build("GET", "/api", {}, {}).is_repeatable
    assert build("PUT", "/api", {}, {}, body=b"{}").is_repeatable

    async def pieces() -> AsyncGenerator[bytes, None]:
        yield b"{}"

    stream = pieces()
    assert not build("PUT", "/api", {}, {}, body=stream).is_repeatable
    await stream.aclose()
    assert build("GET", "/api", {}, {"watch": True}).is_watch
    assert not build("GET", "/api", {}, {"watch": False}).is_watch


def test_a_response_is_decoded_as_json_and_text() -> None:
    assert Response(status=200, headers={}, body=b'{"a":1}').json() == {"a": 1}
    assert Response(status=200, headers={}, body=b"\xffa").text() == "\ufffda"
    for body in (b"", b"{", b"\xff", b'"\xff"', b"NaN", b"[" * 100_000):
        with pytest.raises(DecodeError, match=r"the response is (not valid JSON|nested deeper)"):
            Response(status=200, headers={}, body=body).json()


@pytest.mark.parametrize("method", ["get", "Post", "", "GET ", "GÉT"])
def test_a_method_in_lower_case_is_rejected(method: str) -> None:
    with pytest.raises(InvalidRequest, match=r"method: .* is invalid; use capital letters, such as 'GET'"):
        build(method, "/version", {}, {})


def test_the_error_of_an_object_instead_of_its_name_does_not_show_it() -> None:
    secret = core_v1.Secret(metadata=meta_v1.ObjectMeta(name="s"), data={"password": b"hunter2"})
    values: dict[str, Any] = {"name": secret}
    with pytest.raises(
        InvalidRequest, match=r"name: must be a string .*, not Secret; pass its metadata.name"
    ) as caught:
        build("GET", "/api/v1/secrets/{name}", values, {})
    assert "hunter2" not in str(caught.value)
