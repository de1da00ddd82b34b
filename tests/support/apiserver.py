"""A small API server for ConfigMaps over real HTTP: versions, history, pages, watches, and injected faults."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

Object = dict[str, Any]
Name = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A request that the server received."""

    at: float
    """Time of the event loop, in seconds."""
    path: str
    query: Mapping[str, str]
    accept: str

    @property
    def is_watch(self) -> bool:
        return self.query.get("watch") == "true"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A response to send instead of the real one."""

    code: int = 200
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """Body to send instead of a Status."""
    lines: tuple[bytes, ...] = ()
    """Lines to send with code 200, before the response ends."""
    drop: bool = False
    """Break the connection without a response."""
    hang: bool = False
    """Do not respond until the client leaves."""


def event_line(type: str, obj: Any) -> bytes:
    """Return an event as a line of a watch."""
    return _compact_text({"type": type, "object": obj}).encode() + b"\n"


@dataclass(eq=False)
class _Watcher:
    namespace: str | None
    name: str | None
    bookmarks: bool
    metadata_only: bool
    queue: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)

    def covers(self, obj: Object) -> bool:
        metadata = obj["metadata"]
        return self.namespace in (None, metadata["namespace"]) and self.name in (None, metadata["name"])

    def send(self, type: str, obj: Object) -> None:
        if self.metadata_only:
            obj = _metadata_only(obj)
        self.queue.put_nowait(event_line(type, obj))


class ApiServer:
    """Serves ConfigMaps as kube-apiserver does.

    async with ApiServer() as server:
        server.put("settings", {"a": "1"})
    """

    def __init__(self) -> None:
        self.revision = 10
        self.objects: dict[Name, Object] = {}
        self.requests: list[Seen] = []
        self.faults: deque[Fault] = deque()
        """Faults of the next requests of any kind."""
        self.list_faults: deque[Fault] = deque()
        """Faults of the next lists."""
        self.watch_faults: deque[Fault] = deque()
        """Faults of the next watches."""
        self.every_watch: Fault | None = None
        """Fault of every watch without one of its own."""
        self.gone_as_event = False
        """Report an expired version by status 200 and an ERROR event."""
        self.offers_token = True
        """Send a new continue token with the error of an expired page."""
        self.streams_lists = True
        """Support streaming lists."""
        self.ends_initial_events = True
        """Send the bookmark that ends the initial events."""
        self.compact_after_page = False
        """Compact after each page that is not the last."""
        self.bookmark_interval: float | None = None
        """Seconds between the bookmarks of a watch; kube-apiserver sends them about once a minute."""
        self.is_silent = False
        """Do not end new watches at their timeout."""
        self._watch_opened = asyncio.Event()
        self._compacted = 0
        self._states: dict[int, dict[Name, Object]] = {self.revision: {}}
        self._history: list[tuple[int, str, Object]] = []
        self._watchers: set[_Watcher] = set()
        self._uids = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def lists(self) -> list[Seen]:
        return [seen for seen in self.requests if not seen.is_watch]

    @property
    def watches(self) -> list[Seen]:
        return [seen for seen in self.requests if seen.is_watch]

    @property
    def watching(self) -> int:
        """Number of open watches."""
        return len(self._watchers)

    async def wait_watches(self, count: int = 1) -> None:
        """Wait until this number of watches was requested, and at least one is open."""
        while len(self.watches) < count or not self._watchers:
            self._watch_opened.clear()
            await self._watch_opened.wait()

    async def listen(self) -> None:
        """Accept connections, after `stop` on the same port as before."""
        app = web.Application(client_max_size=1 << 24)
        for path in ("/api/v1/configmaps", "/api/v1/namespaces/{namespace}/configmaps"):
            app.router.add_get(path, self._get)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Refuse connections, and break the open ones."""
        self.drop_watches()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    # changes of the state

    def put(self, name: str, data: Any = None, *, namespace: str = "default", **metadata: Any) -> Object:
        """Create or replace an object."""
        key = (namespace, name)
        old = self.objects.get(key)
        uid = old["metadata"]["uid"] if old else f"uid-{next(self._uids)}"
        self.revision += 1
        metadata = {"name": name, "namespace": namespace, "uid": uid, "resourceVersion": str(self.revision), **metadata}
        obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {} if data is None else data}
        self._commit("MODIFIED" if old else "ADDED", key, obj)
        return obj

    def delete(self, name: str, *, namespace: str = "default") -> None:
        """Delete an object."""
        key = (namespace, name)
        self.revision += 1
        last = self.objects[key]
        obj = {**last, "metadata": {**last["metadata"], "resourceVersion": str(self.revision)}}
        self._commit("DELETED", key, obj)

    def compact(self) -> None:
        """Discard all states but the current one. Open watches are not affected."""
        self._compacted = self.revision
        self._states = {self.revision: self._states[self.revision]}
        self._history.clear()

    # events of the open watches

    def bookmark(self) -> None:
        """Send a bookmark to the watches that asked for bookmarks."""
        for watcher in self._watchers:
            if watcher.bookmarks:
                watcher.send("BOOKMARK", self._bookmark({}))

    def end_watches(self) -> None:
        """End the watches as a timeout does."""
        for watcher in self._watchers:
            watcher.queue.put_nowait(None)

    def drop_watches(self) -> None:
        """Break the connections of the watches."""
        for watcher in self._watchers:
            watcher.queue.put_nowait(b"")

    def send(self, line: bytes) -> None:
        """Send bytes to the watches."""
        for watcher in self._watchers:
            watcher.queue.put_nowait(line)

    # requests

    async def _get(self, request: web.Request) -> web.StreamResponse:
        seen = Seen(
            at=asyncio.get_running_loop().time(),
            path=request.path,
            query=dict(request.query),
            accept=request.headers.get("Accept", ""),
        )
        self.requests.append(seen)
        faults = self.watch_faults if seen.is_watch else self.list_faults
        fault = self.faults.popleft() if self.faults else faults.popleft() if faults else None
        if fault is None and seen.is_watch:
            fault = self.every_watch
        if fault is not None:
            return await self._fail(request, fault)
        namespace = request.match_info.get("namespace")
        name = request.query.get("fieldSelector", "").removeprefix("metadata.name=") or None
        if seen.is_watch:
            return await self._watch(request, seen, namespace, name)
        return self._list(seen, namespace, name)

    async def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.drop:
            assert request.transport is not None
            request.transport.abort()
            raise asyncio.CancelledError
        if fault.hang:
            await asyncio.Event().wait()
        if fault.code != 200:
            return _status(fault.code, fault.reason, headers=fault.headers, body=fault.body)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for line in fault.lines:
            await response.write(line)
        return response

    def _list(self, seen: Seen, namespace: str | None, name: str | None) -> web.Response:
        limit, token = int(seen.query.get("limit", "0")), seen.query.get("continue", "")
        version, match = seen.query.get("resourceVersion", ""), seen.query.get("resourceVersionMatch", "")
        revision, start = self.revision, ("", "")
        if token:
            if version:
                return _status(400, "BadRequest")
            revision, *rest = json.loads(base64.b64decode(token))
            start = (rest[0], rest[1])
            if revision < 0:
                revision = self.revision
            elif revision not in self._states:
                offer = self._token(-1, start) if self.offers_token else None
                return _status(410, "Expired", continue_=offer)
        elif int(version or 0) > self.revision:
            return _too_large()
        elif match == "Exact":
            revision = int(version)
            if revision not in self._states:
                return _status(410, "Expired")
        found = sorted(
            (key, obj)
            for key, obj in self._states[revision].items()
            if namespace in (None, key[0]) and name in (None, key[1]) and key > start
        )
        page = found[:limit] if limit else found
        metadata: dict[str, Any] = {"resourceVersion": str(revision)}
        if len(page) < len(found):
            metadata["continue"] = self._token(revision, page[-1][0])
            if self.compact_after_page:
                self.revision += 1
                self._states[self.revision] = self._states[self.revision - 1]
                self.compact()
        items = [obj for _, obj in page]
        if "PartialObjectMetadataList" in seen.accept:
            envelope = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata}
            return _compact({**envelope, "items": [_metadata_only(obj) for obj in items]})
        return _compact({"kind": "ConfigMapList", "apiVersion": "v1", "metadata": metadata, "items": items})

    async def _watch(
        self, request: web.Request, seen: Seen, namespace: str | None, name: str | None
    ) -> web.StreamResponse:
        version = seen.query.get("resourceVersion", "")
        initial = seen.query.get("sendInitialEvents") == "true"
        if initial and not (self.streams_lists and seen.query.get("resourceVersionMatch") == "NotOlderThan"):
            return _status(422, "Invalid")
        if int(version or 0) > self.revision:
            return _too_large()
        too_old = not initial and version not in ("", "0") and int(version) < self._compacted
        if too_old and not self.gone_as_event:
            return _status(410, "Expired")
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        if too_old:
            error = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 410, "reason": "Expired"}
            await response.write(event_line("ERROR", error))
            return response
        with_bookmarks = seen.query.get("allowWatchBookmarks") == "true"
        watcher = _Watcher(namespace, name, with_bookmarks, "PartialObjectMetadata" in seen.accept)
        if initial or version in ("", "0"):
            for obj in self.objects.values():
                if watcher.covers(obj):
                    watcher.send("ADDED", obj)
            if initial and self.ends_initial_events:
                watcher.send("BOOKMARK", self._bookmark({"k8s.io/initial-events-end": "true"}))
        else:
            for revision, type, obj in self._history:
                if revision > int(version) and watcher.covers(obj):
                    watcher.send(type, obj)
        self._watchers.add(watcher)
        self._watch_opened.set()
        loop = asyncio.get_running_loop()
        timer = loop.call_later(int(seen.query["timeoutSeconds"]), watcher.queue.put_nowait, None)
        if self.is_silent:
            timer.cancel()
        bookmarks = asyncio.ensure_future(self._send_bookmarks(watcher))
        try:
            while (line := await watcher.queue.get()) is not None:
                if not line:
                    assert request.transport is not None
                    request.transport.abort()
                    break
                await response.write(line)
        except ConnectionResetError:
            # The client has disconnected.
            return response
        finally:
            timer.cancel()
            bookmarks.cancel()
            self._watchers.discard(watcher)
        return response

    async def _send_bookmarks(self, watcher: _Watcher) -> None:
        while watcher.bookmarks and self.bookmark_interval is not None and not self.is_silent:
            await asyncio.sleep(self.bookmark_interval)
            watcher.send("BOOKMARK", self._bookmark({}))

    def _commit(self, type: str, key: Name, obj: Object) -> None:
        if type == "DELETED":
            del self.objects[key]
        else:
            self.objects[key] = obj
        self._states[self.revision] = dict(self.objects)
        self._history.append((self.revision, type, obj))
        for watcher in self._watchers:
            if watcher.covers(obj):
                watcher.send(type, obj)

    def _bookmark(self, annotations: dict[str, str]) -> Object:
        metadata = {"resourceVersion": str(self.revision), "creationTimestamp": None, "annotations": annotations}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}

    def _token(self, revision: int, last: Name) -> str:
        return base64.b64encode(json.dumps([revision, *last]).encode()).decode()


def _compact(content: object) -> web.Response:
    return web.json_response(content, dumps=_compact_text)


def _compact_text(content: object) -> str:
    """Return JSON as real servers write it, without blanks."""
    return json.dumps(content, separators=(",", ":"))


def _metadata_only(obj: Object) -> Object:
    return {"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": obj["metadata"]}


def _status(
    code: int,
    reason: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    continue_: str | None = None,
    causes: tuple[str, ...] = (),
) -> web.Response:
    status: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    status |= {"code": code, "reason": reason, "message": f"a fault: {code} {reason}"}
    if continue_ is not None:
        status["metadata"] = {"continue": continue_}
    if causes:
        status["details"] = {"causes": [{"reason": cause} for cause in causes]}
    content = json.dumps(status).encode() if body is None else body
    return web.Response(status=code, body=content, content_type="application/json", headers=headers)


def _too_large() -> web.Response:
    return _status(504, "Timeout", causes=("ResourceVersionTooLarge",), headers={"Retry-After": "1"})
