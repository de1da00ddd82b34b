"""What the Status at the end of a stream says of the exit code (W3)."""

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


def test_success() -> None:
    assert read(b'{"status": "Success"}') == 0
    assert read(b'{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success"}\n') == 0


@pytest.mark.parametrize("code", [1, 2, 42, 126, 127, 137, 255])
def test_exit_codes(code: int) -> None:
    other = {"reason": "Other", "message": "7"}
    assert read(ended([other, {"reason": "ExitCode", "message": str(code)}])) == code


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "ended without saying how it went"),
        (b"{}", "the status '', neither Success nor Failure"),
        (b"{", "no Status"),
        (b"\xff\xfe", "no Status"),
        (b"[]", "no Status"),
        (b"null", "no Status"),
        (b'{"status": "Odd"}', "the status 'Odd'"),
        (b'{"status": 5}', "no Status|neither Success nor Failure"),
        (ended([{"reason": "foo"}]), "not told: foobar"),
        (ended([]), "not told"),
        (ended(None), "not told"),
        (b'{"status":"Failure","reason":"NonZeroExitCode"}', "not told"),
        (ended([{"reason": "ExitCode"}]), "the exit code '', which is none"),
        (ended([{"reason": "ExitCode", "message": "256"}]), "'256', which is none"),
        (ended([{"reason": "ExitCode", "message": "-1"}]), "'-1', which is none"),
        (ended([{"reason": "ExitCode", "message": "\u0663"}]), "which is none"),
        (ended([{"reason": "ExitCode", "message": " 3"}]), "which is none"),
        (ended([{"reason": "ExitCode", "message": "3\n"}]), "which is none"),
    ],
)
def test_what_says_no_exit_code_is_an_error(body: bytes, message: str) -> None:
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
def test_other_failures_are_those_of_the_server(fields: dict[str, Any], kind: type[ApiError]) -> None:
    with pytest.raises(ApiError, match="foobar") as caught:
        read(json.dumps({"status": "Failure", **fields}).encode())
    assert type(caught.value) is kind
    assert caught.value.path == "/exec"
