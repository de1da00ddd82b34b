"""tar archives for tests, built member by member."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

Fill = Callable[[tarfile.TarFile], None]


def archive(*fills: Fill, format: int = tarfile.PAX_FORMAT, end: bool = True) -> bytes:
    """Return a tar archive with some members; without `end`, it lacks its end marker."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format) as archive:
        for fill in fills:
            fill(archive)
        size = buffer.tell()
    return buffer.getvalue() if end else buffer.getvalue()[:size]


def file(name: str, data: bytes = b"data", *, mode: int = 0o644, size: int | None = None) -> Fill:
    """Return a member: a file. A larger `size` than that of the data is filled with zeros."""

    def fill(archive: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(data) if size is None else size, mode
        archive.addfile(info, io.BytesIO(data + bytes(max(0, info.size - len(data)))))

    return fill


def special(name: str, kind: bytes, target: str = "", *, mode: int = 0o755) -> Fill:
    """Return a member of another type, such as a link or a device."""

    def fill(archive: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.mode = kind, target, mode
        archive.addfile(info)

    return fill


def folder(name: str, *, mode: int = 0o755) -> Fill:
    """Return a member: a folder."""
    return special(name, tarfile.DIRTYPE, mode=mode)


def link(name: str, target: str) -> Fill:
    """Return a member: a symbolic link."""
    return special(name, tarfile.SYMTYPE, target)


def patched(data: bytes, offset: int, with_: bytes) -> bytes:
    """Return an archive with bytes of its first header replaced, and a valid checksum."""
    block = bytearray(data[:512])
    block[offset : offset + len(with_)] = with_
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block) + data[512:]


def tree(root: Path) -> dict[str, bytes | None]:
    """Return everything in a folder by relative path: the content of files, None for folders."""
    return {
        str(path.relative_to(root)): None if path.is_dir() else path.read_bytes()
        for path in sorted(root.rglob("*"))
        if not path.is_symlink()
    }
