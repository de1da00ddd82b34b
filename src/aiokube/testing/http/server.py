"""The server: each request is recorded, identified, maybe broken on purpose, and answered by a verb."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from ...runtime.errors import ConfigError
from ..api.names import DEPRECATIONS
from ..api.resources import Resource
from ..call import Call
from ..failures import Failure, bad_request, not_implemented
from ..names import path_segment_problem
from ..rendering import accepted_media, encode, warning_header
from ..streams.answering import STREAMED, Streams
from ..verbs.binding import bind
from ..verbs.deleting import delete, delete_collection
from ..verbs.evicting import evict
from ..verbs.interception import check_interception
from ..verbs.patching import patch
from ..verbs.reading import get, list_
from ..verbs.reviews import REVIEWS, review
from ..verbs.scaling import scale
from ..verbs.state import Reply, State
from ..verbs.tokens import create_token
from ..verbs.watching import Dropped, Watch
from ..verbs.writing import create, update
from ..versions.version import stored_resource, version_of
from .access import Access
from .crashes import crashed
from .encoding import encoded, encoded_events, stream_type
from .faults import Faults, abort
from .information import Answer, information, not_served
from .nesting import check_nesting
from .paths import Target, target_of
from .progress import Progress
from .requests import ReceivedRequest, Recorder

MAX_BODY = 3 * 1024 * 1024
"""Largest body of a request in bytes, that of kube-apiserver."""

_MAX_HEAD = 1 << 20
"""Largest line of the head of a request in bytes, that of Go."""

# An escape in the URL that is none.
_MALFORMED = re.compile("%(?![0-9a-fA-F]{2})")

Verb = Callable[[State, Call], Reply]

_VERBS: dict[str, Verb] = {
    "get": get,
    "list": list_,
    "create": create,
    "update": update,
    "patch": patch,
    "delete": delete,
    "deletecollection": delete_collection,
}

_SUBRESOURCES: dict[str, Verb] = {"scale": scale, "eviction": evict, "token": create_token, "binding": bind}

# Subresources of the object itself, which the verbs of the object serve.
_OF_OBJECT = frozenset({"status", "resize", "ephemeralcontainers", "finalize"})

_NOTHING = Target(
    Resource(group="", version="", plural="", singular="", kind="", namespaced=False, verbs=frozenset()), "", "", "", ""
)


class Server:
    """An API server on a port of 127.0.0.1.

    Args:
        state: The cluster.
        access: Says who sends a request, if he may.
        streams: Answers the subresources that stream.
    """

    def __init__(self, state: State, access: Access, streams: Streams) -> None:
        self.state = state
        self._streams = streams
        self.requests: Recorder = Recorder()
        self.faults: Faults = Faults()
        self.watches: set[Watch] = set()
        self.progress: Progress = Progress()
        self.port: int = 0
        self._access = access
        self._runner: web.ServerRunner | None = None
        self._changing = asyncio.Lock()
        self._changes: set[asyncio.Task[None]] = set()
        state.store.subscribe_all(lambda *_: self.progress.made())

    @property
    def is_running(self) -> bool:
        """True while it accepts connections."""
        return self._runner is not None

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    async def start(self, context: ssl.SSLContext) -> None:
        """Accept connections, unless it does; after `stop`, on the same port as before.

        Raises:
            ConfigError: Another program has taken the port.
        """
        await self._to_the_end(self._start(context))

    async def restart(self, context: ssl.SSLContext) -> None:
        """Break the open connections, and accept new ones on the same port; `start` says what it raises."""

        async def restart() -> None:
            await self._stop()
            await self._start(context)

        await self._to_the_end(restart())

    async def stop(self) -> None:
        """Refuse connections, and break the open ones."""
        await self._to_the_end(self._stop())

    async def _to_the_end(self, change: Coroutine[Any, Any, None]) -> None:
        """Make a change after those that were begun before it, also if who has asked for it is cancelled: a function of
        the test that answers a request breaks its own connection."""

        async def make() -> None:
            async with self._changing:
                await change

        task = asyncio.create_task(make())
        self._changes.add(task)
        task.add_done_callback(self._changes.discard)
        await asyncio.shield(task)

    async def _start(self, context: ssl.SSLContext) -> None:
        if self._runner is not None:
            return
        server = web.Server(
            self._handle,
            access_log=None,
            handler_cancellation=True,
            auto_decompress=False,
            max_line_size=_MAX_HEAD,
            max_field_size=_MAX_HEAD,
        )
        runner = web.ServerRunner(server, shutdown_timeout=0.0)
        try:
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", self.port, ssl_context=context, reuse_address=True)
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise ConfigError(
                f"FakeCluster cannot listen on port {self.port} of 127.0.0.1: {error.strerror}"
            ) from error
        self._runner = runner
        self.port = runner.addresses[0][1]

    async def _stop(self) -> None:
        for watch in list(self.watches):
            watch.drop()
        runner, self._runner = self._runner, None
        if runner is not None:
            assert runner.server is not None
            for connection in list(runner.server.connections):
                if connection.transport is not None:
                    connection.transport.abort()
            await runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body, failure = b"", None
        try:
            body = await _read(request)
        except Failure as unreadable:
            failure = unreadable
        received, target, refused = self._received(request, body)
        number = self.requests.add(received)
        message = ""
        self.progress.made()
        try:
            if failure is not None:
                raise failure
            response = await self._answer(request, received, target, refused)
        except Failure as raised:
            response, message = _failed(raised, request.headers.get("Accept", "")), raised.message
        except ConnectionResetError:
            # The client has left.
            abort(request)
        except Exception as error:
            failure = crashed(error, f"{request.method} {request.path}")
            if request.writer.output_size:
                # Half of a response cannot become another.
                abort(request)
            response, message = _failed(failure, ""), failure.message
        if request.method == "CONNECT":
            # No request can follow.
            response.force_close()
        self.requests.answered(number, response.status, message)
        self.progress.made()
        return response

    def _received(self, request: web.BaseRequest, body: bytes) -> tuple[ReceivedRequest, Target | None, Failure | None]:
        path, query = unquote(request.rel_url.raw_path), dict(_query(request))
        target, refused = self._target(request.method, path, query)
        known = target or _NOTHING
        received = ReceivedRequest(
            method=request.method,
            path=path,
            query=query,
            headers=request.headers,
            body=body,
            verb=known.verb,
            group=known.resource.group,
            version=known.resource.version,
            resource=known.resource.plural,
            namespace=known.namespace,
            name=known.name,
            subresource=known.subresource,
            user=self._access.name_of(request),
            at=self.state.clock.seconds(),
        )
        return received, target, refused

    async def _answer(
        self, request: web.BaseRequest, received: ReceivedRequest, target: Target | None, refused: Failure | None
    ) -> web.StreamResponse:
        accept = request.headers.get("Accept", "")
        if (fault := self.faults.take(received)) and (response := await fault(request)) is not None:
            return response
        if self.faults.latency or self.faults.is_partitioned:
            await self.faults.wait()
        if request.method == "CONNECT":
            # aiohttp reads the path as the host of a tunnel.
            raise not_implemented("the method CONNECT")
        user = self._access.user_of(request)
        if _MALFORMED.search(request.raw_path.partition("?")[0]):
            return _response(Answer(b"400 Bad Request", "text/plain; charset=utf-8", 400))
        if target is None:
            answer = information(self.state.catalog, request.method, request.path, accept, self.address)
            if answer is not None:
                return _response(answer)
            if refused is not None:
                raise refused
            return _response(not_served())
        version = version_of(self.state.catalog, target.resource)
        call = Call(
            verb=target.verb,
            resource=stored_resource(self.state.catalog, target.resource),
            asked=version,
            namespace=target.namespace,
            name=target.name,
            subresource=target.subresource,
            query=received.query,
            dry_runs=tuple(request.query.getall("dryRun", ())),
            body=received.body,
            content_type=request.headers.get("Content-Type", ""),
            accept=accept,
            user_agent=request.headers.get("User-Agent", ""),
            user=user,
            warnings=[DEPRECATIONS[target.resource.collection]] if target.resource.collection in DEPRECATIONS else [],
        )
        try:
            if problem := path_segment_problem(call.name):
                raise bad_request(f'Name parameter invalid: "{call.name}": {problem}')
            if call.verb == "watch":
                return await self._watch(request, call)
            check_interception(self.state, call)
            if call.subresource in STREAMED:
                return await self._streams.answer(request, call, self.faults.connected)
            check_nesting(call.body)
            return _reply(self._verb(call)(self.state, call), call)
        except Failure as failure:
            failure.warnings = call.warnings
            raise

    def _target(self, method: str, path: str, query: Mapping[str, str]) -> tuple[Target | None, Failure | None]:
        """Return the resource that a request is for, or why there is none."""
        segments = path.rstrip("/").split("/")[1:]
        if not segments or segments[0] not in ("api", "apis"):
            return None, None
        if len(segments) < (3 if segments[0] == "api" else 4):
            return None, None
        if segments[0] == "apis" and segments[1] not in self.state.catalog.groups():
            return None, None
        try:
            return target_of(self.state.catalog, method, path, query), None
        except Failure as failure:
            # What a definition does not make is not known at all.
            is_custom = segments[0] == "apis" and self.state.catalog.is_custom(segments[1])
            return None, None if is_custom and failure.code == 404 else failure
        except Exception as error:
            # Here the request is not recorded yet.
            return None, crashed(error, f"{method} {path}")

    def _verb(self, call: Call) -> Verb:
        if call.subresource in _SUBRESOURCES:
            return _SUBRESOURCES[call.subresource]
        if call.resource.kind in REVIEWS:
            return review
        if call.subresource and call.subresource not in _OF_OBJECT:
            raise not_implemented(f"the subresource {call.resource.plural}/{call.subresource}")
        if call.resource.collection == "bindings":
            return bind
        if not {"get", "create"} <= call.resource.verbs:
            raise not_implemented(call.resource.plural)
        return _VERBS[call.verb]

    async def _watch(self, request: web.BaseRequest, call: Call) -> web.StreamResponse:
        watch = Watch(self.state, call)
        response = web.StreamResponse(headers={"Content-Type": stream_type(watch.content_type)})
        _add_warnings(response, call.warnings)
        self.watches.add(watch)
        self.progress.made()
        try:
            await response.prepare(request)
            async for chunk in watch.chunks():
                if self.faults.is_partitioned:
                    await self.faults.wait()
                await response.write(encoded_events(chunk, watch.content_type))
        except Dropped:
            abort(request)
        except ConnectionResetError:
            # The client has left.
            return response
        finally:
            self.watches.discard(watch)
            watch.close()
            self.progress.made()
        return response


def _query(request: web.BaseRequest) -> Mapping[str, str]:
    """Return the query without what Go leaves out: parameters with semicolons, or escapes that are none."""
    text = request.raw_path.partition("?")[2]
    if ";" not in text and not _MALFORMED.search(text):
        return request.query
    pairs = [pair for pair in text.split("&") if ";" not in pair and not _MALFORMED.search(pair)]
    return dict(reversed(parse_qsl("&".join(pairs), keep_blank_values=True)))


async def _read(request: web.BaseRequest) -> bytes:
    # The bytes after CONNECT are those of a tunnel, and have no end.
    if not request.body_exists or request.method == "CONNECT":
        return b""
    length = request.content_length
    body = b"" if length is not None and length > MAX_BODY else await request.content.read(MAX_BODY + 1)
    while length is None or len(body) < min(length, MAX_BODY + 1):
        chunk = await request.content.read(MAX_BODY + 1)
        if not chunk or (length is not None and length > MAX_BODY):
            break
        body += chunk
    if (length or len(body)) > MAX_BODY:
        text = f"Request entity is too large: limit is {MAX_BODY}"
        raise Failure(413, "RequestEntityTooLarge", text)
    return body


def _reply(reply: Reply, call: Call) -> web.Response:
    body = encoded(reply.body, reply.content_type)
    response = web.Response(body=body, status=reply.status, headers={"Content-Type": reply.content_type})
    _add_warnings(response, call.warnings)
    return response


def _add_warnings(response: web.StreamResponse, warnings: Iterable[str]) -> None:
    for warning in warnings:
        response.headers.add("Warning", warning_header(warning))


def _response(answer: Answer) -> web.Response:
    headers = {"Content-Type": answer.content_type} if answer.content_type else {}
    return web.Response(body=answer.body or None, status=answer.status, headers={**answer.headers, **headers})


def _failed(failure: Failure, accept: str) -> web.Response:
    content_type = accepted_media(accept)
    headers: Mapping[str, Any] = {"Content-Type": content_type}
    if failure.retry_after is not None:
        headers = {**headers, "Retry-After": str(failure.retry_after)}
    body = encoded(encode(failure.status()), content_type)
    response = web.Response(body=body, status=failure.code, headers=headers)
    _add_warnings(response, failure.warnings)
    return response
