"""The errors for unsuccessful responses, as in client-go."""

from __future__ import annotations

import builtins
import copy
import json
import pickle
import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiokube import errors
from aiokube.errors import ApiError, ApplyConflict, Conflict, Expired, FieldConflict, Gone, Invalid, NotFound, Status
from aiokube.runtime.errors import printable
from aiokube.runtime.failures import BY_CODE, BY_REASON
from aiokube.runtime.http.request import build
from aiokube.runtime.http.responses import error_from_response

JSON = {"Content-Type": "application/json"}


def status_of(code: int = 0, reason: str = "", **more: Any) -> bytes:
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": reason, **more}
    return json.dumps({**status, "code": code} if code else status).encode()


def error(code: int, body: bytes = b"", headers: Mapping[str, str] = JSON, *, method: str = "GET") -> ApiError:
    request = build(method, "/api/v1/namespaces/{namespace}/pods", {"namespace": "shop"}, {"limit": 5})
    return error_from_response(request, code, headers, body)


@pytest.mark.parametrize(("reason", "cls"), BY_REASON.items())
def test_a_known_reason_determines_the_class(reason: str, cls: type[ApiError]) -> None:
    for code in (400, 404, 409, 410, 422, 500, 503):
        found = error(code, status_of(code, reason, message="no"))
        assert type(found) is cls
        assert (found.code, found.reason, found.message) == (code, reason, "no")


@pytest.mark.parametrize(("code", "cls"), BY_CODE.items())
@pytest.mark.parametrize("reason", ["", "Unknown", "SomethingNew"])
def test_the_code_determines_the_class_if_the_reason_is_unknown(code: int, cls: type[ApiError], reason: str) -> None:
    assert type(error(code, status_of(code, reason))) is cls
    assert type(error(code, status_of(0, reason))) is cls
    assert error(code, status_of(0, reason)).code == code


@pytest.mark.parametrize("code", [300, 402, 408, 418, 451, 499])
def test_unknown_codes_are_api_errors(code: int) -> None:
    assert type(error(code, status_of(code))) is ApiError
    assert type(error(code)) is ApiError


def test_the_code_of_a_status_takes_precedence() -> None:
    assert error(500, status_of(404, "")).code == 404
    assert type(error(500, status_of(404, ""))) is NotFound


@pytest.mark.parametrize(
    ("code", "method", "cls", "reason"),
    [
        (400, "GET", errors.BadRequest, "BadRequest"),
        (401, "GET", errors.Unauthorized, "Unauthorized"),
        (403, "GET", errors.Forbidden, "Forbidden"),
        (404, "GET", errors.NotFound, "NotFound"),
        (405, "GET", errors.MethodNotAllowed, "MethodNotAllowed"),
        (406, "GET", errors.NotAcceptable, "NotAcceptable"),
        (409, "POST", errors.AlreadyExists, "AlreadyExists"),
        (409, "PUT", errors.Conflict, "Conflict"),
        (410, "GET", errors.Gone, ""),
        (413, "POST", errors.RequestEntityTooLarge, ""),
        (415, "PATCH", errors.UnsupportedMediaType, "UnsupportedMediaType"),
        (422, "POST", errors.Invalid, "Invalid"),
        (429, "GET", errors.TooManyRequests, "TooManyRequests"),
        (500, "GET", errors.InternalError, "InternalError"),
        (501, "GET", errors.InternalError, "InternalError"),
        (502, "GET", errors.InternalError, "InternalError"),
        (503, "GET", errors.ServiceUnavailable, "ServiceUnavailable"),
        (504, "GET", errors.ServerTimeout, "Timeout"),
        (599, "GET", errors.InternalError, "InternalError"),
    ],
)
@pytest.mark.parametrize(
    ("headers", "body", "text"),
    [
        ({}, b"", ""),
        ({"Content-Type": "text/plain"}, b" nothing\nhere ", "nothing here"),
        ({"Content-Type": "text/plain; charset=utf-8"}, "Grüße".encode(), "Grüße"),
        ({"Content-Type": "TEXT/PLAIN"}, b"\xff\xfe", "\ufffd\ufffd"),
        ({}, b"no type", "no type"),
        (
            {"Content-Type": "text/html; charset=UTF-8"},
            b"<html><head><style>b {x: y}</style></head><body>\n<h1>502 Bad Gateway</h1><hr>nginx</body></html>",
            "502 Bad Gateway nginx",
        ),
        ({"Content-Type": "application/json"}, b'{"error":"upstream"}', '{"error":"upstream"}'),
        ({"Content-Type": "application/json"}, b'{"kind":"Pod"}', '{"kind":"Pod"}'),
        ({"Content-Type": "application/json"}, b"null", "null"),
        ({"Content-Type": "application/json"}, b'["Status"]', '["Status"]'),
        ({"Content-Type": "application/problem+json"}, b'{"title":"no"}', '{"title":"no"}'),
        # A truncated Status, one with other types, and one that reports a success.
        (JSON, b'{"kind":"Status","status":"Failure","mess', '{"kind":"Status","status":"Failure","mess'),
        (JSON, b'{"kind":"Status","code":"404"}', '{"kind":"Status","code":"404"}'),
        (JSON, b'{"kind":"Status","status":"Success"}', '{"kind":"Status","status":"Success"}'),
        # Binary data is not shown.
        ({"Content-Type": "application/vnd.kubernetes.protobuf"}, b"k8s\x00\x01", ""),
        ({"Content-Type": "image/png"}, b"\x89PNG", ""),
        # Control characters of a proxy are removed.
        ({"Content-Type": "text/plain"}, b"\x1b[31mred\x1b[0m\x00\x07", "[31mred [0m"),
    ],
    ids=str,
)
def test_a_status_is_synthesized_for_other_responses(
    code: int, method: str, cls: type[ApiError], reason: str, headers: Mapping[str, str], body: bytes, text: str
) -> None:
    found = error(code, body, headers, method=method)
    assert type(found) is cls
    assert (found.code, found.reason, found.status.status) == (code, reason, "Failure")
    assert [cause.reason for cause in found.causes] == ["UnexpectedServerResponse"]
    assert found.causes[0].message == text
    assert found.message.startswith(f"the server responded with {code} ")
    assert found.message.endswith(text or "and no text")
    assert str(found).endswith(f"({method} /api/v1/namespaces/shop/pods)")


@pytest.mark.parametrize("content_type", ["text/plain", "text/html", "application/json", ""])
@pytest.mark.parametrize(
    "body",
    [b"x" * (2 << 20), b"<" * (2 << 20), b"<script>" * (1 << 18), b"\xff" * (2 << 20), b"a " * (1 << 20)],
    ids=["text", "brackets", "scripts", "no UTF-8", "words"],
)
def test_a_large_body_is_truncated(content_type: str, body: bytes) -> None:
    started = time.perf_counter()
    found = error(500, body, {"Content-Type": content_type})
    assert time.perf_counter() - started < 0.1
    assert len(found.causes[0].message) <= 2048 + 3
    assert len(str(found)) < 2300


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        *[(value, None) for value in ("", "-1", "abc", "1.5", " 7", "+7", "٧", "0", "99999999999", "1e3")],
        ("Fri, 31 Dec 1999 23:59:59 GMT", None),
        ("7", 7),
        ("007", 7),
        ("999999999", 999999999),
    ],
)
@pytest.mark.parametrize("body", [b"", status_of(429, "TooManyRequests"), status_of(429, details=None)])
def test_retry_after_is_read_from_the_header(value: str, seconds: int | None, body: bytes) -> None:
    assert error(429, body, {"Retry-After": value}).retry_after == seconds


def test_retry_after_of_a_status_takes_precedence() -> None:
    body = status_of(429, "TooManyRequests", details={"retryAfterSeconds": 3})
    assert error(429, body, {"Retry-After": "7"}).retry_after == 3
    assert error(429, body, {}).retry_after == 3


def test_gone_and_expired_are_distinguished_by_the_reason() -> None:
    expired = error(410, status_of(410, "Expired", message="too old resource version: 1 (2)"))
    assert type(expired) is Expired
    assert isinstance(expired, Gone)
    assert type(error(410, status_of(410, "Gone"))) is Gone
    assert type(error(410, status_of(410))) is Gone
    assert type(error(410, b"gone", {"Content-Type": "text/plain"})) is Gone


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_the_error_of_a_redirect_contains_its_location(code: int) -> None:
    found = error(code, b"<a href='https://evil.example/'>moved</a>", {"Location": "https://evil.example/x"})
    assert type(found) is ApiError
    assert found.message == "the server redirects to 'https://evil.example/x'; redirects are not followed"
    assert "'nowhere'" in error(code).message


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (status_of(404, "NotFound", message="the server could not find the requested resource", details={}), JSON),
        (b"404 page not found\n", {"Content-Type": "text/plain; charset=utf-8"}),
    ],
)
def test_a_404_of_a_path_says_that_it_is_not_served(body: bytes, headers: Mapping[str, str]) -> None:
    found = error(404, body, headers)
    assert isinstance(found, NotFound)
    assert found.is_unserved
    assert str(found).endswith(
        "(GET /api/v1/namespaces/shop/pods); the server does not serve this resource, or no longer: "
        "`await kube.resources()` lists what it serves, and `aiokube generate` makes the client for it"
    )
    assert str(pickle.loads(pickle.dumps(found))) == str(found)  # noqa: S301 - it was made here


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (status_of(404, "NotFound", message='pods "x" not found', details={"name": "x", "kind": "pods"}), JSON),
        (
            status_of(
                404, "NotFound", message="the server could not find the requested resource", details={"name": "x"}
            ),
            JSON,
        ),
        (b"<h1>no such site</h1>", {"Content-Type": "text/html"}),
        (b"", JSON),
    ],
)
def test_a_404_of_an_object_or_of_a_proxy_says_nothing_about_the_path(body: bytes, headers: Mapping[str, str]) -> None:
    found = error(404, body, headers)
    assert isinstance(found, NotFound)
    assert not found.is_unserved
    assert "does not serve" not in str(found)


def test_a_404_of_the_target_of_a_proxy_says_nothing_about_the_resource() -> None:
    status = Status(status="Failure", reason="NotFound", message="404 page not found", code=404)
    for path in ("/api/v1/namespaces/shop/services/web:80/proxy/live", "/api/v1/nodes/n/proxy"):
        assert not NotFound(status, method="GET", path=path).is_unserved
    for path in ("/apis/x.io/v1/namespaces/proxy/things", "/apis/x.io/v1/things/proxy"):
        assert NotFound(status, method="GET", path=path).is_unserved


def test_already_exists_is_not_a_conflict() -> None:
    assert type(error(409, status_of(409, "AlreadyExists"), method="POST")) is errors.AlreadyExists
    assert not isinstance(error(409, status_of(409, "AlreadyExists")), Conflict)
    assert type(error(409, status_of(409, "Conflict"), method="POST")) is Conflict


APPLY = status_of(
    409,
    "Conflict",
    message='Apply failed with 3 conflicts: conflicts with "kubectl" using apps/v1:\n- .spec.replicas ...',
    details={
        "causes": [
            {"reason": "FieldManagerConflict", "message": 'conflict with "kubectl" using apps/v1', "field": ".spec.a"},
            {
                "reason": "FieldManagerConflict",
                "message": 'conflict with "hpa" with subresource "scale"',
                "field": ".b",
            },
            {"reason": "FieldManagerConflict", "message": 'conflict with "kubectl" using apps/v1', "field": ".spec.c"},
            {"reason": "Other", "message": "beside it", "field": ".d"},
            {"reason": "FieldManagerConflict", "message": "conflict without quotes", "field": ".e"},
        ]
    },
)


def test_an_apply_conflict_has_managers_and_fields() -> None:
    found = error(409, APPLY, method="PATCH")
    assert isinstance(found, ApplyConflict)
    assert isinstance(found, Conflict)
    assert found.managers == ["kubectl", "hpa", "conflict without quotes"]
    assert found.conflicts[0] == FieldConflict(
        manager="kubectl", field=".spec.a", message='conflict with "kubectl" using apps/v1'
    )
    assert [conflict.field for conflict in found.conflicts] == [".spec.a", ".b", ".spec.c", ".e"]


def test_causes_have_the_fields() -> None:
    causes = [{"reason": "FieldValueRequired", "message": "Required value", "field": "spec.containers"}, {}]
    found = error(422, status_of(422, "Invalid", details={"name": "web", "causes": causes}))
    assert isinstance(found, Invalid)
    assert found.status.details.name == "web"
    assert [(cause.reason, cause.field_) for cause in found.causes] == [
        ("FieldValueRequired", "spec.containers"),
        ("", ""),
    ]


@pytest.mark.parametrize("details", [None, {}, {"causes": None}, {"causes": [None]}, {"retryAfterSeconds": None}])
def test_a_status_with_nulls_is_an_error(details: object) -> None:
    found = error(404, status_of(404, "NotFound", details=details, message=None))
    assert isinstance(found, NotFound)
    assert found.retry_after is None
    assert str(found) == "404 NotFound: the server sent no message (GET /api/v1/namespaces/shop/pods)"


@pytest.mark.parametrize("body", [status_of(404, "NotFound", message="no web"), b"", APPLY, status_of(410, "Expired")])
def test_errors_can_be_copied(body: bytes) -> None:
    found = error(404, body)
    found.add_note("a note")
    for twin in (copy.copy(found), copy.deepcopy(found), pickle.loads(pickle.dumps(found))):  # noqa: S301 - our own bytes
        assert type(twin) is type(found)
        assert str(twin) == str(found)
        assert (twin.status, twin.method, twin.path) == (found.status, "GET", found.path)


def test_the_message_contains_no_query() -> None:
    assert "limit" not in str(error(404)) + repr(error(404))


def test_the_class_hierarchy_of_errors() -> None:
    classes = [getattr(errors, name) for name in errors.__all__]
    assert all(issubclass(cls, errors.AiokubeError) for cls in classes if issubclass(cls, BaseException))
    assert issubclass(errors.ConnectionError, builtins.ConnectionError)
    assert issubclass(errors.TLSError, errors.ConnectionError)
    assert issubclass(errors.RequestTimeout, builtins.TimeoutError)
    assert issubclass(errors.DecodeError, ValueError)
    assert set(BY_REASON.values()) >= set(BY_CODE.values())


@given(
    status=st.integers(300, 999),
    content_type=st.sampled_from(["", "application/json", "text/html", "text/plain; charset=utf-8", "image/png"]),
    retry_after=st.text(max_size=12),
    body=st.binary(max_size=200)
    | st.text(max_size=200).map(str.encode)
    | st.sampled_from(
        [
            b'{"kind":"Status"}',
            b'{"kind":"Status","details":7}',
            b'{"kind":"Status","code":410,"reason":"Odd"}',
            b'{"kind":"Status","reason":"\\u001b[2K","message":"no\\u001b]0;owned\\u0007\\r\\nCRITICAL forged"}',
            b"[",
            b"<p",
        ]
    ),
)
def test_any_response_becomes_an_error(status: int, content_type: str, retry_after: str, body: bytes) -> None:
    request = build("GET", "/api", {}, {})

    error = error_from_response(request, status, {"Content-Type": content_type, "Retry-After": retry_after}, body)

    assert error.code == status or body.startswith(b'{"kind":"Status","code"')
    assert str(error)
    assert str(error).isprintable()
    assert len(error.message) < 2048 + 200


def test_printable_escapes_what_could_control_a_terminal_or_forge_a_log_line() -> None:
    hostile = "no\x1b[2K\r\nCRITICAL forged\x1b]0;owned\x07\x9b1m\u2028\u202e\u2066\udcff"
    assert printable(hostile) == (r"no\x1b[2K\r\nCRITICAL forged\x1b]0;owned\x07\x9b1m\u2028\u202e\u2066\udcff")
    assert printable("grüße ✓ 🎉 \\n") == "grüße ✓ 🎉 \\n"
