"""The subresource `log` of pods: the lines of a container, as its kubelet would read them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import web

from ..call import Call, number
from ..failures import Cause, bad_request, invalid
from ..logs import Line, Logs
from ..store import Change, Key, Object
from ..verbs.state import State
from .channels import Connected
from .targets import check_node, container_of, container_status, pod_of


@dataclass(frozen=True)
class Options:
    """The options of a request for a log."""

    follow: bool
    previous: bool
    timestamps: bool
    tail: int | None
    limit: int | None
    since: datetime | None


async def read_log(
    state: State, logs: Logs, request: web.BaseRequest, call: Call, connected: Connected
) -> web.StreamResponse:
    """Send the log of a container.

    Raises:
        Failure: An option is invalid, or there is no such pod or container, or it has not been started.
    """
    options = _options(state, call)
    pod = pod_of(state, call)
    container = container_of(pod, call.query.get("container", ""))
    if not pod["spec"].get("nodeName"):
        return web.Response(status=204)
    check_node(state, call, pod)
    container_id = _container_id(pod, container, previous=options.previous)
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    response.enable_chunked_encoding()
    # The client may leave.
    with contextlib.suppress(ConnectionResetError):
        await connected()
        await response.prepare(request)
        async for chunk in _chunks(state, logs, pod, container, container_id, options):
            await connected()
            await response.write(chunk)
        await response.write_eof()
    return response


async def _chunks(
    state: State, logs: Logs, pod: Object, container: str, container_id: str, options: Options
) -> AsyncIterator[bytes]:
    """Yield what is read, in chunks, until the log ends, or the container, if it is followed."""
    changed = asyncio.Event()
    uid = pod["metadata"]["uid"]
    key = Key(pod["metadata"]["namespace"], pod["metadata"]["name"])

    def on_pod(change: Change) -> None:
        if change.new.obj["metadata"]["uid"] == uid:
            changed.set()

    unsubscribe = [logs.subscribe(container_id, changed.set), state.store.subscribe("pods", on_pod)]
    left = options.limit
    lines = logs.lines(container_id)
    position = 0 if options.tail is None else max(0, len(lines) - options.tail)
    try:
        while True:
            is_running = options.follow and _is_running(state, key, uid, container, container_id)
            lines = logs.lines(container_id)
            text = b"".join(_shown(line, options) for line in lines[position:])
            position = len(lines)
            if left is not None:
                text = text[:left]
                left -= len(text)
            if text:
                yield text
            if not is_running or left == 0:
                return
            await changed.wait()
            changed.clear()
    finally:
        for one in unsubscribe:
            one()


def _shown(line: Line, options: Options) -> bytes:
    if options.since is not None and line.time < options.since:
        return b""
    return line.timestamp + b" " + line.text if options.timestamps else line.text


def _is_running(state: State, key: Key, uid: str, container: str, container_id: str) -> bool:
    record = state.store.get("pods", key)
    if record is None or record.obj["metadata"]["uid"] != uid:
        return False
    status = container_status(record.obj, container)
    return status is not None and "running" in status["state"] and status.get("containerID") == container_id


def _container_id(pod: Object, container: str, *, previous: bool) -> str:
    """Return the id of the container whose log is asked for.

    Raises:
        Failure: There is none, in the kubelet's words.
    """
    name = pod["metadata"]["name"]
    status = container_status(pod, container)
    subject = f'container "{container}" in pod "{name}"'
    if status is None:
        raise bad_request(f"{subject} is not available")
    state, last = status.get("state") or {}, (status.get("lastState") or {}).get("terminated")
    if previous:
        if not last or not last.get("containerID"):
            raise bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
        return str(last["containerID"])
    if "running" in state:
        return str(status.get("containerID", ""))
    for ended in (state.get("terminated"), last):
        if ended is not None and ended.get("containerID"):
            return str(ended["containerID"])
    if "terminated" in state or last is not None:
        raise bad_request(f"{subject} is terminated")
    if "waiting" not in state:
        raise bad_request(f"{subject} is waiting to start - no logs yet")
    reason = state["waiting"].get("reason", "")
    shown = {"ErrImagePull": "image can't be pulled", "ImagePullBackOff": "trying and failing to pull image"}
    raise bad_request(f"{subject} is waiting to start: {shown.get(reason, reason)}")


def _options(state: State, call: Call) -> Options:
    tail, limit, seconds = (_number(call, name) for name in ("tailLines", "limitBytes", "sinceSeconds"))
    time = call.query.get("sinceTime", "")
    causes = []
    if tail is not None and tail < 0:
        causes.append(_invalid(tail, "must be greater than or equal to 0", "tailLines"))
    if limit is not None and limit < 1:
        causes.append(_invalid(limit, "must be greater than 0", "limitBytes"))
    if seconds is not None and time:
        text = "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"
        causes.append(Cause("FieldValueForbidden", text, "[]"))
    elif seconds is not None and seconds < 1:
        causes.append(_invalid(seconds, "must be greater than 0", "sinceSeconds"))
    if call.query.get("stream"):
        causes.append(Cause("FieldValueForbidden", "Forbidden: may not be specified", "stream"))
    if causes:
        raise invalid(call.resource, call.name, causes, kind="PodLogOptions")
    since = _time(time) if time else None
    if seconds is not None:
        since = state.clock.now() - timedelta(seconds=seconds)
    return Options(
        follow=call.flag("follow"),
        previous=call.flag("previous"),
        timestamps=call.flag("timestamps"),
        tail=tail,
        limit=limit,
        since=since,
    )


def _number(call: Call, name: str) -> int | None:
    return number(call.query, name) if name in call.query else None


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise bad_request(f'parsing time "{text}" as "2006-01-02T15:04:05Z07:00": cannot parse "{text}" as "2006"')
    return found.astimezone(UTC)


def _invalid(value: int, problem: str, field: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {value}: {problem}", field)
