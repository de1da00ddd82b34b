"""Times and bytes of custom resources are sent back as they came."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aiokube import Model
from aiokube.errors import DecodeError, InvalidRequest
from aiokube.runtime.verbs import ABSENT_LIST, BytesField, TimeField, dataclass


@dataclass
class Certificate(Model, kw_only=True):
    """Fields of a custom resource."""

    until: TimeField
    renewed: TimeField | None = None
    all_times: list[TimeField] = ABSENT_LIST
    request: BytesField | None = None


_MOMENT = datetime(2024, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)
_FIELDS: list[dict[str, Any]] = [
    {"until": text}
    for text in (
        "2024-01-02T03:04:05Z",
        "2024-01-02T03:04:05.000Z",
        "2024-01-02T03:04:05.5Z",
        "2024-01-02T03:04:05.123456789Z",
        "2024-01-02t03:04:05z",
        "2024-01-02T03:04:05+00:00",
        "2024-01-02T03:04:05.10-07:30",
    )
]
_FIELDS += [{"until": "2024-01-02T03:04:05Z", "request": text} for text in ("", "YQ==", "YR==", "YW\nJj", "YWJj\r\n")]
_FIELDS += [
    {"until": "2024-01-02T03:04:05.1Z", "renewed": "2024-01-02T03:04:05.20Z", "allTimes": ["2024-01-02T03:04:05.30Z"]}
]


@pytest.mark.parametrize("fields", _FIELDS, ids=repr)
def test_what_came_is_sent_back_as_it_came(fields: dict[str, Any]) -> None:
    read = Certificate.from_json(json.dumps(fields))
    pickled = pickle.loads(pickle.dumps(read))  # noqa: S301 # bytes of this test
    for one in (read, Certificate.from_dict(fields), copy.copy(read), copy.deepcopy(read), pickled):
        assert one == read
        assert one.to_dict() == fields


def test_times_and_bytes_are_read_as_what_they_are() -> None:
    read = Certificate.from_json(b'{"until": "2024-01-02T03:04:05.123456789Z", "request": "YR=="}')
    assert read.until == _MOMENT
    assert isinstance(read.until, datetime)
    assert read.request == b"a"
    assert read.until.tzinfo is UTC


def test_a_calculated_time_is_sent_as_calculated() -> None:
    read = Certificate.from_json(b'{"until": "2024-01-02T03:04:05.123456789Z"}')
    read.until += timedelta(days=1)
    assert read.to_dict() == {"until": "2024-01-03T03:04:05.123456Z"}
    read.until = read.until.replace(microsecond=0)
    assert read.to_dict() == {"until": "2024-01-03T03:04:05Z"}


def test_ordinary_times_and_bytes_are_taken() -> None:
    made = Certificate(until=_MOMENT, request=b"a")
    assert made.to_dict() == {"until": "2024-01-02T03:04:05.123456Z", "request": "YQ=="}
    with pytest.raises(InvalidRequest, match=r"until: .* has no time zone"):
        Certificate(until=datetime(2024, 1, 2)).to_dict()
    with pytest.raises(InvalidRequest, match="request: expected bytes, got str"):
        Certificate(until=_MOMENT, request="a").to_dict()  # type: ignore[arg-type] # which is the point


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"until": "today"}, "until: not a time; write it like 2026-01-02T03:04:05Z"),
        ({"until": 5}, "until: expected a time, got an integer"),
        ({"until": "2024-01-02T03:04:05"}, "until: 2024-01-02T03:04:05 has no time zone"),
        ({"until": "2024-01-02T03:04:05Z", "request": "%"}, "request: not base64"),
        ({"until": "2024-01-02T03:04:05Z", "request": 5}, "request: expected base64, got an integer"),
    ],
)
def test_what_does_not_fit_is_an_error_that_names_the_path(fields: dict[str, Any], problem: str) -> None:
    for read in (Certificate.from_dict, lambda fields: Certificate.from_json(json.dumps(fields))):
        with pytest.raises(DecodeError, match=f"^Certificate: {problem}"):
            read(fields)


def test_a_required_time_that_is_null_is_falsy_and_null_again() -> None:
    read = Certificate.from_json(b'{"until": null, "request": null}')
    assert not read.until
    assert read.to_dict() == {"until": None}
