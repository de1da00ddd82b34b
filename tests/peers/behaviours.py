"""Behaviours of a client against a server that fails as API servers do. Each returns what the client did, in a word."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from .runner import Outcome
from .server import PASSWORD, PeerServer, config_map, events, failed, listed

YES: Final = "yes"
NO: Final = "no"


Drive = Callable[..., Awaitable[Outcome]]
"""Runs a work of `tests.peers.drive` with a kubeconfig: `await drive("lists", kubeconfig)`."""


async def _always(_: web.Request) -> None:
    """Leave every request to the server."""


async def unknown_authority(drive: Drive, folder: Path) -> str:
    """A server with a certificate of an unknown authority is refused."""
    async with PeerServer(folder, _always) as server:
        await drive("lists", server.kubeconfig(ca=False))
        return NO if server.requests else YES


async def redirect(drive: Drive, folder: Path) -> str:
    """A redirect does not take the token to another server."""
    tokens: list[str | None] = []

    async def other(request: web.Request) -> None:
        tokens.append(request.headers.get("Authorization"))

    (folder / "other").mkdir()
    async with PeerServer(folder / "other", other) as second:

        async def redirects(request: web.Request) -> web.Response:
            return web.Response(status=307, headers={"Location": f"{second.url}{request.path_qs}"})

        async with PeerServer(folder, redirects) as server:
            kubeconfig = server.kubeconfig({"token": "secret"})
            # One that follows would refuse the certificate of the other server.
            (folder / "ca.crt").write_bytes(
                (folder / "ca.crt").read_bytes() + second.kubeconfig().with_name("ca.crt").read_bytes()
            )
            await drive("lists", kubeconfig)
    if not tokens:
        return "yes: not followed"
    return NO if any(tokens) else "yes: followed without it"


async def impersonation(drive: Drive, folder: Path) -> str:
    """`as` of a kubeconfig is sent."""
    async with PeerServer(folder, _always) as server:
        await drive("lists", server.kubeconfig({"token": "secret", "as": "jane"}))
        if not server.requests:
            return "refused"
        return YES if server.requests[0].headers.get("Impersonate-User") == "jane" else "no: ignored"


async def token_file(drive: Drive, folder: Path) -> str:
    """A token in a file is read again when the server refuses it."""
    path = folder / "token"
    path.write_text("one\n")

    async def rotates(request: web.Request) -> web.Response | None:
        token = request.headers.get("Authorization")
        if path.read_text() == "one\n" and token == "Bearer one":
            path.write_text("two\n")
            return None
        return None if token == "Bearer two" else failed(401, "Unauthorized")

    async with PeerServer(folder, rotates) as server:
        return _renewed(await drive("lists_often", server.kubeconfig({"tokenFile": str(path)}), "3"))


_PLUGIN: Final = """
import datetime, json, pathlib, sys
counter = pathlib.Path(sys.argv[1])
number = int(counter.read_text()) + 1 if counter.exists() else 1
counter.write_text(str(number))
status = {"token": str(number)}
if sys.argv[2] != "none":
    expiry = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=int(sys.argv[2]))
    status["expirationTimestamp"] = expiry.strftime("%Y-%m-%dT%H:%M:%SZ")
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}))
"""


def _plugin(folder: Path, expires: str) -> Mapping[str, Any]:
    program = folder / "plugin.py"
    program.write_text(_PLUGIN)
    return {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": [str(program), str(folder / "count"), expires],
        "interactiveMode": "Never",
    }


async def refused_token(drive: Drive, folder: Path) -> str:
    """A token of an exec plugin is renewed when the server refuses it."""
    served = 0

    async def expires(request: web.Request) -> web.Response | None:
        nonlocal served
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token == "1" and served:
            return failed(401, "Unauthorized")
        served += 1
        return None

    async with PeerServer(folder, expires) as server:
        return _renewed(await drive("lists_often", server.kubeconfig({"exec": _plugin(folder, "none")}), "3"))


async def expired_token(drive: Drive, folder: Path) -> str:
    """A token of an exec plugin is renewed when its time is over."""
    async with PeerServer(folder, _always) as server:
        outcome = await drive("lists_often", server.kubeconfig({"exec": _plugin(folder, "-60")}), "2")
        tokens = {request.headers.get("Authorization") for request in server.requests}
    if not tokens:
        return _renewed(outcome)
    return YES if len(tokens) > 1 or "Bearer 1" not in tokens else NO


async def too_many_requests(drive: Drive, folder: Path) -> str:
    """A call is repeated after 429 with `Retry-After`."""
    answers: list[web.Response] = [failed(429, "TooManyRequests", headers={"Retry-After": "1"})]

    async def busy(_: web.Request) -> web.Response | None:
        return answers.pop() if answers else None

    async with PeerServer(folder, busy) as server:
        return _told(await drive("lists", server.kubeconfig({"token": "secret"})))


async def _breaks(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def broken_get(drive: Drive, folder: Path) -> str:
    """A GET is repeated after a broken connection."""
    count = 0

    async def once(request: web.Request) -> web.StreamResponse | None:
        nonlocal count
        count += 1
        return await _breaks(request) if count == 1 else None

    async with PeerServer(folder, once) as server:
        return _told(await drive("lists", server.kubeconfig({"token": "secret"})))


async def broken_post(drive: Drive, folder: Path) -> str:
    """A POST is not: the server may have carried it out."""
    async with PeerServer(folder, _breaks) as server:
        await drive("creates", server.kubeconfig({"token": "secret"}))
        posts = len([request for request in server.requests if request.method == "POST"])
        return YES if posts == 1 else f"no: {posts} times"


def _event(kind: str, version: int) -> Mapping[str, Any]:
    return {"type": kind, "object": config_map(f"cm-{version}", version)}


async def resumed_watch(drive: Drive, folder: Path) -> str:
    """A watch goes on after the server has ended it."""
    versions = []

    async def short(request: web.Request) -> web.StreamResponse | None:
        if "watch" not in request.query:
            return None
        versions.append(request.query.get("resourceVersion"))
        return await events(request, _event("ADDED", 10 + len(versions)))

    async with PeerServer(folder, short) as server:
        outcome = await drive("watches", server.kubeconfig({"token": "secret"}), "3")
    if len(outcome.result or ()) < 3:
        return "no: ends" if not outcome.error else _told(outcome)
    return YES if versions == ["10", "11", "12"] else "from the beginning"


async def expired_watch(drive: Drive, folder: Path) -> str:
    """A watch of an expired version (410) is an error, or begins again."""
    count = 0

    async def gone(request: web.Request) -> web.StreamResponse | None:
        nonlocal count
        if "watch" not in request.query:
            return None
        if request.query.get("resourceVersion") in (None, "", "0"):
            return await events(request, _event("ADDED", 21), _event("ADDED", 22))
        count += 1
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 410}
        return await events(request, {"type": "ERROR", "object": {**status, "reason": "Expired", "message": "too old"}})

    async with PeerServer(folder, gone) as server:
        outcome = await drive("watches", server.kubeconfig({"token": "secret"}), "2")
    if count > 20:
        return "no: asks again at once, for ever"
    if outcome.error:
        return f"`{outcome.error}`"
    if "ERROR" in outcome.result:
        return "an event, `ERROR`"
    return "begins again" if len(outcome.result) == 2 else "no: ends without an error"


async def expired_page(drive: Drive, folder: Path) -> str:
    """A list in pages goes on when its continue token expires."""
    pages = {"": ("a", "page-2"), "page-2": ("b", "page-3"), "again": ("c", "")}

    async def paged(request: web.Request) -> web.Response | None:
        if "limit" not in request.query:
            return listed(*(config_map(name) for name in "abc"))
        token = request.query.get("continue", "")
        if token == "page-3":
            return failed(410, "Expired", metadata={"continue": "again"})
        name, following = pages[token]
        rest = {"continue": following, "remainingItemCount": 1} if following else {}
        return listed(config_map(name), **rest)

    async with PeerServer(folder, paged) as server:
        outcome = await drive("lists", server.kubeconfig({"token": "secret"}))
        if not any("limit" in request.query for request in server.requests):
            return "no pages"
    if outcome.error:
        return _told(outcome)
    return YES if outcome.result == ["a", "b", "c"] else f"no: {len(outcome.result)} of 3"


async def null_list(drive: Drive, folder: Path) -> str:
    """A list whose items are null, as Go may write it, is read."""

    async def empty(_: web.Request) -> web.Response:
        return web.json_response({"apiVersion": "v1", "kind": "ConfigMapList", "metadata": {}, "items": None})

    async with PeerServer(folder, empty) as server:
        return _told(await drive("lists", server.kubeconfig({"token": "secret"})))


async def _replaced(drive: Drive, folder: Path, stored: Mapping[str, Any]) -> dict[str, Any] | Outcome:
    """Have an object replaced, and return what was sent."""
    sent: list[bytes] = []

    async def store(request: web.Request) -> web.Response | None:
        if request.method == "PUT":
            sent.append(await request.read())
        return web.json_response(stored)

    async with PeerServer(folder, store) as server:
        outcome = await drive("replaces", server.kubeconfig({"token": "secret"}))
    if not sent:
        return outcome
    found: dict[str, Any] = json.loads(sent[0])
    return found


async def unknown_field(drive: Drive, folder: Path) -> str:
    """A field that the client does not know survives a replace."""
    found = await _replaced(drive, folder, config_map("settings", data={"a": "b"}, future={"a": 1}))
    if isinstance(found, Outcome):
        return _no_replace(found)
    return YES if found.get("future") == {"a": 1} else "no: dropped"


async def empty_map(drive: Drive, folder: Path) -> str:
    """Empty maps and lists survive a replace."""
    found = await _replaced(drive, folder, config_map("settings", data={}, metadata={"finalizers": []}))
    if isinstance(found, Outcome):
        return _no_replace(found)
    return YES if (found.get("data"), found["metadata"].get("finalizers")) == ({}, []) else "no: dropped"


async def secret_in_repr(drive: Drive, folder: Path) -> str:
    """The `repr` of a Secret does not show its data."""
    async with PeerServer(folder, _always) as server:
        outcome = await drive("shows_secret", server.kubeconfig({"token": "secret"}))
    if outcome.error:
        return _told(outcome)
    return NO if PASSWORD in outcome.result or "hunter22" in outcome.result else YES


def _renewed(outcome: Outcome) -> str:
    """The results of three calls, of which the second was refused."""
    if outcome.error:
        return _told(outcome)
    first, second, third = (*outcome.result, *outcome.result)[:3]
    if first:
        return f"no: `{first}`"
    if not second:
        return YES
    return f"no: `{third}`" if third else "at the next call"


def _no_replace(outcome: Outcome) -> str:
    return "has no replace" if outcome.error == "AttributeError" else _told(outcome)


def _told(outcome: Outcome) -> str:
    """Yes, or the error."""
    return f"no: `{outcome.error}`" if outcome.error else YES


FAULTS: Final[tuple[Callable[[Drive, Path], Awaitable[str]], ...]] = (
    unknown_authority,
    redirect,
    impersonation,
    token_file,
    refused_token,
    expired_token,
    too_many_requests,
    broken_get,
    broken_post,
    resumed_watch,
    expired_watch,
    expired_page,
    null_list,
    unknown_field,
    empty_map,
    secret_in_repr,
)
