"""Copies into containers."""

from __future__ import annotations

import asyncio
import io
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from aiokube.errors import CopyError, InvalidRequest, NotSupported
from aiokube.runtime.streams.copied import CopyProgress
from tests.support.clients import client_of
from tests.support.websocket import V4, Peer, WebSocketServer

# to a container


class Sink:
    """The tar of a container that keeps what it gets."""

    def __init__(self, *, code: int = 0, said: bytes = b"") -> None:
        self.code = code
        self.said = said
        self.data = b""

    async def __call__(self, peer: Peer) -> None:
        self.data = await peer.until_close()
        if self.said:
            await peer.send(2, self.said)
        await peer.exit(self.code)

    def members(self) -> dict[str, tarfile.TarInfo]:
        with tarfile.open(fileobj=io.BytesIO(self.data)) as made:
            return {info.name: info for info in made}

    def content(self, name: str) -> bytes:
        with tarfile.open(fileobj=io.BytesIO(self.data)) as made:
            found = made.extractfile(name)
            assert found is not None
            return found.read()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "source"
    (root / "sub" / "deep").mkdir(parents=True)
    (root / "-rf").write_bytes(b"dash")
    (root / "a file ünïcode").write_bytes(b"")
    (root / "sub" / "large").write_bytes(os.urandom(1_500_000))
    (root / "sub" / ("n" * 200)).write_bytes(b"long")
    (root / "sub" / "run").write_bytes(b"#!/bin/sh\n")
    (root / "sub" / "run").chmod(0o750)
    (root / "sub" / "link").symlink_to("../-rf")
    return root


async def test_a_folder_goes_over(source: Path) -> None:
    sink, done = Sink(), list[CopyProgress]()
    async with WebSocketServer(sink) as server, client_of(server.url) as kube:
        copied = await kube.core_v1.pods.copy_to("web-0", source, "/srv/here", container="main", progress=done.append)
    assert [value for name, value in server.asked[0].query if name == "command"] == ["tar", "-xmpf", "-", "-C", "/srv"]
    members = sink.members()
    assert set(members) == {
        "here",
        "here/-rf",
        "here/a file ünïcode",
        "here/sub",
        "here/sub/deep",
        "here/sub/large",
        "here/sub/link",
        f"here/sub/{'n' * 200}",
        "here/sub/run",
    }
    assert sink.content("here/sub/large") == (source / "sub" / "large").read_bytes()
    assert members["here/sub/run"].mode & 0o7777 == 0o750
    assert members["here/sub/link"].linkname == "../-rf"
    assert {(info.uid, info.gid, info.uname, info.gname) for info in members.values()} == {(0, 0, "", "")}
    total = 1_500_000 + len(b"dash" + b"long" + b"#!/bin/sh\n")
    assert (copied.files, copied.size) == (5, total)
    assert done[-1].done == done[-1].total == total
    assert len(sink.data) % 10240 == 0


@pytest.mark.parametrize(
    ("target", "where", "name"),
    [
        ("/srv/new", "/srv", "new"),
        ("/srv/", "/srv/", "run"),
        ("new", ".", "new"),
        ("/new", "/", "new"),
        ("-d/-x", "./-d", "-x"),
        ("a b/", "a b/", "run"),
        ("/", "/", "run"),
    ],
)
async def test_targets(source: Path, target: str, where: str, name: str) -> None:
    sink = Sink()
    async with WebSocketServer(sink) as server, client_of(server.url) as kube:
        await kube.core_v1.pods.copy_to("web-0", source / "sub" / "run", target)
    assert [value for key, value in server.asked[0].query if key == "command"][-1] == where
    assert set(sink.members()) == {name}


async def test_failures_on_the_way_over(source: Path, tmp_path: Path) -> None:
    sink = Sink(code=2, said=b"tar: read-only file system")
    async with WebSocketServer(sink) as server, client_of(server.url) as kube:
        pods = kube.core_v1.pods
        with pytest.raises(CopyError, match=r"tar ended with exit code 2: tar: read-only file system"):
            await pods.copy_to("web-0", source, "/srv/x")
        with pytest.raises(CopyError, match=r"cannot be read: .*No such file"):
            await pods.copy_to("web-0", tmp_path / "missing", "/srv/x")
        os.mkfifo(source / "fifo")
        with pytest.raises(CopyError, match="fifo is neither a file, a folder nor a symbolic link"):
            await pods.copy_to("web-0", source, "/srv/x")
        for target in ("", "..", "a/..", ".", "a\0b"):
            with pytest.raises(InvalidRequest):
                await pods.copy_to("web-0", source, target)


async def test_tar_that_ends_early(source: Path) -> None:
    async def script(peer: Peer) -> None:
        await peer.receive()
        await peer.send(2, b"no space left")
        await peer.exit(code)

    for code in (1, 0):
        async with WebSocketServer(script) as server, client_of(server.url) as kube:
            with pytest.raises(CopyError, match=f"tar ended with exit code {code}: no space left"):
                await kube.core_v1.pods.copy_to("web-0", source, "/srv/x")


async def test_a_server_that_speaks_v4_cannot_end_the_archive(source: Path) -> None:
    received: list[Any] = []

    async def script(peer: Peer) -> None:
        received.append(await peer.drained())

    async with WebSocketServer(script, protocols=[V4]) as server, client_of(server.url) as kube:
        with pytest.raises(NotSupported, match=rf"copying .* speaks {V4}, and this needs v5.channel.k8s.io"):
            await kube.core_v1.pods.copy_to("web-0", source, "/srv/x")
        while not received:
            await asyncio.sleep(0.01)
    assert received == [[]]


async def test_a_file_that_shrinks_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "shrinking"
    path.write_bytes(bytes(8 << 20))

    async def script(peer: Peer) -> None:
        await peer.receive()
        os.truncate(path, 1 << 20)
        await peer.drained()

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        with pytest.raises(CopyError, match="shrinking has become shorter while it was copied"):
            await kube.core_v1.pods.copy_to("web-0", path, "/srv/x")
