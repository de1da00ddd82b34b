"""Requests of checks: to the fake alone, or to the real server and the fake in lockstep, which compares every answer.

A check is written for one server. In lockstep, it sees the answers of the real one; whatever differs in the fake's is
an error at that request. What only a server can choose (uids, versions, times, generated names) is compared by its
place, and translated where a check sends it back.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass
from typing import Any, Protocol, Self

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from aiokube import Config
from aiokube.runtime.http.tls import TLSContexts
from aiokube.testing.protobuf.envelope import PROTOBUF, decode, encode
from aiokube.testing.protobuf.wire import read_fields

JSON = "application/json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"

GROUP = "checks.example.com"
"""The group of the custom resources of checks."""

_USER_AGENT = "conformance/1.0"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_AGE = re.compile(r"\d{1,2}s")
_NUMBER = re.compile(r"\b\d{2,}\b")
_CHOSEN = {"uid", "resourceVersion", "continue", "token"}
_TOKEN_VOLUME = re.compile(r"kube-api-access-[a-z0-9]{5}")


@dataclass(frozen=True)
class Answer:
    """A response."""

    status: int
    headers: Mapping[str, str]
    warnings: tuple[str, ...]
    body: Any
    """Decoded, if it is JSON or protobuf."""

    @property
    def reason(self) -> str:
        """The reason of a Status."""
        return str(self.body.get("reason", "")) if isinstance(self.body, dict) else ""

    @property
    def message(self) -> str:
        """The message of a Status."""
        return str(self.body.get("message", "")) if isinstance(self.body, dict) else ""

    @property
    def names(self) -> list[str]:
        """The names of the items of a list."""
        return [item["metadata"]["name"] for item in self.body["items"]]

    @property
    def version(self) -> str:
        """The resource version of the object or the list."""
        return str(self.body["metadata"]["resourceVersion"])


class Events(Protocol):
    """An open watch."""

    async def next(self) -> dict[str, Any]:
        """Return the next event."""
        ...

    async def end(self) -> None:
        """Wait until the watch ends, without another event."""
        ...


class Endpoint:
    """One server."""

    def __init__(self, config: Config) -> None:
        self._config = config
        contexts = TLSContexts(config)
        self._context: ssl.SSLContext = contexts.current(None)[0]
        self._session: aiohttp.ClientSession | None = None
        self._nobody: Endpoint | None = None

    async def __aenter__(self) -> Self:
        headers = {"User-Agent": _USER_AGENT}
        if self._config.token:
            headers["Authorization"] = f"Bearer {self._config.token}"
        connector = aiohttp.TCPConnector(ssl=self._context)
        self._session = aiohttp.ClientSession(connector=connector, headers=headers, auto_decompress=True)
        return self

    async def __aexit__(self, *exception: object) -> None:
        assert self._session is not None and self._session.connector is not None
        if self._nobody is not None:
            await self._nobody.__aexit__()
        # What is left of watches is not waited for.
        await self._session.connector.close(abort_ssl=True)
        await self._session.close()
        await asyncio.sleep(0)

    async def without_credentials(self) -> Endpoint:
        """Return the server for requests that say themselves who sends them."""
        if self._nobody is None:
            server, authority = self._config.server, self._config.certificate_authority_data
            nobody = Config(server=server, certificate_authority_data=authority)
            self._nobody = await Endpoint(nobody).__aenter__()
        return self._nobody

    async def request(
        self, method: str, path: str, query: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        """Send a request."""
        assert self._session is not None
        async with self._session.request(
            method,
            # Yarl would resolve `..`, and mend what is no escape.
            URL(self._config.server + path, encoded="%" in path),
            params=query,
            data=None if body is None else io.BytesIO(body),
            headers=headers,
        ) as response:
            raw = await response.read()
            warnings = tuple(sorted(response.headers.getall("Warning", ())))
            return Answer(response.status, response.headers, warnings, _decoded(raw, response.content_type))

    @asynccontextmanager
    async def watch(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> AsyncIterator[OneWatch]:
        """Open a watch."""
        assert self._session is not None
        async with self._session.get(
            self._config.server + path, params={"watch": "true", **query}, headers=headers
        ) as response:
            assert response.status == 200, await response.text()
            yield OneWatch(response)


class OneWatch:
    """A watch of one server."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def next(self) -> dict[str, Any]:
        """Return the next event."""
        async with asyncio.timeout(10):
            if self._response.content_type == PROTOBUF:
                return await self._next_frame()
            line = await self._response.content.readline()
        assert line, "the watch has ended"
        event: dict[str, Any] = json.loads(line)
        return event

    async def _next_frame(self) -> dict[str, Any]:
        length = int.from_bytes(await self._response.content.readexactly(4), "big")
        frame = dict(read_fields(await self._response.content.readexactly(length)))
        type, extension = frame[1], frame[2]
        assert isinstance(type, bytes) and isinstance(extension, bytes)
        object = dict(read_fields(extension))[1]
        assert isinstance(object, bytes)
        return {"type": type.decode(), "object": decode(object, "", "")}

    async def end(self) -> None:
        """Wait until the watch ends, without another event."""
        async with asyncio.timeout(10):
            line = await self._response.content.readline()
        assert not line, line


class Translation:
    """Values that the real server and the fake have chosen for the same place."""

    def __init__(self) -> None:
        self._chosen: dict[str, str] = {}

    def learn(self, real: Any, fake: Any, key: str = "") -> None:
        """Note the values of the same places in both answers."""
        if isinstance(real, dict) and isinstance(fake, dict):
            for name in real.keys() & fake.keys():
                is_generated = name == "name" and "generateName" in real
                self.learn(real[name], fake[name], "uid" if is_generated else name)
        elif isinstance(real, list) and isinstance(fake, list):
            for one, other in zip(real, fake, strict=False):
                self.learn(one, other, key)
        elif isinstance(real, str) and isinstance(fake, str) and (key in _CHOSEN or _TOKEN_VOLUME.fullmatch(real)):
            self._chosen[real] = fake

    def of(self, value: Any) -> Any:
        """Return a value as the fake knows it."""
        if isinstance(value, dict):
            return {name: self.of(child) for name, child in value.items()}
        if isinstance(value, list):
            return [self.of(item) for item in value]
        return self._chosen.get(value, value) if isinstance(value, str) else value

    def path(self, path: str) -> str:
        """Return a path as the fake knows it."""
        return "/".join(self._chosen.get(part, part) for part in path.split("/"))


class Api:
    """Requests of a check.

    Args:
        fake: The fake.
        real: The real server; None runs the check on the fake alone.
        namespace: The namespace of the check, on both.
    """

    def __init__(self, fake: Endpoint, real: Endpoint | None, namespace: str) -> None:
        self.namespace = namespace
        self._fake = fake
        self._real = real
        self._translation = Translation()
        self._headers: CIMultiDict[str] = CIMultiDict()

    def as_user(self, name: str, groups: Sequence[str] = (), **headers: str) -> Api:
        """Return the same for requests as another user, whom the administrator impersonates."""
        other = copy(self)
        pairs = [("Impersonate-User", name), *(("Impersonate-Group", group) for group in groups), *headers.items()]
        other._headers = CIMultiDict(pairs)
        return other

    # paths

    def core(self, plural: str, name: str = "", *more: str) -> str:
        """Return a path of core/v1 in the namespace of the check."""
        return "/".join([f"/api/v1/namespaces/{self.namespace}/{plural}", *([name] if name else []), *more])

    def group(self, group_version: str, plural: str, name: str = "", *more: str) -> str:
        """Return a path of a group in the namespace of the check."""
        parts = [f"/apis/{group_version}/namespaces/{self.namespace}/{plural}", *([name] if name else []), *more]
        return "/".join(parts)

    # requests

    async def get(self, path: str, status: int = 200, **options: Any) -> Answer:
        """GET."""
        return await self.send("GET", path, status, **options)

    async def post(self, path: str, body: Any, status: int = 201, **options: Any) -> Answer:
        """POST."""
        return await self.send("POST", path, status, body=body, **options)

    async def put(self, path: str, body: Any, status: int = 200, **options: Any) -> Answer:
        """PUT."""
        return await self.send("PUT", path, status, body=body, **options)

    async def patch(self, path: str, body: Any, status: int = 200, *, type: str = MERGE, **options: Any) -> Answer:
        """PATCH."""
        return await self.send("PATCH", path, status, body=body, content_type=type, **options)

    async def apply(
        self, path: str, body: Any, status: int = 200, *, manager: str = "one", force: bool = False, **options: Any
    ) -> Answer:
        """Apply."""
        query = {"fieldManager": manager, **({"force": "true"} if force else {}), **options.pop("query", {})}
        return await self.send("PATCH", path, status, body=body, content_type=APPLY, query=query, **options)

    async def delete(self, path: str, status: int = 200, **options: Any) -> Answer:
        """DELETE."""
        return await self.send("DELETE", path, status, **options)

    async def send(
        self,
        method: str,
        path: str,
        status: int,
        *,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        content_type: str = JSON,
        accept: str = JSON,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
        differs: Iterable[str] = (),
        part: Callable[[Any], Any] = lambda body: body,
    ) -> Answer:
        """Send a request.

        Args:
            method: The HTTP method.
            path: The path.
            status: The status that the real server is known to answer with.
            body: JSON data, which is sent as JSON or protobuf; or bytes.
            query: The query.
            content_type: Of the body.
            accept: The header.
            headers: More headers.
            token: Token of who sends it; empty for nobody. Default: the administrator sends it.
            differs: Places of the answer that are known to differ, such as `message`; `*` for the whole body.
            part: Returns the part of a body that is compared.
        """
        sent = CIMultiDict({"Accept": accept, **(headers or {})})
        sent.extend(self._headers)
        if body is not None:
            sent["Content-Type"] = content_type
        query = query or {}
        on_real, on_fake, sent_to_fake = self._real, self._fake, sent
        if token is not None:
            on_fake, on_real = await on_fake.without_credentials(), on_real and await on_real.without_credentials()
        if token:
            sent_to_fake = CIMultiDict([*sent.items(), ("Authorization", f"Bearer {self._translation.of(token)}")])
            sent["Authorization"] = f"Bearer {token}"
        if on_real is None:
            answer = await on_fake.request(method, path, query, _encoded(body, content_type), sent_to_fake)
            assert answer.status == status, f"{method} {path}: {answer}"
            return answer
        real = await on_real.request(method, path, query, _encoded(body, content_type), sent)
        assert real.status == status, f"real: {method} {path}: {real}"
        translated = {name: self._translation.of(value) for name, value in query.items()}
        fake = await on_fake.request(
            method,
            self._translation.path(path),
            translated,
            _encoded(self._translation.of(body), content_type),
            sent_to_fake,
        )
        assert fake.status == real.status, f"{method} {path}: {fake}, but the real server: {real}"
        assert fake.headers.get("Content-Type") == real.headers.get("Content-Type"), f"{method} {path}: {fake}, {real}"
        self._translation.learn(real.body, fake.body)
        expected, found = normal(part(real.body), differs), normal(part(fake.body), differs)
        assert found == expected, difference(f"{method} {path}", expected, found)
        if "warnings" not in differs:
            assert fake.warnings == real.warnings, f"{method} {path}: {fake.warnings}, but real: {real.warnings}"
        return real

    async def refused(
        self,
        method: str,
        path: str,
        status: int,
        *,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        **headers: str,
    ) -> str:
        """Send a request that the real server answers, and the fake refuses with 501; return the message of the fake.

        Args:
            method: The HTTP method.
            path: The path.
            status: The status of the real server.
            body: JSON data.
            query: The query.
            headers: Headers, in lower case.
        """
        sent = {"Content-Type": JSON, **headers} if body is not None else headers
        if self._real is not None:
            real = await self._real.request(method, path, query or {}, _encoded(body), sent)
            assert real.status == status, real
        fake = await self._fake.request(method, path, query or {}, _encoded(body), sent)
        assert fake.status == 501, fake
        message: str = fake.body["message"]
        return message

    @property
    def each(self) -> list[tuple[str, Endpoint]]:
        """The servers of the check, as `real` and `fake`."""
        return [("fake", self._fake), *([("real", self._real)] if self._real is not None else [])]

    async def ensure(self, path: str, body: Any, served: str) -> None:
        """Create an object that checks share, unless it is there, and wait until a path is served."""
        for endpoint in filter(None, (self._real, self._fake)):
            made = await endpoint.request("POST", path, {}, _encoded(body), {"Content-Type": JSON})
            assert made.status in (201, 409), made
            async with asyncio.timeout(15):
                while (await endpoint.request("GET", served, {}, None, {})).status != 200:
                    await asyncio.sleep(0.05)

    async def until(
        self,
        path: str,
        status: int,
        *,
        within: float = 15.0,
        when: Callable[[Any], bool] = lambda body: True,
        **options: Any,
    ) -> Answer:
        """Send GET until it has a status, on each server for itself; the last answers are compared.

        Args:
            path: The path.
            status: The status.
            within: Seconds.
            when: Returns True for the body that is waited for.
            options: Others of `send`.
        """
        for endpoint in (self._real, self._fake):
            if endpoint is None:
                continue
            known = path if endpoint is self._real else self._translation.path(path)
            async with asyncio.timeout(within):
                while True:
                    found = await endpoint.request("GET", known, {}, None, self._headers)
                    if found.status == status and when(found.body):
                        break
                    await asyncio.sleep(0.05)
        return await self.get(path, status, **options)

    async def until_refused(self, path: str, patch: Any) -> Answer:
        """Send a merge patch, of which nothing is stored, until it is invalid, on each server for itself."""
        query, headers = {"dryRun": "All"}, {"Content-Type": MERGE}
        for endpoint in filter(None, (self._real, self._fake)):
            async with asyncio.timeout(15):
                while (await endpoint.request("PATCH", path, query, _encoded(patch), headers)).status != 422:
                    await asyncio.sleep(0.05)
        return await self.patch(path, patch, 422, query=query)

    @asynccontextmanager
    async def watch(
        self, path: str, query: Mapping[str, str] | None = None, *, accept: str = JSON
    ) -> AsyncIterator[Events]:
        """Open a watch."""
        query, headers = query or {}, {"Accept": accept}
        if self._real is None:
            async with self._fake.watch(path, query, headers) as alone:
                yield alone
            return
        translated = {name: self._translation.of(value) for name, value in query.items()}
        async with (
            self._real.watch(path, query, headers) as real,
            self._fake.watch(path, translated, headers) as fake,
        ):
            yield BothWatches(real, fake, self._translation)


class BothWatches:
    """A watch of each server."""

    def __init__(self, real: OneWatch, fake: OneWatch, translation: Translation) -> None:
        self._real, self._fake, self._translation = real, fake, translation

    async def next(self) -> dict[str, Any]:
        """Return the next event of the real server; that of the fake is compared."""
        real, fake = await self._real.next(), await self._fake.next()
        self._translation.learn(real, fake)
        expected, found = normal(real), normal(fake)
        assert found == expected, difference("event", expected, found)
        return real

    async def end(self) -> None:
        """Wait until both end, without another event."""
        await self._real.end()
        await self._fake.end()


def normal(value: Any, differs: Iterable[str] = (), path: str = "") -> Any:
    """Return an answer with what only a server can choose replaced by its kind."""
    differs = set(differs)
    if "*" in differs:
        return None
    if isinstance(value, dict):
        generated = isinstance(value.get("generateName"), str)
        found = {}
        for name, child in value.items():
            where = f"{path}.{name}" if path else name
            if where in differs:
                continue
            if name in ("resourceVersion", "continue") and isinstance(child, str) and child:
                child = f"<{name}>"
            elif name == "name" and generated:
                child = "<generated>"
            elif name == "cells":
                child = ["<age>" if isinstance(cell, str) and _AGE.fullmatch(cell) else cell for cell in child]
            elif name == "managedFields" and isinstance(child, list):
                # Sorted by the second in which a manager has changed something, which may end between two requests.
                child = sorted(
                    child, key=lambda one: str((one.get("operation"), one.get("manager"), one.get("subresource")))
                )
            elif name == "message" and isinstance(child, str):
                child = _NUMBER.sub("<number>", _UUID.sub("<uid>", child))
            found[_UUID.sub("<uid>", name)] = normal(child, differs, where)
        return found
    if isinstance(value, list):
        return [normal(item, differs, path) for item in value]
    if isinstance(value, str):
        return _TOKEN_VOLUME.sub("<token>", _TIME.sub("<time>", _UUID.sub("<uid>", value)))
    return value


def difference(what: str, expected: Any, found: Any) -> str:
    """Return where two answers differ."""
    lines = list(_differences(expected, found, ""))
    return "\n".join([f"{what}: the fake differs from the real server:", *lines[:40]])


def _differences(expected: Any, found: Any, path: str) -> Iterable[str]:
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in [*expected, *(name for name in found if name not in expected)]:
            one, other = expected.get(name, "<absent>"), found.get(name, "<absent>")
            if one != other:
                yield from _differences(one, other, f"{path}.{name}")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, (one, other) in enumerate(zip(expected, found, strict=True)):
            if one != other:
                yield from _differences(one, other, f"{path}[{index}]")
    else:
        yield f"  {path}: real {json.dumps(expected)}, fake {json.dumps(found)}"


def _encoded(body: Any, content_type: str = JSON) -> bytes | None:
    if body is None or isinstance(body, bytes):
        return body
    return encode(body) if content_type == PROTOBUF else json.dumps(body).encode()


def _decoded(raw: bytes, content_type: str) -> Any:
    try:
        if content_type == PROTOBUF:
            return decode(raw, "", "")
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")
