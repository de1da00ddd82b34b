"""The cache of an informer converges to the server's state under random faults."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from aiokube import Client, Config, Informer
from aiokube.models import core_v1
from tests.support.apiserver import ApiServer, Fault
from tests.support.informers import Consumer
from tests.support.local import LocalLoop

_NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
_GOOD = {"kind": "Status", "apiVersion": "v1", "status": "Failure"}
_FAULTS = st.sampled_from(
    [
        Fault(),
        Fault(drop=True),
        Fault(code=410, reason="Expired"),
        Fault(code=429, reason="TooManyRequests"),
        Fault(code=500, reason="InternalError"),
        Fault(code=403, reason="Forbidden"),
        Fault(lines=(b'{"type": "ADDED", "ob',)),
        Fault(lines=(b"nonsense\n",)),
        *(
            Fault(lines=(json.dumps({"type": "ERROR", "object": {**_GOOD, "code": code}}).encode() + b"\n",))
            for code in (410, 429, 500)
        ),
    ]
)


class Convergence(RuleBasedStateMachine):
    """A server, an informer, and consumers of different speeds."""

    streaming = False

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=LocalLoop)
        self.server = ApiServer()
        self.run(self.server.listen())
        for name in "abc":
            self.server.put(name, {"n": "0"})
        self.kube = Client(Config(server=self.server.url), max_retries=0)
        self.consumers = [Consumer(0), Consumer(3)]
        self.is_up = True
        self.count = 0
        self.run(self.start())

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        self.runner.run(work)

    async def start(self) -> None:
        indexers: dict[str, Callable[[core_v1.ConfigMap], object]] = {"n": lambda obj: (obj.data or {}).get("n")}
        self.maps: Informer[core_v1.ConfigMap] = self.kube.core_v1.config_maps.informer(
            page_size=2, indexers=indexers, streaming_list=self.streaming
        )
        await self.maps.__aenter__()
        for consumer in self.consumers:
            self.maps.add_handler(consumer)

    async def do(self, *steps: Callable[[], Awaitable[None] | object]) -> None:
        for step in steps:
            result = step()
            if isinstance(result, Awaitable):
                await result

    @rule(name=_NAMES)
    def put(self, name: str) -> None:
        self.count += 1
        self.run(self.do(lambda: self.server.put(name, {"n": str(self.count)})))

    @rule(name=_NAMES)
    def delete(self, name: str) -> None:
        if ("default", name) in self.server.objects:
            self.run(self.do(lambda: self.server.delete(name)))

    @rule(name=_NAMES)
    def recreate(self, name: str) -> None:
        if ("default", name) in self.server.objects:
            self.run(self.do(lambda: self.server.delete(name), lambda: self.server.put(name, {"n": "again"})))

    @rule()
    def compact(self) -> None:
        self.server.compact()

    @rule(step=st.sampled_from(["drop_watches", "end_watches", "bookmark"]))
    def disturb(self, step: str) -> None:
        self.run(self.do(getattr(self.server, step)))

    @rule(name=_NAMES)
    def repeat(self, name: str) -> None:
        obj = self.server.objects.get(("default", name))
        if obj is not None:
            line = json.dumps({"type": "MODIFIED", "object": obj}).encode() + b"\n"
            self.run(self.do(lambda: self.server.send(line)))

    @rule(
        line=st.sampled_from([b"nonsense\n", b'{"type": "ADDED", "object": null}\n', b"\n", b'{"type": "BOOKMARK"}\n'])
    )
    def garble(self, line: bytes) -> None:
        self.run(self.do(lambda: self.server.send(line)))

    @rule(fault=_FAULTS)
    def spoil_a_watch(self, fault: Fault) -> None:
        self.server.watch_faults.append(fault)

    @rule(fault=_FAULTS)
    def spoil_a_list(self, fault: Fault) -> None:
        self.server.list_faults.append(fault)

    @rule(as_event=st.booleans(), offers_token=st.booleans(), compact_after_page=st.booleans())
    def change_habits(self, as_event: bool, offers_token: bool, compact_after_page: bool) -> None:
        self.server.gone_as_event = as_event
        self.server.offers_token = offers_token
        self.server.compact_after_page = compact_after_page

    @precondition(lambda self: self.is_up)
    @rule()
    def go_down(self) -> None:
        self.is_up = False
        self.run(self.server.stop())

    @precondition(lambda self: not self.is_up)
    @rule()
    def come_up(self) -> None:
        self.is_up = True
        self.run(self.server.listen())

    @rule(seconds=st.sampled_from([0.05, 1, 20]))
    def wait(self, seconds: float) -> None:
        self.run(self.do(lambda: asyncio.sleep(seconds)))

    @rule()
    def converge(self) -> None:
        self.run(self._converge())

    async def _converge(self) -> None:
        if not self.is_up:
            self.is_up = True
            await self.server.listen()
        self.server.watch_faults.clear()
        self.server.list_faults.clear()
        # Delays are up to a minute, and the watch after one may find its version expired.
        for _ in range(300):
            await asyncio.sleep(1)
            if self._has_converged():
                break
        truth = {f"{space}/{name}": obj for (space, name), obj in self.server.objects.items()}
        cached = {str(key): self.maps.get(key.name) for key in self.maps}
        assert {name: obj and obj.to_dict() for name, obj in cached.items()} == truth
        for value in {obj["data"]["n"] for obj in truth.values()}:
            expected = sorted(obj["metadata"]["name"] for obj in truth.values() if obj["data"]["n"] == value)
            assert sorted(obj.metadata.name for obj in self.maps.by_index("n", value)) == expected
        for consumer in self.consumers:
            assert consumer.mistakes == []
            assert consumer.objects == cached

    def _has_converged(self) -> bool:
        truth = {name: obj["metadata"]["resourceVersion"] for (_, name), obj in self.server.objects.items()}
        views = [self.maps.list(), *(list(consumer.objects.values()) for consumer in self.consumers)]
        return all({obj.metadata.name: obj.metadata.resource_version for obj in view} == truth for view in views)

    def teardown(self) -> None:
        try:
            self.run(self._converge())
        finally:
            self.run(self.do(lambda: self.maps.__aexit__(None, None, None), self.kube.close, self.server.stop))
            self.runner.close()


class StreamingConvergence(Convergence):
    """The same with streaming lists."""

    streaming = True


_SETTINGS = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

TestConvergence = pytest.mark.slow(Convergence.TestCase)
TestConvergence.settings = _SETTINGS
TestStreamingConvergence = pytest.mark.slow(StreamingConvergence.TestCase)
TestStreamingConvergence.settings = _SETTINGS
