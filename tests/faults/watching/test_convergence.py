"""The caches of informers converge to the state of a FakeCluster, whatever it does to them on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from aiokube import Informer
from aiokube.models import core_v1
from aiokube.testing import FakeCluster
from tests.support.informers import Consumer
from tests.support.local import LocalLoop
from tests.support.map_cluster import LISTS, WATCHES, Fault, MapCluster, Object, event_line

_NAMES = st.sampled_from(["a", "b", "c", "d"])
_NAMESPACES = st.sampled_from(["default", "other"])
_APPS = st.sampled_from(["web", "db"])
_FAULTS: dict[str, Fault] = {
    "ends": FakeCluster.respond,
    "drop": FakeCluster.drop,
    "hang": FakeCluster.hang,
    "429": FakeCluster.throttle,
    **{f"{code}": partial(FakeCluster.fail, code=code) for code in (401, 403, 410, 500, 504)},
    "half a line": partial(FakeCluster.respond, body=b'{"type": "ADDED", "ob'),
    "nonsense": partial(FakeCluster.respond, body=b"nonsense\n"),
    **{
        f"{code} as an event": partial(
            FakeCluster.respond,
            body=event_line("ERROR", {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code}),
        )
        for code in (410, 429, 500)
    },
}
_LINES = [b"nonsense\n", event_line("ADDED", None), b"\n", b'{"type": "BOOKMARK"}\n', b'{"type": "ADDED", "ob']


@dataclass
class View:
    """An informer, the objects that it selects, and its consumers."""

    informer: Informer[core_v1.ConfigMap]
    namespace: str = ""
    app: str = ""
    consumers: list[Consumer] = field(default_factory=lambda: [Consumer(0), Consumer(3)])

    def covers(self, obj: Object) -> bool:
        metadata = obj["metadata"]
        return self.namespace in ("", metadata["namespace"]) and self.app in ("", metadata["labels"]["app"])

    def cached(self) -> dict[str, core_v1.ConfigMap | None]:
        return {str(key): self.informer.get(key) for key in self.informer}

    def equals(self, truth: dict[str, Object]) -> bool:
        """Compare the versions of everything that is cached or was delivered."""
        expected = {key: obj["metadata"]["resourceVersion"] for key, obj in truth.items()}
        states: list[Mapping[str, core_v1.ConfigMap | None]] = [self.cached(), *(one.objects for one in self.consumers)]
        return all(
            {key: obj and obj.metadata.resource_version for key, obj in one.items()} == expected for one in states
        )

    def check(self, truth: dict[str, Object]) -> None:
        cached = self.cached()
        assert {key: obj and obj.to_dict() for key, obj in cached.items()} == truth
        for value in {obj["data"]["n"] for obj in truth.values()}:
            found = {f"{one.metadata.namespace}/{one.metadata.name}" for one in self.informer.by_index("n", value)}
            assert found == {key for key, obj in truth.items() if obj["data"]["n"] == value}
        for consumer in self.consumers:
            assert consumer.mistakes == []
            assert consumer.objects == cached


class Convergence(RuleBasedStateMachine):
    """A cluster, informers of different kinds, and consumers of different speeds."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=LocalLoop)
        self.server = MapCluster()
        self.is_up = True
        self.count = 0
        self.views: list[View] = []
        self.odd: set[tuple[str, str]] = set()
        self.run(self.start())

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        self.runner.run(work)

    async def start(self) -> None:
        await self.server.__aenter__()
        for name in "abc":
            self._put("default", name, "web")
        self.kube = self.server.client(max_retries=0, timeout=10)
        indexers: dict[str, Callable[[core_v1.ConfigMap], object]] = {"n": lambda obj: obj.data.get("n")}
        inform = partial(self.kube.core_v1.config_maps.informer, indexers=indexers, watch_timeout=40)
        self.views = [
            View(inform(all_namespaces=True, page_size=2)),
            View(inform(streaming_list=True), namespace="default"),
            View(inform(all_namespaces=True, label_selector="app=web", streaming_list=True), app="web"),
            View(inform(namespace="other", label_selector={"app": "db"}, page_size=1), namespace="other", app="db"),
        ]
        for view in self.views:
            await view.informer.__aenter__()
            for consumer in view.consumers:
                view.informer.add_handler(consumer)

    async def do(self, *steps: Callable[[], Awaitable[None] | object]) -> None:
        for step in steps:
            result = step()
            if isinstance(result, Awaitable):
                await result

    # changes of objects

    def _put(self, namespace: str, name: str, app: str) -> None:
        self.count += 1
        self.odd.discard((namespace, name))
        self.server.put(name, {"n": str(self.count % 3)}, namespace=namespace, labels={"app": app})

    def _spoil(self, namespace: str, name: str, app: str) -> None:
        self.odd.add((namespace, name))
        self.server.put(name, 7, namespace=namespace, labels={"app": app})

    def _delete(self, namespace: str, name: str) -> None:
        if self.server.find(name, namespace):
            self.odd.discard((namespace, name))
            self.server.delete(name, namespace=namespace)

    @rule(namespace=_NAMESPACES, name=_NAMES, app=_APPS)
    def put(self, namespace: str, name: str, app: str) -> None:
        self.run(self.do(lambda: self._put(namespace, name, app)))

    @rule(namespace=_NAMESPACES, name=_NAMES)
    def delete(self, namespace: str, name: str) -> None:
        self.run(self.do(lambda: self._delete(namespace, name)))

    @rule(namespace=_NAMESPACES, name=_NAMES, app=_APPS)
    def recreate(self, namespace: str, name: str, app: str) -> None:
        self.run(self.do(lambda: self._delete(namespace, name), lambda: self._put(namespace, name, app)))

    @rule(namespace=_NAMESPACES, name=_NAMES, app=_APPS)
    def spoil(self, namespace: str, name: str, app: str) -> None:
        self.run(self.do(lambda: self._spoil(namespace, name, app)))

    # faults

    @rule(
        step=st.sampled_from(
            ["compact", "expire", "drop_watches", "end_watches", "silence_watches", "bookmark", "expire_pages", "heal"]
        )
    )
    def disturb(self, step: str) -> None:
        self.run(self.do(getattr(self.server, step)))

    @rule(fault=st.sampled_from(sorted(_FAULTS)), verbs=st.sampled_from([LISTS, WATCHES]), count=st.integers(1, 3))
    def spoil_requests(self, fault: str, verbs: tuple[str, ...], count: int) -> None:
        _FAULTS[fault](self.server, count, verbs=verbs)

    @rule(line=st.sampled_from(_LINES))
    def garble(self, line: bytes) -> None:
        self.run(self.do(lambda: self.server.send(line)))

    @rule(seconds=st.sampled_from([0, 0.1, 2]))
    def slow_down(self, seconds: float) -> None:
        self.server.latency(seconds)

    @rule(seconds=st.sampled_from([1, 30, 600]))
    def advance(self, seconds: float) -> None:
        self.run(self.do(lambda: self.server.advance(seconds)))

    @rule(count=st.integers(1, 3))
    def change_something_else(self, count: int) -> None:
        self.run(self.do(lambda: self.server.advance_to(int(self.server.resource_version) + count)))

    @rule()
    def partition(self) -> None:
        self.server.partition()

    @precondition(lambda self: self.is_up)
    @rule()
    def restart(self) -> None:
        self.run(self.server.restart())

    @precondition(lambda self: self.is_up)
    @rule()
    def go_down(self) -> None:
        self.is_up = False
        self.run(self.server.stop())

    @precondition(lambda self: not self.is_up)
    @rule()
    def come_up(self) -> None:
        self.is_up = True
        self.run(self.server.start())

    # time passes

    @rule(seconds=st.sampled_from([0.05, 1, 20]))
    def wait(self, seconds: float) -> None:
        self.run(self.do(lambda: asyncio.sleep(seconds)))

    @rule()
    def converge(self) -> None:
        self.run(self._converge())

    async def _converge(self) -> None:
        self.is_up = True
        await self.server.start()
        self.server.heal()
        for namespace, name in sorted(self.odd):
            self._put(namespace, name, "web")
        # Delays are up to a minute, and the watch after one may find its version expired.
        for _ in range(300):
            await asyncio.sleep(1)
            if all(view.equals(self._truth(view)) for view in self.views):
                break
        for view in self.views:
            view.check(self._truth(view))

    def _truth(self, view: View) -> dict[str, Object]:
        found = [obj for obj in self.server.objects("configmaps") if view.covers(obj)]
        return {f"{obj['metadata']['namespace']}/{obj['metadata']['name']}": obj for obj in found}

    def teardown(self) -> None:
        try:
            self.run(self._converge())
        finally:
            leave = [partial(view.informer.__aexit__, None, None, None) for view in self.views]
            self.run(self.do(*leave, self.kube.close, partial(self.server.__aexit__, None, None, None)))
            self.runner.close()


TestConvergence = pytest.mark.slow(Convergence.TestCase)
TestConvergence.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
