"""Events that are read many at once are the same as those that are read one by one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiokube.errors import AiokubeError
from aiokube.models.core_v1 import ConfigMap
from aiokube.runtime.http.request import build
from aiokube.runtime.watching.events import EventReader, Reading, UndecodableObject, WatchEvent
from aiokube.runtime.watching.kept_objects import KeptObjects

REQUEST = build("GET", "/api/v1/namespaces/a/configmaps", {}, {})


def config_map(name: str, version: str = "5", **fields: object) -> dict[str, object]:
    metadata = {"name": name, "namespace": "a", "resourceVersion": version}
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata, **fields}


OBJECTS: list[dict[str, object]] = [
    *[config_map("map", data={"a": "b"})] * 5,
    config_map("nulls", data=None),
    config_map("text", data={"a": '{"type":"ADDED","object":{\n'}),
    config_map("undecodable", data={"a": 3}),
    config_map("no-version", version=""),
    {**config_map("other"), "kind": "Secret"},
    {"type": "ADDED", "object": {}},
]


def line(type: str, obj: object) -> bytes:
    return json.dumps({"type": type, "object": obj}, separators=(",", ":")).encode() + b"\n"


ADDED = st.builds(line, st.just("ADDED"), st.sampled_from(OBJECTS))
ANY = st.builds(line, st.sampled_from(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "OTHER"]), st.sampled_from(OBJECTS))
ODD = st.sampled_from([b"\n", b"garbage\n", b'{"type":"ADDED","object":{\n', b'{"type":"ADDED","object":{}}{}\n'])
BLOCKS = st.one_of(st.lists(ADDED, max_size=4), st.lists(st.one_of(ADDED, ADDED, ANY, ODD), max_size=12))


def kept(transform: Any = None) -> Reading[ConfigMap]:
    return KeptObjects(ConfigMap, known=lambda obj: None, keep_managed_fields=True, transform=transform)


def outcomes(reader: EventReader[ConfigMap], block: bytes, *, at_once: bool) -> list[object]:
    found: list[object] = []
    try:
        events = reader.read_block(block) if at_once else map(reader.read, filter(None, block.split(b"\n")))
        for event in events:
            if isinstance(event, UndecodableObject):
                found.append((event.key, event.version, str(event.error)))
            else:
                found.append(event)
    except AiokubeError as error:
        found.append((type(error), str(error)))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("reading", ["plain", "kept", "transformed"])
@given(lines=BLOCKS)
@settings(max_examples=200, deadline=None)
def test_any_block_is_read_like_its_lines(reading: str, lines: list[bytes]) -> None:
    def reader() -> EventReader[ConfigMap]:
        readings = {"plain": None, "kept": kept(), "transformed": kept(lambda obj: obj)}
        return EventReader(REQUEST, ConfigMap, readings[reading])

    block = b"".join(lines)
    assert outcomes(reader(), block, at_once=True) == outcomes(reader(), block, at_once=False)


def test_a_known_object_of_a_block_is_not_read_again() -> None:
    known = ConfigMap()
    reading = KeptObjects(ConfigMap, known=lambda obj: known, keep_managed_fields=True)
    reader = EventReader(REQUEST, ConfigMap, reading)

    [first, second] = reader.read_block(line("ADDED", config_map("a")) * 2)

    assert isinstance(first, WatchEvent)
    assert isinstance(second, WatchEvent)
    assert first.object is second.object is known
