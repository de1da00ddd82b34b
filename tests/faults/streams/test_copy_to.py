"""Copies into a container whose tar works or fails, and of local files that can and cannot be read."""

from __future__ import annotations

import asyncio
import io
import os
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from aiokube.errors import CopyError, InvalidArgument, InvalidRequest, NotSupported
from aiokube.runtime.streams.copy_result import CopyProgress
from tests.support.clients import client_of
from tests.support.websocket import V4, Peer, WebSocketServer


def is_test(peer: Peer) -> bool:
    """Return True if the command is `test -d PATH`."""
    return peer.request.query.getall("command")[:2] == ["test", "-d"]


class Sink:
    """A script: a tar that keeps the archive it reads, and `test`, which knows folders."""

    def __init__(self, *, code: int = 0, stderr: bytes = b"", folders: Sequence[str] = ()) -> None:
        self.code = code
        self.stderr = stderr
        self.folders = folders
        self.data = b""

    async def __call__(self, peer: Peer) -> None:
        if is_test(peer):
            await peer.exit(int(peer.request.query.getall("command")[2] not in self.folders))
            return
        self.data = await peer.until_close()
        if self.stderr:
            await peer.send(2, self.stderr)
        await peer.exit(self.code)

    def members(self) -> dict[str, tarfile.TarInfo]:
        with tarfile.open(fileobj=io.BytesIO(self.data)) as archive:
            return {info.name: info for info in archive}

    def content(self, name: str) -> bytes:
        with tarfile.open(fileobj=io.BytesIO(self.data)) as archive:
            file = archive.extractfile(name)
            assert file is not None
            return file.read()


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


async def test_a_folder_is_copied_with_contents_and_permissions(source: Path) -> None:
    sink, reports = Sink(), list[CopyProgress]()
    async with WebSocketServer(sink) as server, client_of(server.url) as kube:
        copied = await kube.core_v1.pods.copy_to(
            "web-0", source, "/srv/here", container="main", progress=reports.append
        )
    assert [value for name, value in server.handshakes[-1].query if name == "command"] == [
        "tar",
        "-xmpf",
        "-",
        "-C",
        "/srv",
    ]
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
    assert reports[-1].done == reports[-1].total == total
    assert len(sink.data) % 10240 == 0


@pytest.mark.parametrize(
    ("target", "folder", "name"),
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
async def test_the_target_path_becomes_arguments_of_tar(source: Path, target: str, folder: str, name: str) -> None:
    sink = Sink()
    async with WebSocketServer(sink) as server, client_of(server.url) as kube:
        await kube.core_v1.pods.copy_to("web-0", source / "sub" / "run", target)
    assert [value for key, value in server.handshakes[-1].query if key == "command"][-1] == folder
    assert set(sink.members()) == {name}


async def test_a_failing_tar_and_unusable_paths_are_errors(source: Path, tmp_path: Path) -> None:
    sink = Sink(code=2, stderr=b"tar: read-only file system")
    async with WebSocketServer(sink) as server, client_of(server.url) as kube:
        pods = kube.core_v1.pods
        with pytest.raises(CopyError, match=r"tar exited with code 2: tar: read-only file system"):
            await pods.copy_to("web-0", source, "/srv/x")
        with pytest.raises(CopyError, match=r"cannot be read: .*No such file"):
            await pods.copy_to("web-0", tmp_path / "missing", "/srv/x")
        os.mkfifo(source / "fifo")
        with pytest.raises(CopyError, match="fifo is not a file, folder or symbolic link; only these can be copied"):
            await pods.copy_to("web-0", source, "/srv/x")
        for target in ("", "..", "a/..", ".", "a\0b"):
            with pytest.raises(InvalidRequest):
                await pods.copy_to("web-0", source, target)


async def test_an_exception_of_progress_is_the_caller_s_own(source: Path, tmp_path: Path) -> None:
    own = BrokenPipeError("stdout is gone")

    def fail(progress: CopyProgress) -> None:
        raise own

    async with WebSocketServer(Sink()) as server, client_of(server.url) as kube:
        with pytest.raises(BrokenPipeError) as caught:
            await kube.core_v1.pods.copy_to("web-0", source, "/srv/new", progress=fail)
    assert caught.value is own


async def test_a_parent_folder_is_copied_under_its_own_name(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = Sink()
    monkeypatch.chdir(source / "sub" / "deep")
    async with WebSocketServer(sink) as server, client_of(server.url) as kube:
        await kube.core_v1.pods.copy_to("web-0", "..", "/srv/")
        assert "sub/run" in sink.members()
        await kube.core_v1.pods.copy_to("web-0", ".", "/srv/")
        assert list(sink.members()) == ["deep"]


async def test_a_tar_that_exits_early_is_an_error(source: Path) -> None:
    async def script(peer: Peer) -> None:
        if is_test(peer):
            await peer.exit(1)
            return
        await peer.receive()
        await peer.send(2, b"no space left")
        await peer.exit(code)

    for code in (1, 0):
        async with WebSocketServer(script) as server, client_of(server.url) as kube:
            with pytest.raises(CopyError, match=f"tar exited with code {code}: no space left"):
                await kube.core_v1.pods.copy_to("web-0", source, "/srv/x")


async def test_copying_over_v4_is_not_supported(source: Path) -> None:
    received: list[Any] = []

    async def script(peer: Peer) -> None:
        if is_test(peer):
            await peer.exit(1)
            return
        received.append(await peer.read_all())

    async with WebSocketServer(script, protocols=[V4]) as server, client_of(server.url) as kube:
        with pytest.raises(NotSupported, match=rf"copying .*: needs v5.channel.k8s.io; the server chose {V4}"):
            await kube.core_v1.pods.copy_to("web-0", source, "/srv/x")
        while not received:
            await asyncio.sleep(0.01)
    assert received == [[]]


async def test_a_file_that_shrinks_while_it_is_copied_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "shrinking"
    path.write_bytes(bytes(8 << 20))

    async def script(peer: Peer) -> None:
        if is_test(peer):
            await peer.exit(1)
            return
        await peer.receive()
        os.truncate(path, 1 << 20)
        await peer.read_all()

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        with pytest.raises(CopyError, match="shrinking shrank while it was being copied"):
            await kube.core_v1.pods.copy_to("web-0", path, "/srv/x")


@pytest.mark.parametrize(
    ("target", "folder", "name"),
    [
        ("/srv/box", "/srv/box/", "run"),
        ("box", "box/", "run"),
        ("-d/-x", "./-d/-x/", "run"),
        ("/srv/other", "/srv", "other"),
    ],
)
async def test_a_copy_onto_a_folder_goes_into_it(source: Path, target: str, folder: str, name: str) -> None:
    sink = Sink(folders=["/srv/box", "box", "-d/-x"])
    async with WebSocketServer(sink) as server, client_of(server.url) as kube:
        await kube.core_v1.pods.copy_to("web-0", source / "sub" / "run", target, container="main")
    assert [[value for key, value in one.query if key == "command"] for one in server.handshakes] == [
        ["test", "-d", target],
        ["tar", "-xmpf", "-", "-C", folder],
    ]
    assert all(("container", "main") in one.query for one in server.handshakes)
    assert set(sink.members()) == {name}


async def test_a_folder_onto_a_folder_goes_into_it(source: Path) -> None:
    sink = Sink(folders=["/srv/box"])
    async with WebSocketServer(sink) as server, client_of(server.url) as kube:
        await kube.core_v1.pods.copy_to("web-0", source / "sub", "/srv/box")
    assert "sub/run" in sink.members()


@pytest.mark.parametrize("ends", ["exit code 127", "not found"])
async def test_a_container_without_test_gets_a_copy_at_the_path(source: Path, ends: str) -> None:
    sink = Sink()

    async def script(peer: Peer) -> None:
        if not is_test(peer):
            await sink(peer)
        elif ends == "not found":
            await peer.status(status="Failure", reason="InternalError", code=500, message='exec: "test": not found')
        else:
            await peer.exit(127)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        await kube.core_v1.pods.copy_to("web-0", source / "sub" / "run", "/srv/new")
    assert set(sink.members()) == {"new"}


async def test_a_complaint_of_tar_contains_no_control_characters(source: Path) -> None:
    sink = Sink(code=2, stderr=b"tar: \x1b]0;owned\x07\r\nfailed")
    async with WebSocketServer(sink) as server, client_of(server.url) as kube:
        with pytest.raises(CopyError) as caught:
            await kube.core_v1.pods.copy_to("web-0", source, "/srv/x")
    assert str(caught.value).endswith(r"tar exited with code 2: tar: \x1b]0;owned\x07 failed")


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("a\0b", r"'a\\x00b' is not a path: it contains a NUL character or a lone surrogate"),
        ("", "is empty; pass a path"),
    ],
)
async def test_a_local_path_that_is_none_is_refused_before_any_request(path: str, problem: str) -> None:
    async with WebSocketServer(Sink()) as server, client_of(server.url) as kube:
        with pytest.raises(InvalidArgument, match=f"^source: {problem}"):
            await kube.core_v1.pods.copy_to("web-0", path, "/srv/x")
        with pytest.raises(InvalidArgument, match=f"^target: {problem}"):
            await kube.core_v1.pods.copy_from("web-0", "/srv/x", path)
    assert server.handshakes == []
