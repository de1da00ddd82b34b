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


def text_of_error(message: str, path: str) -> str:
    causes = [{"reason": "FieldValueInvalid", "field": "patch", "message": message}]
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 422, "message": message}
    body = json.dumps({**status, "details": {"causes": causes}}).encode()
    error = error_from_response(build("PATCH", path, {}, {}), 422, {"Content-Type": "application/json"}, body)
    return f"{error}\n{error!r}\n{error.causes[0].message}"


@pytest.mark.parametrize(
    "path", ["/api/v1/namespaces/shop/secrets/s", "/api/v1/secrets", "/api/v1/namespaces/a/secrets"]
)
def test_values_of_a_secret_are_masked(path: str) -> None:
    for message, reason in ((OF_APPLY, ".stringData.x: expected string, got ***"), (OF_PATCH, "***: json: cannot un")):
        text = text_of_error(message, path)
        assert text.count(reason) == 3
        assert "hunter2" not in text and "aHVudGVy" not in text


def test_other_failures_stay_as_they_are() -> None:
    assert text_of_error(NAME, "/api/v1/namespaces/shop/secrets/A_b").count(NAME) == 3
    assert text_of_error(OF_APPLY, "/api/v1/namespaces/shop/configmaps/s").count("hunter2") == 3
    assert text_of_error(OF_APPLY, "/apis/x.io/v1/secrets/s").count("hunter2") == 3
