"""Copies from a container whose tar works, fails or is hostile (S10)."""

from __future__ import annotations

import asyncio
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from aiokube.errors import AiokubeError, CopyError, Disconnected, InternalError
from aiokube.runtime.streams.copy_result import CopyProgress
from tests.support.archives import Fill, archive, file, folder, link, patched, special, tree
from tests.support.clients import client_of
from tests.support.websocket import Peer, Script, WebSocketServer


def sending(data: bytes, *, code: int = 0, stderr: bytes = b"") -> Script:
    """Return a script: a tar that writes an archive."""

    async def script(peer: Peer) -> None:
        if stderr:
            await peer.send(2, stderr)
        for start in range(0, len(data), 30_000):
            await peer.send(1, data[start : start + 30_000])
        await peer.exit(code)

    return script


async def copy(tmp_path: Path, data: bytes, *, source: str = "/srv/base", **options: Any) -> Any:
    async with WebSocketServer(sending(data)) as server, client_of(server.url) as kube:
        return await kube.core_v1.pods.copy_from("web-0", source, tmp_path / "out", **options)


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
async def test_a_folder_is_copied_with_contents_and_permissions(tmp_path: Path, format: int) -> None:
    data = archive(
        folder("base", mode=0o750),
        file("base/a file", b"1" * 1000, mode=0o640),
        folder("base/sub", mode=0o500),
        file("base/sub/-rf", os.urandom(100_000), mode=0o4755),
        file("base/sub/empty", b""),
        file("base/sub/ünïcode", b"u"),
        format=format,
    )
    async with WebSocketServer(sending(data)) as server, client_of(server.url) as kube:
        copied = await kube.core_v1.pods.copy_from("web-0", "/srv/base", tmp_path / "out", container="main")
    command = [value for name, value in server.handshakes[0].query if name == "command"]
    assert command == ["tar", "-cf", "-", "-C", "/srv", "--", "base"]
    assert ("container", "main") in server.handshakes[0].query
    assert (copied.files, copied.size, copied.skipped) == (4, 101_001, [])
    found = tree(tmp_path / "out")
    assert list(found) == ["a file", "sub", "sub/-rf", "sub/empty", "sub/ünïcode"]
    modes = {name: (tmp_path / "out" / name).stat().st_mode & 0o7777 for name in ("", "a file", "sub", "sub/-rf")}
    assert modes == {"": 0o750, "a file": 0o640, "sub": 0o500, "sub/-rf": 0o755}


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
async def test_long_names_and_large_files_are_copied(tmp_path: Path, format: int) -> None:
    name = "/".join(["base", *["d" * 90] * 4, "f" * 200])
    reports: list[CopyProgress] = []
    parents = [folder("/".join(["base", *["d" * 90] * depth])) for depth in range(5)]
    copied = await copy(
        tmp_path, archive(*parents, file(name, b"x" * 3_000_000), format=format), progress=reports.append
    )
    assert copied.size == 3_000_000
    assert (tmp_path / "out" / Path(name).relative_to("base")).stat().st_size == 3_000_000
    assert reports[-1] == CopyProgress(name, 3_000_000, None)
    assert [report.done for report in reports] == sorted({report.done for report in reports})


@pytest.mark.parametrize("slash", [True, False])
async def test_a_file_is_copied_to_a_path_or_into_a_folder(tmp_path: Path, slash: bool) -> None:
    target = f"{tmp_path}/" if slash else tmp_path / "other"
    async with WebSocketServer(sending(archive(file("base", b"content")))) as server, client_of(server.url) as kube:
        await kube.core_v1.pods.copy_from("web-0", "base", target)
    assert (tmp_path / ("base" if slash else "other")).read_bytes() == b"content"
    assert [value for name, value in server.handshakes[0].query if name == "command"][-3:] == [".", "--", "base"]


@pytest.mark.parametrize("as_path", [True, False])
@pytest.mark.parametrize("linked", [True, False])
async def test_a_file_is_copied_into_a_local_folder_that_exists(tmp_path: Path, as_path: bool, linked: bool) -> None:
    folder_ = tmp_path / "box"
    folder_.mkdir()
    if linked:
        (tmp_path / "link").symlink_to("box")
    target = tmp_path / ("link" if linked else "box")
    async with WebSocketServer(sending(archive(file("base", b"content")))) as server, client_of(server.url) as kube:
        for _ in range(2):
            copied = await kube.core_v1.pods.copy_from("web-0", "/srv/base", target if as_path else str(target))
            assert copied.files == 1
    assert tree(folder_) == {"base": b"content"}


async def test_a_folder_is_merged_with_a_local_folder_that_exists(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").write_bytes(b"old")
    await copy(tmp_path, archive(folder("base"), file("base/new", b"new")))
    assert tree(tmp_path / "out") == {"new": b"new", "old": b"old"}


def hard_link(name: str, target: str) -> Fill:
    return special(name, tarfile.LNKTYPE, target, mode=0o640)


@pytest.mark.parametrize("follow_links", [True, False])
async def test_a_hard_link_to_a_file_of_the_copy_is_copied(tmp_path: Path, follow_links: bool) -> None:
    data = archive(
        folder("base"),
        file("base/a", b"content", mode=0o600),
        hard_link("base/b", "base/a"),
        hard_link("base/c", "base/b"),
    )
    copied = await copy(tmp_path, data, follow_links=follow_links)
    assert tree(tmp_path / "out") == dict.fromkeys("abc", b"content")
    assert (copied.files, copied.size, copied.skipped) == (3, 21, [])
    assert (tmp_path / "out" / "b").stat().st_mode & 0o777 == 0o640
    with pytest.raises(CopyError, match="more than 20 bytes; raise max_bytes"):
        await copy(tmp_path, data, max_bytes=20)
    with pytest.raises(CopyError, match="more than 3 files; raise max_files"):
        await copy(tmp_path, data, max_files=3)


async def test_an_exception_of_progress_is_the_caller_s_own(tmp_path: Path) -> None:
    own = BrokenPipeError("stdout is gone")

    def fail(progress: CopyProgress) -> None:
        raise own

    with pytest.raises(BrokenPipeError) as caught:
        await copy(tmp_path, archive(folder("base"), file("base/name", b"x")), progress=fail)
    assert caught.value is own


async def test_a_hard_link_to_anything_else_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").write_bytes(b"old")
    (tmp_path / "secret").write_bytes(b"secret")
    targets = ["base/old", "base/later", "base/sub", "base", "base/link", "base/self", "../secret", "/etc/passwd", ""]
    links = [hard_link(f"base/{number}", target) for number, target in enumerate(targets)]
    links[5] = hard_link("base/self", "base/self")
    data = archive(folder("base"), folder("base/sub"), link("base/link", "../secret"), *links, file("base/later", b"x"))
    copied = await copy(tmp_path, data)
    assert tree(tmp_path / "out") == {"later": b"x", "old": b"old", "sub": None}
    assert len(copied.skipped) == len(targets) + 1


async def test_follow_links_copies_what_links_point_to(tmp_path: Path) -> None:
    """tar follows the links of the container; links that are in the archive all the same are skipped."""
    data = archive(folder("base"), file("base/app.conf", b"conf"), link("base/odd", "/etc/passwd"))
    async with WebSocketServer(sending(data)) as server, client_of(server.url) as kube:
        copied = await kube.core_v1.pods.copy_from("web-0", "/srv/base", tmp_path / "out", follow_links=True)
    command = [value for name, value in server.handshakes[0].query if name == "command"]
    assert command == ["tar", "-chf", "-", "-C", "/srv", "--", "base"]
    assert (copied.files, copied.skipped) == (1, ["base/odd"])


@pytest.mark.parametrize(
    ("source", "command"),
    [
        ("/a/b c/", ["/a", "--", "b c"]),
        ("/a/./b/../-x", ["/a", "--", "-x"]),
        ("-d/-x", ["./-d", "--", "-x"]),
        ("/", ["/", "--", "."]),
        (".", [".", "--", "."]),
        ("../x", ["..", "--", "x"]),
    ],
)
async def test_the_source_path_becomes_arguments_of_tar(tmp_path: Path, source: str, command: list[str]) -> None:
    async with WebSocketServer(sending(archive(folder(command[-1])))) as server, client_of(server.url) as kube:
        await kube.core_v1.pods.copy_from("web-0", source, tmp_path / "out")
    assert [value for name, value in server.handshakes[0].query if name == "command"][4:] == command


OUTSIDE = [
    "../unrelative",
    "base/../../nest-unrelative",
    "base/nested/../../../nest-unrelative",
    "/absolute",
    "/srv/base/absolute",
    "base/..",
    "..",
    "other",
    "baseother",
    "other/base/x",
    "",
    ".",
    "./base/x",
]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("kind", ["file", "folder", "link"])
async def test_nothing_is_written_outside_the_target(tmp_path: Path, name: str, kind: str) -> None:
    evil = {"file": file(name, b"evil"), "folder": folder(name), "link": link(name, "/etc/passwd")}[kind]
    inner = tmp_path / "inner"
    inner.mkdir()
    with pytest.raises(CopyError, match="the archive was tampered with"):
        await copy(inner, archive(folder("base"), file("base/good"), evil, file("base/after")))
    assert tree(tmp_path) == {"inner": None, "inner/out": None, "inner/out/good": b"data"}


@pytest.mark.parametrize("target", ["link-target", "/etc", "..", "../..", "base", "/"])
@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
async def test_links_are_skipped_and_not_followed(tmp_path: Path, target: str, kind: bytes) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    data = archive(
        folder("base"),
        special("base/way", kind, target),
        folder("base/way"),
        file("base/way/out", b"through the link"),
        special("base/nested/back", kind, "../"),
        file("base/after", b"after"),
        special("base/after", kind, target),
    )
    copied = await copy(inner, data)
    assert copied.skipped == ["base/way", "base/nested/back", "base/after"]
    assert tree(tmp_path / "inner") == {
        "out": None,
        "out/after": b"after",
        "out/way": None,
        "out/way/out": b"through the link",
    }
    assert not [path for path in tmp_path.rglob("*") if path.is_symlink()]


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"Z"])
async def test_devices_are_skipped(tmp_path: Path, kind: bytes) -> None:
    copied = await copy(tmp_path, archive(folder("base"), special("base/device", kind), file("base/good")))
    assert (copied.skipped, copied.files) == (["base/device"], 1)
    assert tree(tmp_path) == {"out": None, "out/good": b"data"}


async def test_copying_a_link_alone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CopyError, match="links and devices are not copied; pass follow_links=True to copy what a link"):
        await copy(tmp_path, archive(link("base", "/etc/passwd")))


async def test_local_links_are_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "victim").write_bytes(b"untouched")
    elsewhere.chmod(0o755)
    out = tmp_path / "out"
    for name in ("folder", "file"):
        out.mkdir()
        (out / "way").symlink_to(elsewhere if name == "folder" else elsewhere / "victim")
        data = archive(
            folder("base"), *([folder("base/way", mode=0o777)] if name == "folder" else []), file("base/way", b"evil")
        )
        with pytest.raises(CopyError, match=r"is a link out of the target folder|symbolic links"):
            await copy(tmp_path, data)
        with pytest.raises(CopyError):
            await copy(tmp_path, archive(folder("base"), file("base/way/victim", b"evil")))
        assert (elsewhere / "victim").read_bytes() == b"untouched"
        assert elsewhere.stat().st_mode & 0o777 == 0o755
        (out / "way").unlink()
        out.rmdir()


async def test_archives_that_exceed_a_limit_are_errors(tmp_path: Path) -> None:
    many = archive(folder("base"), *(file(f"base/{number}", b"") for number in range(50)))
    with pytest.raises(CopyError, match="more than 20 files; raise max_files"):
        await copy(tmp_path, many, max_files=20)
    large = archive(folder("base"), file("base/large", b"x" * 200_000))
    with pytest.raises(CopyError, match="more than 100000 bytes; raise max_bytes"):
        await copy(tmp_path, large, max_bytes=100_000)
    assert not (tmp_path / "out" / "large").exists()
    header = tarfile.TarInfo("base/huge")
    header.size = 1 << 50
    with pytest.raises(CopyError, match=r"more than \d+ bytes; raise max_bytes"):
        await copy(tmp_path, header.tobuf())
    name = tarfile.TarInfo("././@LongLink")
    name.type, name.size = tarfile.GNUTYPE_LONGNAME, 1 << 30
    with pytest.raises(CopyError, match="the headers of one member of the archive exceed 1048576 bytes"):
        await copy(tmp_path, name.tobuf(tarfile.GNU_FORMAT) + bytes(2_000_000))
    pax = tarfile.TarInfo("pax")
    pax.type = tarfile.XHDTYPE
    with pytest.raises(CopyError, match="one member of the archive has more than 16 extension headers"):
        await copy(tmp_path, pax.tobuf() * 3000)
    with pytest.raises(CopyError, match="the archive continues after its end marker"):
        await copy(tmp_path, archive(folder("base")) + bytes(3_000_000))


async def endless(peer: Peer) -> None:
    """A script: a tar that writes one file without end."""
    block = bytes(1 << 15)
    header = tarfile.TarInfo("base")
    header.size = 1 << 45
    await peer.send(1, header.tobuf())
    while not peer.websocket.closed:
        await peer.send(1, block)


@pytest.mark.slow
async def test_an_endless_stream_can_be_cancelled(tmp_path: Path) -> None:
    async with WebSocketServer(endless) as server, client_of(server.url) as kube:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await kube.core_v1.pods.copy_from("web-0", "/base", tmp_path / "out", max_bytes=None)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "unexpected end of the archive"),
        (b"x" * 100, "unexpected end of the archive"),
        (b"what is this?" * 1000, "invalid tar archive"),
        (archive(folder("base"), end=False), "unexpected end of the archive"),
        (archive(file("base", b"x" * 5000))[:3000], "ends in the middle of 'base'"),
        (archive(file("base", b"x" * 5000))[:5700], "unexpected end of the archive"),
    ],
)
async def test_invalid_archives_are_errors(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(CopyError, match=message):
        await copy(tmp_path, data)


@pytest.mark.parametrize(
    "data",
    [
        patched(archive(file("base")), 124, b"\xff" * 12),
        patched(archive(file("base")), 124, b"zzzzzzzzzzzz"),
        patched(archive(file("base")), 156, b"S"),
    ],
)
async def test_invalid_headers_are_errors(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(CopyError):
        await copy(tmp_path, data)
    assert tree(tmp_path) == {}


async def test_the_error_quotes_the_end_of_stderr(tmp_path: Path) -> None:
    stderr = b"tar: " + b"noise " * 10_000 + b"base: Cannot stat:\n  No such file"
    for data in (b"", archive(folder("base"))):
        async with WebSocketServer(sending(data, code=2, stderr=stderr)) as server, client_of(server.url) as kube:
            with pytest.raises(CopyError, match=r"tar exited with code 2: .* Cannot stat: No such file$") as caught:
                await kube.core_v1.pods.copy_from("web-0", "/srv/base", tmp_path / "out")
        assert len(str(caught.value)) < 5000


async def without_tar(peer: Peer) -> None:
    await peer.status(status="Failure", reason="InternalError", code=500, message='exec: "tar": not found')


async def break_off(peer: Peer) -> None:
    await peer.send(1, archive(file("base", b"x" * 5000))[:3000])
    peer.eof()


async def test_failures_of_the_stream_keep_their_class(tmp_path: Path) -> None:
    expected: list[tuple[Script, type[AiokubeError]]] = [(without_tar, InternalError), (break_off, Disconnected)]
    for script, error in expected:
        async with WebSocketServer(script) as server, client_of(server.url) as kube:
            with pytest.raises(error):
                await kube.core_v1.pods.copy_from("web-0", "/srv/base", tmp_path / "out")


async def test_a_target_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CopyError, match="No such file or directory"):
        await copy(tmp_path / "missing", archive(file("base")))
    (tmp_path / "out" / "base").mkdir(parents=True)
    with pytest.raises(CopyError, match="Is a directory"):
        await copy(tmp_path, archive(file("base")))
