"""Warning headers, with the test tables of RFC 7234 and client-go."""

from __future__ import annotations

import asyncio
import logging
import sys
import warnings
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from aiokube import Client
from aiokube.runtime.http.api_warnings import ApiWarning, Warnings, parse_warnings
from aiokube.runtime.http.request import build
from tests.support.recording import RecordingTransport

# Values of a header, and the code, agent and text of the warnings in each.
HEADERS: dict[str, list[tuple[int, str, str]]] = {
    "": [],
    " ": [],
    ",": [],
    '299 - "new warning"': [(299, "-", "new warning")],
    '  299 - "new"  ': [(299, "-", "new")],
    '299 k8s:6443 "new"': [(299, "k8s:6443", "new")],
    '100 - ""': [(100, "-", "")],
    '299 - "a" "Tue, 15 Nov 1994 08:12:31 GMT"': [(299, "-", "a")],
    '299 - "one", 299 - "two"': [(299, "-", "one"), (299, "-", "two")],
    '299 - "one",299 - "two" ,  299 - "three"': [(299, "-", "one"), (299, "-", "two"), (299, "-", "three")],
    '299 - "one" "date", 199 host "two" "date"': [(299, "-", "one"), (199, "host", "two")],
    '299 - "a, b; c"': [(299, "-", "a, b; c")],
    r'299 - "say \"hi\""': [(299, "-", 'say "hi"')],
    r'299 - "a\\b\c"': [(299, "-", r"a\bc")],
    r'299 - "a\\", 299 - "b"': [(299, "-", "a\\"), (299, "-", "b")],
    '299 - "Grüße"': [(299, "-", "Grüße")],
    # Values without a valid warning.
    "299": [],
    "299 -": [],
    "299 - text": [],
    '299 "text"': [],
    '- - "text"': [],
    '29 - "text"': [],
    '2999 - "text"': [],
    '٢٩٩ - "text"': [],
    '299 - "text': [],
    '299 - "text\\': [],
    '299 - "text\\"': [],
    '299  - "text"': [],
    '299 -  "text"': [],
    '"299 - text"': [],
    # Values with an invalid rest, which is ignored.
    '299 - "one", garbage': [(299, "-", "one")],
    '299 - "one", 299 - "two': [(299, "-", "one")],
    '299 - "one",': [(299, "-", "one")],
    '299 - "one", , 299 - "two"': [(299, "-", "one")],
    '299 - "one" garbage': [],
    '299 - "one" 299 - "two"': [],
    # Texts with control characters.
    '299 - "\x1b[31mred\x1b[0m"': [],
    '299 - "one", 299 - "\x1b]0;title\x07"': [(299, "-", "one")],
    '299 - "a\nb"': [],
    '299 - "a\x00b"': [],
    '299 - "a\\\x07b"': [],
    '299 - "a\u202eb"': [],
    '299 - "\udcff"': [],
    '299 a\x1bb "text"': [],
}


@pytest.mark.parametrize(("header", "expected"), HEADERS.items(), ids=[repr(header) for header in HEADERS])
def test_warning_headers_are_parsed(header: str, expected: list[tuple[int, str, str]]) -> None:
    assert [tuple(warning) for warning in parse_warnings(header)] == expected


@given(st.text(st.sampled_from('299 -,"\\ab\x1b\n')))
def test_warnings_of_any_header_are_printable(header: str) -> None:
    for warning in parse_warnings(header):
        assert warning.text.isprintable()


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"])), min_size=1))
@pytest.mark.slow
def test_quoted_warnings_round_trip(texts: list[str]) -> None:
    quoted = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
    header = ", ".join(f'299 - "{text}"' for text in quoted)
    assert [warning.text for warning in parse_warnings(header)] == texts


@pytest.mark.parametrize(
    "make",
    [lambda pairs: CIMultiDictProxy(CIMultiDict(pairs)), CIMultiDict, lambda pairs: dict(pairs[-1:])],
    ids=["answer", "multidict", "dict"],
)
def test_warnings_are_found_in_any_kind_of_headers(make: Callable[[list[tuple[str, str]]], Mapping[str, str]]) -> None:
    said: list[str] = []
    headers = make([("X", "1"), ("warning", '299 - "one", bad'), ("Warning", '299 - "two", 299 - "three"')])
    Warnings(said.append).report(headers)
    assert said == (["one", "two", "three"] if len(headers) == 3 else ["two", "three"])


def test_only_warnings_of_code_299_with_a_text_are_reported() -> None:
    said: list[str] = []
    Warnings(said.append).report({"Warning": '199 - "a", 214 - "b", 299 - "", 299 - "c", 100 - "d"'})
    assert said == ["c"]


async def test_an_exception_of_the_handler_is_logged_and_ignored(caplog: pytest.LogCaptureFixture) -> None:
    def fail(text: str) -> None:
        raise RuntimeError(f"cannot handle {text}")

    headers = {"Warning": '299 - "one", 299 - "two"'}
    client = Client(transport=RecordingTransport(b'{"kind":"Pod","apiVersion":"v1"}', headers=headers), on_warning=fail)
    with caplog.at_level(logging.ERROR, "aiokube"):
        pod = await client.core_v1.pods.get("web")
    assert pod.kind == "Pod"
    assert len(caplog.records) == 2
    assert "cannot handle two" in caplog.text


async def test_warnings_point_at_the_caller() -> None:
    headers = {"Warning": '299 - "v1 is deprecated"'}
    body = b'{"kind":"PodList","apiVersion":"v1","items":[],"paths":[]}'
    client = Client(transport=RecordingTransport(body, headers=headers))
    pods = client.core_v1.pods
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        here = _line()
        await pods.list()
        [_ async for _ in pods.iterate()]
        [_ async for _ in _stream(client)]
        await client.request("GET", "/api")
        await client.root_paths()
        await asyncio.create_task(_get(client))
    lines = [here + 1, here + 2, _stream.__code__.co_firstlineno + 1, here + 4, here + 5, _get_line()]
    assert [(warning.filename, warning.lineno) for warning in caught] == [(__file__, line) for line in lines]
    assert {warning.category for warning in caught} == {ApiWarning}
    assert {str(warning.message) for warning in caught} == {"v1 is deprecated"}


async def _get(client: Client) -> None:
    await client.core_v1.pods.list()


def _get_line() -> int:
    return _get.__code__.co_firstlineno + 1


async def _stream(client: Client) -> AsyncIterator[bytes]:
    async with client.stream(build("GET", "/api/v1/pods", {}, {"watch": True})) as chunks:
        async for chunk in chunks:
            yield chunk


def _line() -> int:
    return sys._getframe(1).f_lineno


async def test_warnings_of_failed_calls_are_reported() -> None:
    said: list[str] = []
    headers = {"Warning": '299 - "unknown field"'}
    client = Client(transport=RecordingTransport(b"", 404, headers), on_warning=said.append)
    with pytest.raises(Exception, match="404"):
        await client.core_v1.pods.get("web")
    assert said == ["unknown field"]


async def test_a_call_that_was_carried_out_does_not_raise_when_warnings_are_errors(
    caplog: pytest.LogCaptureFixture,
) -> None:
    headers = {"Warning": '299 - "v1 is deprecated", 299 - "unknown field"'}
    transport = RecordingTransport(b'{"kind":"Pod","apiVersion":"v1"}', headers=headers)
    client = Client(transport=transport)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await client.core_v1.pods.create({"metadata": {"name": "web"}})
    assert len(transport.requests) == 1
    said = [record.getMessage() for record in caplog.records]
    assert said == ["the server warns: v1 is deprecated", "the server warns: unknown field"]


def test_a_warning_is_shown_once_for_each_line_by_default() -> None:
    reported = Warnings()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for text in ("one", "two", "one"):
            reported.report({"Warning": f'299 - "{text}"'})
        reported.report({"Warning": '299 - "one"'})
    assert [str(warning.message) for warning in caught] == ["one", "two", "one"]


def test_distinct_warnings_do_not_fill_the_memory() -> None:
    reported = Warnings()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ApiWarning)
        warnings.simplefilter("default")
        warnings.showwarning = lambda *args, **kwargs: None
        for number in range(5000):
            reported.report({"Warning": f'299 - "{number}"'})
    assert sum(map(len, reported._registries.values())) <= 1002
    assert len(globals().get("__warningregistry__", {})) < 10
