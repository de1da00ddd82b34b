"""Arguments of a wrong type are refused by the call itself, with an error that names the argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aiokube import Client, Config, LeaderElector, WorkQueue
from aiokube.errors import InvalidArgument

_KUBE = Client(Config(server="http://127.0.0.1:1"))
# Without types, as in a program that is not type-checked.
_PODS: Any = _KUBE.core_v1.pods
_ELECTOR: Any = LeaderElector
_QUEUE: Any = WorkQueue

_CALLS: list[tuple[Callable[..., object], str, tuple[object, ...]]] = [
    (_PODS.watch, "watch_timeout", ("5", 1.5, True, 0)),
    (_PODS.watch, "timeout_seconds", ("5", 1.5, True, 0)),
    (_PODS.watch, "resource_version", (5, b"5")),
    (_PODS.watch, "on_undecodable", (5,)),
    (_PODS.iterate, "page_size", ("5", 2.5, True, 0)),
    (_PODS.iterate, "on_undecodable", (5,)),
    (_PODS.informer, "page_size", ("5", None)),
    (_PODS.informer, "watch_timeout", ("5", 1.5)),
    (_PODS.informer, "sync_timeout", ("5", False, float("nan"), -1)),
    (_PODS.informer, "indexers", ([len], "name")),
    (_PODS.informer, "on_undecodable", ("log",)),
    (_PODS.informer, "streaming_list", ("no", 1)),
    (_PODS.informer, "keep_managed_fields", (None,)),
    (_PODS.metadata_informer, "watch_timeout", (1.5,)),
    (lambda **resync: _PODS.informer().add_handler(print, **resync), "resync", ("60", 0.5, float("nan"))),
    (lambda indexer: _PODS.informer().add_indexer("name", indexer), "indexer", ("metadata.name", None)),
    (lambda handler: _PODS.informer().add_handler(handler), "handler", (None, "print")),
    (lambda **durations: _ELECTOR(_KUBE, "lease", **durations), "lease_duration", ("15", None)),
    (lambda **durations: _ELECTOR(_KUBE, "lease", **durations), "retry_period", (True,)),
    (lambda **texts: _ELECTOR(_KUBE, "lease", **texts), "identity", (5, "")),
    (lambda **functions: _ELECTOR(_KUBE, "lease", **functions), "on_new_leader", ("log",)),
    (_QUEUE, "base_delay", ("1", None)),
    (_QUEUE, "max_delay", ([],)),
    (lambda seconds: _QUEUE().add_after("key", seconds), "seconds", ("1", float("nan"), float("inf"))),
]


@pytest.mark.parametrize(
    ("call", "name", "value"),
    [
        pytest.param(call, name, value, id=f"{number}-{name}-{value!r}")
        for number, (call, name, values) in enumerate(_CALLS)
        for value in values
    ],
)
def test_an_argument_of_a_wrong_type_is_named(call: Callable[..., object], name: str, value: object) -> None:
    with pytest.raises(InvalidArgument, match=rf"^{name}( is |: must be )"):
        call(**{name: value})


def test_a_function_among_indexers_is_named() -> None:
    with pytest.raises(InvalidArgument, match=r"^indexers\['name'\]: must be a function, not int$"):
        _PODS.informer(indexers={"name": 5})


async def test_a_list_with_an_invalid_callback_sends_nothing() -> None:
    with pytest.raises(InvalidArgument, match=r"^on_undecodable: must be a function, not int$"):
        await _PODS.list(on_undecodable=5)
