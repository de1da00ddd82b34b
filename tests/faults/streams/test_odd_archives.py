"""Odd and damaged archives: each is copied or a `CopyError`, and nothing is written outside the target (S10)."""

from __future__ import annotations

import asyncio
import os
import random
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiokube.errors import CopyError
from aiokube.runtime.streams.archive import unpack
from tests.support.archives import archive, file, folder, link, patched, special
from tests.support.clients import client_of
from tests.support.websocket import Peer, WebSocketServer

_BUDGET_S = 1.5

_ODD = [
    b"",
    b"\0",
    b"-",
    b"0",
    b"7" * 12,
    b"\x80" + b"\xff" * 11,
    b"\xff" * 12,
    b"9" * 8,
    b" " * 8,
    b"\x80",
    b"../x",
    b"\x1b[2J",
]
_KINDS = b"\x000123456789gxLKSVMNDAX"


async def read(data: bytes) -> list[str]:
    """Unpack an archive, and return the names of its members."""
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    names = []
    async for member in unpack(reader):
        names.append(member.name)
        async for _ in member.chunks():
            pass
    return names


def pax(*records: bytes, kind: bytes = tarfile.XHDTYPE) -> bytes:
    """Return an extension header with these records."""
    body = b"".join(records)
    info = tarfile.TarInfo("pax")
    info.type, info.size = kind, len(body)
    return info.tobuf() + body + bytes(-len(body) % 512)


def record(key: bytes, value: bytes, length: int | None = None) -> bytes:
    body = b" " + key + b"=" + value + b"\n"
    size = next(size for size in range(len(body), len(body) + 9) if len(str(size)) + len(body) == size)
    return str(size if length is None else length).encode() + body


END = archive(file("base", b"data"))

ARCHIVES = {
    "a thousand extension headers": pax() * 1000 + END,
    "a thousand long names": archive(special("x", tarfile.GNUTYPE_LONGNAME))[:512] * 1000 + END,
    "a size that is not a number": pax(record(b"size", b"x")) + END,
    "a huge size": pax(record(b"size", b"9" * 30)) + END,
    "a negative size": pax(record(b"size", b"-5")) + END,
    "a time that is not a number": pax(record(b"mtime", b"x")) + END,
    "a huge time": pax(record(b"mtime", b"9" * 400)) + END,
    "a user that is not a number": pax(record(b"uid", b"x")) + END,
    "a record with a wrong length": pax(record(b"path", b"x", 99999)) + END,
    "a record of length 0": pax(b"0 path=x\n") + END,
    "a record of a huge length": pax(b"9" * 5000 + b" path=x\n") + END,
    "a record without an equals sign": pax(b"10 pathxxx\n") + END,
    "an unknown character set": pax(record(b"hdrcharset", b"nothing"), record(b"path", b"\xff")) + END,
    "a binary character set": pax(record(b"hdrcharset", b"BINARY"), record(b"path", b"\xff")) + END,
    "a sparse map": pax(record(b"GNU.sparse.map", b"1,x")) + END,
    "a sparse file of version 1.0": pax(record(b"GNU.sparse.major", b"1"), record(b"GNU.sparse.minor", b"0")) + END,
    "a sparse file of version 0.0": pax(record(b"GNU.sparse.size", b"x"), record(b"GNU.sparse.offset", b"1")) + END,
    "a name with a null byte": pax(record(b"path", b"a\0b")) + END,
    "a global header": pax(record(b"path", b"base"), kind=tarfile.XGLTYPE) + END,
}  # fmt: skip


@pytest.mark.parametrize("name", ARCHIVES)
async def test_an_odd_archive_is_read_or_is_a_copy_error(name: str) -> None:
    try:
        names = await read(ARCHIVES[name])
    except CopyError as error:
        assert str(error).isprintable()
    else:
        assert len(names) == 1


def damaged() -> Iterator[bytes]:
    """Yield archives with odd bytes in their headers, seed by seed."""
    for seed in range(1_000_000):
        chance = random.Random(seed)
        format = chance.choice([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
        name = "base/" + chance.choice(["a", f"{'d' * 60}/{'n' * 60}", "grüße", "\udcff"])
        fill = chance.choice(
            [file(name, b"data"), folder(name), link(name, "/etc"), special(name, tarfile.LNKTYPE, "x")]
        )
        data = archive(fill, file("base/last"), format=format)
        for _ in range(chance.randint(1, 4)):
            if chance.random() < 0.3:
                kind = chance.choice(_KINDS)
                data = patched(data, 156, bytes([kind]))
            elif chance.random() < 0.7:
                data = patched(
                    data, chance.choice([0, 100, 108, 116, 124, 136, 257, 329, 337, 345]), chance.choice(_ODD)
                )
            elif chance.random() < 0.5:
                place = chance.randrange(len(data))
                data = data[:place] + os.urandom(1) + data[place + 1 :]
            else:
                data = data[: chance.randrange(512, len(data) + 1)]
        yield data


@pytest.mark.slow
async def test_a_damaged_archive_is_read_or_is_a_copy_error() -> None:
    started, count = time.monotonic(), 0
    for count, data in enumerate(damaged()):
        try:
            await read(data)
        except CopyError:
            pass
        except Exception as error:
            raise AssertionError(f"seed {count}") from error
        if time.monotonic() - started > _BUDGET_S:
            break
    assert count > 100


@pytest.mark.slow
async def test_a_damaged_archive_is_copied_into_the_target_or_is_a_copy_error(tmp_path: Path) -> None:
    current = b""

    async def script(peer: Peer) -> None:
        await peer.send(1, current)
        await peer.exit(0)

    started, count = time.monotonic(), 0
    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        for count, data in enumerate(damaged()):
            current = data
            target = tmp_path / str(count) / "out"
            target.parent.mkdir()
            try:
                await kube.core_v1.pods.copy_from("web-0", "/srv/base", target)
            except CopyError as error:
                assert str(error).isprintable(), f"seed {count}"
            except Exception as error:
                raise AssertionError(f"seed {count}") from error
            assert [path.name for path in target.parent.iterdir()] in ([], ["out"]), f"seed {count}"
            if time.monotonic() - started > _BUDGET_S:
                break
    assert len(list(tmp_path.iterdir())) == count + 1
    assert count > 20
