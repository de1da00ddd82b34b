"""Objects that are nested deeper than a recursive decoder can read: only they are undecodable."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Callable

import pytest

from aiokube import Client, Config
from aiokube.errors import DecodeError
from aiokube.models import apps_v1
from aiokube.runtime.codec.depth import MAX_DEPTH, cut, restored
from tests.support.children import run
from tests.support.server import Answer, Open, ScriptedServer

# CPython 3.13 allows some 10,000 levels.
_TOO_DEEP = 30_000
_FOR_A_SMALL_STACK = 5_000
_SMALL_STACK = 512 << 10


def _revision(name: str, levels: int, version: int = 5) -> str:
    metadata = json.dumps({"name": name, "namespace": "shop", "resourceVersion": str(version)})
    data = '{"a":' * levels + "1" + "}" * levels
    return f'{{"apiVersion":"apps/v1","kind":"ControllerRevision","metadata":{metadata},"revision":1,"data":{data}}}'


def _list(*items: str) -> Answer:
    head = '{"apiVersion":"apps/v1","kind":"ControllerRevisionList","metadata":{"resourceVersion":"9"},"items":['
    return Answer(body=f"{head}{','.join(items)}]}}".encode())


def _event(name: str, levels: int, version: int) -> bytes:
    return f'{{"type":"ADDED","object":{_revision(name, levels, version)}}}\n'.encode()


async def _informer(kube: Client) -> tuple[list[str], list[str]]:
    errors: list[DecodeError] = []
    async with kube.apps_v1.controller_revisions.informer(on_undecodable=errors.append) as cache:
        while len(cache) < 2:
            await asyncio.sleep(0.01)
        return sorted(str(key) for key in cache), [str(error) for error in errors]


async def _run_informer(levels: int) -> tuple[list[str], list[str]]:
    script = (
        _list(_revision("good", 1), _revision("deep", levels)),
        Open(Answer(chunks=[_event("deeper", levels, 10), _event("better", 1, 11)])),
    )
    async with ScriptedServer(*script) as server, Client(Config(server=server.url)) as kube:
        return await _informer(kube)


def test_a_deep_object_is_undecodable_alone_in_lists_and_watches() -> None:
    keys, errors = asyncio.run(_run_informer(_TOO_DEEP))
    assert keys == ["shop/better", "shop/good"]
    assert [": shop/deep: " in errors[0], "shop/deeper, ADDED" in errors[1]] == [True, True]


@pytest.mark.slow
@pytest.mark.parametrize("levels", [MAX_DEPTH, 800, _TOO_DEEP])
def test_a_deep_object_is_named_by_every_call(levels: int) -> None:
    async def main() -> None:
        async with ScriptedServer(_list(_revision("good", 1), _revision("deep", levels))) as server:
            async with Client(Config(server=server.url)) as kube:
                revisions = kube.apps_v1.controller_revisions
                with pytest.raises(DecodeError, match="shop/deep"):
                    await anext(revisions.iterate())
                with pytest.raises(DecodeError, match="shop/deep"):
                    await revisions.list()
        async with ScriptedServer(Answer(body=_revision("deep", levels).encode())) as server:
            async with Client(Config(server=server.url)) as kube:
                with pytest.raises(DecodeError, match="controllerrevisions/a: ControllerRevision shop/deep"):
                    await kube.apps_v1.controller_revisions.get("a")
                with pytest.raises(DecodeError):
                    (await kube.request("GET", "/x")).json()

    asyncio.run(main())


@pytest.mark.parametrize("levels", [MAX_DEPTH - 3, MAX_DEPTH - 1])
async def test_a_list_and_a_watch_have_objects_of_any_depth_that_a_call_has(levels: int) -> None:
    script = (
        _list(_revision("good", 1), _revision("deep", levels)),
        _list(_revision("good", 1), _revision("deep", levels)),
        Open(Answer(chunks=[_event("deeper", levels, 10)])),
    )
    async with ScriptedServer(*script) as server, Client(Config(server=server.url)) as kube:
        revisions = kube.apps_v1.controller_revisions
        assert len((await revisions.list()).items) == 2
        async with revisions.informer(all_namespaces=True) as cache:
            async with asyncio.timeout(5):
                while len(cache) < 3:
                    await asyncio.sleep(0.01)


def _on_a_small_stack(call: Callable[[], object]) -> None:
    errors: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:
            errors.append(error)

    previous = threading.stack_size(_SMALL_STACK)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(previous)
    thread.join()
    if errors:
        raise errors[0]


@pytest.mark.slow
@pytest.mark.parametrize("levels", [2_000, _FOR_A_SMALL_STACK, _TOO_DEEP])
def test_a_deep_object_does_not_overflow_the_stack_of_a_thread(levels: int) -> None:
    def run() -> None:
        with pytest.raises(DecodeError, match="shop/deep: the data is nested deeper"):
            apps_v1.ControllerRevision.from_json(_revision("deep", levels).encode())

    _on_a_small_stack(run)
    _on_a_small_stack(lambda: asyncio.run(_run_informer(_TOO_DEEP)))


@pytest.mark.slow
@pytest.mark.parametrize("stack_of", ["main", "thread"])
def test_a_deep_object_crashes_no_program_that_has_raised_the_recursion_limit(stack_of: str) -> None:
    program = """
import sys, threading
from aiokube.errors import DecodeError
from aiokube.models.apps_v1 import ControllerRevision

def read():
    deep = '{"a":' * 300_000 + "1" + "}" * 300_000
    try:
        ControllerRevision.from_json(f'{{"apiVersion":"apps/v1","kind":"ControllerRevision","data":{deep}}}'.encode())
    except DecodeError as error:
        print(error)

sys.setrecursionlimit(10**6)
if sys.argv[1] == "main":
    read()
else:
    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
"""
    ended = run(sys.executable, "-c", program, stack_of)
    assert ended.returncode == 0
    assert "ControllerRevision: the data is nested deeper than 250 levels" in ended.stdout


@pytest.mark.parametrize(
    ("text", "levels", "expected", "parts"),
    [
        (b'{"a": {"b": [1, {}]}, "c": []}', 1, b'{"a": 0, "c": 1}', [b'{"b": [1, {}]}', b"[]"]),
        (b'{"a": {"b": [1, {}]}, "c": []}', 2, b'{"a": {"b": 0}, "c": []}', [b"[1, {}]"]),
        (rb'{"}{[\"": "]\\", "x": [["]"]]}', 2, rb'{"}{[\"": "]\\", "x": [0]}', [b'["]"]']),
        (b"[]", 1, b"[]", []),
        (b"7", 1, b"7", []),
    ],
)
def test_deeper_parts_are_cut_out(text: bytes, levels: int, expected: bytes, parts: list[bytes]) -> None:
    assert cut(text, levels) == (expected, parts)


@pytest.mark.parametrize("text", [b'{"a": [', b"[" * 100_000, b'{"a": 1}}', b'{"a": "'])
def test_text_without_matching_brackets_is_an_error(text: bytes) -> None:
    with pytest.raises(DecodeError, match="brackets do not match"):
        cut(text, 1)


def test_only_a_number_of_a_part_is_replaced() -> None:
    assert [restored(text, [b"{}"]) for text in (b"0", b"1", b"-0", b"null", b"9" * 5_000)] == [
        b"{}",
        b"1",
        b"-0",
        b"null",
        b"9" * 5_000,
    ]
