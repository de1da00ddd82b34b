"""A server of pods and their logs, whose connections break as a test says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Literal, Self

from aiohttp import web

PODS = "/api/v1/namespaces/default/pods"


class LoggedPods:
    """Serves pods, to be listed and watched, and their logs.

    Args:
        respond: Responds to the request of a log; takes the request, and the number of requests so far with this one.
    """

    def __init__(self, respond: Callable[[web.Request, int], Awaitable[web.StreamResponse]]) -> None:
        self.asked: list[dict[str, str]] = []
        """The parameters of each request of a log, with the name of its pod."""
        self._respond = respond
        self._pods: dict[str, dict[str, Any]] = {}
        self._watches: list[asyncio.Queue[dict[str, Any]]] = []
        self._version = 1

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes([web.get(PODS, self._list), web.get(PODS + "/{name}/log", self._log)])
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    def put(
        self,
        name: str = "web-0",
        *,
        uid: str = "1",
        restarts: int = 0,
        containers: tuple[str, ...] = ("app",),
        silently: bool = False,
        **state: object,
    ) -> None:
        """Create or change a pod.

        Args:
            name: Name of the pod.
            uid: UID of the pod.
            restarts: Restarts of each container.
            containers: Names of its containers.
            silently: Withhold the change from watches.
            state: `state` and `lastState` of each container. Default: it runs.
        """
        self._version += 1
        status = {"restartCount": restarts, **(state or {"state": {"running": {}}})}
        self._pods[name] = {
            "metadata": {"name": name, "namespace": "default", "uid": uid, "resourceVersion": str(self._version)},
            "spec": {"containers": [{"name": container} for container in containers]},
            "status": {"containerStatuses": [{"name": container, **status} for container in containers]},
        }
        if not silently:
            self.notify("MODIFIED", self._pods[name])

    def delete(self, name: str = "web-0", *, silently: bool = False) -> None:
        """Delete a pod."""
        pod = self._pods.pop(name)
        if not silently:
            self.notify("DELETED", pod)

    def notify(self, type: str, pod: dict[str, Any]) -> None:
        """Send an event to all watches."""
        self._version += 1
        pod = {**pod, "metadata": {**pod["metadata"], "resourceVersion": str(self._version)}}
        for queue in self._watches:
            queue.put_nowait({"type": type, "object": pod})

    async def _list(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("watch") == "true":
            queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
            self._watches.append(queue)
            response = web.StreamResponse()
            await response.prepare(request)
            while True:
                await response.write(json.dumps(await queue.get()).encode() + b"\n")
        listed = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": str(self._version)}}
        name = request.query.get("fieldSelector", "").removeprefix("metadata.name=")
        return web.json_response({**listed, "items": [pod for key, pod in self._pods.items() if name in ("", key)]})

    async def _log(self, request: web.Request) -> web.StreamResponse:
        self.asked.append({**request.query, "pod": request.match_info["name"]})
        return await self._respond(request, len(self.asked))


async def send(
    request: web.Request, data: bytes, end: Literal["broken", "closed", "open"], *, wait: float = 0.05
) -> web.StreamResponse:
    """Send a log, and then break the connection, end the response, or keep it open.

    Args:
        request: The request of the log.
        data: The log.
        end: How the response ends.
        wait: Seconds before it ends.
    """
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(data)
    await asyncio.sleep(wait)
    if end == "broken":
        assert request.transport
        request.transport.abort()
    if end == "open":
        await asyncio.Event().wait()
    return response


def refuse(code: int, message: str, reason: str = "") -> web.Response:
    """Return the response of a server that refuses a log."""
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": message}
    return web.json_response({**status, "reason": reason}, status=code)


def stamped(*numbers: int, second: int = 0) -> bytes:
    """Return lines of a log, each with its time, a nanosecond apart."""
    return b"".join(b"2026-11-27T10:00:%02d.%09dZ line %d\n" % (second, 100 + each, each) for each in numbers)
