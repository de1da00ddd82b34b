"""tar archives for tests, member by member."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

Fill = Callable[[tarfile.TarFile], None]


def archive(*fills: Fill, format: int = tarfile.PAX_FORMAT, end: bool = True) -> bytes:
    """A tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format) as made:
        for fill in fills:
            fill(made)
        size = buffer.tell()
    return buffer.getvalue() if end else buffer.getvalue()[:size]


def file(name: str, data: bytes = b"data", *, mode: int = 0o644, size: int | None = None) -> Fill:
    def fill(made: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(data) if size is None else size, mode
        made.addfile(info, io.BytesIO(data + bytes(max(0, info.size - len(data)))))

    return fill


def special(name: str, kind: bytes, target: str = "", *, mode: int = 0o755) -> Fill:
    def fill(made: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.mode = kind, target, mode
        made.addfile(info)

    return fill


def folder(name: str, *, mode: int = 0o755) -> Fill:
    return special(name, tarfile.DIRTYPE, mode=mode)


def link(name: str, target: str) -> Fill:
    return special(name, tarfile.SYMTYPE, target)


def patched(data: bytes, offset: int, with_: bytes) -> bytes:
    """A header with other bytes in it, and the right checksum."""
    block = bytearray(data[:512])
    block[offset : offset + len(with_)] = with_
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block) + data[512:]


def tree(root: Path) -> dict[str, bytes | None]:
    """Everything below a folder: the content of files, None for folders."""
    return {
        str(path.relative_to(root)): None if path.is_dir() else path.read_bytes()
        for path in sorted(root.rglob("*"))
        if not path.is_symlink()
    }
