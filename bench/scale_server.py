"""An API server of any number of pods, made from one real pod, which is faster to fill than etcd.

`python -m bench.scale_server POD COUNT [--tls]` takes the JSON of a pod, prints where it listens, and serves until it
is killed: pages, watches, and what the benchmark asks for below `/control/`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from tests.support.tls import Authority

_DEFAULT_PAGE = 1 << 30
# Real pods share the second of their creation with those that were created at once.
_AT_ONCE = 50
_WATCHED = "/api/v1/namespaces/{namespace}/pods"


class PodTemplate:
    """The JSON of pods that differ as real ones do: in names, UIDs, addresses and times."""

    def __init__(self, pod: dict[str, object]) -> None:
        text = json.dumps(pod, separators=(",", ":")).replace("%", "%%")
        found = {
            "name": r"web-\d{5}",
            "instance": r"(?<=instance\":\")web-\d+",
            "checksum": r"(?<=checksum\":\")\w{64}",
            "uid": r"\w{8}-\w{4}-\w{4}-\w{4}-\w{12}",
            "version": r"(?<=resourceVersion\":\")\d+",
            "volume": r"(?<=kube-api-access-)\w{5}",
            "address": r"10\.244\.\d+\.\d+",
            "time": r"(?<=T)\d\d:\d\d:\d\d(?=Z)",
        }
        for name, pattern in found.items():
            text = re.sub(pattern, f"%({name})s", text)
        self._text = text

    def json(self, number: int, version: int) -> bytes:
        """Return a pod; its annotation is another one in each version."""
        second = number // _AT_ONCE
        values = {
            "name": f"web-{number:07}",
            "instance": f"web-{number % 20}",
            "checksum": f"{version:032x}{number:032x}",
            "uid": f"00000000-0000-4000-8000-{number:012x}",
            "version": version,
            "volume": f"{number % 36**5:05x}"[-5:],
            "address": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
            "time": f"{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}",
        }
        return (self._text % values).encode()


class ScaleServer:
    """Serves pods as kube-apiserver does, as far as an informer and a watch ask for it."""

    def __init__(self, pod: dict[str, object], count: int) -> None:
        self._item = PodTemplate({key: value for key, value in pod.items() if key not in ("apiVersion", "kind")})
        self._pod = PodTemplate({"apiVersion": "v1", "kind": "Pod", **pod})
        self._revision = count
        self._versions = list(range(1, count + 1))
        self._oldest = 0
        self._history: list[tuple[int, int]] = []
        self._watches: set[asyncio.Queue[bytes | None]] = set()
        self._changes: asyncio.Task[None] | None = None

    def application(self) -> web.Application:
        """Return the application to serve."""
        app = web.Application()
        app.router.add_get(_WATCHED, self._get)
        app.router.add_post("/control/change", self._change)
        app.router.add_post("/control/expire", self._expire)
        return app

    async def _get(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("watch") == "true":
            return await self._watch(request)
        version, _, start = request.query.get("continue", f"{self._revision}:0").partition(":")
        limit = int(request.query.get("limit", _DEFAULT_PAGE))
        first = int(start)
        numbers = range(first, min(first + limit, len(self._versions)))
        token = f"{version}:{numbers.stop}" if numbers.stop < len(self._versions) else ""
        head = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": version, "continue": token}}
        items = b",".join(self._item.json(number, self._versions[number]) for number in numbers)
        body = json.dumps(head)[:-1].encode() + b',"items":[' + items + b"]}"
        return web.Response(body=body, content_type="application/json")

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        since = int(request.query["resourceVersion"])
        if since < self._oldest:
            status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 410, "reason": "Expired"}
            return web.json_response(status, status=410)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        for version, number in self._history:
            if version > since:
                queue.put_nowait(self._event(number, version))
        self._watches.add(queue)
        try:
            # The client leaves when it has measured.
            with contextlib.suppress(ConnectionError):
                while (line := await queue.get()) is not None:
                    await response.write(line)
        finally:
            self._watches.discard(queue)
        return response

    async def _change(self, request: web.Request) -> web.Response:
        """Change `count` pods, `rate` of them in a second, or all at once without a rate."""
        rate, count = float(request.query.get("rate", 0)), int(request.query["count"])
        self._changes = asyncio.ensure_future(self._run_changes(count, rate))
        return web.json_response({})

    async def _run_changes(self, count: int, rate: float) -> None:
        clock = asyncio.get_running_loop().time
        started = clock()
        for sent in range(count):
            if rate and (early := started + sent / rate - clock()) > 0:
                await asyncio.sleep(early)
            line = self._commit(random.randrange(len(self._versions)))
            for queue in self._watches:
                queue.put_nowait(line)

    async def _expire(self, request: web.Request) -> web.Response:
        """Change `count` pods unseen, forget all versions but the newest, and end the watches."""
        for number in range(int(request.query["count"])):
            self._commit(number)
        self._oldest = self._revision
        self._history.clear()
        for queue in self._watches:
            queue.put_nowait(None)
        return web.json_response({"resourceVersion": str(self._revision)})

    def _commit(self, number: int) -> bytes:
        self._revision += 1
        self._versions[number] = self._revision
        self._history.append((self._revision, number))
        return self._event(number, self._revision)

    def _event(self, number: int, version: int) -> bytes:
        return b'{"type":"MODIFIED","object":' + self._pod.json(number, version) + b"}\n"


@dataclass(frozen=True, kw_only=True)
class Serving:
    """A server that runs."""

    url: str
    authority: str
    """The certificate of its authority, in PEM format."""


@contextlib.contextmanager
def serving(pod: Path, count: int, *, tls: bool = False) -> Iterator[Serving]:
    """Run a server in a process of its own."""
    command = [sys.executable, "-m", "bench.scale_server", str(pod), str(count), *(["--tls"] if tls else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield Serving(**json.loads(process.stdout.readline()))
        finally:
            process.kill()


async def _serve(server: ScaleServer, *, tls: bool) -> None:
    authority = Authority()
    runner = web.AppRunner(server.application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=authority.server_context() if tls else None).start()
    url = f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    print(json.dumps({"url": url, "authority": authority.pem.decode()}), flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("pod", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--tls", action="store_true")
    arguments = parser.parse_args()
    server = ScaleServer(json.loads(arguments.pod.read_bytes()), arguments.count)
    asyncio.run(_serve(server, tls=arguments.tls))


if __name__ == "__main__":
    main()
