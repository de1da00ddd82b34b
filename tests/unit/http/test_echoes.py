"""Failures whose messages repeat objects, which may be Secrets."""

from __future__ import annotations

import json

import pytest

from aiokube.errors import ApiError
from aiokube.runtime.http.request import build
from aiokube.runtime.http.responses import error_from_response

PATH = "/api/v1/namespaces/shop/secrets/s"
SECRETS = ("hunter2", "aHVudGVy")

# As an API server of 1.37 sends them.
OF_APPLY = (
    "failed to create typed patch object (/s; /v1, Kind=Secret): .stringData.x: expected string, "
    'got &value.valueUnstructured{Value:[]interface {}{"hunter2: expected string, got hunter2"}}'
)
OF_PATCH = (
    ' "" is invalid: patch: Invalid value: "{\\"data\\":{\\"x\\":\\"aHVudGVyMg==\\"},\\"stringData\\":{\\"x\\":'
    '[\\"hunter2\\"]}}": json: cannot unmarshal array into Go struct field Secret.stringData of type string'
)
OF_STRATEGIC_PATCH = (
    ' "" is invalid: patch: Invalid value: "map[data:map[other:hunter2]]": error decoding from json: illegal base64'
)
NAME = 'Secret "A_b" is invalid: metadata.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain must consist of'


def error_of(message: str, path: str = PATH, *, code: int = 422, reason: str = "", field: str = "") -> ApiError:
    """The error of a failure, as a server sends it."""
    causes = [{"reason": "FieldValueInvalid", "field": field, "message": message}] if field else []
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code}
    body = json.dumps({**status, "message": message, "details": {"causes": causes}}).encode()
    return error_from_response(build("PATCH", path, {}, {}), code, {"Content-Type": "application/json"}, body)


def texts_of(error: ApiError) -> list[str]:
    """All texts of an error."""
    return [str(error), error.message, repr(error), *(cause.message for cause in error.causes)]


@pytest.mark.parametrize("path", [PATH, "/api/v1/secrets", "/api/v1/namespaces/a/secrets"])
@pytest.mark.parametrize(
    ("error", "rest"),
    [
        ((OF_APPLY, 500, "", ""), ".stringData.x: expected string, got ***"),
        ((OF_PATCH, 422, "Invalid", "patch"), "patch: Invalid value: ***: json: cannot unmarshal array into Go struct"),
        ((OF_STRATEGIC_PATCH, 422, "Invalid", "patch"), "Invalid value: ***: error decoding from json: illegal base64"),
        (("the validator found hunter2", 422, "Invalid", ""), "the text of the server is left out"),
        (("Internal error occurred: hunter2", 500, "InternalError", ""), "the text of the server is left out"),
        (("what hunter2 means is unknown", 400, "BadRequest", ""), "the text of the server is left out"),
    ],
    ids=lambda value: value[0][:30] if isinstance(value, tuple) else "",
)
def test_values_of_a_secret_are_masked(path: str, error: tuple[str, int, str, str], rest: str) -> None:
    message, code, reason, field = error
    found = error_of(message, path, code=code, reason=reason, field=field)
    assert rest in str(found)
    assert not [text for text in texts_of(found) if any(secret in text for secret in SECRETS)]


def test_the_body_of_a_proxy_is_left_out() -> None:
    request = build("PATCH", PATH, {}, {})
    error = error_from_response(request, 422, {"Content-Type": "application/json"}, b'{"your": "hunter2"}')
    assert not [text for text in texts_of(error) if "hunter2" in text]


@pytest.mark.parametrize(
    ("message", "code", "reason", "field"),
    [
        (NAME, 422, "Invalid", "metadata.name"),
        ('secrets "s" not found', 404, "NotFound", ""),
        ('Secret in version "v1" cannot be handled as a Secret: illegal base64 data at byte 7', 400, "BadRequest", ""),
        ('Internal error occurred: failed calling webhook "x": connection refused', 500, "InternalError", ""),
        ('Apply failed with 1 conflict: conflict with "kubectl" using v1: .data.p', 409, "Conflict", ""),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_texts_that_are_made_of_names_stay(message: str, code: int, reason: str, field: str) -> None:
    error = error_of(message, code=code, reason=reason, field=field)
    assert all(message in text for text in (str(error), error.message))


@pytest.mark.parametrize("path", ["/api/v1/namespaces/shop/configmaps/s", "/apis/x.io/v1/secrets/s"])
def test_the_object_of_a_patch_is_left_out_for_every_kind(path: str) -> None:
    error = error_of(OF_PATCH + ', and "x"', path, reason="Invalid", field="patch")
    assert "patch: Invalid value: ***: json: cannot unmarshal array" in str(error)
    assert str(error).count(', and "x"') == 1
    assert not [text for text in texts_of(error) if "hunter2" in text]
    assert "hunter2" in str(error_of(OF_STRATEGIC_PATCH, path, reason="Invalid", field="patch"))


def test_failures_of_other_objects_stay_as_they_are() -> None:
    for path in ("/api/v1/namespaces/shop/configmaps/s", "/apis/x.io/v1/secrets/s", "/api/v1/namespaces/secrets"):
        assert "hunter2" in str(error_of(OF_APPLY, path, code=500))


def test_an_invalid_value_that_is_no_patch_stays() -> None:
    message = 'ConfigMap "a" is invalid: metadata.annotations: Invalid value: "{\\"a\\"}": too long'
    path = "/api/v1/namespaces/shop/configmaps/a"
    error = error_of(message, path, reason="Invalid", field="metadata.annotations")
    assert [error.message, error.causes[0].message] == [message, message]
