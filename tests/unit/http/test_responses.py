"""Decoding of successful responses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aiokube import DynamicObject
from aiokube.errors import DecodeError, Forbidden, Status
from aiokube.models import core_v1, meta_v1
from aiokube.runtime.http.request import Response, build
from aiokube.runtime.http.responses import decode_object_or_status, decode_response, is_status

REQUEST = build("GET", "/api/v1/pods", {}, {})


def answer(body: bytes, status: int = 200) -> Response:
    return Response(status=status, headers={}, body=body)


def test_a_response_is_decoded_as_its_type() -> None:
    assert decode_response(REQUEST, answer(b'{"kind":"Pod","apiVersion":"v1"}'), core_v1.Pod) == core_v1.Pod()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "GET /api/v1/pods: expected Pod, but the response is empty"),
        (b"<html>login</html>", "GET /api/v1/pods: Pod: the data is not valid JSON"),
        (b'{"kind":"Pod","apiVersion":"v1","spec"', "GET /api/v1/pods: Pod: the data is not valid JSON"),
        (b'{"kind":"Node","apiVersion":"v1"}', "GET /api/v1/pods: expected Pod of v1, got Node of v1"),
        (b'{"kind":"Pod","apiVersion":"v1","spec":[]}', "GET /api/v1/pods: Pod: spec: expected a mapping, got a list"),
    ],
    ids=repr,
)
def test_the_error_of_an_undecodable_response_names_the_call(body: bytes, problem: str) -> None:
    for status in (200, 201, 204, 206):
        with pytest.raises(DecodeError) as caught:
            decode_response(REQUEST, answer(body, status), core_v1.Pod)
        assert str(caught.value).startswith(problem)


def test_a_response_is_an_object_or_a_status() -> None:
    pod = decode_object_or_status(REQUEST, answer(b'{"kind":"Pod","apiVersion":"v1"}'), core_v1.Pod)
    assert pod == core_v1.Pod()
    status = decode_object_or_status(
        REQUEST, answer(b'{"kind":"Status","apiVersion":"v1","status":"Success"}'), core_v1.Pod
    )
    assert isinstance(status, meta_v1.Status)
    assert status.status == "Success"
    with pytest.raises(DecodeError, match="expected Pod of v1, got Node of v1"):
        decode_object_or_status(REQUEST, answer(b'{"kind":"Node","apiVersion":"v1"}'), core_v1.Pod)
    with pytest.raises(DecodeError, match="the response is empty"):
        decode_object_or_status(REQUEST, answer(b""), core_v1.Pod)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"kind":"Status"}', True),
        (b'{"a":[{"kind":"Node"}],"kind":"Status","apiVersion":"v1"}', True),
        (b'{"kind":"Status","apiVersion":"example.com/v1"}', False),
        (b'{"kind":"Pod","apiVersion":"v1"}', False),
        (b'{"kind":5}', False),
        (b'{"kind":null}', False),
        (b"{}", False),
        (b"[]", False),
        (b"null", False),
        (b"", False),
        (b'{"kind":"Status"', False),
        (b'{"kind":"\xff"}', False),
        (b"[" * 100_000, False),
        (b'{"a":' * 100_000, False),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_only_a_v1_status_is_a_status(body: bytes, expected: bool) -> None:
    assert is_status(body) is expected


FAILURE = (
    b'{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 403, "reason": "Forbidden", "message": "no"}'
)


@pytest.mark.parametrize("decode", [decode_response, decode_object_or_status])
@pytest.mark.parametrize("code", [200, 201, 202])
@pytest.mark.parametrize("cls", [core_v1.Pod, DynamicObject, Status])
def test_a_failure_with_the_code_of_a_success_is_an_error(decode: Callable[..., Any], cls: type, code: int) -> None:
    with pytest.raises(Forbidden, match=r"^403 Forbidden: no"):
        decode(REQUEST, answer(FAILURE, code), cls)
