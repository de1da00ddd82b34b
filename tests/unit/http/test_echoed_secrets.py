"""Failures of calls on Secrets, whose messages may repeat values."""

from __future__ import annotations

import json

import pytest

from aiokube.runtime.http.request import build
from aiokube.runtime.http.responses import error_from_response

# As an API server of 1.37 sends them.
OF_APPLY = (
    "failed to create typed patch object (/s; /v1, Kind=Secret): .stringData.x: expected string, "
    'got &value.valueUnstructured{Value:[]interface {}{"hunter2"}}'
)
OF_PATCH = (
    ' "" is invalid: patch: Invalid value: "{\\"data\\":{\\"x\\":\\"aHVudGVyMg==\\"},\\"stringData\\":{\\"x\\":'
    '[\\"hunter2\\"]}}": json: cannot unmarshal array into Go struct field Secret.stringData of type string'
)
NAME = 'Secret "A_b" is invalid: metadata.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain must consist of'


def texts_of_error(message: str, path: str) -> list[str]:
    """The texts of an error, those of its repr last."""
    causes = [{"reason": "FieldValueInvalid", "field": "patch", "message": message}]
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 422, "message": message}
    body = json.dumps({**status, "details": {"causes": causes}}).encode()
    error = error_from_response(build("PATCH", path, {}, {}), 422, {"Content-Type": "application/json"}, body)
    return [str(error), error.message, error.causes[0].message, repr(error)]


@pytest.mark.parametrize(
    "path", ["/api/v1/namespaces/shop/secrets/s", "/api/v1/secrets", "/api/v1/namespaces/a/secrets"]
)
def test_values_of_a_secret_are_masked(path: str) -> None:
    for message, reason in ((OF_APPLY, ".stringData.x: expected string, got ***"), (OF_PATCH, "***: json: cannot un")):
        texts = texts_of_error(message, path)
        assert all(reason in text for text in texts)
        assert not any(secret in text for text in texts for secret in ("hunter2", "aHVudGVy"))


def test_a_patched_object_of_any_kind_is_masked_and_the_reason_stays() -> None:
    misspelled = (
        OF_PATCH.partition(": json: ")[0] + ': strict decoding error: unknown field "spec.\\"x", unknown field "y"'
    )
    for message in (OF_PATCH, misspelled):
        for path in ("/api/v1/namespaces/shop/configmaps/s", "/apis/x.io/v1/logins/s"):
            texts = texts_of_error(message, path)
            assert not any("hunter2" in text or "aHVudGVy" in text for text in texts)
            reason = message.rpartition('}}"')[2]
            assert all(f"patch: Invalid value: ***{reason}" in text for text in texts[:3])


def test_an_invalid_value_that_is_no_patch_stays() -> None:
    message = 'ConfigMap "a" is invalid: metadata.annotations: Invalid value: "{\\"a\\"}": too long'
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 422, "message": message}
    request = build("POST", "/api/v1/namespaces/shop/configmaps", {}, {})
    headers = {"Content-Type": "application/json"}
    assert message in error_from_response(request, 422, headers, json.dumps(status).encode()).message


def test_other_failures_stay_as_they_are() -> None:
    assert all(NAME in text for text in texts_of_error(NAME, "/api/v1/namespaces/shop/secrets/A_b"))
    for path in ("/api/v1/namespaces/shop/configmaps/s", "/apis/x.io/v1/secrets/s", "/api/v1/namespaces/secrets"):
        assert all("hunter2" in text for text in texts_of_error(OF_APPLY, path))
