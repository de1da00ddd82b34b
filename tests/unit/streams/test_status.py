"""The exit code in the Status at the end of a stream (W3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aiokube.errors import ApiError, InternalError, NotFound, StreamError
from aiokube.runtime.streams.exit_code import exit_code


def read(body: bytes) -> int:
    return exit_code(body, what="exec in web-0", path="/exec")


def ended(causes: object) -> bytes:
    status = {"status": "Failure", "message": "foobar", "reason": "NonZeroExitCode", "details": {"causes": causes}}
    return json.dumps(status).encode()


def test_success_is_exit_code_0() -> None:
    assert read(b'{"status": "Success"}') == 0
    assert read(b'{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success"}\n') == 0


@pytest.mark.parametrize("code", [1, 2, 42, 126, 127, 137, 255])
def test_the_exit_code_is_that_of_the_exit_code_cause(code: int) -> None:
    other = {"reason": "Other", "message": "7"}
    assert read(ended([other, {"reason": "ExitCode", "message": str(code)}])) == code


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "ended without a Status; the exit code is unknown"),
        (b"{}", "ended with the status '', not Success or Failure"),
        (b"{", "ended with an invalid Status"),
        (b"\xff\xfe", "ended with an invalid Status"),
        (b"[]", "ended with an invalid Status"),
        (b"null", "ended with an invalid Status"),
        (b'{"status": "Odd"}', "ended with the status 'Odd', not Success or Failure"),
        (b'{"status": 5}', "ended with an invalid Status|not Success or Failure"),
        (ended([{"reason": "foo"}]), "unknown exit code: foobar"),
        (ended([]), "unknown exit code"),
        (ended(None), "unknown exit code"),
        (b'{"status":"Failure","reason":"NonZeroExitCode"}', "unknown exit code"),
        (ended([{"reason": "ExitCode"}]), "ended with an invalid exit code: ''"),
        (ended([{"reason": "ExitCode", "message": "0"}]), "invalid exit code: '0'"),
        (ended([{"reason": "ExitCode", "message": "256"}]), "invalid exit code: '256'"),
        (ended([{"reason": "ExitCode", "message": "-1"}]), "invalid exit code: '-1'"),
        (ended([{"reason": "ExitCode", "message": "\u0663"}]), "invalid exit code: '\u0663'"),
        (ended([{"reason": "ExitCode", "message": " 3"}]), "invalid exit code: ' 3'"),
        (ended([{"reason": "ExitCode", "message": "3\n"}]), r"invalid exit code: '3\\n'"),
    ],
)
def test_a_status_without_a_valid_exit_code_is_an_error(body: bytes, message: str) -> None:
    with pytest.raises(StreamError, match=f"^exec in web-0: .*({message})"):
        read(body)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"message": "foobar"}, ApiError),
        ({"message": "foobar", "reason": "InternalError", "code": 500}, InternalError),
        ({"message": "foobar", "reason": "NotFound", "code": 404}, NotFound),
    ],
)
def test_other_failures_are_api_errors_of_their_reason(fields: dict[str, Any], kind: type[ApiError]) -> None:
    with pytest.raises(ApiError, match="foobar") as caught:
        read(json.dumps({"status": "Failure", **fields}).encode())
    assert type(caught.value) is kind
    assert caught.value.path == "/exec"
