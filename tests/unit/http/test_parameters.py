"""Query parameters of wrong types are refused by every method, in the name of the argument."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import InvalidArgument, InvalidRequest
from aiokube.runtime.http.parameters import checked_query
from tests.support.recording import RecordingTransport

OBJECT = {"metadata": {"name": "web"}}
GIVEN: dict[str, Any] = {
    "name": "web",
    "command": "ls",
    "body": {},
    "pod": OBJECT,
    "eviction": OBJECT,
    "binding": OBJECT,
    "service_account": OBJECT,
    "token_request": {},
    "labels": {"a": "b"},
    "annotations": {"a": "b"},
    "images": {"app": "nginx:2"},
    "change": lambda obj: None,
    "condition": "Ready",
    "source": __file__,
    "target": "b",
    "port": 80,
}
FLAGS = ("follow", "previous", "timestamps", "tty", "stdin", "stdout", "stderr", "allow_watch_bookmarks", "force")
NUMBERS = ("grace_period_seconds", "limit", "limit_bytes", "since_seconds", "tail_lines", "timeout_seconds")
TEXTS = ("container", "continue_", "dry_run", "field_validation", "propagation_policy", "resource_version", "stream")


def _cases() -> list[tuple[str, str, Any]]:
    pods = Client(transport=RecordingTransport()).core_v1.pods
    return [
        (name, argument, wrong)
        for name, method in inspect.getmembers(pods, inspect.ismethod)
        if not name.startswith("_")
        for argument in inspect.signature(method).parameters
        for names, values in ((FLAGS, (["true"], "no", 1)), (NUMBERS, ([1], "1", True)), (TEXTS, (["All"], 1)))
        if argument in names
        for wrong in values
    ]


async def call(method: Any, arguments: dict[str, Any]) -> None:
    result = method(**arguments)
    if isinstance(result, Awaitable):
        await result
    elif isinstance(result, AbstractAsyncContextManager):
        async with result:
            pass
    else:
        await anext(aiter(result))


@pytest.mark.parametrize(("name", "argument", "wrong"), _cases())
async def test_a_parameter_of_another_type_is_refused(name: str, argument: str, wrong: Any) -> None:
    transport = RecordingTransport()
    method = getattr(Client(transport=transport, field_manager="me").core_v1.pods, name)
    required = [
        key for key, one in inspect.signature(method).parameters.items() if one.kind is one.POSITIONAL_OR_KEYWORD
    ]
    arguments = {key: GIVEN[key] for key in required}
    with pytest.raises(InvalidArgument, match=rf"^{argument}\b"):
        await call(method, {**arguments, argument: wrong})
    assert transport.requests == []


async def test_options_of_a_deletion_are_checked_where_they_are_sent_as_its_body() -> None:
    transport = RecordingTransport()
    kube = Client(transport=transport)
    with pytest.raises(InvalidRequest, match=r"^grace_period_seconds: must be an integer, not str"):
        await kube.core_v1.pods.delete("web", options={}, grace_period_seconds="5")  # type: ignore[arg-type] # it is wrong
    assert transport.requests == []


def test_each_family_of_methods_is_among_the_cases() -> None:
    names = {name for name, _, _ in _cases()}
    assert {"list", "watch", "iterate", "create", "patch", "apply", "delete", "log_lines", "logs", "exec"} <= names


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"tailLines": [1]}, "^tail_lines: must be an integer, not list"),
        ({"continue": 1}, "^continue_: must be a string, not int"),
        ({"insecureSkipTLSVerifyBackend": 1}, "^insecure_skip_tls_verify_backend: must be True or False, not int"),
        ({"labelSelector": 1}, "^label_selector: must be a string, a dict of strings"),
    ],
)
def test_the_error_names_the_argument(query: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        checked_query(query)


def test_parameters_of_other_apis_are_left_alone() -> None:
    query = {"command": ["a", "b"], "moveCursor": 1, "limit": None}
    assert checked_query(query) == query


async def test_a_query_of_the_caller_is_left_alone() -> None:
    transport = RecordingTransport()
    kube = Client(transport=transport)
    await kube.request("GET", "/api/v1/pods", query={"limit": "5"})
    async with kube.core_v1.services.proxy("web", query={"limit": ["1", "2"]}):
        pass
    assert [one.query for one in transport.requests] == [(("limit", "5"),), (("limit", "1"), ("limit", "2"))]
