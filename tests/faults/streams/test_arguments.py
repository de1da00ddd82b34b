"""An argument of a wrong type is an error that names it, before anything is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import PurePosixPath
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import AiokubeError, ConfigError, InvalidArgument, InvalidRequest
from tests.support.recording import RecordingTransport


async def enter(opened: AbstractAsyncContextManager[Any]) -> None:
    async with opened:
        pass


CASES: list[tuple[str, Callable[[Any], Awaitable[Any]]]] = [
    ("command", lambda pods: pods.run("web", b"ls")),
    ("command", lambda pods: pods.run("web", 5)),
    ("command", lambda pods: pods.run("web", None)),
    ("command", lambda pods: pods.run("web", {"ls": 1})),
    (r"command\[1\]", lambda pods: pods.run("web", ["ls", 5])),
    ("command", lambda pods: enter(pods.exec("web", b"ls"))),
    ("input", lambda pods: pods.run("web", "ls", input=5)),
    ("input", lambda pods: pods.run("web", "ls", input=["a"])),
    ("timeout", lambda pods: pods.run("web", "ls", timeout="5")),
    ("timeout", lambda pods: pods.run("web", "ls", timeout=-1)),
    ("protocols", lambda pods: enter(pods.exec("web", "ls", protocols="v5"))),
    ("max_line", lambda pods: enter(pods.exec("web", "ls", max_line="5"))),
    ("max_line", lambda pods: enter(pods.attach("web", max_line=None))),
    ("source", lambda pods: pods.copy_to("web", 5, "/srv")),
    ("target", lambda pods: pods.copy_to("web", __file__, PurePosixPath("/srv"))),
    ("progress", lambda pods: pods.copy_to("web", __file__, "/srv", progress=5)),
    ("source", lambda pods: pods.copy_from("web", PurePosixPath("/srv"), "/nothing")),
    ("target", lambda pods: pods.copy_from("web", "/srv", b"/nothing")),
    ("target", lambda pods: pods.copy_from("web", "/srv", 5)),
    ("port", lambda pods: enter(pods.port_forward("web", 80.0))),
    ("port", lambda pods: enter(pods.open_port("web", True))),
    ("name", lambda pods: enter(pods.port_forward(5, 80))),
    ("local_port", lambda pods: enter(pods.port_forward("web", 80, local_port="80"))),
    ("address", lambda pods: enter(pods.port_forward("web", 80, address=5))),
    ("on_error", lambda pods: enter(pods.port_forward("web", 80, on_error=5))),
    ("since_time", lambda pods: anext(pods.log_lines("web", since_time="2026"))),
    ("max_line", lambda pods: anext(pods.log_lines("web", max_line="5"))),
    ("max_line", lambda pods: anext(pods.log_lines("web", max_line=0))),
    ("headers", lambda pods: enter(pods.proxy("web", headers=[("X", "a")]))),
    ("method", lambda pods: enter(pods.proxy("web", method=5))),
    ("subprotocols", lambda pods: enter(pods.proxy_websocket("web", subprotocols="abc"))),
]


@pytest.mark.parametrize(("name", "call"), CASES, ids=[f"{index}-{name}" for index, (name, _) in enumerate(CASES)])
async def test_a_wrong_type_is_an_error_that_names_the_argument(
    name: str, call: Callable[[Any], Awaitable[Any]]
) -> None:
    transport = RecordingTransport()
    # Headers are checked as those of a client are.
    with pytest.raises(ConfigError if name == "headers" else InvalidArgument, match=f"^{name}: "):
        await call(Client(transport=transport).core_v1.pods)
    assert not transport.requests


@pytest.mark.parametrize("command", ["", [], [""], ()])
async def test_an_empty_command_is_refused(command: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"^command is empty"):
        await Client(transport=RecordingTransport()).core_v1.pods.run("web", command)


@pytest.mark.parametrize("arguments", [{"method": 5}, {"path": 5}, {"query": [("a", "b")]}, {"query": "a=b"}], ids=repr)
async def test_the_arguments_of_a_raw_request_are_checked(arguments: dict[str, Any]) -> None:
    (name,) = arguments
    with pytest.raises(InvalidRequest, match=f"^{name}: "):
        await Client(transport=RecordingTransport()).request(**{"method": "GET", "path": "/", **arguments})


@pytest.mark.parametrize("selector", ["", " ", [], {}, ()], ids=repr)
@pytest.mark.parametrize("name", ["label_selector", "field_selector"])
async def test_an_empty_selector_deletes_nothing(name: str, selector: Any) -> None:
    transport = RecordingTransport()
    with pytest.raises(AiokubeError, match="is empty, which would select everything"):
        await Client(transport=transport).core_v1.pods.delete_collection(**{name: selector})
    assert not transport.requests
